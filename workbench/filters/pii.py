"""PII: personal data by patterns and checksums."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.arguments import misfit
from workbench.files import fingerprint
from workbench.filters.ruling import ALLOW, BLOCK, Ruling
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.prompts.decoded import View, views
from workbench.prompts.personal_kinds import KINDS, VERSION
from workbench.prompts.telephones import check_region

if TYPE_CHECKING:
    from workbench.prompts.personal import Found


@printed
@dataclass(frozen=True)
class PII:
    """Blocks text that holds keys, e-mail addresses, account, card and security numbers, addresses
    on the Internet or telephone numbers; `kinds` says which. What it found it never repeats. With a
    country as `region` ("DE"; the extra `phone`) telephone numbers are found as written there.
    """

    kinds: tuple[str, ...] = KINDS
    name: str = "pii"
    region: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.kinds, str):
            raise misfit(self.kinds, "kinds", f'give a tuple, such as ("{KINDS[1]}",)')
        if strange := set(self.kinds) - set(KINDS):
            raise ValueError(f"no kind is called {min(strange)!r}: {', '.join(KINDS)}")

    def __repr__(self) -> str:
        return f"PII: {', '.join(self.kinds)}"

    @property
    def categories(self) -> tuple[str, ...]:
        return self.kinds

    @property
    def fingerprint(self) -> str:
        region = [self.region] if self.region else []
        return fingerprint(["PII", VERSION, list(self.kinds), *region])

    def check(self) -> None:
        if self.region:
            check_region(self.region)

    def requests(self, text: str) -> Sequence[Request]:
        return ()

    def verdict(self, text: str, replies: Sequence[Completion] = ()) -> Ruling:
        found = next(filter(None, (self._in(view) for view in views(text))), [])
        if not found:
            return Ruling(ALLOW, self.name)
        said = Counter(f"{each.kind} ({_length(each)})" for each in found)
        reason = ", ".join(
            f"{times} x {kind}" if times > 1 else kind for kind, times in said.items()
        )
        return Ruling(BLOCK, self.name, {each.kind: BLOCK for each in found}, reason)

    def _in(self, view: View) -> "list[Found]":
        from workbench.prompts.personal import personal

        return personal(view.text, self.kinds, self.region)


def _length(found: "Found") -> str:
    """How long it is, roughly."""
    characters = found.end - found.start
    return "short" if characters < 12 else "medium" if characters < 24 else "long"
