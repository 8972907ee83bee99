"""Axes of logarithms: positions are of the base 10, ticks and words of the value."""

import math
from collections.abc import Callable, Iterable

from workbench.page.svg import Axis

STEPS = (1.0, 3.0)  # of a tenfold, where there is room
DENSE = (1.0, 2.0, 5.0)  # where an axis spans little


def log_axis(values: Iterable[float], room: float = 0.06) -> Axis:
    """An axis of the logarithms of all values above 0, with a little room."""
    logs = [math.log10(value) for value in values if 0 < value < math.inf] or [0.0]
    low, high = min(logs), max(logs)
    room *= max(high - low, 0.5)
    return within(low - room, high + room)


def within(low: float, high: float) -> Axis:
    """An axis between two logarithms, with round ticks in it: the values' own where it is short."""
    tens = range(math.floor(low), math.ceil(high) + 1)
    steps = DENSE if high - low < 1.2 else STEPS if high - low < 3 else (1.0,)
    ticks = sorted(math.log10(step) + ten for ten in tens for step in steps)
    inside = [tick for tick in ticks if low <= tick <= high]
    if len(inside) < 2:
        values = Axis.around([10**low, 10**high], most_ticks=4).ticks
        inside = [math.log10(each) for each in values if 10**low <= each <= 10**high]
    return Axis(low, high, tuple(inside))


def says(words: Callable[[float], str]) -> Callable[[float], str]:
    """Says the value of a logarithm."""
    return lambda log: words(10**log)


def plain(value: float) -> str:
    """A value as a tick has it: 0.03, 0.3, 1, 30, 1,000."""
    return f"{value:,.0f}" if value >= 10 else f"{float(f'{value:.2g}'):g}"
