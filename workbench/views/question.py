"""What a person is asked of an answer, and what can be said to it: as the critic of that name
judges, on its scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import LiteralString

from workbench.page.markup import Html, html
from workbench.prompts import Prompt
from workbench.runs import Run
from workbench.runs.meta import CriticFacts
from workbench.sections.prompt import templates
from workbench.stats.scale import Scale

DIGITS = "1234567890"  # as they lie on a keyboard; 0 stands for ten
Answer = tuple[str, str, float]  # key, word, the value that is stored
YES_OR_NO: tuple[Answer, ...] = (("y", "Yes", 1.0), ("n", "No", 0.0))
BETTER: tuple[Answer, ...] = (("y", "Yes", 1.0), ("t", "Tie", 0.5), ("n", "No", 0.0))


@dataclass(frozen=True)
class Question:
    """The question that a labeller puts."""

    name: str
    critic: CriticFacts | None  # None where none asks this
    choices: Mapping[str, float]  # word -> value, where the critic is at hand
    prompt: Prompt | None = None  # where the critic's categories are defined, if it is at hand

    @classmethod
    def of(cls, run: Run, name: str) -> "Question":
        critic = next((critic for critic in run.critics if critic.name == name), None)
        choices, prompt = getattr(critic, "values", {}), getattr(critic, "prompt", None)
        known = choices if isinstance(choices, Mapping) else {}
        return cls(name, run.meta.critics.get(name), known, prompt)

    @property
    def told(self) -> Html:
        """What the critic is told, so that people judge by the same definitions."""
        return templates(self.prompt) if isinstance(self.prompt, Prompt) else html("")

    @property
    def against(self) -> str:
        """The prompt whose answer to the same example is shown beside; empty for a question about
        one answer.
        """
        return self.critic.against if self.critic else ""

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What can be said; nothing where the scale is not known or has too many steps for keys
        (see `refusal`).
        """
        if self.against:
            return BETTER
        if self._chooses:
            return _in_order(self.choices)
        scale = self.critic.scale if self.critic else Scale()
        low, high = scale.low, scale.high
        return YES_OR_NO if (low, high) == (0, 1) else _ratings(low, high)

    @property
    def _chooses(self) -> bool:
        return self.critic is not None and self.critic.kind == "choice"

    @property
    def refusal(self) -> str:
        """Why nobody can label here, and what to do."""
        if self.answers:
            return ""
        by_hand = f"Give its labels with wb.labels.add(run, {self.name!r}, row, value, rater=...)."
        if self.critic and not self._chooses:
            scale = self.critic.scale
            rates = f"{self.name} rates from {scale.low:g} to {scale.high:g}"
            return f"{rates}, which is no scale of few whole steps. {by_hand}"
        if self.choices:
            many = f"{self.name} has {len(self.choices)} choices"
            return f"{many}, more than there are keys. {by_hand}"
        missing = f"{self.name} has choices that a stored run does not hold"
        return f"{missing}: run its cell again, then draw and label."

    @property
    def ask(self) -> Html:
        """The critic's own description where it has one; and which end is the good one, where it is
        the low one.
        """
        if self.against:  # its description asks for A or B
            return html("Is this answer better than the baseline’s?")
        return html(
            "{}{}", (self.critic and self.critic.description) or self._asked(), self._good_end()
        )

    def _asked(self) -> Html:
        if self._chooses:
            return html("Which of these is this answer, as to <b>{}</b>?", self.name)
        if self.answers is YES_OR_NO:
            ask: LiteralString = (
                "Does <b>{}</b> say yes to this answer?"
                if self._lower
                else "Does this answer pass <b>{}</b>?"
            )
            return html(ask, self.name)
        if self._lower:
            return html("What does <b>{}</b> rate this answer, {} to {}?", self.name, *self._ends())
        return html(
            "How good is this answer, {1} to {2}, as to <b>{0}</b>?", self.name, *self._ends()
        )

    @property
    def _lower(self) -> bool:
        return self.critic is not None and not self.critic.scale.higher_is_better

    def _ends(self) -> tuple[str, str]:
        return self.answers[0][1], self.answers[-1][1]

    def _good_end(self) -> str:
        if not self._lower or self._chooses:
            return ""
        return f" {'No' if self.answers is YES_OR_NO else self._ends()[0]} is the good end."


def _in_order(choices: Mapping[str, float]) -> tuple[Answer, ...]:
    """The choices by the digits in their order; none where there are more of them."""
    if len(choices) > len(DIGITS):
        return ()
    return tuple(
        (key, word, float(value))
        for key, (word, value) in zip(DIGITS, choices.items(), strict=False)
    )


def _ratings(low: float, high: float) -> tuple[Answer, ...]:
    """Whole steps, each by its own digit where it has one; none where there are too many."""
    if not (float(low).is_integer() and float(high).is_integer()) or high - low > len(DIGITS):
        return ()
    steps = range(int(low), int(high) + 1)
    if low < 0 or high > 10:
        return _in_order({str(step): step for step in steps})
    ten = "0" if low else "t"
    return tuple((str(step) if step < 10 else ten, str(step), float(step)) for step in steps)
