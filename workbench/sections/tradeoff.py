"""Quality against cost and latency."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.comparison import Variant
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.svg import Axis, Plot, Point, decimal_ticks
from workbench.sections.grid import score_name
from workbench.sections.leaderboard import CSS, hint, tick
from workbench.sections.subject import Subject
from workbench.stats import Interval

ALIKE = 0.02  # share: latencies and costs that lie closer are alike, and no axis is narrower


@dataclass(frozen=True)
class Against:
    """What quality is weighed against."""

    name: str
    title: str  # of the axis
    of: Callable[[Variant], float]
    says: Callable[[float], str]


COST = Against("cost", "cost per 1,000 answers, $", lambda v: v.cost_per_1000, words.money)
LATENCY = Against("p95 latency", "p95 latency, seconds", lambda v: v.seconds_p95, words.seconds)


def tradeoff(subject: Subject) -> Html | None:
    """The two plots; None where neither cost nor latency is known."""
    drawn = figures(subject)
    if not drawn:
        return None
    return render("sections/tradeoff.html", figures=drawn, in_words=_in_words(subject))


def figures(subject: Subject, *, height: int = 270) -> list[Html]:
    """A plot against cost, then one against latency, each where it is known."""
    drawn = [_figure(subject, against, height) for against in (COST, LATENCY)]
    return [figure for figure in drawn if figure]


def _in_words(subject: Subject) -> str:
    """The challenger in focus against the baseline, in money and time."""
    if subject.focus is None:
        return "One variant: there is nothing to weigh it against."
    new, old = subject.variants[subject.focus.challenger], subject.baseline
    dearer, (slower, than) = _dearer(new, old), _slower(new, old)
    text = [f"costs {dearer} {old.name}"] if dearer else []
    if slower:
        text.append(f"is {slower}{'' if text else f' {than} {old.name}'} at p95")
    sentences = [f"{new.name} {words.listed(text)}."] if text else []
    if all(variant.cost_per_1000 == 0 for variant in subject.variants.values()):
        sentences.append("Answers cost no money: the model runs on this machine.")
    return " ".join(sentences)


def _dearer(new: Variant, old: Variant) -> str:
    """38 % more than; empty where it is not known."""
    if math.isnan(new.cost_per_1000) or not old.cost_per_1000 > 0:
        return ""
    more = new.cost_per_1000 / old.cost_per_1000 - 1
    by = f"{words.percent(abs(more))} {'more' if more > 0 else 'less'} than"
    return by if abs(more) >= 0.005 else "as much as"


def _slower(new: Variant, old: Variant) -> tuple[str, str]:
    """0.2 s slower, and the word for comparing; empty where it is not known."""
    by = new.seconds_p95 - old.seconds_p95
    if math.isnan(by):
        return "", ""
    if abs(by) < ALIKE * old.seconds_p95:
        return "as fast", "as"
    return f"{words.seconds(abs(by))} {'slower' if by > 0 else 'faster'}", "than"


def _figure(subject: Subject, against: Against, height: int) -> Html | None:
    quality, y, sign = _quality(subject)
    known = [v for v in subject.choice.variants if not math.isnan(against.of(v))]
    shown = [variant for variant in known if not math.isnan(y[variant.name].estimate)]
    if not any(against.of(variant) > 0 for variant in shown):
        return None
    points = [_point(subject, variant, y[variant.name], against) for variant in shown]
    plot = _plot(points, quality, against, height)
    return render(
        "sections/plane.html",
        quality=quality,
        name=against.name,
        level=subject.choice.level,
        plot=plot.draw(points, plot.line("front", frontier(points, sign))),
    )


def _plot(points: Sequence[Point], quality: str, against: Against, height: int) -> Plot:
    x_axis = Axis.around((point.x for point in points), most_ticks=4, least=ALIKE)
    ends = [end for point in points for end in point.y]
    y_axis = Axis.around(ends, ends=(0, 1), most_ticks=4)
    titles = against.title, f"{quality[0].lower()}{quality[1:]}, points"
    label = f"{quality} against {against.name}, {words.count(len(points), 'variant')}"
    return Plot(x_axis, y_axis, *titles, decimal_ticks(x_axis), tick, label, height=height)


def _point(subject: Subject, variant: Variant, quality: Interval, against: Against) -> Point:
    name, x = variant.name, against.of(variant)
    tip = f"{hint(name, quality)}, {against.says(x)}"
    hollow = name == subject.choice.baseline
    return Point(name, x, quality, CSS[subject.word(name)], tip, hollow=hollow)


def _quality(subject: Subject) -> tuple[str, dict[str, Interval], int]:
    """What stands for quality: the critic's or the corrected score, or known answers where the
    critic knows nothing; and 1 where more is better.
    """
    gold, variants = subject.choice.gold, subject.choice.variants
    if gold and not gold.knows:
        rates = {v.name: gold.rates[v.name].clipped(0, 1) for v in variants}
        return f"Right by {gold.check}", rates, 1
    own = score_name(subject.run, subject.choice.judge)
    name = "Corrected score" if subject.corrected else own
    scores = {v.name: subject.scale.share(v.score).clipped(0, 1) for v in variants}
    return name, scores, 1 if subject.scale.higher_is_better else -1


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
