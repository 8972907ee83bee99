"""The steps of an improvement without a call: what is asked next, from what was answered.

A plain generator. `improve` drives it with calls, a simulation with drawn scores: what is promised
of the one was measured of the other. Scores are merits `(prompts, rows)`, shares of the critic's
scale with 1 at its good end, NaN where unscored; a prompt is a number, 0 the one to improve.

Nothing here claims a gain. Who leaves a race and who is accepted only says where money goes next;
what is claimed stands on rows that no step has read (`Confirm`).
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np

from workbench.stats.bounded import p_mean_at_least, p_mean_at_most
from workbench.stats.intervals import Floats
from workbench.stats.scale import Scale

BASELINE = 0
BLOCK = 15  # rows between two looks of a race
LEAVES = 0.2  # one-sided p of "it gains what is asked for" under which a prompt leaves
ACCEPTED = 0.4  # one-sided p of "it gains nothing" under which a prompt is ahead
SHOWN = 5  # failures that a proposal answers
UNUSABLE = 4  # proposals in a row that are no new prompt, after which no more are asked for
MERITS = Scale()

Part = Literal["search", "select"]
Proposed = Literal["new", "unusable", "no money"]
Ended = Literal["tries", "patience", "perfect", "budget", "no usable proposal"]
Returned = TypeVar("Returned")


@dataclass(frozen=True)
class Rules:
    """How long to search: `tries` prompts at most, `patience` of them in a row that are not
    accepted; `finalists` go on to the select rows. `at_least` is the smallest gain that matters, a
    share of the scale.
    """

    tries: int = 8
    patience: int = 8
    finalists: int = 3
    at_least: float = 0.05


@dataclass(frozen=True)
class Propose:
    """Write a prompt that answers failures of `parent` on these search rows; answer a Proposed."""

    parent: int
    failures: tuple[int, ...]


@dataclass(frozen=True)
class Judge:
    """Ask these prompts on these rows of a part; answer their merits."""

    prompts: tuple[int, ...]
    part: Part
    rows: Sequence[int]

    @property
    def calls(self) -> int:
        """Answers that it asks for."""
        return len(self.prompts) * len(self.rows)


@dataclass(frozen=True)
class Confirm:
    """Read the confirm rows, once: the winner and the baseline, asked afresh."""

    winner: int


Step = Propose | Judge | Confirm
Steps = Generator[Step, Any, Returned]


@dataclass(frozen=True)
class Tried:
    """A prompt that was tried: whose failures it answered, and where it left the race."""

    number: int
    parent: int
    failures: tuple[int, ...]
    left: Part | None = None


@dataclass
class Course:
    """An improvement as far as it has come; `rows` are the sizes of its parts."""

    rows: Mapping[Part, int]
    rules: Rules
    random: np.random.Generator
    merits: dict[Part, dict[int, Floats]] = field(
        default_factory=lambda: {"search": {}, "select": {}}
    )
    asked: dict[Part, dict[int, set[int]]] = field(
        default_factory=lambda: {"search": {}, "select": {}}
    )
    tried: list[Tried] = field(default_factory=list)
    unusable: int = 0
    ended: Ended = "tries"
    winner: int | None = None

    def steps(self) -> Steps[None]:
        """All of it, in order."""
        yield from self.begin()
        self.ended = yield from self._search()
        yield from self.finish()

    def begin(self) -> Steps[None]:
        """Ask the prompt to improve."""
        yield from self._read((BASELINE,), "search", range(self.rows["search"]))

    def finish(self) -> Steps[None]:
        """Select among those that are accepted, and read the confirm rows for one."""
        self.winner = yield from self._select()
        if self.winner is not None:
            yield Confirm(self.winner)

    def gains(self, part: Part, number: int) -> Floats:
        """What a prompt gains on each row that it and the baseline have a score for."""
        mine, base = self.merits[part].get(number), self.merits[part].get(BASELINE)
        if mine is None or base is None:
            return np.empty(0)
        found = mine - base
        return found[~np.isnan(found)]

    def gain(self, part: Part, number: int) -> float:
        """The mean gain of a prompt; NaN where there is none."""
        found = self.gains(part, number)
        return float(found.mean()) if len(found) else float("nan")

    def take(self, part: Part, number: int, rows: Sequence[int], merits: Floats) -> None:
        """Keep what rows of a part came to."""
        size = self.rows[part]
        kept = self.merits[part].setdefault(number, np.full(size, np.nan))
        kept[list(rows)] = merits
        self.asked[part].setdefault(number, set()).update(rows)

    @property
    def accepted(self) -> list[int]:
        """The prompts that are ahead on all search rows, best first."""
        through = [n for n in self.asked["search"] if n != BASELINE and self.is_through(n)]
        ahead = [number for number in through if is_ahead(self.gains("search", number))]
        return sorted(ahead, key=lambda number: -self.gain("search", number))

    def is_through(self, number: int) -> bool:
        """Whether a prompt was asked on all search rows."""
        return len(self.asked["search"].get(number, ())) == self.rows["search"]

    @property
    def leader(self) -> int:
        """Whose failures the next prompt answers."""
        return next(iter(self.accepted), BASELINE)

    def _search(self) -> Steps[Ended]:
        """Prompt after prompt, each of which answers failures of the best one so far."""
        unusable = idle = 0
        while len(self.tried) < self.rules.tries:
            parent, failures = self.leader, self._failures(self.leader)
            if not failures:
                return "perfect"
            proposed: Proposed = yield Propose(parent, failures)
            if proposed == "no money":
                return "budget"
            if proposed == "unusable":
                self.unusable, unusable = self.unusable + 1, unusable + 1
                if unusable == UNUSABLE:
                    return "no usable proposal"
                continue
            unusable = 0
            accepted = yield from self._try(Tried(len(self.tried) + 1, parent, failures))
            idle = 0 if accepted else idle + 1
            if idle == self.rules.patience and len(self.tried) < self.rules.tries:
                return "patience"
        return "tries"

    def _failures(self, number: int) -> tuple[int, ...]:
        """Some of the search rows that a prompt fails, drawn anew each time."""
        merits = self.merits["search"][number]
        failed = np.flatnonzero(~np.isnan(merits) & ~MERITS.passes(merits))
        chosen = self.random.permutation(failed)[:SHOWN]
        return tuple(sorted(int(row) for row in chosen))

    def _try(self, tried: Tried) -> Steps[bool]:
        """Race a new prompt over the search rows; whether it is accepted."""
        self.tried.append(tried)
        yield from self._race((), [tried.number], "search")
        return tried.number in self.accepted

    def _select(self) -> Steps[int | None]:
        """Race the best over the select rows, beside the baseline; the one that is most ahead."""
        finalists = self.accepted[: self.rules.finalists]
        through = yield from self._race((BASELINE,), finalists, "select")
        ahead = [number for number in through if is_ahead(self.gains("select", number))]
        return max(ahead, key=lambda number: self.gain("select", number), default=None)

    def _race(self, beside: tuple[int, ...], racing: Sequence[int], part: Part) -> Steps[list[int]]:
        """Block after block; those are given up that are shown not to gain enough. Who is left."""
        alive, rows = list(racing), self.rows[part]
        for start in range(0, rows, BLOCK):
            if not alive:
                break
            stop = min(start + BLOCK, rows)
            yield from self._read((*beside, *alive), part, range(start, stop))
            if stop < rows:
                alive = [number for number in alive if not self._leaves(part, number)]
        return alive

    def _leaves(self, part: Part, number: int) -> bool:
        """Whether a prompt is shown not to gain what matters; it is noted."""
        gains = self.gains(part, number)
        if not len(gains) or p_mean_at_least(gains, self.rules.at_least, 1.0) >= LEAVES:
            return False
        self.tried[number - 1] = replace(self.tried[number - 1], left=part)
        return True

    def _read(self, prompts: tuple[int, ...], part: Part, rows: Sequence[int]) -> Steps[None]:
        """Have rows judged and keep what they came to."""
        found = yield Judge(prompts, part, rows)
        for number, merits in zip(prompts, found, strict=True):
            self.take(part, number, rows, merits)


def is_ahead(gains: Floats) -> bool:
    """Whether paired gains are rather above 0 than not: enough to go on with, never to claim."""
    return bool(len(gains)) and float(p_mean_at_most(gains, 0.0, -1.0)) < ACCEPTED
