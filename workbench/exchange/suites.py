"""What other tools are configured to evaluate: prompts, tests and assertions, from configurations
of promptfoo and the registry of OpenAI's evals.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench import words
from workbench.critics.verdict import Critic
from workbench.datasets import Dataset
from workbench.errors import DatasetError
from workbench.exchange import evals_registry, promptfoo_suite
from workbench.exchange.placed_yaml import placed_yaml
from workbench.exchange.plans_of_others import Planned
from workbench.exchange.within_bounds import located, text_of
from workbench.plain_yaml import YamlFault
from workbench.printing import in_line, printed
from workbench.prompts import Prompt
from workbench.runs.record import Unread

MOST_NAMED = 3
_log = logging.getLogger("workbench.exchange")


@printed
@dataclass(frozen=True)
class Suite:
    """Prompts, examples and critics, as `wb.run` takes them, and what was not understood."""

    prompts: tuple[Prompt, ...]
    examples: Dataset
    critics: tuple[Critic, ...]
    unread: tuple[Unread, ...]

    def __repr__(self) -> str:
        parts = ((self.prompts, "prompt"), (self.examples, "example"), (self.critics, "critic"))
        return f"Suite: {', '.join(words.count(len(many), noun) for many, noun in parts)}"


def load_suite(path: str | Path) -> Suite:
    """The prompts, tests and assertions of a configuration of promptfoo, or of an eval in OpenAI's
    registry (.yaml or .json).

    Code in it is never run and nothing is fetched; files are read from its own folder alone.
    `suite.unread` lists what has no counterpart here, with its line. DatasetError where it is
    neither, or is no YAML without tags.
    """
    path = located(path)
    try:
        document, lines = placed_yaml(text_of(path))
    except (YamlFault, RecursionError) as fault:
        line = getattr(fault, "line", 0) + 1
        raise DatasetError(f"{path.name}, line {line}: not plain YAML: {fault}") from None
    if not isinstance(document, dict):
        raise DatasetError(f"{path.name} is no mapping: give a configuration of promptfoo")
    found = Planned(path, lines, document)
    _reader(document).read(document, found)
    suite = Suite(*found.made, tuple(found.unread))
    _tell(suite, path)
    return suite


def _tell(suite: Suite, path: Path) -> None:
    """Log what was read, as a warning where something was not understood."""
    named = [f"{each.place}: {each.what}" for each in suite.unread[:MOST_NAMED]]
    said = f"; not understood: {'; '.join(named)}" if named else ""
    level = logging.WARNING if named else logging.INFO
    _log.log(level, "%s", in_line(f"{path.name}: {suite!r}{said}"))


def _reader(document: Mapping[str, object]):
    if "prompts" in document or "tests" in document:
        return promptfoo_suite
    return evals_registry
