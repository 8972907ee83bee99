"""Local servers for as long as a block lasts: `async with serve(...) as model`."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.errors import ModelError
from workbench.meant import instead
from workbench.models.catalogue import load_models
from workbench.models.model import Model
from workbench.models.servers import SERVERS, supervision

_blocks: Counter[str] = Counter()  # that use the server of an endpoint, in this process


@contextlib.asynccontextmanager
async def serve(
    name: str,
    *,
    args: Sequence[str] = (),
    parameters: Mapping[str, Any] | None = None,
    max_concurrency: int = 64,
) -> AsyncIterator[Model]:
    """A model on a server of this machine, started unless it runs, and ended with the block unless
    another process uses it.

    `name` is a model or role of models.yaml that has a `server:`, else what vLLM can serve: a
    repository at Hugging Face, or a folder. `args` are further ones of its command line;
    `parameters` and `max_concurrency` are those of the model where models.yaml names none. Raises
    ModelError with the likely cause where it cannot be started.
    """
    model = servable(name, args, parameters or {}, max_concurrency)
    _blocks[model.endpoint] += 1
    try:
        await supervision.base_url(model)
        yield model
    finally:
        _blocks[model.endpoint] -= 1
        if not _blocks[model.endpoint]:
            await asyncio.to_thread(supervision.release, model)


def servable(
    name: str,
    args: Sequence[str] = (),
    parameters: Mapping[str, Any] | None = None,
    max_concurrency: int = 64,
) -> Model:
    """The model that a name stands for, to be served here."""
    known = _known(name)
    if known is None:
        fields = {**SERVERS["vllm"].defaults, "args": tuple(args), "parameters": parameters or {}}
        return Model(
            Path(name).name, id=name, server="vllm", max_concurrency=max_concurrency, **fields
        )
    if not known.is_local:
        raise ModelError(
            f"model {name!r} is served already, at {known.base_url}: use it as "
            f"wb.model({name!r}), or give its entry `server: vllm` in place of base_url"
        )
    return replace(known, args=(*known.args, *args)) if args else known


def _known(name: str) -> Model | None:
    """The model that models.yaml binds to a name; None for what can be a repository or a folder."""
    if "/" in name or Path(name).is_dir():
        with contextlib.suppress(ModelError):  # no models.yaml is needed for those
            return load_models().get(name)
        return None
    models = load_models()
    if name not in models:
        raise ModelError(
            f"models.yaml has no model {name!r}: {instead(name, models, 'it has')}; a repository "
            "at Hugging Face is written with its owner, as Qwen/Qwen3-8B"
        )
    return models[name]
