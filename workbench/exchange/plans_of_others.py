"""What is read of another tool's configuration, with the lines of what was not understood."""

import itertools
import os
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

FILE, CODE = "file://", (
    "exec:", "package:", "python:", "http://", "https://", "langfuse://", "portkey://",
    "helicone://",
)  # fmt: skip
MOST_FILES, MOST_REFERENCES = 1_000, 10  # of a pattern; on the way to what one names


@dataclass
class Planned:
    """Prompts, examples and assertions, as they are found in a file."""

    path: Path
    lines: dict[Place, int]
    document: Any = None
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

    def holds(self, name: str) -> bool:
        """Whether the configuration's own folder has a file of this name."""
        return not isinstance(self._found(name), str)

    def file(self, name: str, place: Place) -> Path | None:
        """A file of the configuration's own folder; None where it is none, which is kept."""
        path = self._found(name)
        if isinstance(path, str):
            self.miss(place, path)
            return None
        return path

    def files(self, name: str, place: Place) -> list[Path]:
        """The file of a name, or those of a pattern with `*`; none is kept as missed."""
        if "*" not in name:
            return [path for path in [self.file(name, place)] if path]
        try:
            every = sorted(itertools.islice(self.path.parent.glob(name), MOST_FILES))
        except (NotImplementedError, ValueError, OSError, IndexError):
            every = []
        names = [os.path.relpath(each, self.path.parent) for each in every]
        found = [path for each in names if not isinstance(path := self._found(each), str)]
        if not found:
            self.miss(place, f"no file of the folder is named like {name[:80]!r}: not read")
        return found

    def _found(self, name: str) -> Path | str:
        """A file of the folder, else why it is none."""
        try:
            found = inside(self.path.parent, name)
            missing = not found.is_file() or leads_out(self.path.parent / name)
        except WorkbenchError:
            return f"{name[:80]!r} leads out of the folder: not read"
        except (OSError, ValueError):  # too long for a file's name, or of characters that none has
            missing, found = True, self.path
        return f"the file {name[:80]!r} is not there, or a link: not read" if missing else found

    def meant(self, given: Any, place: Place) -> Any:
        """A value, or that which its `$ref` names in this file."""
        value = given
        for _ in range(MOST_REFERENCES):
            named = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(named, str):
                return value
            value = self._named(named)
            if value is None:
                break
        self.miss(place, f"what {given['$ref'][:80]!r} names is not in this file: not read")
        return None

    def _named(self, reference: str) -> Any:
        value: Any = self.document if reference.startswith("#/") else None
        for key in reference[2:].split("/"):
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value

    def claim(self, kind: str, example: str, value: Any) -> None:
        """Keep an assertion of an example's test."""
        self.asserted.setdefault(kind, {}).setdefault(example, []).append(value)

    @property
    def made(self) -> tuple[tuple[Prompt, ...], Dataset, tuple[Asserted, ...]]:
        """Prompts, examples and critics."""
        critics = tuple(Asserted(kind, of) for kind, of in self.asserted.items())
        return tuple(self.prompts), Dataset(self.examples.values(), self.path.stem), critics
