"""When a look is due, and what of the error it may spend (METHODS 4.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Any

from workbench.stats.tails import look_share, look_tails, obrien_fleming, planned_tails

FEWEST_ROWS = 20  # below, figures are shown, and nothing is decided
GROWTH = 1.5  # a look at more of the same is due when there is half as much again
LABELS = 30  # labelled pairs at the first look at labels; then twice as many each time
MOST_CRITICS = 3  # texts of a critic that judged the same rows, after which another explores
SCORED = 0.8  # of a planned size: a run that stopped early is not what was planned


@dataclass(frozen=True)
class Spending:
    """What looks may use of a one-sided `tail`, after those at `before` examples.

    `alike`: they were looks at the same pairs, scored the same way. `planned` are the sizes that
    were named before the first look; without them each look gets half of what is left.
    """

    tail: float
    before: tuple[int, ...] = ()
    alike: bool = True
    planned: tuple[int, ...] = ()

    def at(self, rows: int, *, last: bool = False) -> float:
        """What the next look may use at so many rows; `last` where it is the last planned one."""
        counts = [*self.before, rows]
        alike = self.alike and all(low < high for low, high in pairwise([0, *counts]))
        if self.planned:
            return self._as_planned(counts, alike, last or rows >= self.planned[-1])
        return look_tails(counts, self.tail)[-1] if alike else self.tail * look_share(len(counts))

    def _as_planned(self, counts: Sequence[int], alike: bool, last: bool) -> float:
        whole = self.planned[-1]
        if alike:
            known = counts if last else [*counts, whole]
            return planned_tails(known, self.tail, planned=whole)[len(counts) - 1]
        before = obrien_fleming(max(self.before, default=0) / whole, self.tail)
        now = self.tail if last else obrien_fleming(max(counts) / whole, self.tail)
        return now - before

    def after(self, rows: int) -> "Spending":
        """What is left when there was a look at so many rows."""
        return replace(self, before=(*self.before, rows))


def read_plan(looks: int | Sequence[int] | None) -> tuple[int, ...]:
    """The sizes of planned looks, as given to `compare`; one look at any size is one at the fewest
    rows or more.
    """
    if looks is None:
        return ()
    sizes = [FEWEST_ROWS] if looks == 1 else [] if isinstance(looks, int) else list(looks)
    rising = all(type(size) is int for size in sizes) and all(a < b for a, b in pairwise(sizes))
    if not sizes or not rising or sizes[0] < FEWEST_ROWS:
        raise ValueError(
            f"looks is 1, or rising numbers of examples from {FEWEST_ROWS} on, not {looks!r}"
        )
    return tuple(sizes)


def within(planned: Sequence[int], available: int | None) -> tuple[int, ...]:
    """The planned sizes, none above what the dataset has: its last example is the last look."""
    if not planned or available is None or planned[-1] <= available:
        return tuple(planned)
    return (*(size for size in planned if size < available), available)


def due_after(look: Mapping[str, Any], planned: Sequence[int]) -> int | None:
    """Examples, or labelled pairs where labels decided, at which the next look of the same is due;
    None after the last planned one.
    """
    examples = look.get("examples", look["scored"])
    if planned:
        return next((size for size in planned if size > examples), None)
    if look["labels"]:
        return _doubled(look["labels"])
    half, available = ceil(GROWTH * look["scored"]), look.get("available") or 0
    return min(half, available) if available > examples else half


def is_due(now: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    """Whether content has grown enough for a look that nobody planned: by half, by the rest of its
    dataset, or to the next number of labels.
    """
    if now["labels"] and last["labels"] and now["labels"] >= _doubled(last["labels"]):
        return True
    scored, examples = last["scored"], last.get("examples", last["scored"])
    rest = now["examples"] >= (last.get("available") or 0) > examples
    grown = now["scored"] > scored and (rest or now["scored"] >= GROWTH * scored)
    return grown or now["repeats"] >= GROWTH * last["repeats"]


def is_planned(now: Mapping[str, Any], last: Mapping[str, Any], planned: Sequence[int]) -> bool:
    """Whether content has reached the next planned size; `last` is empty before the first look."""
    size = due_after({"examples": 0, "scored": 0} | dict(last), planned)
    return size is not None and now["examples"] >= size and now["scored"] >= SCORED * size


def _doubled(labels: int) -> int:
    """The next of 30, 60, 120, ... labelled pairs."""
    due = LABELS
    while due <= labels:
        due *= 2
    return due
