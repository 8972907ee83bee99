"""`server: triton`: a model that a Triton answers for, in a protocol of its own (`kserve`).

A Triton runs already, at the model's `base_url`; nothing is started here.
"""

import re

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.servers.kind import Kind

_NAME = re.compile(r"\w[\w.@+-]*(/versions/\d+)?", re.ASCII)


def path(model: ModelEntry) -> str:
    """Where a model lies under its Triton's address; ModelError for an id that is no model's."""
    if not _NAME.fullmatch(model.id):
        raise ModelError(
            f"model {model.name!r}: {model.id!r} is no id of a Triton's model: write its name, or "
            "NAME/versions/NUMBER"
        )
    return f"/v2/models/{model.id}"


def _command(model: ModelEntry, _: int) -> list[str]:
    raise ModelError(
        f"model {model.name!r}: a Triton is not started here: start it yourself, and say in "
        "`base_url:` where it answers"
    )


TRITON = Kind(command=_command, defaults={"constrain": "none", "logprobs": False}, start_seconds=0)
