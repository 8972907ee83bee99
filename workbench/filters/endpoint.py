"""Endpoint: the content filter that stands before an endpoint (Azure's, say), and its annotations
as rulings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.files import fingerprint
from workbench.filters.ruling import ALLOW, BLOCK, Ruling, failure, unknown
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.replies import REFUSED
from workbench.printing import printed

CATEGORIES = (
    "hate", "sexual", "violence", "self_harm", "profanity", "jailbreak", "indirect_attack",
    "protected_material_text", "protected_material_code", "custom_blocklists",
)  # fmt: skip
OTHER = "filtered"  # what the endpoint gave no name for


@printed
@dataclass(frozen=True)
class Endpoint:
    """Blocks what the endpoint's own content filter stops. A text is sent as a user's, for one
    token of an answer, so it costs a call; a category that is detected but not filtered is allowed.
    """

    model: ModelEntry
    name: str = "endpoint"

    def __repr__(self) -> str:
        return f"Endpoint's filter before {self.model.name}"

    @property
    def categories(self) -> tuple[str, ...]:
        return (*CATEGORIES, OTHER)

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Endpoint", self.model.endpoint, self.model.id])

    def check(self) -> None:
        """Nothing can be missing."""

    def requests(self, text: str) -> list[Request]:
        return [Request(self.model, [{"role": "user", "content": text}], {"max_tokens": 1})]

    def verdict(self, text: str, replies: Sequence[Completion]) -> Ruling:
        (reply,) = replies
        if reply.status == "filtered" and reply.error != REFUSED:
            against = [each for each in CATEGORIES if each in reply.error] or [OTHER]
            return Ruling(BLOCK, self.name, dict.fromkeys(against, BLOCK), ", ".join(against))
        if why := failure(reply) or reply.error:  # of a whole reply: the filter did not look
            return unknown(self.name, why)
        return Ruling(ALLOW, self.name)
