"""Moderation: an endpoint of OpenAI's shape that says of a text which categories it falls in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.files import fingerprint
from workbench.filters.ruling import ALLOW, BLOCK, Ruling, failure, unknown
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.printing import printed

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/instructions", "self-harm/intent", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


@printed
@dataclass(frozen=True)
class Moderation:
    """Blocks what the endpoint flags, or what scores above `thresholds` in the categories that they
    name. Scores change with the model behind the endpoint, whose id is kept with each reply.
    """

    model: ModelEntry
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    name: str = "moderation"

    def __repr__(self) -> str:
        return f"Moderation by {self.model.name}"

    @property
    def categories(self) -> tuple[str, ...]:
        return CATEGORIES

    @property
    def fingerprint(self) -> str:
        model = self.model
        return fingerprint(["Moderation", model.endpoint, model.id, dict(self.thresholds)])

    def check(self) -> None:
        """Nothing can be missing."""

    def requests(self, text: str) -> list[Request]:
        messages = [{"role": "user", "content": text}]
        return [Request(self.model, messages, moderation=True)]

    def verdict(self, text: str, replies: Sequence[Completion]) -> Ruling:
        (reply,) = replies
        if why := failure(reply):
            return unknown(self.name, why)
        try:
            flagged, scores = _read(json.loads(reply.text))
        except (ValueError, TypeError, KeyError, AttributeError):
            return unknown(self.name, "the reply is no result of a moderation")
        below = {name for name, most in self.thresholds.items() if scores.get(name, 2) <= most}
        flagged = (flagged | self.thresholds.keys()) - below  # also without a score
        known = {name: score for name, score in scores.items() if name in CATEGORIES}
        if flagged:
            against = dict.fromkeys(sorted(flagged), BLOCK)
            return Ruling(BLOCK, self.name, against, ", ".join(against), known)
        return Ruling(ALLOW, self.name, scores=known)


def _read(result: Mapping[str, Any]) -> tuple[set[str], dict[str, float]]:
    """The categories that are flagged, and the scores of all; a category that is not known is as
    good as another.
    """
    categories, scores = result["categories"], result["category_scores"]
    if not isinstance(result["flagged"], bool) or not all(
        isinstance(each, bool) for each in categories.values()
    ):
        raise TypeError("flagged is no truth value")
    flagged = {name for name, is_flagged in categories.items() if is_flagged}
    if result["flagged"] and not flagged:
        flagged = {"flagged"}
    return flagged, {name: float(score) for name, score in scores.items()}
