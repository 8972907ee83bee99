"""What an improvement came to, as plain values; its sentences are made from them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from workbench import words
from workbench.comparison import Comparison, Difference
from workbench.comparison.kinds import Cause
from workbench.improving.parts import Parts
from workbench.improving.proposing import Unusable
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.stats import Interval

Ended = Literal["tries", "patience", "perfect", "budget", "no usable proposal", "stopped"]
What = Literal["propose", "search", "select", "confirm"]
NOTHING = Interval(math.nan, math.nan, math.nan)


@printed
@dataclass(frozen=True)
class Candidate:
    """A prompt that was tried: what it answered, and what it gained on the rows it was asked on.

    Gains are paired, shares of the critic's scale, NaN where it was not asked; `left` is the part
    on which it left the race.
    """

    name: str
    parent: str
    prompt: Prompt = field(repr=False)
    answered: tuple[str, ...]  # ids of the search rows whose failures it was written on
    search: float
    search_rows: int
    select: float = math.nan
    select_rows: int = 0
    left: str = ""
    accepted: bool = False

    def __repr__(self) -> str:
        return f"Candidate {self.name}: {words.signed(self.search)} on search, after {self.parent}"


@dataclass(frozen=True)
class Doing:
    """What an improvement does while it goes on: `answered` of `of` answers of `prompts` to rows of
    a part, or of proposals.
    """

    what: What
    prompts: tuple[str, ...]
    answered: int
    of: int

    @property
    def sentence(self) -> str:
        """v1-c3 answers search rows: 12 of 45 answers are in."""
        names = words.listed(self.prompts)
        if self.what == "propose":
            return f"a prompt is being written after {names}"
        verb = "answer" if len(self.prompts) > 1 else "answers"
        said = f"{self.answered:,} of {words.count(self.of, 'answer')}"
        return f"{names} {verb} {self.what} rows, {said}"


@dataclass(frozen=True)
class Purse:
    """Dollars (NaN: not known), and answers that were asked for."""

    dollars: float
    answers: int


@printed
@dataclass(frozen=True)
class Improvement:
    """What was tried to improve a prompt, what it seemed to gain, and what of that was confirmed.

    `claimed` is the winner's gain on the select rows, `confirmed` that on the confirm rows, both as
    shares of the critic's scale and NaN where no prompt got so far. `choice` compares the two
    prompts on the confirm rows: export it.
    """

    id: str
    baseline: Prompt = field(repr=False)
    dataset: str
    model: str
    proposer: str
    critic: str
    method: str
    seed: int
    parts: Parts = field(repr=False)
    candidates: tuple[Candidate, ...]
    unusable: tuple[Unusable, ...]
    winner: str | None
    claimed: float
    by_luck: float  # what the best of so many equal prompts shows on the search rows
    actor: Purse  # answers and verdicts
    proposals: Purse
    budget: float | None
    ended: Ended
    why: str  # what stopped it; empty where it came to its end
    folder: Path  # with a file for each candidate
    choice: Comparison | None = field(default=None, repr=False)
    doing: Doing | None = None  # while it goes on

    @property
    def tried(self) -> int:
        """Prompts that were asked on search rows."""
        return len(self.candidates)

    @property
    def difference(self) -> Difference | None:
        """The winner against the baseline on the confirm rows."""
        return self.choice.differences[0] if self.choice else None

    @property
    def confirmed(self) -> Interval:
        """The winner's gain on the confirm rows, a share of the scale."""
        if self.choice is None or self.difference is None:
            return NOTHING
        return self.choice.scale.turned(self.difference.interval)

    @property
    def as_claimed(self) -> Interval:
        """The same counted as the claim is, with answers that failed as the worst; `confirmed` is
        what decided, which may be the gain on those that can be judged.
        """
        if self.choice is None or self.difference is None:
            return NOTHING
        return self.choice.scale.turned(self.difference.bottom)

    @property
    def shrinkage(self) -> float:
        """How much of the claimed gain was not there on the confirm rows, counted alike."""
        return self.claimed - self.as_claimed.estimate

    @property
    def is_confirmed(self) -> bool:
        """Whether the gain is shown."""
        return self.difference is not None and self.difference.decision == "better"

    @property
    def is_read_again(self) -> bool:
        """Whether the confirm rows had been read before, so that they claim nothing now."""
        return self.difference is not None and self.difference.cause in _READ_BEFORE

    @property
    def best_on_search(self) -> Candidate | None:
        """Who gained most among those that were asked on all search rows."""
        whole = [each for each in self.candidates if each.search_rows == len(self.parts.search)]
        return max(whole, key=lambda each: each.search, default=None)

    @property
    def dollars(self) -> float:
        """Of both purses; NaN where one is not known."""
        return self.actor.dollars + self.proposals.dollars

    @property
    def path(self) -> Path | None:
        """The file of the winner."""
        return self.folder / f"{self.winner}.prompty" if self.winner else None

    @property
    def sentence(self) -> str:
        """Claimed +8.3, confirmed +2.1 (−1.0 to 5.2): not shown. 31 tried, $1.80."""
        tried = f"{self.tried:,} tried"
        spent = words.money(self.dollars)
        return f"{self._found} {', '.join(filter(None, [tried, spent]))}."

    @property
    def _found(self) -> str:
        if self.doing:
            return f"Going on: {self.doing.sentence}."
        if self.why:
            return f"Not finished: {self.why.rstrip('.')}."
        if self.difference is None:
            return f"Nothing to confirm: {self._why_nothing}."
        low, high = self.confirmed.low, self.confirmed.high
        confirmed = f"{words.signed(self.confirmed.estimate)} ({words.between(low, high)})"
        return f"Claimed {words.signed(self.claimed)}, confirmed {confirmed}: {self._word}."

    @property
    def _why_nothing(self) -> str:
        if self.ended == "perfect" and not self.candidates:
            return f"{self.baseline.name} fails none of the search rows"
        if not self.candidates:
            return "no proposal was a new prompt"
        part = "select" if any(each.accepted for each in self.candidates) else "search"
        return f"no prompt was ahead on the {part} rows"

    @property
    def _word(self) -> str:
        assert self.difference is not None
        word = self.difference.decision
        plain = {"better": "shown", "worse": "it is worse"}.get(word, "not shown")
        return _READ_BEFORE.get(self.difference.cause, plain)

    @property
    def lines(self) -> list[str]:
        """What else a reader must know, a sentence each."""
        if self.doing:
            return self._search_lines
        return [*self._search_lines, *self._confirm_lines, self._money, self._ended]

    @property
    def _search_lines(self) -> list[str]:
        lines = [f"{self.parts.sentence}, by seed {self.seed}."]
        if best := self.best_on_search:
            lines.append(
                f"The best on the search rows showed {words.signed(best.search)}; the best of "
                f"{self.tried:,} equal prompts would have shown about "
                f"{words.signed(self.by_luck)}."
            )
        if self.unusable:
            why = words.brief(self.unusable[0].why, 120)
            many = words.count(len(self.unusable), "proposal")
            lines.append(f"{many} held no new prompt (the first: {why}).")
        return lines

    @property
    def _confirm_lines(self) -> list[str]:
        if self.difference is None:
            return ["The confirm rows were not read: they can settle a later claim."]
        rows = words.count(len(self.parts.confirm), "row")
        once = "which had been read before"
        if not self.is_read_again:
            once = "which were read once: a second reading is a further look at them"
        lost = (
            f"{words.points(self.shrinkage)} points were" if self.shrinkage > 0 else "nothing was"
        )
        return [
            f"Of the claimed gain {lost} lost on the {rows} to confirm on, {once}.",
            *self._by_failures,
        ]

    @property
    def _by_failures(self) -> list[str]:
        """What is said where a gain is one of fewer answers that fail."""
        gain = self.as_claimed
        if self.is_confirmed or not gain.low > 0 or self.confirmed.low > 0:
            return []
        said = words.difference(gain, "")
        return [
            f"With answers that failed as the worst, as in the claim, it is {said}: fewer of them "
            "fail, and those that can be judged are not shown to be better, which is asked too."
        ]

    @property
    def _money(self) -> str:
        """What both purses paid."""
        answers, proposals = self.actor.answers, self.proposals.answers
        actor = f"{_paid(self.actor)} for {words.count(answers, 'answer')} and their verdicts"
        return f"{actor}; {_paid(self.proposals)} for {words.count(proposals, 'proposal')}."

    @property
    def _ended(self) -> str:
        return _ENDINGS[self.ended]

    @property
    def next_step(self) -> str:
        """What to do now."""
        if self.doing:
            return "Wait, or stop it: what is answered is kept and not paid for again."
        if self.why:
            return "Ask for the same again: what was answered is kept, and it goes on from there."
        if self.is_confirmed:
            return f"Read {self.winner}, then export it: wb.export(improvement.choice)."
        if self.difference:
            rows = words.count(len(self.parts.confirm), "new row")
            return (
                f"Keep {self.baseline.name}. A next attempt is settled on other rows: write down "
                f"{rows} or more and give them with confirm=; all else the same, nothing else is "
                "paid for again."
            )
        return f"Keep {self.baseline.name}; read what it fails, or give a stronger proposer."

    def __repr__(self) -> str:
        return f"Improvement of {self.baseline.name}: {self.sentence}"


_READ_BEFORE: Mapping[Cause, str] = {
    "written on these rows": "only explored, for these rows were seen before it was written",
    "looks ended": "not claimed, for these rows have settled an earlier attempt",
    "not due": "not claimed, for these rows have settled an earlier attempt",
    "claim fell": "not claimed, for these rows have settled an earlier attempt",
}
_ENDINGS: Mapping[Ended, str] = {
    "tries": "It ended when all that were allowed had been tried.",
    "patience": "It ended when several in a row were not accepted.",
    "perfect": "It ended because no search row was failed any more.",
    "budget": "It ended because the budget paid for no further prompt.",
    "no usable proposal": "It ended because proposal after proposal held no new prompt.",
    "stopped": "It was stopped.",
}


def _paid(purse: Purse) -> str:
    return words.money(purse.dollars) or "No known sum"
