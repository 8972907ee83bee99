"""Quality, cost and speed of each variant, and what was asked of the winner."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workbench.comparison import Variant
from workbench.reports.frame import render
from workbench.reports.subject import Subject
from workbench.stats import Interval
from workbench.views import words
from workbench.views.markup import Html
from workbench.views.svg import Axis, Bar, axis_labels

BAR = 58  # pixels
CSS = {
    "better": "better",
    "worse": "worse",
    "tie": "tie",
    "need more": "more",
    "inconclusive": "more",
    "": "base",
}


class Requirement(Protocol):
    """One thing asked of a variant, in words: what was asked, what was found, and how it reads.

    `reading` is met, missed or not shown; `why` says more or is empty.
    """

    name: str
    asked: str
    found: str
    interval: str
    reading: str
    why: str


def leaderboard(subject: Subject, requirements: Sequence[Requirement] = ()) -> Html:
    """The leaderboard section, with the requirements when given."""
    choice, axes = subject.choice, _Axes.of(subject)
    return render(
        "leaderboard.html",
        in_words=_in_words(subject),
        corrected=subject.corrected,
        less_is_better=not subject.scale.higher_is_better,
        level=choice.level,
        baseline=choice.baseline if choice.differences else "",
        margin=words.points(choice.margin).removesuffix(".0"),
        score_name="Corrected score" if subject.corrected else "Critic’s score",
        check=choice.gold.check if choice.gold else "",
        costs=any(not math.isnan(variant.cost_per_1000) for variant in choice.variants),
        score_axis=axis_labels(axes.score, tick),
        difference_axis=axis_labels(axes.difference, signed_tick),
        rows=[_row(subject, variant, axes) for variant in choice.variants],
        of=0 if uneven(subject) else choice.variants[0].n,
        requirements=requirements,
        read_for=choice.winner or (subject.focus.challenger if subject.focus else choice.baseline),
    )


def uneven(subject: Subject) -> bool:
    """Whether variants have different numbers of rows, so that each count needs its whole beside
    it.
    """
    return len({variant.n for variant in subject.choice.variants}) > 1


@dataclass(frozen=True)
class _Axes:
    """The axes that all rows share."""

    score: Axis
    difference: Axis

    @classmethod
    def of(cls, subject: Subject) -> "_Axes":
        choice, scale = subject.choice, subject.scale
        scores = [
            end
            for v in choice.variants
            for each in (v.score, v.critic_score)
            for end in scale.score(each)
        ]
        differences = [
            end for each in choice.differences for end in scale.difference(each.interval)
        ]
        around = [*differences, 0.0, choice.margin, -choice.margin]
        return cls(
            Axis.around(scores, ends=(0, 1), most_ticks=4), Axis.around(around, most_ticks=4)
        )


def _in_words(subject: Subject) -> str:
    choice, said = subject.choice, []
    if not any(variant.scored for variant in choice.variants):
        return "No answer has a score."
    if len(choice.top_set) > 1:
        said.append(f"{words.listed(choice.top_set)} cannot be told apart at the top.")
    elif len(choice.variants) > 1:
        said.append(f"{choice.variants[0].name} stands alone at the top.")
    if subject.is_ignorant and choice.gold:
        said.append(
            f"The critic’s scores say nothing here; what {choice.gold.check} finds right does."
        )
    elif not subject.corrected:
        said.append("Scores are by the critic, not yet corrected.")
    if subject.own_failures(*subject.variants):
        said.append(
            "Malformed, truncated and filtered answers get no score; “better” must also hold with them as wrong."
        )
    return " ".join(said)


def _row(subject: Subject, variant: Variant, axes: _Axes) -> dict[str, Any]:
    choice, scale, name = subject.choice, subject.scale, variant.name
    word, difference = subject.word(name), subject.differences.get(name)
    score, own = scale.score(variant.score), scale.score(variant.critic_score)
    by = scale.difference(difference.interval) if difference else None
    against = f"{name} against {choice.baseline}"
    return {
        "name": variant.prompt,
        "model": f"on {variant.model}" if name != variant.prompt else "",
        "about": subject.run.meta.prompts[variant.prompt].description,
        "word": word,
        "css": CSS[word],
        "score": estimate(score),
        "critic_score": words.points(own.estimate),
        "score_bar": Bar(
            axes.score,
            score,
            CSS[word],
            tick=own.estimate if variant.corrected else math.nan,
            tip=hint(name, score),
        ).svg(BAR),
        "gold": estimate(choice.gold.rates[name].clipped(0, 1)) if choice.gold else None,
        "difference": estimate(by, signed=True) if by else {"text": "", "empty": "baseline"},
        "difference_bar": Bar(
            axes.difference,
            by,
            CSS[word],
            band=choice.margin,
            zero=True,
            tip=hint(against, by, signed=True) if by else "",
        ).svg(BAR),
        "cost": words.money(variant.cost_per_1000),
        "latency": words.seconds(variant.seconds_p95),
        "failed": words.rate(variant.failed, variant.asked),
        "scored": words.share(variant.scored, variant.n)
        if uneven(subject)
        else words.number(variant.scored),
    }


def estimate(interval: Interval, *, signed: bool = False) -> dict[str, str]:
    """A number and its interval as the tables show them."""
    if math.isnan(interval.estimate):
        return {"text": "", "empty": "no score"}
    number = words.signed(interval.estimate) if signed else words.points(interval.estimate)
    known = math.isfinite(interval.low + interval.high)
    return {
        "text": number,
        "interval": words.between(interval.low, interval.high) if known else "interval open",
    }


def hint(name: str, interval: Interval, *, signed: bool = False) -> str:
    """What hovering over a bar says."""
    shown = estimate(interval, signed=signed)
    return (
        f"{name}: {shown['text']} points ({shown['interval']})"
        if shown["text"]
        else f"{name}: no score"
    )


def tick(share: float) -> str:
    return words.points(share).removesuffix(".0")


def signed_tick(share: float) -> str:
    return words.signed(share).removesuffix(".0")
