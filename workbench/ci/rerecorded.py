# pyright: strict
"""What a branch did to recorded answers, which decide and which no person reads line by line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from workbench import words
from workbench.files import canonical
from workbench.store.calls import COMPLETED
from workbench.store.evidence_table import KEYS
from workbench.store.text import unpack

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Rerecorded:
    """How many calls of a recording have another answer than at the base (`edited`: that claims to
    be of the same moment), are gone or new; and so of what later stages measured, and of looks.
    """

    others: int = 0
    edited: int = 0
    gone: int = 0
    new: int = 0
    measured_otherwise: int = 0
    measured_new: int = 0
    looks_gone: int = 0

    @property
    def decides_otherwise(self) -> str:
        """What is answered otherwise than at the base, and looks that went; empty where none."""
        answers = (self.others, "recorded call", "answered otherwise")
        return _said(answers, self._measured, (self.looks_gone, "look", "gone"))

    @property
    def sentence(self) -> str:
        """All that became of it, in words; empty where nothing did."""
        return _said(
            (self.others, "recorded call", "answered otherwise"),
            (self.gone, "recorded call", "gone"),
            (self.new, "recorded call", "new"),
            self._measured,
            (self.measured_new, "measurement of a later stage", "new"),
            (self.looks_gone, "look", "gone"),
        )

    @property
    def _measured(self) -> tuple[int, str, str]:
        return self.measured_otherwise, "measurement of a later stage", "replaced"


def _said(*counted: tuple[int, str, str]) -> str:
    return words.listed([f"{words.count(n, what)} {became}" for n, what, became in counted if n])


def rerecorded(old: bytes, new: bytes) -> Rerecorded:
    """What became of a recording, by what decides in it: of a call its first completed answer, of
    what was measured the newest.
    """
    before, now = list(_lines(old)), list(_lines(new))
    calls, calls_now = _calls(before), _calls(now)
    measured, measured_now = _measured(before), _measured(now)
    others = [key for key in _both(calls, calls_now) if _differ(calls[key], calls_now[key])]
    return Rerecorded(
        others=len(others),
        edited=sum(_edited(calls[key], calls_now[key]) for key in others),
        gone=len(calls.keys() - calls_now.keys()),
        new=len(calls_now.keys() - calls.keys()),
        measured_otherwise=sum(
            _differ(measured[key], measured_now[key]) for key in _both(measured, measured_now)
        ),
        measured_new=len(measured_now.keys() - measured.keys()),
        looks_gone=len(_looks(before) - _looks(now)),
    )


def _both(old: Mapping[Any, Line], new: Mapping[Any, Line]) -> Sequence[Any]:
    return [key for key in old if key in new]


def _differ(old: Line, new: Line) -> bool:
    return canonical(old) != canonical(new)


def _edited(old: Line, new: Line) -> bool:
    """Whether two answers that differ are said to have come at one moment."""
    parts = ("status", "reply")
    differ = any(_differ({name: old.get(name)}, {name: new.get(name)}) for name in parts)
    return differ and old.get("at") == new.get("at")


def _lines(content: bytes) -> Iterator[Line]:
    """The lines as a store reads them; what is none of its lines, reading says what is wrong."""
    for line in content.split(b"\n"):
        with suppress(ValueError, RecursionError):
            record: Any = unpack(line)
            if isinstance(record, dict):
                canonical(record)  # what nests too deeply to be compared is no line either
                yield record


def _calls(lines: Sequence[Line]) -> dict[str, Line]:
    """The line that answers each call, by its key."""
    found: dict[str, Line] = {}
    for line in lines:
        if "request" in line:
            known = found.setdefault(str(line.get("key")), line)
            if known.get("status") not in COMPLETED and line.get("status") in COMPLETED:
                found[str(line.get("key"))] = line
    return found


def _measured(lines: Sequence[Line]) -> dict[bytes, Line]:
    """The newest line of each thing that later stages measured, by what it was measured of."""
    found: dict[bytes, Line] = {}
    for line in lines:
        with suppress(LookupError, TypeError):
            key = canonical([line["evidence"][name] for name in KEYS])
            if key not in found or line["at"] >= found[key]["at"]:
                found[key] = line
    return found


def _looks(lines: Sequence[Line]) -> set[bytes]:
    """What is known of looks at rows: of a look all, of rows seen and prompts written that they
    were, for an earlier time takes the place of a later one.
    """
    looks = {canonical(line) for line in lines if "look" in line}
    once = ("sighting", "registration")
    return looks | {canonical([n, line[n]]) for line in lines for n in once if n in line}
