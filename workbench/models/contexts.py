# pyright: strict
"""How many tokens a model reads and writes in one call, as far as anything here says so."""

from itertools import pairwise

from workbench.models.entry import ModelEntry
from workbench.models.servers.embedded import SLOT_TOKENS

LENGTH = "--max-model-len"


def context_tokens(model: ModelEntry) -> int | None:
    """Prompt and reply of one call together; None where nobody here knows.

    Of a local server what it is started with, else what the installed list of models says.
    """
    if model.server == "embedded":
        return SLOT_TOKENS
    if model.server:
        return _asked_for(model.args)
    return _listed(model)


def _asked_for(args: tuple[str, ...]) -> int | None:
    """What the arguments of a server say: `--max-model-len 8192`, or with `=`."""
    given = dict(pairwise(args))
    given |= dict(arg.split("=", 1) for arg in args if arg.startswith(f"{LENGTH}="))
    value = given.get(LENGTH, "")
    return int(value) if value.isdecimal() else None


def _listed(model: ModelEntry) -> int | None:
    """What genai-prices lists for this id at this host."""
    from genai_prices.data_snapshot import get_snapshot  # here: it is slow to import

    try:
        _, found = get_snapshot().find_provider_model(model.id, None, None, model.base_url)
    except LookupError:
        return None
    return found.context_window
