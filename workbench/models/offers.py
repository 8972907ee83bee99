"""Which models an endpoint offers, and until when."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import openai

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.openai_client import Client
from workbench.models.session import Session, session_for

SOON_DAYS = 90  # before a model is shut down: time to find another and to compare the two


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that an endpoint offers, and the day it is shut down, if that is announced."""

    id: str
    shutdown: date | None = None

    def warning(self, today: date) -> str:
        """That it is shut down soon, or should be by now; empty where it is not."""
        if self.shutdown is None or (days := (self.shutdown - today).days) > SOON_DAYS:
            return ""
        when = f"in {days} days" if days > 1 else "tomorrow" if days == 1 else "today"
        verb = "is shut down" if days >= 0 else "was to be shut down"
        return f"{verb} on {self.shutdown}{f', {when}' if days >= 0 else ''}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What one endpoint offers, or why that is not known, beside the models of models.yaml that are
    asked there.
    """

    models: Mapping[str, ModelEntry]  # by name
    offers: tuple[Offer, ...] = ()
    error: str = ""

    @property
    def where(self) -> str:
        model = next(iter(self.models.values()))
        return model.base_url or f"server: {model.server}"

    def sentences(self, today: date) -> Iterator[str]:
        """A line for each model it offers, and one for each of ours that needs a word."""
        if self.error:
            yield self.error
            return
        names = {model.id: name for name, model in self.models.items()}
        for offer in self.offers:
            ours = f" (model {names[offer.id]!r})" if offer.id in names else ""
            warning = offer.warning(today)
            yield f"{offer.id}{ours}{f': {warning}' if warning else ''}"

    def warnings(self, today: date) -> Iterator[str]:
        """What is to be done about models of models.yaml."""
        offered = {offer.id: offer for offer in self.offers}
        for name, model in self.models.items():
            if self.error or model.server:
                continue
            if model.id not in offered:
                yield f"model {name!r}: {model.id} is not among what {self.where} offers"
            elif warning := offered[model.id].warning(today):
                yield f"model {name!r}: {model.id} {warning}: choose its successor and compare them"


async def listings(models: Mapping[str, ModelEntry]) -> list[Listing]:
    """What the endpoints of these models offer, each asked once; local servers are not started."""
    together: dict[tuple[str, str], dict[str, ModelEntry]] = {}
    for name, model in models.items():
        together.setdefault((model.endpoint, model.api_key_env), {})[name] = model
    return await asyncio.gather(*map(_listing, together.values()))


async def _listing(models: Mapping[str, ModelEntry]) -> Listing:
    model = next(iter(models.values()))
    if model.server:
        return Listing(models, tuple(Offer(each.id) for each in models.values()))
    try:
        return Listing(models, tuple(await offers(model)))
    except ModelError as error:
        return Listing(models, error=str(error))


async def offers(model: ModelEntry) -> list[Offer]:
    """What the endpoint of a model offers, by id; ModelError where it cannot be asked."""
    session = session_for(model, model.base_url)
    async with Client(session) as client:
        page = await client.asked("list its models", _page, once=True)
    listed = getattr(page, "data", None)
    if not isinstance(listed, list):
        raise ModelError(f"{session.where} does not list its models: correct its base_url")
    return sorted(_read(session, listed), key=lambda offer: offer.id)


async def _page(api: openai.AsyncOpenAI) -> Any:
    return await api.models.list(timeout=30.0)


def _read(session: Session, listed: list[Any]) -> Iterator[Offer]:
    for each in listed:
        id = getattr(each, "id", None)
        if isinstance(id, str) and id:
            clean = session.blotted(id.encode("utf-8", "replace")).decode()
            yield Offer(clean, _day(getattr(each, "shutdown_date", None)))


def _day(said: Any) -> date | None:
    """A day as endpoints write it: ISO 8601, with or without a time, or seconds since 1970."""
    try:
        if isinstance(said, int | float) and not isinstance(said, bool):
            return datetime.fromtimestamp(said, UTC).date()
        return datetime.fromisoformat(str(said)).date()
    except (ValueError, OverflowError, OSError):
        return None
