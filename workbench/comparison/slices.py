"""Where a challenger gains and where it loses: the difference on the examples of each tag value."""

from dataclasses import replace

import numpy as np

from workbench.comparison.intervals import Rules, paired
from workbench.comparison.result import Slice
from workbench.comparison.scores import Scores, per_example, tag_values
from workbench.runs import Run

FEWEST = 10  # examples; below, the interval of a slice says nothing


def compare_slices(run: Run, scores: Scores, base: int, rules: Rules) -> tuple[Slice, ...]:
    """Every challenger on every tag value with enough examples, as the critic scores them.

    An alarm is a slice whose interval, holding for all slices at once (Bonferroni), lies on the
    worse side of zero while the challenger's mean is no worse.
    """
    parts = _parts(run, scores)
    means = per_example(scores.score)
    challengers = [c for c in range(len(scores.variants)) if c != base]
    at_once = 1 - (1 - rules.level) / max(len(parts) * len(challengers), 1)
    found = []
    for c in challengers:
        rose = (
            scores.sign * np.nanmean(np.append(means[c] - means[base], np.nan)) >= 0
            if _any(means, c, base)
            else False
        )
        for tag, value, chosen in parts:
            both = chosen & ~np.isnan(means[c] - means[base])
            n = int(both.sum())
            if n < FEWEST:
                continue
            part = replace(rules, groups=None if rules.groups is None else rules.groups[chosen])
            each, every = (
                paired(means[c][chosen], means[base][chosen], level, part, scores.scale)
                for level in (rules.level, at_once)
            )
            fell = max(scores.sign * every.low, scores.sign * every.high) < 0
            own = (float(means[v][both].mean()) for v in (c, base))
            found.append(
                Slice(tag, value, scores.variants[c][0], n, each, every, bool(rose and fell), *own)
            )
    return tuple(found)


def _any(means: np.ndarray, challenger: int, base: int) -> bool:
    return bool((~np.isnan(means[challenger] - means[base])).any())


def _parts(run: Run, scores: Scores) -> list[tuple[str, str, np.ndarray]]:
    """`(tag, value, mask over examples)` of every tag that parts the examples."""
    parts = []
    for tag in (name.removeprefix("tag.") for name in run.columns if name.startswith("tag.")):
        values = tag_values(run, scores, tag)
        present = sorted(set(values.tolist()) - {""})
        if len(present) > 1:
            parts += [(tag, value, values == value) for value in present]
    return parts
