"""Chain: several filters as one, before and after the model."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import Any

from workbench.arguments import expect, misfit
from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.filters.guard import ASSISTANT, USER, Guard
from workbench.filters.ruling import ALLOW, BLOCK, UNKNOWN, Filter, Ruling, hear, joined
from workbench.filters.scored import Scored
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed

ASKED = ("name", "check", "requests", "verdict")  # of every filter


def _listed(filters: Sequence[Filter], name: str) -> Sequence[Filter]:
    expect(filters, Iterable, name, f"give a list, such as {name}=[PII()]")
    return filters


def _check(filters: Iterable[Any]) -> None:
    """TypeError for what is no filter, or a filter's class."""
    for each in filters:
        if isinstance(each, type) or not all(hasattr(each, name) for name in ASKED):
            step = "give one such as Rules() or PII(), or several as Chain(Rules(), PII())"
            raise misfit(each, "a filter", step)


@printed
@dataclass(frozen=True, init=False)
class Chain:
    """Filters that look at every text in turn: one that blocks is enough, and one that does not
    know is as good as one that blocks (`on_unknown="allow"` lets such texts through).

    Those given first look at inputs and outputs alike, `before` at inputs alone and `after` at
    outputs alone. In a run an input that is blocked is never sent.
    """

    both: tuple[Filter, ...]
    before: tuple[Filter, ...]
    after: tuple[Filter, ...]
    on_unknown: str
    name: str
    seen: frozenset[str]  # marks of the texts that its thresholds were chosen on

    def __init__(
        self,
        *both: Filter,
        before: Sequence[Filter] = (),
        after: Sequence[Filter] = (),
        on_unknown: str = BLOCK,
        name: str = "chain",
    ) -> None:
        _check((*both, *_listed(before, "before"), *_listed(after, "after")))
        values: dict[str, Any] = {"both": both, "before": tuple(before), "after": tuple(after)}
        values |= {"on_unknown": on_unknown, "name": name, "seen": frozenset()}
        for field, value in values.items():
            object.__setattr__(self, field, value)
        names = [each.name for each in self.members]
        if twice := [each for each in names if names.count(each) > 1]:
            raise WorkbenchError(
                f"two filters are called {twice[0]!r}: give one of them another name"
            )
        if on_unknown not in (ALLOW, BLOCK):
            raise ValueError("on_unknown is block or allow")

    def __repr__(self) -> str:
        return f"Chain: {', '.join(each.name for each in self.members) or 'no filters'}"

    @property
    def members(self) -> tuple[Filter, ...]:
        """All filters, in the order in which they look."""
        return (*self.both, *self.before, *self.after)

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.members for name in each.categories))

    @property
    def fingerprint(self) -> str:
        parts = [
            [each.fingerprint for each in some] for some in (self.both, self.before, self.after)
        ]
        return fingerprint(["Chain", parts, self.on_unknown])

    def check(self) -> None:
        for each in self.members:
            each.check()

    @property
    def inputs(self) -> "Chain":
        """The chain that looks at inputs."""
        return self._side((*self.both, *self.before), USER)

    @property
    def outputs(self) -> "Chain":
        """The chain that looks at outputs."""
        return self._side((*self.both, *self.after), ASSISTANT)

    def _side(self, members: Sequence[Filter], role: str) -> "Chain":
        turned = (each.judging(role) if isinstance(each, Guard) else each for each in members)
        return Chain(*turned, on_unknown=self.on_unknown, name=self.name)

    def at(self, thresholds: Mapping[str, float]) -> "Chain":
        """The chain with thresholds for the filters that have a score, by their names."""
        scored = {each.name for each in self.members if isinstance(each, Scored)}
        if strange := thresholds.keys() - scored:
            raise WorkbenchError(f"no filter with a score is called {min(strange)!r}")

        def at(some: Sequence[Filter]) -> list[Filter]:
            return [
                each.at(thresholds[each.name])
                if isinstance(each, Scored) and each.name in thresholds
                else each
                for each in some
            ]

        sides = {"before": at(self.before), "after": at(self.after)}
        return Chain(*at(self.both), **sides, on_unknown=self.on_unknown, name=self.name)

    def having_seen(self, marks: frozenset[str]) -> "Chain":
        """The chain, which knows what texts its thresholds were chosen on."""
        other = copy(self)
        object.__setattr__(other, "seen", marks)
        return other

    def requests(self, text: str) -> list[Request]:
        return [request for each in self.members for request in each.requests(text)]

    def verdict(self, text: str, replies: Sequence[Completion]) -> Ruling:
        """Every member's word, and the word of all: that of the first that blocks, else of the
        first that does not know.
        """
        left, parts = iter(replies), []
        for each in self.members:
            parts.append(hear(each, text, list(islice(left, len(each.requests(text))))))
        return joined(parts, self.name)

    def lets_through(self, ruling: Ruling) -> bool:
        """Whether a text of which this was said goes on."""
        return ruling.word == ALLOW or (ruling.word == UNKNOWN and self.on_unknown == ALLOW)


def chained(filter: Filter) -> Chain:
    """A filter as a chain."""
    return filter if isinstance(filter, Chain) else Chain(filter)
