"""The logs of a limited release: one row a message, and what could not be read of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import words
from workbench.printing import printed

if TYPE_CHECKING:
    import pandas as pd

TAG = "tag."  # of a column that holds a slice
COLUMNS = (
    "user", "arm", "timestamp", "feedback", "seconds", "tokens", "error", "malformed", "flag",
    "cost", "resolved", "regenerate", "input", "output", "id",
)  # fmt: skip
NEEDED = ("user", "arm", "timestamp")
MOST_NAMED = 8  # columns
LONG = 60.0  # seconds that hardly anybody waits for an answer


@printed
@dataclass(frozen=True)
class LeftOut:
    """Rows that do not count, or cells that say nothing, for one reason; `rows` are the first few,
    counted from 1 as the file has them.
    """

    what: str  # row, or the column of the cells
    why: str
    count: int
    rows: tuple[int, ...]

    def __repr__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        counted = words.count(self.count, "row" if self.what == "row" else "value")
        of = "" if self.what == "row" else f" of {self.what}"
        where = words.listed([f"{row:,}" for row in self.rows])
        first = "row" if len(self.rows) == 1 else "rows"
        return f"{counted}{of} left out: {self.why} ({first} {where})"


@printed
@dataclass(frozen=True)
class Logs:
    """Messages of a limited release, and of before it.

    `frame` has a row a message by rising time: `user`, `arm` (empty before the release) and
    `timestamp` (UTC), and where the file has them `feedback` (0 to 1, NaN where none was given),
    `seconds`, `tokens`, `error`, `malformed`, `flag`, `resolved`, `regenerate` (0 or 1), `cost`
    (dollars), `input`, `output`, `id`, and `tag.<key>` for slices. `unmapped` names the columns
    that were not read; `left_out` says what of the others was not. Times `without_zone` are taken
    as UTC.
    """

    frame: "pd.DataFrame" = field(repr=False, compare=False)
    name: str = "logs"
    unmapped: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    without_zone: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        """Those that any row names, in order."""
        return tuple(sorted(arm for arm in self.frame["arm"].unique() if arm))

    @property
    def sentences(self) -> list[str]:
        """What a reader must know of how the logs were read."""
        said = [each.sentence for each in self.left_out]
        if self.without_zone:
            said.append(f"{words.count(self.without_zone, 'time')} without a zone, taken as UTC")
        if self._usual_seconds > LONG:
            usual = f"{self._usual_seconds:,.0f}"
            said.append(f"seconds are {usual} in the median: are they milliseconds?")
        if self.unmapped:
            said.append(f"not read, since nothing maps them: {_named(self.unmapped)}")
        return said

    @property
    def _usual_seconds(self) -> float:
        waits: Any = self.frame.get("seconds")
        return math.nan if waits is None else float(waits.median())

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        users = words.count(len(self.frame["user"].unique()), "user")
        arms = words.brief(_named(self.arms) or "none", 80)
        lost = sum(each.count for each in self.left_out if each.what == "row")
        rest = f"; {words.count(lost, 'row')} left out" if lost else ""
        of = words.brief(self.name, 40)
        return f"Logs {of}: {words.count(len(self), 'message')} of {users}, arms {arms}{rest}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return words.listed([*names[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])])
