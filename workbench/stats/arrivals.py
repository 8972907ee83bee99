# pyright: strict
"""When requests arrive: at random, in bursts, or as they once did."""

import math

import numpy as np

from workbench.stats.intervals import Floats


def gamma_arrivals(
    rate: float, seconds: float, random: np.random.Generator, shape: float = 1.0
) -> Floats:
    """Times below `seconds` of `rate * seconds` arrivals, whose gaps are gamma with this shape.

    Shape 1 is a Poisson process of which the number is known; a smaller one comes in bursts
    (`burstiness` of `vllm bench serve`, which stretches the gaps to the rate likewise).
    """
    if not (rate > 0 and seconds > 0 and shape > 0):
        raise ValueError("rate, seconds and shape are above 0")
    after = np.cumsum(random.gamma(shape, 1.0, round(rate * seconds) + 1))
    return after[:-1] * (seconds / after[-1])


def recorded_arrivals(
    recorded: Floats, rate: float, seconds: float, random: np.random.Generator
) -> tuple[Floats, "np.ndarray[tuple[int], np.dtype[np.intp]]"]:
    """Times below `seconds` that pass as recorded ones did, stretched to a mean of `rate` a second,
    and which recorded one each is.

    `recorded` (n,) rises; it begins at a moment drawn, and starts anew after its end, one mean gap
    after its last.
    """
    count, after = len(recorded), recorded - recorded[0]
    if count < 2 or after[-1] <= 0:
        raise ValueError("a recording has two arrivals or more, at different times")
    period = count / rate
    once = after * (period * (count - 1) / count / after[-1])
    start = random.random() * period
    rounds = np.arange(math.ceil((start + seconds) / period))
    times = (rounds[:, None] * period + once).ravel() - start
    kept = np.flatnonzero((times >= 0) & (times < seconds))
    return times[kept], kept % count
