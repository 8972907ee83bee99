"""Prompts of a configuration of promptfoo: texts, messages, and files of the folder with either."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.datasets.rows import read_rows
from workbench.datasets.source import Source
from workbench.errors import WorkbenchError
from workbench.exchange.placed_yaml import Place, placed_yaml
from workbench.exchange.plans_of_others import CODE, FILE, Planned
from workbench.exchange.within_bounds import text_of
from workbench.json_values import listed, mapping
from workbench.plain_yaml import YamlFault
from workbench.prompts import Message, Prompt

LONGEST_NAME = 60
ENDINGS = (".txt", ".md", ".json", ".j2", ".yaml", ".yml", ".csv")
Named = tuple[str, str]  # a prompt's own name, where it has one, and its text
_BETWEEN = re.compile(r"^[ \t]*---[ \t\r]*$", re.MULTILINE)  # the prompts of a text file
_DUMP = re.compile(r"\|\s*dump\b")


def read_prompts(given: Any, found: Planned) -> None:
    """Every prompt of a configuration."""
    for number, each in enumerate(given if isinstance(given, list) else [given]):
        _prompt(each, ("prompts", number), found)


def _prompt(given: Any, place: Place, found: Planned) -> None:
    entry = mapping(given) or {"raw": given}
    raw, label = entry.get("raw", entry.get("id")), entry.get("label")
    if not isinstance(raw, str) or raw.startswith(CODE):
        found.miss(place, f"a prompt that is no text: {str(raw)[:60]!r}")
    elif raw.startswith(FILE) or (entry.get("raw") is raw and _names_a_file(raw, found)):
        _of_files(raw.removeprefix(FILE), str(label or ""), place, found)
    else:
        _add(str(label or f"prompt {len(found.prompts) + 1}"), raw, place, found)


def _names_a_file(raw: str, found: Planned) -> bool:
    """Whether a line alone is the name of a file that is there, as promptfoo takes it."""
    likely = "\n" not in raw and raw.endswith(ENDINGS)
    return likely and found.holds(raw)


def _of_files(named: str, label: str, place: Place, found: Planned) -> None:
    """The prompts of a file, or of all that a pattern names."""
    for path in found.files(named, place):
        if path.suffix not in ENDINGS:
            what = f"only {', '.join(ENDINGS)} are read, code is never run"
            found.miss(place, f"{path.name[:80]!r}: {what}")
            continue
        try:
            texts = list(_READERS.get(path.suffix, _whole)(path))
        except (WorkbenchError, YamlFault, RecursionError) as fault:
            found.miss(place, f"{path.name[:80]!r}: {fault}")
            continue
        name = label or path.stem
        for number, (own, text) in enumerate(texts, 1):
            _add(own or (name if len(texts) == 1 else f"{name} {number}"), text, place, found)


def _whole(path: Path) -> Iterator[Named]:
    yield "", text_of(path)


def _of_text(path: Path) -> Iterator[Named]:
    """The prompts of a text, with --- between them."""
    for each in _BETWEEN.split(text_of(path)):
        if each.strip():
            yield "", each


def _of_yaml(path: Path) -> Iterator[Named]:
    """Messages, as JSON has them; a text as it is."""
    value, _ = placed_yaml(text_of(path))
    yield "", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_sheet(path: Path) -> Iterator[Named]:
    """A row a prompt, in the columns `prompt` and `label`."""
    for _, row in read_rows(Source(path.name, path.suffix, path=path)):
        if row.get("prompt"):
            yield str(row.get("label") or ""), str(row["prompt"])


_READERS: dict[str, Callable[[Path], Iterator[Named]]] = {
    ".txt": _of_text, ".yaml": _of_yaml, ".yml": _of_yaml, ".csv": _of_sheet,
}  # fmt: skip


def _add(name: str, text: str, place: Place, found: Planned) -> None:
    """A prompt of one text, or of messages where that is JSON of messages."""
    name = re.sub(r"[^\w. -]", "_", name)[:LONGEST_NAME].strip() or "prompt"
    if name in {each.name for each in found.prompts}:
        name = f"{name} {len(found.prompts) + 1}"
    try:
        found.prompts.append(Prompt(name, tuple(_messages(text))))
    except (WorkbenchError, ValueError) as fault:
        found.miss(place, f"not a prompt that is read here: {fault}")


def _messages(text: str) -> Iterator[Message]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    told = [mapping(each) for each in listed(parsed)]
    if not told or not all({"role", "content"} <= each.keys() for each in told):
        yield Message("user", _jinja(text.strip()))
        return
    for each in told:
        if not isinstance(each["content"], str):
            raise ValueError("a message of parts")
        yield Message(str(each["role"]), _jinja(each["content"]))


def _jinja(text: str) -> str:
    """Nunjucks as Jinja2, where they differ by a name alone."""
    return _DUMP.sub("| tojson", text)
