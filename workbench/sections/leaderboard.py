"""Quality, cost and speed of each variant, and what was asked of the winner."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.comparison import Comparison, Difference, Gold, Variant
from workbench.comparison.latency import measured_apart
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.svg import Axis, Bar, axis_labels, ends_of
from workbench.runs import Run
from workbench.sections.grid import gives_probabilities, scale_of, score_name
from workbench.sections.streamed import token_table
from workbench.sections.subject import Subject
from workbench.stats import Interval, Scale

BAR = 58  # pixels
CSS = {
    "better": "better", "worse": "worse", "tie": "tie", "need more": "more",
    "inconclusive": "more", "": "base",
}  # fmt: skip


@dataclass(frozen=True)
class Board:
    """The variants of a run by one critic, best first; `so_far` while the run goes on."""

    run: Run
    critic: str
    variants: Sequence[Variant]
    differences: Sequence[Difference]
    margin: float
    level: float = 0.95
    gold: Gold | None = None
    so_far: bool = False

    @classmethod
    def of(cls, subject: Subject) -> "Board":
        choice = subject.choice
        beside = None if choice.decided_by == "gold" else choice.gold
        named = {"margin": choice.margin, "level": choice.level, "gold": beside}
        return cls(choice.run, choice.judge, choice.variants, choice.differences, **named)

    @cached_property
    def scale(self) -> Scale:
        return scale_of(self.run, self.critic)

    @cached_property
    def against(self) -> Mapping[str, Difference]:
        return {each.challenger: each for each in self.differences}

    @property
    def baseline(self) -> str:
        """The baseline's name; empty where nothing is compared with it."""
        return self.differences[0].baseline if self.differences else ""

    @property
    def corrected(self) -> bool:
        return any(variant.corrected for variant in self.variants)

    @property
    def apart(self) -> tuple[str, ...]:
        """Variants whose latency may not be compared with the baseline's."""
        return measured_apart(self.run, self.baseline) if self.baseline else ()

    @property
    def uneven(self) -> bool:
        """Whether variants have different numbers of rows: each count then needs its whole."""
        return len({variant.n for variant in self.variants}) > 1

    @cached_property
    def score_axis(self) -> Axis:
        shown = [each for v in self.variants for each in self._own(v)]
        ends = ends_of(self.scale.share(each).clipped(0, 1) for each in shown)
        return Axis.around(ends, ends=(0, 1), most_ticks=4)

    @cached_property
    def difference_axis(self) -> Axis:
        ends = ends_of(self.scale.turned(each.interval) for each in self.differences)
        return Axis.around([*ends, 0.0, self.margin, -self.margin], most_ticks=4)

    def table(self) -> Html:
        own = "Corrected score" if self.corrected else score_name(self.run, self.critic)
        return render(
            "sections/board.html",
            critic=self.critic,
            so_far=self.so_far,
            corrected=self.corrected,
            knows=self.run.meta.critics[self.critic].knows,
            labels=words.count(max(variant.labels for variant in self.variants), "label"),
            level=self.level,
            baseline=self.baseline,
            margin=words.whole_points(self.margin),
            apart=words.listed(self.apart),
            probable=gives_probabilities(self.run, self.critic),
            score_name="Score" if self.so_far else own,
            check=self.gold.check if self.gold else "",
            costs=any(not math.isnan(variant.cost_per_1000) for variant in self.variants),
            score_axis=axis_labels(self.score_axis, words.whole_points),
            difference_axis=axis_labels(self.difference_axis, signed_tick),
            rows=[self._row(variant) for variant in self.variants],
            of=0 if self.uneven else self.variants[0].n,
            streamed="" if self.so_far else token_table(self.run),
        )

    def _row(self, variant: Variant) -> dict[str, Any]:
        one_name = variant.name == variant.prompt
        whole = words.share(variant.scored, variant.n)
        return {
            "name": variant.prompt,
            "model": "" if one_name else f"on {variant.model}",
            "about": self._about(variant),
            "word": self._word(variant),
            "css": self._css(variant),
            "cost": words.spending(variant.cost_per_1000, variant.unpriced),
            "latency": words.seconds(variant.seconds_p95),
            "failed": words.rate(variant.failed, variant.asked),
            "scored": whole if self.uneven else words.number(variant.scored),
            **self._score(variant),
            **self._difference(variant),
        }

    def _about(self, variant: Variant) -> str:
        """Its prompt's description; nothing where all are described alike."""
        known = self.run.meta.prompts
        alike = len({known[each.prompt].description for each in self.variants}) == 1
        return known[variant.prompt].description if not alike or len(known) == 1 else ""

    def _decision(self, variant: Variant) -> str:
        by = self.against.get(variant.name)
        return by.decision if by else ""

    def _word(self, variant: Variant) -> str:
        word = self._decision(variant)
        if not self.so_far or not word:
            return word
        return f"{word} so far" if CSS[word] == word and variant.scored else "open"

    def _css(self, variant: Variant) -> str:
        return CSS[self._decision(variant)]

    def _own(self, variant: Variant) -> tuple[Interval, Interval]:
        """A variant's score, and the critic's own where labels correct it."""
        return variant.score, variant.critic_score if variant.corrected else variant.score

    def _score(self, variant: Variant) -> dict[str, Any]:
        score, own = (self.scale.share(each).clipped(0, 1) for each in self._own(variant))
        tick_at = own.estimate if variant.corrected else math.nan
        gold = self.gold.rates[variant.name].clipped(0, 1) if self.gold else None
        bar = Bar(
            self.score_axis, score, self._css(variant), tick=tick_at, tip=hint(variant.name, score)
        )
        shown = estimate(score)
        return {
            "score": {**shown, "interval": ""} if self.so_far else shown,
            "critic_score": words.points(own.estimate),
            "score_bar": bar.svg(BAR),
            "gold": estimate(gold) if gold else None,
        }

    def _difference(self, variant: Variant) -> dict[str, Any]:
        found = self.against.get(variant.name)
        by = self.scale.turned(found.interval) if found else None
        tip = hint(f"{variant.name} against {self.baseline}", by, signed=True) if by else ""
        css = self._css(variant)
        bar = Bar(self.difference_axis, by, css, band=self.margin, zero=True, tip=tip)
        baseline = {"text": "", "empty": "baseline"}
        return {
            "difference": estimate(by, signed=True) if by else baseline,
            "difference_bar": bar.svg(BAR),
        }


