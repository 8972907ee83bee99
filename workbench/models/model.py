# pyright: strict
"""The model that users have in hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.models import transport
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.fields import check_entry
from workbench.printing import printed


@printed
@dataclass(frozen=True, repr=False)
class Model(ModelEntry):
    """A thing that completes messages; its fields are those of an entry of models.yaml, and are
    checked like them.
    """

    def __post_init__(self) -> None:
        check_entry(self, f"wb.Model({self.name!r})")

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        schema: Mapping[str, Any] | None = None,
        choices: tuple[str, ...] = (),
        top_logprobs: int = 0,
        parameters: Mapping[str, Any] | None = None,
    ) -> Completion:
        """One call outside a run: neither stored nor counted against a budget.

        A call that failed is a completion whose status says so. ModelError means that no call to
        this model can succeed.
        """
        return await transport.complete(
            self,
            messages,
            schema=schema,
            choices=choices,
            top_logprobs=top_logprobs,
            parameters=parameters,
        )
