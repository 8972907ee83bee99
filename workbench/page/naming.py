"""Where the names of a plot's dots stand: beside them while all have room, else in a column."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

# pixels right of the dot, pixels down, and which end of the text stands there
Side = tuple[int, int, str]
Box = tuple[float, float, float, float]  # left, top, right, bottom; pixels

SIDES: tuple[Side, ...] = (
    (11, 4, "start"), (-11, 4, "end"), (11, -9, "start"), (11, 18, "start"), (-11, -9, "end"),
    (-11, 18, "end"), (0, -14, "middle"), (0, 24, "middle"), (6, -18, "start"), (6, 28, "start"),
)  # fmt: skip
WIDTHS = (220, 300, 480)  # pixels of a plot: a phone, paper, a wide page
LETTER = 12.0  # pixels, generous: nobody knows the reader's fonts
CAPITAL, IDEOGRAPH = 1.4, 1.6  # letters' worth
BEYOND = 6  # pixels that a name may reach over the plot's edge
LINE = 18  # pixels of a name in a column
NAME = 18  # letters' worth of a name that is shown; the hint holds the whole


@dataclass(frozen=True)
class Dot:
    """A named dot: percent from the left, pixels from the top, and how far its interval reaches."""

    name: str
    across: float
    down: float
    top: float
    bottom: float


def beside(dots: Sequence[Dot], height: float) -> list[Side] | None:
    """A side for each name, on which it covers no other name, dot, interval or tick on a plot of
    any width; None where one has no room.
    """
    taken = {width: [box for dot in dots for box in _marks(dot, width)] for width in WIDTHS}
    chosen = []
    for dot in dots:
        side = next((side for side in SIDES if _has_room(dot, side, taken, height)), None)
        if side is None:
            return None
        chosen.append(side)
        for width, boxes in taken.items():
            boxes.append(_box(dot, side, width))
    return chosen


def column(dots: Sequence[Dot], height: float) -> list[float]:
    """How far down each name stands in a column: as near its dot as the others allow, in the order
    of the dots, a LINE from the next.
    """
    order = sorted(range(len(dots)), key=lambda i: (dots[i].down, -dots[i].across))
    wanted = [dots[i].down - LINE * place for place, i in enumerate(order)]
    lowest = max(LINE / 2, height - LINE * (len(dots) - 0.5))
    stands = [min(max(down, LINE / 2), lowest) for down in _rising(wanted)]
    downs = [down + LINE * place for place, down in enumerate(stands)]
    return [downs[order.index(i)] for i in range(len(dots))]


def breadth(names: Iterable[str]) -> str:
    """How much room a column of names needs: narrow, middling or broad."""
    longest = max((_letters(short(name)) for name in names), default=0.0)
    return "narrow" if longest <= 6 else "middling" if longest <= 12 else "broad"


def short(name: str) -> str:
    """A long name without its middle: names that begin alike often differ at their ends."""
    if _letters(name) <= NAME:
        return name
    half = (NAME - IDEOGRAPH) / 2
    first, last = _within(name, half), _within(name[::-1], half)[::-1]
    return f"{first.rstrip()}…{_whole(last.lstrip())}"


def _within(text: str, letters: float) -> str:
    """The beginning of a text that is no longer than so many letters."""
    sums = accumulate(map(_letters, text))
    return text[: sum(1 for length in sums if length <= letters)]


def _letters(text: str) -> float:
    """How long a text is, in letters of middling width."""
    return sum(map(_worth, text))


def _worth(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return IDEOGRAPH
    return CAPITAL if character.isupper() or character in "@%mw…" else 1.0


def _whole(text: str) -> str:
    """A text without marks at its start that belong to a letter before it."""
    starts = (i for i, each in enumerate(text) if not unicodedata.category(each).startswith("M"))
    return text[next(starts, len(text)) :]


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest values that never fall: those that would are replaced by their mean."""
    runs: list[tuple[float, int]] = []  # mean, how many
    for value in values:
        runs.append((value, 1))
        while len(runs) > 1 and runs[-2][0] > runs[-1][0]:
            (last, few), (before, many) = runs.pop(), runs.pop()
            runs.append(((few * last + many * before) / (few + many), few + many))
    return [mean for mean, count in runs for _ in range(count)]


def _has_room(dot: Dot, side: Side, taken: dict[int, list[Box]], height: float) -> bool:
    return all(
        _is_inside(box := _box(dot, side, width), width, height)
        and not any(_meet(box, other) for other in boxes)
        for width, boxes in taken.items()
    )


def _marks(dot: Dot, width: int) -> tuple[Box, Box]:
    """What a dot and its interval cover."""
    x, y = width * dot.across / 100, dot.down
    return (x - 6, y - 6, x + 6, y + 6), (x - 2, dot.top, x + 2, dot.bottom)


def _box(dot: Dot, side: Side, width: int) -> Box:
    """What a name beside its dot may cover."""
    dx, dy, anchor = side
    length = LETTER * _letters(short(dot.name))
    left = width * dot.across / 100 + dx
    left -= {"start": 0.0, "end": length, "middle": length / 2}[anchor]
    return left, dot.down + dy - 12, left + length, dot.down + dy + 4


def _is_inside(box: Box, width: int, height: float) -> bool:
    left, top, right, bottom = box
    is_within = left >= 0 and right <= width + BEYOND
    return is_within and top >= -BEYOND and bottom <= height + BEYOND


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
