"""What was noticed while a dataset was read: as data, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench import words

MOST_NAMED = 3  # lines


CHANGING = (
    "encoding", "double", "left out", "unmapped", "formula error", "formulas unread",
    "header again", "title", "no id", "no inputs", "hidden row", "hidden column", "merged", "sums",
    "no text", "no answer", "spelling", "damaged", "number as name",
    "long number", "made floats",
)  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """Something that a reader of the dataset must know: of one kind, about a name, on some lines.

    Kinds: `part`, `encoding`, `separator`, `sheet`, `member`, `title`, `blank row`, `blank column`,
    `double`, `taken as`, `left out`, `unmapped`, `formula error`, `formulas unread`, `header
    again`, `no id`, `no inputs`, `hidden row`, `hidden column`, `merged`, `sums`, `no
    text`, `no answer`, `spelling`, `damaged`, `number as name`, `long number`, `made floats`.
    """

    kind: str
    about: str = ""
    count: int = 0
    lines: tuple[int, ...] = ()  # the first few, as the file counts them
    unit: str = "line"

    @property
    def sentence(self) -> str:
        return (
            _SENTENCES[self.kind]
            .format(about=self.about, rows=words.count(self.count, "row"), where=self._where)
            .rstrip()
        )

    @property
    def changes(self) -> bool:
        """Whether something may be other than the reader of the file thinks."""
        return self.kind in CHANGING

    @property
    def _where(self) -> str:
        if not self.lines:
            return ""
        more = self.count - len(self.lines)
        named = [f"{line:,}" for line in self.lines] + ([f"{more:,} more"] if more else [])
        return f"({self.unit}{'' if self.count == 1 else 's'} {words.listed(named)})"


_SENTENCES = {
    "part": "{about}",
    "encoding": "read as {about}, since it is not UTF-8: encoding= or --encoding says another",
    "separator": "columns parted by {about}",
    "sheet": "of its sheets the one called {about}: sheet= or --sheet takes another",
    "member": "{about} inside it",
    "title": "{rows} above the columns' names left out {where}: header= or --header says where "
    "the names are",
    "blank row": "{rows} blank and left out {where}",
    "blank column": "{about} without a name or a value left out",
    "double": "{rows} without an id, with the content of another {where}",
    "taken as": "{about}",
    "left out": "{about!r} is no part of an example and left out of {rows} {where}",
    "unmapped": "left out, since nothing maps them: {about}",
    "header again": "{rows} repeating the columns' names left out {where}",
    "damaged": "characters were spoilt before, as in 'GrÃ¼ÃŸe' or '\ufffd' {where}",
    "number as name": "columns called {about}: where the first row is an example, write the names "
    "above it",
    "made floats": "{about} holds whole numbers as 7.0, which pandas makes of 7 where others are "
    "missing: convert_dtypes() keeps them",
    "long number": "{rows} with a number of 16 or more digits, of which Excel keeps 15 {where}: "
    "write ids as text",
    "no id": "{rows} without an id, unlike the others: sums or notes? {where}",
    "sums": "{rows} with neither an id nor a right answer left out as sums or notes {where}",
    "no text": "{rows} without a text to work on left out {about}",
    "no answer": "{rows} without a right answer left out {about}",
    "spelling": "{rows} with a label in another spelling: {about}",
    "no inputs": "{rows} whose inputs are all blank {where}",
    "hidden row": "{rows} hidden in the sheet and read as well {where}",
    "hidden column": "{about} hidden in the sheet and read as well",
    "merged": "{rows} in merged cells, whose value only the first row has {where}: unmerge and "
    "fill them down where each row has it",
    "formulas unread": "errors of formulas, if there are any, read as blank: .xlsx tells them",
    "formula error": "{rows} with what looks like a formula's error, {about} {where}",
}


class Noticed:
    """Gathers remarks while a file is read."""

    def __init__(self, unit: str = "line") -> None:
        self.unit = unit
        self._lines: dict[tuple[str, str], list[int]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, kind: str, about: str = "", line: int = 0) -> None:
        """Once more of this kind, on a line where it lies on one."""
        key = kind, about
        lines = self._lines.setdefault(key, [])
        if line and len(lines) < MOST_NAMED:
            lines.append(line)
        self._counts[key] = self._counts.get(key, 0) + 1

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return tuple(
            Remark(kind, about, self._counts[kind, about], tuple(lines), self.unit)
            for (kind, about), lines in self._lines.items()
        )


def in_words(remarks: Sequence[Remark]) -> str:
    """All of them, as the rest of a line."""
    return "; ".join(remark.sentence for remark in remarks)
