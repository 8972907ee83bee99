"""Rules: seven turns of phrase of attacks on instructions, looked for in every view of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from workbench.files import fingerprint
from workbench.filters import patterns
from workbench.filters.ruling import ALLOW, BLOCK, Ruling
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.prompts.decoded import PLAIN, Views, views


@printed
@dataclass(frozen=True)
class Rules:
    """Blocks what is phrased like an attack on instructions, disguised or not; it knows no attack
    that is phrased as an ordinary request. `leave_out` names rules that are not to be used.
    """

    leave_out: tuple[str, ...] = ()
    name: str = "rules"

    def __post_init__(self) -> None:
        if strange := set(self.leave_out) - set(patterns.NAMES):
            raise ValueError(f"no rule is called {min(strange)!r}: {', '.join(patterns.NAMES)}")

    def __repr__(self) -> str:
        return f"Rules: {', '.join(self.categories)}"

    @property
    def categories(self) -> tuple[str, ...]:
        return _without(self.leave_out)

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Rules", patterns.SOURCE, self.leave_out])

    def check(self) -> None:
        """Nothing can be missing."""

    def requests(self, text: str) -> Sequence[Request]:
        return ()

    def verdict(self, text: str, replies: Sequence[Completion] = ()) -> Ruling:
        seen = views(text)
        found = dict(patterns.matched(seen, self.categories))
        if not found:
            return Ruling(ALLOW, self.name, {}, unread(seen))
        said = ", ".join(
            name if view == PLAIN else f"{name} ({view})" for name, view in found.items()
        )
        return Ruling(BLOCK, self.name, dict.fromkeys(found, BLOCK), said)


@cache
def _without(left_out: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in patterns.NAMES if name not in left_out)


def unread(seen: Views) -> str:
    """That not all disguises of a text were taken off, where that is so."""
    return f"{seen.unread:,} characters of views were not read" if seen.unread else ""
