# pyright: strict
"""sweep: a server's settings tried one after another on the task's own lengths, and the best."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from workbench.errors import ModelError, WorkbenchError
from workbench.serving.bounds import Bounds
from workbench.serving.climbing import Windows
from workbench.serving.highest import Capacity, Planned, capacity
from workbench.serving.server_settings import Tried, Value, combinations
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.under_load import Simulated, simulate

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
    best = max(held, key=lambda each: each.rate)
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
    server: Simulated,
    traffic: Trace,
    settings: Mapping[str, Sequence[Value]],
    *,
    requirements: Bounds | Planned | None = None,
    rates: float | Sequence[float] | None = None,
    quick: bool = False,
    windows: Windows | None = None,
    seed: int = 0,
) -> Capacity:
    """The best of a server's settings on the task's own lengths, with all that were tried.

    `settings` are values by the names of vLLM's command line; every choice of them is a server.
    """

    async def test(chosen: Mapping[str, Value], short: bool) -> LoadTest:
        return simulate(
            _with(server, chosen),
            traffic,
            rates=rates,
            requirements=requirements,
            quick=short,
            windows=windows,
            settings={name: str(value) for name, value in chosen.items()},
            seed=seed,
        )

    return await swept(test, settings, requirements, quick=quick)


def _with(server: Simulated, chosen: Mapping[str, Value]) -> Simulated:
    """A computed server with settings; WorkbenchError where it has none of such a name."""
    named = {name.replace("-", "_"): value for name, value in chosen.items() if value is not None}
    known = {each.name for each in fields(server)} if is_dataclass(server) else set[str]()
    for name in named:
        if name not in known:
            raise WorkbenchError(f"{server!r} has no setting {name.replace('_', '-')!r}")
    return cast(Simulated, replace(cast(Any, server), **named))
