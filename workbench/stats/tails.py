"""How much of an error each look at growing data may use: group-sequential bounds for one side.

A tail is a one-sided error: what a p value is compared with at its look. The tails of all looks
together cost no more than the error that was given out, where the scores of the looks are those of
a mean over growing data (independent increments); the increments themselves (`look_share`) cost no
more whatever was looked at.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from workbench.stats.intervals import Floats, proper_share

FIRST_SHARE = 0.7  # of the error is for the first look, half of what is left for each that follows
FARTHEST = 8.5  # standard deviations: beyond it no score is looked for
POINTS = 8  # of the grid for each standard deviation of a step
FEWEST, MOST = 201, 8001  # points of a grid, odd for Simpson's rule
Curve = Callable[[ArrayLike], Floats]
Step = Callable[[float, float], tuple[Curve, Curve]]


def spent(look: int) -> float:
    """The share of the error that is spent after the `look`-th look, from 1: .7, .85, .925, ...

    Not for looks that were planned beforehand (`planned_tails`).
    """
    if look < 0:
        raise ValueError(f"looks are counted from 1, not {look}")
    return 1 - (1 - FIRST_SHARE) / 2 ** (look - 1) if look else 0.0


def look_share(look: int) -> float:
    """What the `look`-th look of any kind may use: .7, .15, .075, ... (the union bound; for labels,
    repeats, other models and prompts, whose scores tell nothing of one another's error).

    Not for claims on rows held out (`held_out_share`).
    """
    return spent(look) - spent(look - 1)


def held_out_share(claim: int) -> float:
    """What the `claim`-th claim on held-out rows may use: 1/2, 1/4, 1/8, ...

    Not for rows that anyone saw before.
    """
    if claim < 1:
        raise ValueError(f"claims are counted from 1, not {claim}")
    return 0.5**claim


def obrien_fleming(share: float, tail: float = 0.025) -> float:
    """The error spent at a share of the planned rows: 2(1 - Phi(z/sqrt(share))), z at tail/2.

    All of it at 1 and above. Source: Lan and DeMets 1983, shape of O'Brien and Fleming. Not for
    looks without a plan, which have no share of it (`spent`).
    """
    proper_share(tail, "tail")
    if share >= 1:
        return tail
    return float(2 * ndtr(ndtri(tail / 2) / np.sqrt(share))) if share > 0 else 0.0


def look_tails(
    information: Sequence[float], tail: float = 0.025, *, looks: Sequence[int] | None = None
) -> tuple[float, ...]:
    """The tails of looks at more and more rows of the same pair, scored the same way.

    `information` rows, rising; `looks` the number of each among all looks of its ledger, 1, 2, 3
    ... where none was of another kind. Rows 60, 120, 240, 480: .0175 .0066 .0032 .0015. A look of
    another kind gets `tail * look_share(look)`. Not for rows that another critic scored in between.
    """
    numbers = range(1, len(information) + 1) if looks is None else looks
    increments = [tail * look_share(number) for number in numbers]
    return bounds_as_tails(information, increments)


def planned_tails(
    information: Sequence[float], tail: float = 0.025, *, planned: float | None = None
) -> tuple[float, ...]:
    """The tails of looks that were planned before the first, with O'Brien-Fleming spending.

    `information` rows at each look; `planned` those at the last planned one (the last given unless
    told). The last look given spends what is left, so that a plan that was stopped early loses
    nothing. 50, 75, 100: .00153 .00916 .0220. One look gets the whole tail. Not for a plan made
    after a look (`look_tails`).
    """
    whole = information[-1] if planned is None else planned
    before = [obrien_fleming(rows / whole, tail) for rows in information[:-1]]
    spent_after = [0.0, *before, tail]
    return bounds_as_tails(information, [late - early for early, late in pairwise(spent_after)])


def bounds_as_tails(information: Sequence[float], increments: Sequence[float]) -> tuple[float, ...]:
    """The one-sided tails at which each look uses its increment of the error, given that no earlier
    look concluded.

    Under the null the score at information I is Brownian: its density where no look concluded lives
    on a grid (Simpson), each bound is found by Newton (Armitage, McPherson and Rowe 1969). Raises
    ValueError unless information rises and increments are at least 0 with a sum under 1/2. Not
    where the effect seen decides when to look.
    """
    _check(information, increments)
    sizes, errors = tuple(map(float, information)), tuple(map(float, increments))
    before, step = _gone_on(sizes[:-1], errors[:-1])
    last, _ = _look(step, (0.0, *sizes)[-2], sizes[-1], errors[-1])
    return (errors[0], *[*before, last][1:])


@lru_cache(maxsize=16)  # of a plan only the last look varies
def _gone_on(
    information: tuple[float, ...], increments: tuple[float, ...]
) -> tuple[tuple[float, ...], Step]:
    """The tails of looks that did not conclude, and the step to the one after them."""
    tails, step = [], _start
    for (before, now), increment in zip(pairwise([0.0, *information]), increments, strict=True):
        tail, step = _look(step, before, now, increment)
        tails.append(tail)
    return tuple(tails), step


def _look(step: Step, before: float, now: float, increment: float) -> tuple[float, Step]:
    """The tail at which a look uses its increment, and the step to the next one."""
    crossing, density_at = step(now - before, before)
    bound = _bound(crossing, density_at, increment, now)
    return float(ndtr(-bound / np.sqrt(now))), _continued(density_at, bound, now)


def _start(step: float, before: float) -> tuple[Curve, Curve]:
    """P(score > b) and its density at b for the first look, of information `step`."""
    deviation = np.sqrt(step)
    return lambda b: ndtr(-np.asarray(b) / deviation), lambda b: _normal(np.asarray(b), deviation)


def _continued(density_at: Curve, bound: float, information: float) -> Step:
    """The step after a look that went on with scores below `bound`."""

    def step(growth: float, before: float) -> tuple[Curve, Curve]:
        deviation, low = np.sqrt(growth), -FARTHEST * np.sqrt(information)
        finest = min(deviation, np.sqrt(information)) / POINTS
        count = int(np.clip((bound - low) / finest, FEWEST, MOST)) // 2 * 2 + 1
        grid = np.linspace(low, bound, count)
        weights = _simpson(grid) * density_at(grid)

        def crossing(b: ArrayLike) -> Floats:
            return ndtr((grid - np.asarray(b)[..., None]) / deviation) @ weights

        return crossing, lambda b: _blurred(grid, weights, np.asarray(b), deviation)

    return step


def _bound(crossing: Curve, density: Curve, increment: float, information: float) -> float:
    """The score above which lies `increment`: Newton on the logarithm, kept in its bracket."""
    high = FARTHEST * np.sqrt(information)
    low, b = -high, 2 * np.sqrt(information)
    if increment <= crossing(high):
        return high
    for _ in range(100):
        above = float(crossing(b))
        low, high = (b, high) if above > increment else (low, b)
        following = b + np.log(above / increment) * above / max(float(density(b)), 1e-300)
        following = following if low < following < high else (low + high) / 2
        if abs(following - b) < 1e-10 * np.sqrt(information):
            break
        b = following
    return float(b)


def _normal(x: Floats, deviation: float) -> Floats:
    return np.exp(-0.5 * (x / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))


def _blurred(grid: Floats, weights: Floats, b: Floats, deviation: float) -> Floats:
    """The density at scores `b` after a normal step from a grid of weights."""
    near = _near(grid, b, FARTHEST * deviation)
    return (_normal(grid[near] - b[..., None], deviation) * weights[near]).sum(axis=-1)


def _near(grid: Floats, b: Floats, reach: float) -> NDArray[np.intp]:
    """The places of the grid within reach of each score: steps are short, and the grid is long."""
    step = grid[1] - grid[0]
    width = min(int(np.ceil(2 * reach / step)) + 2, len(grid))
    first = np.clip((b - reach - grid[0]) // step, 0, len(grid) - width).astype(np.intp)
    return first[..., None] + np.arange(width)


def _simpson(grid: Floats) -> Floats:
    weights = np.where(np.arange(len(grid)) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1.0
    return weights * (grid[1] - grid[0]) / 3


def _check(information: Sequence[float], increments: Sequence[float]) -> None:
    if not information or not all(low < high for low, high in pairwise([0.0, *information])):
        raise ValueError(f"information rises from look to look, above 0, not {information}")
    if len(information) != len(increments) or min(increments) < 0 or sum(increments) > 0.5:
        raise ValueError(f"an increment of the error for each look, 1/2 in all, not {increments}")
