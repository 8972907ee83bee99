"""Quality against cost and latency."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.comparison import Comparison, Variant
from workbench.comparison.latency import Latency, measured_apart
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.naming import LINE
from workbench.page.svg import Axis, Plot, Point, decimal_ticks
from workbench.sections.grid import score_name
from workbench.sections.leaderboard import CSS, hint
from workbench.sections.subject import Subject
from workbench.stats import Interval
from workbench.stats.quantiles import FEWEST_ROWS

ALIKE = 0.02  # share: no axis is narrower


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
    """Who remains, and the challenger in focus against the baseline, in money and time."""
    return " ".join(filter(None, [_remaining(subject), _in_focus(subject)]))


def _remaining(subject: Subject) -> str:
    """Who is surely dominated, if anyone; what a point estimate says is not enough."""
    of, gone = len(subject.variants), subject.dominated
    if not gone:
        return ""
    named = [f"{name} by {other}" for name, other in gone.items()]
    remain = words.numbered(of - len(gone), "variant")
    margin = words.points(subject.choice.margin)
    return (
        f"{remain} of {of} remain{'s' if of - len(gone) == 1 else ''}. Surely dominated, by one "
        f"that costs no more, is faster on average and not worse by {margin} points: "
        f"{words.listed(named)}."
    )


def _in_focus(subject: Subject) -> str:
    if subject.focus is None:
        return "One variant: there is nothing to weigh it against."
    new, old = subject.variants[subject.focus.challenger], subject.baseline
    dearer = _dearer(new, old)
    sentences = [f"{new.name} costs {dearer} {old.name}."] if dearer else []
    [latency] = [each for each in subject.choice.latency if each.challenger == new.name]
    sentences += _slower(latency, old.name)
    if all(variant.cost_per_1000 == 0 for variant in subject.variants.values()):
        sentences.append("Answers cost no money.")
    return " ".join(sentences)


def _dearer(new: Variant, old: Variant) -> str:
    """38 % more than; empty where it is not known."""
    if math.isnan(new.cost_per_1000) or not old.cost_per_1000 > 0:
        return ""
    more = new.cost_per_1000 / old.cost_per_1000 - 1
    by = f"{words.percent(abs(more))} {'more' if more > 0 else 'less'} than"
    return by if abs(more) >= 0.005 else "as much as"


def _slower(latency: Latency, old: str) -> list[str]:
    """By how much a challenger is slower or faster at p95, or why that is not known."""
    name, by = latency.challenger, latency.interval
    measured = f"{words.count(latency.examples, 'example')} measured side by side"
    if not latency.of:
        return []
    if latency.is_apart:
        return [f"The latency of {name} against {old} is not known: {measured}, of {latency.of:,}."]
    if not latency.is_known:
        return [f"The p95 latency of {name} against {old} needs {FEWEST_ROWS} rows: {measured}."]
    if by.low <= 0 <= by.high:
        between = f"{_signed_seconds(by.low)} to {_signed_seconds(by.high)}"
        return [f"At p95 {name} and {old} cannot be told apart ({between}, {measured})."]
    return [f"{name} is {_took(by)} than {old} at p95 ({_between(by)}, {measured})."]


def _took(by: Interval) -> str:
    return f"{words.seconds(abs(by.estimate))} {'slower' if by.estimate > 0 else 'faster'}"


def _between(by: Interval) -> str:
    """The ends of an interval on one side of 0, without its sign, the nearer first."""
    ends = sorted((abs(by.low), abs(by.high)))
    return " to ".join(map(words.seconds, ends))


def _signed_seconds(value: float) -> str:
    sign = "+" if value > 0 else words.MINUS if value < 0 else ""
    return f"{sign}{words.seconds(abs(value))}"


def _figure(subject: Subject, against: Against, height: int) -> Html | None:
    quality, y, sign = _quality(subject)
    known = comparable(subject.choice, against)
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
        dominated=bool(subject.dominated),
        plot=plot.draw(points, plot.line("front", frontier(points, sign))),
    )


def comparable(choice: Comparison, against: Against) -> list[Variant]:
    """The variants that may stand in one plot: of latency, those measured side by side with the
    baseline.
    """
    known = [v for v in choice.variants if not math.isnan(against.of(v))]
    apart = measured_apart(choice.run, choice.baseline) if against is LATENCY else ()
    kept = [variant for variant in known if variant.name not in apart]
    return kept if len(kept) > 1 or not apart else []


def _plot(points: Sequence[Point], quality: str, against: Against, height: int) -> Plot:
    x_axis = Axis.around((point.x for point in points), most_ticks=4, least=ALIKE)
    ends = [end for point in points for end in point.y]
    y_axis = Axis.around(ends, ends=(0, 1), most_ticks=4)
    title, ticks = _across(x_axis, against)
    titles = title, f"{quality[0].lower()}{quality[1:]}, points"
    label = f"{quality} against {against.name}, {words.count(len(points), 'variant')}"
    height = max(height, LINE * len(points))
    return Plot(x_axis, y_axis, *titles, ticks, words.whole_points, label, height=height)


def _across(axis: Axis, against: Against) -> tuple[str, Callable[[float], str]]:
    """The title of the axis and what its ticks say: short times as the tables say them."""
    if against is not LATENCY or axis.high >= 0.1:
        return against.title, decimal_ticks(axis)
    low, high, *ticks = (1000 * value for value in (axis.low, axis.high, *axis.ticks))
    say = decimal_ticks(Axis(low, high, tuple(ticks)))
    return f"{against.name}, ms", lambda seconds: say(1000 * seconds)


def _point(subject: Subject, variant: Variant, quality: Interval, against: Against) -> Point:
    name, x = variant.name, against.of(variant)
    tip = f"{hint(name, quality)}, {against.says(x)}"
    if name in subject.dominated:
        tip = f"{tip}, surely dominated by {subject.dominated[name]}"
        return Point(name, x, quality, "", tip, hollow=True)
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
