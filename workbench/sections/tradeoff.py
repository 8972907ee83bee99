"""Quality against cost and latency."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from workbench.comparison import Variant
from workbench.page.frame import render
from workbench.sections.leaderboard import CSS, tick
from workbench.sections.subject import Subject
from workbench.stats import Interval
from workbench.page import words
from workbench.page.markup import Html
from workbench.page.svg import Axis, Plot, Point, decimal_ticks

ALIKE = 0.02  # share: latencies and costs that lie closer are alike, and no axis is narrower


def tradeoff(subject: Subject) -> Html | None:
    """The two plots; None where neither cost nor latency is known."""
    cost = _figure(
        subject, lambda v: v.cost_per_1000, "cost", "cost per 1,000 answers, $", words.money
    )
    latency = _figure(
        subject, lambda v: v.seconds_p95, "p95 latency", "p95 latency, seconds", words.seconds
    )
    figures = [figure for figure in (cost, latency) if figure]
    if not figures:
        return None
    return render(
        "tradeoff.html", figures=figures, in_words=_in_words(subject), level=subject.choice.level
    )


def _in_words(subject: Subject) -> str:
    """The challenger in focus against the baseline, in money and time."""
    if subject.focus is None:
        return "One variant: there is nothing to weigh it against."
    new, old, said = subject.variants[subject.focus.challenger], subject.baseline, []
    if old.cost_per_1000 > 0 and not math.isnan(new.cost_per_1000):
        more = new.cost_per_1000 / old.cost_per_1000 - 1
        by = (
            f"{words.percent(abs(more))} {'more' if more > 0 else 'less'} than"
            if abs(more) >= 0.005
            else "as much as"
        )
        said.append(f"costs {by} {old.name}")
    if not math.isnan(new.seconds_p95 - old.seconds_p95):
        slower = new.seconds_p95 - old.seconds_p95
        than = "" if said else f" than {old.name}"
        by = f"{words.seconds(abs(slower))} {'slower' if slower > 0 else 'faster'}{than}"
        alike = abs(slower) < ALIKE * old.seconds_p95
        said.append(
            f"is as fast{than.replace('than', 'as')} at p95" if alike else f"is {by} at p95"
        )
    sentences = [f"{new.name} {words.listed(said)}."] if said else []
    if all(variant.cost_per_1000 == 0 for variant in subject.variants.values()):
        sentences.append("Answers cost no money: the model runs on this machine.")
    return " ".join(sentences)


def _figure(
    subject: Subject,
    of: Callable[[Variant], float],
    name: str,
    title: str,
    says: Callable[[float], str],
) -> dict[str, Any] | None:
    quality, y, sign = _quality(subject)
    known = [variant for variant in subject.choice.variants if not math.isnan(of(variant))]
    shown = [variant for variant in known if not math.isnan(y[variant.name].estimate)]
    if not any(of(variant) > 0 for variant in shown):
        return None
    points = [
        Point(
            v.name,
            of(v),
            y[v.name],
            CSS[subject.word(v.name)],
            _tip(v.name, y[v.name], says(of(v))),
            hollow=v.name == subject.choice.baseline,
        )
        for v in shown
    ]
    x_axis = Axis.around((point.x for point in points), most_ticks=4, least=ALIKE)
    y_axis = Axis.around([end for point in points for end in point.y], ends=(0, 1), most_ticks=4)
    label = f"{quality} against {name}, {words.count(len(points), 'variant')}"
    plot = Plot(
        x_axis,
        y_axis,
        title,
        f"{quality[0].lower()}{quality[1:]}, points",
        decimal_ticks(x_axis),
        tick,
        label,
    )
    drawn = plot.draw(points, plot.line("front", frontier(points, sign)))
    return {"quality": quality, "name": name, "plot": drawn}


def _quality(subject: Subject) -> tuple[str, dict[str, Interval], int]:
    """What stands for quality: the critic's or the corrected score, or known answers where the
    critic knows nothing.
    """
    gold, variants = subject.choice.gold, subject.choice.variants
    if gold and not gold.knows:
        return (
            f"Right by {gold.check}",
            {v.name: gold.rates[v.name].clipped(0, 1) for v in variants},
            1,
        )
    name = "Corrected score" if subject.corrected else "Critic’s score"
    return (
        name,
        {v.name: subject.scale.score(v.score) for v in variants},
        1 if subject.scale.higher_is_better else -1,
    )


def frontier(points: Sequence[Point], sign: int = 1) -> list[tuple[float, float]]:
    """The points that no cheaper (or faster) one equals or beats, from left to right; `sign` -1:
    less is better.
    """
    best, kept = -math.inf, []
    for point in sorted(points, key=lambda p: (p.x, -sign * p.y.estimate)):
        if sign * point.y.estimate > best:
            best = sign * point.y.estimate
            kept.append((point.x, point.y.estimate))
    return kept


def _tip(name: str, y: Interval, x: str) -> str:
    return f"{name}: {words.points(y.estimate)} points ({words.between(y.low, y.high)}), {x}"
