"""What runs learn of endpoints: which features of a request each of them refuses."""

from workbench.models.attempts import NOT_ANSWERED
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.store import Store

KEPT_SECONDS = 30 * 86400.0  # then an endpoint is asked anew: it may have learnt something too


class Refusals:
    """What endpoints refuse, known from the store or learnt in this run."""

    def __init__(self, store: Store, now: float) -> None:
        self._store, self._now = store, now
        self.known = store.refusals(now - KEPT_SECONDS)
        self._learnt: dict[tuple[str, str], frozenset[str]] = {}

    def hear(self, asked: Request, completion: Completion) -> None:
        """Learn from a call that was answered once it did without something."""
        if not completion.left_out or completion.status in NOT_ANSWERED:
            return
        name = (asked.model.endpoint, asked.model.id)
        before = self.known.get(name, frozenset())
        refused = asked.features.intersection(completion.left_out)
        if new := refused - before:
            self.known[name] = before | new
            self._learnt[name] = self._learnt.get(name, frozenset()) | new

    def __bool__(self) -> bool:
        """Whether there is something to keep."""
        return bool(self._learnt)

    def keep(self) -> None:
        """Write what was learnt to the store; any thread may do it."""
        while self._learnt:
            name, features = self._learnt.popitem()
            self._store.add_refusals(*name, features, self._now)
