# pyright: strict
"""keep and load_kept: load tests, hosting, limited releases and forecasts in the store, with when
and of what they were measured.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.filters import Filter
from workbench.kept.measured_of import Key, Served
from workbench.plain_fields import plain, read
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.release import Forecast, Trial
from workbench.serving import Capacity, Hosting, LoadTest, capacity
from workbench.store import Store
from workbench.store.evidence_table import Measurement

Later = Capacity | Hosting | Trial | Forecast  # what a stage after the evaluation makes


@printed
@dataclass(frozen=True)
class Kept:
    """The newest of each kind that was kept of one prompt on one model; None where there is none.
    It goes through those that there are.
    """

    capacity: Capacity | None = None
    hosting: Hosting | None = None
    trial: Trial | None = None
    forecast: Forecast | None = None

    def __iter__(self) -> Iterator[Later]:
        every = self.capacity, self.hosting, self.trial, self.forecast
        return (each for each in every if each is not None)

    def __repr__(self) -> str:
        known = [name for name in KINDS if getattr(self, name) is not None]
        return f"Kept: {words.listed(known) or 'nothing'}"


KINDS: Mapping[str, type] = {
    "capacity": Capacity,
    "hosting": Hosting,
    "trial": Trial,
    "forecast": Forecast,
}


def keep(
    *measured: Later | LoadTest,
    prompt: Prompt,
    model: Served,
    filters: Filter | None = None,
    store: Store | str | Path | None = None,
) -> None:
    """Keep what later stages measured of a prompt on a model, so that the gate, CI and later
    notebooks take it: what a server carries, hosting, a limited release, the forecast of a launch.

    `prompt` is the text that was served, as it was; `model` who answered, or the name of a server
    that is computed; `filters` what stood before it. Of a release its figures are kept, no user and
    no text. The same thing twice is one. WorkbenchError where load tests are of another server.
    """
    key = Key.of(prompt, model, filters)
    found = [_kept(each, key) for each in _things(measured)]
    _store(store).evidence.add(found)


def load_kept(
    prompt: Prompt,
    model: Served,
    *,
    filters: Filter | None = None,
    store: Store | str | Path | None = None,
) -> Kept:
    """The newest of each kind that was kept of this prompt on this model behind these filters; none
    that was measured of another text. `wb.check` and `wb.report` take what it goes through.
    """
    key = Key.of(prompt, model, filters)
    every = _store(store).evidence.every()
    newest = {each.kind: each for each in every if key.fits(each)}
    found: dict[str, Any] = {kind: read_kept(each) for kind, each in newest.items()}
    return Kept(**found)


def read_kept(measured: Measurement) -> Later:
    """The thing itself. WorkbenchError where it is damaged."""
    try:
        return read(KINDS[measured.kind], measured.body)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise WorkbenchError(
            f"the {measured.kind} that is kept of {measured.named.get('prompt')} cannot be read "
            f"({error!r}): measure it again, and keep it with wb.keep"
        ) from None


def _store(given: Store | str | Path | None) -> Store:
    return given if isinstance(given, Store) else Store(given)


def _things(measured: tuple[Any, ...]) -> Iterator[Later]:
    """What is kept: of several load tests what they say together."""
    loads = [each for each in measured if isinstance(each, LoadTest)]
    if loads:
        yield capacity(loads)
    for each in measured:
        if not isinstance(each, LoadTest):
            yield each


def _kept(thing: Later, key: Key) -> Measurement:
    kind = next((name for name, kind in KINDS.items() if isinstance(thing, kind)), "")
    if not kind:
        raise WorkbenchError(
            f"keep knows no {type(thing).__name__}: give it what wb.capacity, wb.hosting, "
            "wb.launch or wb.forecast found, or load tests"
        )
    if isinstance(thing, Capacity) and thing.model != key.model_name:
        raise WorkbenchError(
            f"these load tests are of {thing.model}, and this is {key.model_name}: give keep the "
            "model whose server was loaded"
        )
    at = measured_at(thing)
    body = plain(thing.without_logs() if isinstance(thing, Trial) else thing)
    when = time.time() if at is None else at
    return Measurement(kind, key.prompt, key.model, key.filters, key.names, body, when)


def measured_at(thing: Later) -> float | None:
    """When it was measured, seconds since 1970; None where it does not say."""
    if isinstance(thing, Capacity):
        said = [datetime.fromisoformat(load.at) for load in thing.loads if load.at]
        return max(_seconds(each) for each in said) if said else None
    if isinstance(thing, Hosting):
        return _seconds(datetime.fromisoformat(thing.at)) if thing.at else None
    days = [each.date for each in thing.by_day] if isinstance(thing, Trial) else _logged(thing)
    return _end_of(max(days)) if days else None


def _logged(forecast: Forecast) -> list[date]:
    return [each.day for each in forecast.past if each.day]


def _end_of(day: date) -> float:
    return datetime.combine(day, clock.max, UTC).timestamp()


def _seconds(when: datetime) -> float:
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
