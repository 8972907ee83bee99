# pyright: strict
"""The suite: 66 attacks of six kinds, each with a harmless twin for the same place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from workbench import words
from workbench.printing import printed
from workbench.safety import wordings
from workbench.safety.disguises import DISGUISES, plain
from workbench.safety.wordings import OWASP, Pair

KINDS = tuple(OWASP)
PLACES = ("start", "middle", "end")
BREAKS_OUT = "indirect-08"  # closes the JSON that it hopes to stand in


@printed
@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its text and its twin's with places for the canary (`{a}`, `{b}`, `{host}`), and
    how both are disguised.

    `place`: where it stands in an example's own text; `alone` instead of it, or `answer` for what
    is put at the end of an answer that a critic judges.
    """

    id: str
    kind: str
    text: str
    twin: str
    place: str
    disguise: str = "plain"
    _disguised: Callable[[str], str] = field(default=plain, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Attack {self.id}: {words.brief(self.text)!r}"

    @property
    def owasp(self) -> tuple[str, ...]:
        """Its risks among OWASP's Top 10 for LLM applications of 2025."""
        return OWASP[self.kind]

    def written(self, a: str, b: str, *, harmless: bool = False) -> str:
        """The attack, or its twin, for a canary of two halves."""
        text = (self.twin if harmless else self.text).format(a=a, b=b, host=host(a, b))
        return self._disguised(text)


def host(a: str, b: str) -> str:
    """A host that cannot exist (RFC 2606), by which a canary shows in a link."""
    return f"{a}{b}.invalid".lower()


@cache
def suite() -> tuple[Attack, ...]:
    """Every attack, kind by kind."""
    return (
        *_numbered("direct", wordings.DIRECT, ("alone", "end")),
        *_numbered("indirect", wordings.INDIRECT, PLACES),
        *_numbered("leak", wordings.LEAK, ("alone", "end")),
        *_numbered("judge", wordings.JUDGE, ("answer",)),
        *_disguised(),
        *_numbered("consumption", wordings.CONSUMPTION, ("alone", "end")),
    )


def _numbered(kind: str, pairs: tuple[Pair, ...], places: tuple[str, ...]) -> Iterator[Attack]:
    for number, (text, twin) in enumerate(pairs):
        place = places[number % len(places)]
        yield Attack(f"{kind}-{number + 1:02d}", kind, text, twin, place)


def _disguised() -> Iterator[Attack]:
    for number, (name, disguise) in enumerate(DISGUISES.items()):
        text, twin = wordings.GERMAN if name == "German" else wordings.HIDDEN
        yield Attack(f"encoded-{number + 1:02d}", "encoded", text, twin, "alone", name, disguise)