def leaderboard(subject: Subject) -> Html:
    """The leaderboard section."""
    choice = subject.choice
    return render(
        "sections/leaderboard.html",
        board=Board.of(subject).table(),
        in_words=_in_words(subject),
        corrected=subject.corrected,
        less_is_better=not subject.scale.higher_is_better,
        level=choice.level,
        baseline=choice.baseline if choice.differences else "",
        check=choice.gold.check if choice.gold else "",
    )


def _at_the_top(choice: Comparison) -> list[str]:
    """Who may be the best; nothing while a prompt explores the rows that it was written on."""
    explored = (
        "written on these rows", "baseline written on these rows", "held rows opened",
        "critic written on these rows", "rows picked",
    )  # fmt: skip
    if any(each.cause in explored for each in choice.differences) or len(choice.variants) < 2:
        return []
    if len(choice.top_set) > 1:
        return [f"{words.listed(choice.top_set)} cannot be told apart at the top."]
    return [f"{choice.variants[0].name} stands alone at the top."]


def _in_words(subject: Subject) -> str:
    choice = subject.choice
    if not any(variant.scored for variant in choice.variants):
        return "No answer has a score."
    text = _at_the_top(choice)
    if subject.is_ignorant and choice.gold:
        right = f"what {choice.gold.check} finds right does"
        text.append(f"The critic’s scores say nothing here; {right}.")
    elif choice.decided_by == "gold":
        text.append(f"Scores are by {choice.judge}, which knows the right answers.")
    elif choice.decided_by == "check":
        text.append(f"Scores are by {choice.judge}, a check in code.")
    elif not subject.corrected:
        text.append("Scores are by the critic, not yet corrected.")
    if subject.own_failures(*subject.variants):
        failed = "Malformed, truncated and filtered answers get no score"
        text.append(f"{failed}; “better” must also hold with them as wrong.")
    return " ".join(text)


def estimate(interval: Interval, *, signed: bool = False) -> dict[str, str]:
    """A number and its interval as the tables show them."""
    if math.isnan(interval.estimate):
        return {"text": "", "empty": "no score"}
    number = words.signed(interval.estimate) if signed else words.points(interval.estimate)
    between = words.between(interval.low, interval.high)
    return {"text": number, "interval": "interval open" if between == "open" else between}


def hint(name: str, interval: Interval, *, signed: bool = False) -> str:
    """What hovering over a bar says."""
    shown = estimate(interval, signed=signed)
    if not shown["text"]:
        return f"{name}: no score"
    return f"{name}: {shown['text']} points ({shown['interval']})"


def signed_tick(share: float) -> str:
    """A difference of shares as a tick: +10."""
    return words.signed(share).removesuffix(".0")
