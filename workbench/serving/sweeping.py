# pyright: strict
"""sweep: a server's settings tried one after another on the task's own lengths, and the best."""

import shlex
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any, cast

from workbench.datasets import Example
from workbench.errors import ModelError, WorkbenchError
from workbench.models.model import Model
from workbench.models.served import servable, serve
from workbench.serving.at_hand import Simulated
from workbench.serving.bounds import Bounds
from workbench.serving.climbing import Windows
from workbench.serving.highest import Capacity, Planned, capacity
from workbench.serving.server_settings import Tried, Value, arguments, combinations
from workbench.serving.tested import LoadTest
from workbench.serving.under_load import Sent, load_test

Test = Callable[[Mapping[str, Value], bool], Awaitable[LoadTest]]  # of settings; quick or whole


async def swept(
    test: Test,
    settings: Mapping[str, Sequence[Value]],
    requirements: Bounds | Planned | None,
    *,
    quick: bool,
) -> Capacity:
    """A short test of every choice of settings, then a whole one of that which carries most.

    A server that does not start, or of which no rate holds, is kept with its cause. The choice is
    the best of several noisy ones, so its own rate is too high: the whole test settles it.
    """
    tried = [await _tried(test, chosen) for chosen in combinations(settings)]
    held = [each for each in tried if each.rate > 0]
    if not held:
        raise ModelError(f"no settings meet the requirements: {tried[0]!r}")
    best = max(held, key=lambda each: (each.rate, -each.first_token))  # alike: the sooner one
    whole = best.load if quick else await test(best.settings, False)
    assert whole
    marked = with_front([replace(each, chosen=each is best) for each in tried])
    return replace(capacity(whole, requirements), tried=marked)


async def _tried(test: Test, chosen: Mapping[str, Value]) -> Tried:
    try:
        return Tried(chosen, await test(chosen, True))
    except ModelError as error:
        return Tried(chosen, None, str(error))


def with_front(tried: Sequence[Tried]) -> tuple[Tried, ...]:
    """Marked where no other gives more tokens a second with a first token that is no later."""
    return tuple(
        replace(each, front=each.tokens > 0 and not any(_beats(other, each) for other in tried))
        for each in tried
    )


def _beats(other: Tried, one: Tried) -> bool:
    """Better in one, and in the other no worse."""
    ours, theirs = (one.tokens, -one.first_token), (other.tokens, -other.first_token)
    no_worse = all(b >= a for a, b in zip(ours, theirs, strict=True))
    return no_worse and theirs != ours


async def sweep(
    server: str | Simulated,
    prompts: Sent,
    examples: Sequence[Example] = (),
    *,
    settings: Mapping[str, Sequence[Value]],
    requirements: Bounds | Planned | None = None,
    rates: float | Sequence[float] | None = None,
    quick: bool = False,
    windows: Windows | None = None,
    seed: int = 0,
) -> Capacity:
    """The best of a server's settings under the task's own load, with all that were tried.

    `server` is a model as `wb.serve` takes it, whose vLLM is started anew with each choice of
    settings, or one that is simulated. `settings` are values by the names of vLLM's command line.
    Every choice has a ladder of rates; the best has a whole load test (unless `quick`).
    """

    under = partial(
        load_test, prompts=prompts, examples=examples, rates=rates, requirements=requirements,
        windows=windows, seed=seed,
    )  # fmt: skip
    found = await swept(partial(_test, server, under), settings, requirements, quick=quick)
    if isinstance(server, str) and found.best:
        return replace(found, command=_command(server, found.best.settings))
    return found


async def _test(
    server: str | Simulated,
    under: Callable[..., Awaitable[LoadTest]],
    chosen: Mapping[str, Value],
    quick: bool,
) -> LoadTest:
    """The server with these settings under load."""
    named = {name: str(value) for name, value in chosen.items()}
    async with _served(server, chosen) as model:
        return await under(model, quick=quick, settings=named)


@asynccontextmanager
async def _served(
    server: str | Simulated, chosen: Mapping[str, Value]
) -> AsyncGenerator[Model | Simulated]:
    """The server with these settings, for as long as it is asked."""
    if not isinstance(server, str):
        yield _with(server, chosen)
        return
    async with serve(server, args=arguments(chosen)) as model:
        yield model


def _command(server: str, chosen: Mapping[str, Value]) -> str:
    """The command line that serves a model with these settings, what its entry asks for too."""
    model = servable(server, arguments(chosen))
    return shlex.join(["vllm", "serve", model.id, *model.args])


def _with(server: Simulated, chosen: Mapping[str, Value]) -> Simulated:
    """A computed server with settings; WorkbenchError where it has none of such a name."""
    named = {name.replace("-", "_"): value for name, value in chosen.items() if value is not None}
    known = {each.name for each in fields(server)} if is_dataclass(server) else set[str]()
    for name in named:
        if name not in known:
            raise WorkbenchError(f"{server!r} has no setting {name.replace('_', '-')!r}")
    return cast(Simulated, replace(cast(Any, server), **named))
