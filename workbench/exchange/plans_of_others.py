"""What is read of another tool's configuration, with the lines of what was not understood."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.datasets import Dataset, Example
from workbench.errors import WorkbenchError
from workbench.exchange.asserted import Asserted
from workbench.exchange.placed_yaml import Place
from workbench.files import inside, leads_out
from workbench.prompts import Prompt
from workbench.runs.record import Unread


@dataclass
class Planned:
    """Prompts, examples and assertions, as they are found in a file."""

    path: Path
    lines: dict[Place, int]
    prompts: list[Prompt] = field(default_factory=list[Prompt])
    examples: dict[str, Example] = field(default_factory=dict[str, Example])
    asserted: dict[str, dict[str, list[Any]]] = field(default_factory=dict[str, Any])
    unread: dict[Unread, None] = field(default_factory=dict[Unread, None])  # in order

    def miss(self, place: Place, what: str) -> None:
        """Keep what was not understood, with its line."""
        line = next(
            (
                self.lines[place[:end]]
                for end in range(len(place), -1, -1)
                if place[:end] in self.lines
            ),
            1,
        )
        missed = Unread(f"{self.path.name}, line {line}", what)
        self.unread[missed] = None  # what all tests share is said once

    def file(self, name: str, place: Place) -> Path | None:
        """A file of the configuration's own folder; None where it is none, which is kept."""
        try:
            found = inside(self.path.parent, name)
            missing = not found.is_file() or leads_out(self.path.parent / name)
        except WorkbenchError:
            self.miss(place, f"{name[:80]!r} leads out of the folder: not read")
            return None
        except (OSError, ValueError):  # too long for a file's name, or of characters that none has
            missing, found = True, self.path
        if missing:
            self.miss(place, f"the file {name[:80]!r} is not there, or a link: not read")
            return None
        return found

    def claim(self, kind: str, example: str, value: Any) -> None:
        """Keep an assertion of an example's test."""
        self.asserted.setdefault(kind, {}).setdefault(example, []).append(value)

    @property
    def made(self) -> tuple[tuple[Prompt, ...], Dataset, tuple[Asserted, ...]]:
        """Prompts, examples and critics."""
        critics = tuple(Asserted(kind, of) for kind, of in self.asserted.items())
        return tuple(self.prompts), Dataset(self.examples.values(), self.path.stem), critics
