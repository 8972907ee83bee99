# pyright: strict
"""How a gate came to its word: its looks, what they cost, and what a further one would take."""

from dataclasses import dataclass
from typing import Literal

from workbench import words

Stopped = Literal[
    "known", "not for rows", "budget", "no price", "too few examples", "end", "no store", "stopped"
]


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


@dataclass(frozen=True)
class Settled:
    """The looks that a gate took, and why it looked no further."""

    looks: tuple[GateLook, ...]
    planned: int  # looks that it might have taken
    stopped: Stopped
    spent: float | None = 0.0  # dollars beyond the run's own; None where a price is unknown
    heads: int = 1  # prompts gated against this one's baseline on these rows, this one too
    more: More | None = None

    @property
    def sentence(self) -> str:
        """What there is to say of looks beyond the first, and of what is still lacking."""
        return " ".join(filter(None, (self._looked, self._lacking, self._before)))

    @property
    def _looked(self) -> str:
        if len(self.looks) == 1:
            return ""
        last, number = self.looks[-1], len(self.looks)
        cost = f", for {words.money(self.spent)}" if self.spent else ""
        at = _rows(last.examples, last.times)
        return f"It took {number} of {words.count(self.planned, 'look')}, the last on {at}{cost}."

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
