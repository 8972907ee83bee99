"""The effect of a release in parts: by slice, and by days since users first met it."""

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.page import words
from workbench.page.markup import Html
from workbench.page.svg import Axis, Bar, axis_labels, ends_of
from workbench.release import Trial
from workbench.sections.leaderboard import signed_tick
from workbench.stats import Interval


def difference_axis(effects: Sequence[Interval]) -> Axis:
    """An axis that holds all of them, and no change."""
    return Axis.around([0.0, *ends_of(effects)], most_ticks=5, ends=(-1.0, 1.0))


def tick(axis: Axis) -> Html:
    return axis_labels(axis, signed_tick, height=18)


def slice_rows(trial: Trial, axis: Axis) -> Iterator[dict[str, Any]]:
    """Each slice, the harmed first, with the smallest harm that would have been found."""
    for each in sorted(trial.slices, key=lambda part: (not part.harmed, part.tag)):
        word = "worse" if each.harmed else ""
        yield {
            "name": each.value,
            "tag": each.tag,
            "users": f"{sum(each.users):,}",
            **_effect(each.effect, axis, word),
            "findable": words.points(each.findable),
            "harmed": each.harmed,
        }


def since_rows(trial: Trial, axis: Axis) -> Iterator[dict[str, Any]]:
    """What fades with use shows here."""
    for each in trial.since_first:
        first, last = each.days
        name = "first day" if last == 0 else f"day {first}" if first == last else ""
        yield {
            "name": name or f"days {first} to {last}",
            "messages": f"{sum(each.messages):,}",
            **_effect(each.effect, axis, ""),
        }


def _effect(found: Interval, axis: Axis, word: str) -> dict[str, Any]:
    bar = Bar(axis, found, word, zero=True).svg(26)
    ends = words.between(found.low, found.high)
    return {"difference": words.signed(found.estimate), "ends": ends, "bar": bar}
