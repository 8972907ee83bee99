"""What a workbook's sheet says of its cells beside their values, from one reading of its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ParserCreate

from workbench.datasets.workbook import column_number

UNCALCULATED = "a formula that was never calculated (open the file in Excel and save it)"
LONGEST_VALUE = 100  # characters of an error or a number that are looked at
Place = tuple[int, int]  # row from 1, column from 0


@dataclass
class Seen:
    """The last row and column with a cell, both from 1; errors, and formats of numbers, by place;
    hidden rows; hidden columns as spans from 1.
    """

    rows: int = 0
    columns: int = 0
    errors: dict[Place, str] = field(default_factory=dict)
    formats: dict[Place, Any] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def read_seen(xml: bytes, formats: Mapping[str, Any], *, calculated: bool) -> Seen:
    """What the text of a .xlsx sheet says, with the formats of those styles; `calculated`: whether
    a formula's 0 was calculated. ValueError or ExpatError where it is no such text.
    """
    return _Reading(formats, calculated).of(xml)


class _Reading:
    """Cells stand where they say, or behind the one before."""

    def __init__(self, formats: Mapping[str, Any], calculated: bool) -> None:
        self._seen, self._formats = Seen(), formats
        self._left = "" if calculated else "0"  # what xlsxwriter puts in place of a formula's value
        self._row = self._column = 0
        self._kind = self._value = ""
        self._is_formula = False
        self._parser = ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start

    def of(self, xml: bytes) -> Seen:
        self._parser.Parse(xml, True)
        return self._seen

    def _start(self, name: str, said: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._cell(said)
        elif name == "v":
            self._value = ""
        elif name == "f":
            self._is_formula = True
            self._listen()
        elif name in ("row", "col"):
            self._line(name, said)

    def _line(self, name: str, said: dict[str, str]) -> None:
        """A row, or a span of columns."""
        if name == "row":
            self._row, self._column = int(said.get("r", self._row + 1)), 0
        if said.get("hidden") in ("1", "true"):
            if name == "row":
                self._seen.hidden_rows.add(self._row)
            else:
                self._seen.hidden_columns.append((int(said["min"]), int(said["max"])))

    def _cell(self, said: dict[str, str]) -> None:
        seen, place = self._seen, said.get("r", "")
        letters = place.rstrip("0123456789")
        self._column = column_number(letters) + 1 if place else self._column + 1
        self._row = int(place[len(letters) :] or 0) if place else self._row
        seen.rows, seen.columns = max(seen.rows, self._row), max(seen.columns, self._column)
        if (style := said.get("s", "")) in self._formats:
            seen.formats[self._row, self._column - 1] = self._formats[style]
        self._kind, self._value, self._is_formula = said.get("t", "n"), "", False
        if self._kind == "e":
            self._listen()

    def _listen(self) -> None:
        """Hear what stands in this cell; most cells have nothing to tell."""
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._hear

    def _hear(self, text: str) -> None:
        if len(self._value) < LONGEST_VALUE:
            self._value += text

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "f":
            self._value = ""
        elif name == "c":
            place, value = (self._row, self._column - 1), self._value.strip()
            if self._kind == "e":
                self._seen.errors[place] = value
            elif self._is_formula and self._is_nothing(value):
                self._seen.errors[place] = UNCALCULATED
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None

    def _is_nothing(self, value: str) -> bool:
        return self._kind != "str" and (not value or (self._kind == "n" and value == self._left))
