# pyright: strict
"""How a gate came to its word: its looks, what they cost, and what a further one would take."""

from dataclasses import dataclass
from typing import Literal

from workbench import words

Stopped = Literal[
    "known", "not for rows", "budget", "no price", "too few examples", "end", "no store", "stopped"
]

DIFFERS = 0.05  # one-sided p from which fresh rows speak of another model


@dataclass(frozen=True)
class GateLook:
    """One look: at so many examples, each asked `times` as often as in the run, and its tail."""

    examples: int
    times: int
    tail: float
    word: str


@dataclass(frozen=True)
class More:
    """What a further look would take: examples (or, where the file has no more, `times`), and about
    how many dollars; None where nobody knows.
    """

    examples: int
    times: int
    dollars: float | None


Unasked = Literal["", "offline", "budget", "no price"]  # why an old baseline was not asked again


@dataclass(frozen=True)
class Age:
    """How far apart in time the two sides were answered, and what asking the baseline again showed.

    A hosted model changes silently: old answers of the baseline beside fresh ones then make that
    change look like the prompt's. `asked` rows of the baseline were asked twice afresh; on
    `old_apart` of them the old score lies further from the first fresh one than the second does,
    on `new_apart` less far, and `p` is that of the sign test.
    """

    days: float  # at most, between the two answers of a row
    most: float  # that the requirements allow
    renamed: bool = False  # the endpoint names another model, or version of its system
    asked: int = 0
    old_apart: int = 0
    new_apart: int = 0
    p: float | None = None
    again: bool = False  # all of the baseline was asked again, and the fresh answers decided
    unasked: Unasked = ""

    @property
    def is_old(self) -> bool:
        return self.days > self.most or self.renamed

    @property
    def differs(self) -> bool:
        """Whether the fresh rows speak of another model than the old ones."""
        return self.p is not None and self.p <= DIFFERS

    @property
    def sentence(self) -> str:
        """Nothing where the two sides are of one time."""
        if not self.is_old:
            return ""
        named = ", and another version of the model gave them" if self.renamed else ""
        said = (
            f"The baseline's answers and this prompt's are up to {self.days:.1f} days apart{named}"
        )
        return f"{said}; {self._found}."

    @property
    def _found(self) -> str:
        why = {
            "offline": "offline",
            "budget": "it would pass the budget",
            "no price": "under a budget no price may be unknown",
        }
        if not self.asked:
            return f"none was asked again: {why[self.unasked]}"
        asked = f"{self.asked} of its rows were asked twice afresh"
        if not self.differs:
            return f"{asked}, and the old answers differ no more than these do (p {self.p:.2f})"
        differs = f"{asked}, and the old answers differ more than these do (p {self.p:.3f})"
        if self.again:
            return f"{differs}: all of it was asked again"
        return f"{differs}, but the whole was not: {why[self.unasked]}"


@dataclass(frozen=True)
class Settled:
    """The looks that a gate took, and why it looked no further."""

    looks: tuple[GateLook, ...]
    planned: int  # looks that it might have taken
    stopped: Stopped
    spent: float | None = 0.0  # dollars beyond the run's own; None where a price is unknown
    heads: int = 1  # prompts gated against this one's baseline on these rows, this one too
    more: More | None = None
    age: Age | None = None  # None without a store, and where a prompt is held against itself

    @property
    def sentence(self) -> str:
        """What there is to say of looks beyond the first, and of what is still lacking."""
        aged = self.age.sentence if self.age else ""
        return " ".join(filter(None, (self._looked, self._lacking, self._before, aged)))

    @property
    def rows(self) -> str:
        """What the last look stood on: 120 examples."""
        return _rows(self.looks[-1].examples, self.looks[-1].times)

    @property
    def _looked(self) -> str:
        if (number := len(self.looks)) == 1:
            return ""
        cost = f", for {words.money(self.spent)}" if self.spent else ""
        planned = words.count(self.planned, "look")
        return f"It took {number} of {planned}, the last on {self.rows}{cost}."

    @property
    def _lacking(self) -> str:
        return {
            "known": "",
            "not for rows": "More rows would not settle it.",
            "budget": f"The next look would pass its budget: {self._more}.",
            "no price": f"Under a budget no price may be unknown: {self._more}.",
            "too few examples": f"No further look could pass: {self._more}.",
            "end": f"It may look no further: {self._more}." if self.more else "",
            "no store": "A run of rows from elsewhere cannot be extended.",
            "stopped": "The run ended before all rows of the next look were answered.",
        }[self.stopped]

    @property
    def _more(self) -> str:
        if self.more is None:
            return "nothing is known of what it takes"
        dollars = self.more.dollars
        cost = f" and {words.money(dollars)} more" if dollars is not None else ""
        return f"it takes about {_rows(self.more.examples, self.more.times)}{cost}"

    @property
    def _before(self) -> str:
        if self.heads == 1:
            return ""
        return f"{self.heads:,} prompts were gated on these rows, this one the latest."


def _rows(examples: int, times: int) -> str:
    asked = f", each asked {times} times as often" if times > 1 else ""
    return f"{words.count(examples, 'example')}{asked}"
