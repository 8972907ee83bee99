"""What a filter is and what it says: the two types that every filter shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed

ALLOW, BLOCK, UNKNOWN = "allow", "block", "unknown"
WORDS = (ALLOW, BLOCK, UNKNOWN)
EMPTY = "there is no text"


@printed
@dataclass(frozen=True, slots=True)
class Ruling:
    """A filter's word on one text: "allow", "block" or "unknown".

    `categories` holds the categories that are not allowed, each with its word; `scores` how
    strongly, on the filter's own scale, the higher the worse. `reason` says why and repeats nothing
    that is personal. `parts` are the rulings of a chain's members, in their order.
    """

    word: str
    filter: str = ""
    categories: Mapping[str, str] = field(default_factory=dict[str, str])
    reason: str = ""
    scores: Mapping[str, float] = field(default_factory=dict[str, float])
    parts: "tuple[Ruling, ...]" = ()

    def __repr__(self) -> str:
        of = f" by {self.filter}" if self.filter else ""
        return f"Ruling, {self.word}{of}: {', '.join(self.categories) or self.reason or 'nothing'}"


class Filter(Protocol):
    """Says whether a text may pass. It makes no call itself: whoever asks it sends its requests and
    hands back the replies, in their order.
    """

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> tuple[str, ...]: ...

    @property
    def fingerprint(self) -> str: ...

    def check(self) -> None: ...  # refuses, before the first call, what it could not judge

    def requests(self, text: str) -> Sequence[Request]: ...

    def verdict(self, text: str, replies: Sequence[Completion]) -> Ruling: ...


def unknown(filter: str, reason: str) -> Ruling:
    """The ruling of a filter that could not say."""
    return Ruling(UNKNOWN, filter, {}, reason)


def hear(filter: Filter, text: str, replies: Sequence[Completion]) -> Ruling:
    """What a filter says of a text. One that fails, gets too few or too many replies, or says what
    it cannot mean lets nothing through: its word is unknown.
    """
    if not text.strip():
        return Ruling(ALLOW, filter.name, {}, EMPTY)
    try:
        wanted = len(filter.requests(text))
        if len(replies) != wanted:
            return unknown(filter.name, f"{len(replies)} replies to {wanted} requests")
        ruling = filter.verdict(text, replies)
    # of a filter of the user's own: whatever it raises, it has said nothing
    except Exception as error:  # noqa: BLE001
        return unknown(filter.name, f"the filter failed ({type(error).__name__})")
    return _checked(filter, ruling)


def _checked(filter: Filter, ruling: Ruling) -> Ruling:
    """The ruling, unless it contradicts itself."""
    if not isinstance(ruling, Ruling) or ruling.word not in WORDS:
        return unknown(filter.name, "the filter's word is none of allow, block and unknown")
    if ruling.word == ALLOW and ruling.categories:
        return unknown(filter.name, "the filter allows the text and names what is against it")
    known = filter.categories if ruling.word == ALLOW and ruling.scores else ()
    if known and (strange := [each for each in ruling.scores if each not in known]):
        return unknown(filter.name, f"the filter names a category that it has not: {strange[0]!r}")
    return ruling if ruling.filter else replace(ruling, filter=filter.name)


def failure(reply: Completion) -> str:
    """Why a reply says nothing; empty where it is whole."""
    if reply.status == "ok":
        return ""
    return f"the call ended in {reply.status}: {reply.error}".rstrip(": ")


def joined(parts: Sequence[Ruling], name: str) -> Ruling:
    """The word of several filters together."""
    found = {part.word: part for part in reversed(parts)}
    first = found.get(BLOCK) or found.get(UNKNOWN)
    scores = {name: score for part in parts for name, score in part.scores.items()}
    if first is None:
        notes = "; ".join(dict.fromkeys(part.reason for part in parts if part.reason))
        return Ruling(ALLOW, name, {}, notes, scores, tuple(parts))
    return replace(first, scores=scores, parts=tuple(parts))
