# pyright: strict
"""Which other critics were asked the same question before: choosing among critics afterwards is
paid for.

METHODS keeps the ledger by the critic's name, so that each has its own looks. Who asks a second
critic whether the same prompt is better on the same rows, and ships by the one that says so, has
more chances all the same: the k-th critic that is asked may use one k-th of the error (Bonferroni
in the order of asking; an earlier critic's word stays what it was).
"""

from collections.abc import Sequence
from typing import Any

from workbench import words
from workbench.comparison.looks import Content
from workbench.store.ledger import Entry, lineage


def critics_before(content: Content, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The other critics by whom one of these challengers was decided against this baseline on rows
    of this lineage, before the content's own critic first was; in the order of asking.
    """
    asked = [entry for entry in entries if _asks(entry.record, content.challengers)]
    same = [asked[place] for place in lineage(content.rows, [each.rows for each in asked])]
    same.sort(key=lambda entry: entry.at)
    own = next((entry.at for entry in same if entry.critic == content.critic), None)
    before = (entry.critic for entry in same if own is None or entry.at < own)
    return tuple(name for name in dict.fromkeys(before) if name != content.critic)


def _asks(record: Any, challengers: Sequence[str]) -> bool:
    """Whether a look decided on one of these; plans and deletions decide nothing."""
    return not set(challengers).isdisjoint(record.get("challengers", ()))


def sentence(critics: Sequence[str]) -> str:
    """What is said of it beside a decision."""
    share = _SHARES.get(len(critics) + 1, f"one part in {len(critics) + 1}")
    return (
        f"The same prompts were decided on these rows before by {words.listed(critics)}. So that "
        "nobody gains by choosing among critics afterwards, this one may be wrong "
        f"{share} as often as if it had been the only one: name the critic that decides "
        "beforehand, and what must hold too as guardrails."
    )


_SHARES = {2: "half", 3: "a third", 4: "a quarter"}
