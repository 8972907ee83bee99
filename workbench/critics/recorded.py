"""A critic of the past: its scores are given, and it gives no further ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.stats.scale import Scale


@printed
@dataclass(frozen=True)
class Recorded:
    """What is left of a critic whose text or code is not at hand: what its scores mean."""

    name: str
    scale: Scale
    kind: str = "recorded"
    parts: tuple[str, ...] = ()
    against: str = ""
    description: str = ""
    model: Any = None  # what was asked, as the run's meta describes it
    fingerprint: str = ""

    def __repr__(self) -> str:
        return f"Recorded {self.name}: {self.kind}"

    def check(self, example: Example) -> None:
        self._refuse()

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        return self._refuse()

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict:
        return self._refuse()

    def _refuse(self) -> Any:
        raise WorkbenchError(
            f"critic {self.name!r} is known by the scores it gave and can give no others: "
            "load its prompt file, or make its check again, and pass that"
        )
