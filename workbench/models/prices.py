# pyright: strict
"""What tokens cost and what a call was billed: by models.yaml, nothing on a local server, else by
a table of list prices that is installed with the workbench.
"""

import math
from dataclasses import replace
from typing import Any

from workbench import words
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry, Price
from workbench.printing import printed

MOST_COMPLETION = 4096  # tokens a reply may take where no max_tokens bounds it
BATCH_SHARE = 0.5  # of the price, for what is sent in a batch
# tokens an image may take, with the dearest model there is: OpenAI's gpt-4o-mini counts 2,833 and
# 5,667 for each of at most 8 tiles
MOST_IMAGE = 50_000
NOT_BILLED = ("error", "unsent")
FREE = Price(0.0, 0.0)


def price_of(model: ModelEntry) -> Price | None:
    """Dollars per million tokens, or None where nobody here knows."""
    if model.price is not None:
        return model.price
    if model.server:
        return FREE
    return _listed_price(model)


def _listed_price(model: ModelEntry) -> Price | None:
    """The price that genai-prices lists for this id at this host; it never asks the network. None
    for a tier of service, which has other prices.
    """
    if model.parameters.get("service_tier", "default") not in ("default", "standard", "auto"):
        return None
    from genai_prices import Usage, calc_price  # here: it takes a third of a second to import

    try:  # by host, because the same id can cost another price, or nothing, elsewhere
        found = calc_price(Usage(), model.id, provider_api_url=model.base_url).model_price
    except LookupError:
        return None
    if found.input_mtok is None or found.output_mtok is None:
        return None
    named = (found.input_mtok, found.output_mtok, found.cache_read_mtok)
    starts = {tier.start for price in named for tier in getattr(price, "tiers", ())}
    above = tuple((start, _tier(named, start)) for start in sorted(starts))
    return replace(_tier(named, -1), above=above)


def _tier(named: tuple[Any, ...], start: int) -> Price:
    """The listed prices of calls with more input than `start` tokens."""
    return Price(*(_at(price, start) for price in named))


def _at(price: Any, start: int) -> Any:
    """A listed price of calls with more input than `start` tokens; None where it has none."""
    reached = [tier.price for tier in getattr(price, "tiers", ()) if tier.start <= start]
    price = reached[-1] if reached else getattr(price, "base", price)
    return None if price is None else float(price)


def dollars(
    price: Price, prompt_tokens: float, completion_tokens: float, cached_tokens: float = 0
) -> float:
    """What the tokens of one call cost at a price, in US dollars; cached ones are among the
    prompt's.
    """
    tier = price.of(prompt_tokens) if price.above else price
    cached = min(cached_tokens, prompt_tokens) if tier.cached is not None else 0
    read = tier.input * (prompt_tokens - cached) + (tier.cached or 0.0) * cached
    return (read + tier.output * completion_tokens) / 1e6


@printed
class Prices:
    """The prices of a run's models, each looked up once."""

    def __init__(self) -> None:
        # by id(), as a model holds mappings; kept with its price, so that no other gets its id
        self._prices: dict[int, tuple[ModelEntry, Price | None]] = {}

    def __repr__(self) -> str:
        return f"Prices of {words.count(len(self._prices), 'model')}"

    def __getitem__(self, model: ModelEntry) -> Price | None:
        known = self._prices.get(id(model))
        if known is None:
            known = self._prices[id(model)] = model, price_of(model)
        return known[1]

    def cost(self, model: ModelEntry, completion: Completion) -> float:
        """US dollars that a completion was billed, answered or not; NaN where the price or the
        tokens are unknown.
        """
        price = self[model]
        return math.nan if price is None else cost_at(price, completion)

    def most(self, request: Request, payload: bytes) -> float:
        """The most US dollars a call may cost; NaN where the price is unknown.

        No vocabulary makes more tokens of a text than it has bytes; of images see MOST_IMAGE.
        """
        price = self[request.model]
        if price is None:
            return math.nan
        images, size = request.images
        sent = len(payload) - size + images * MOST_IMAGE
        return dollars(price.dearest, sent, request.max_tokens or MOST_COMPLETION)


def cost_at(price: Price, completion: Completion) -> float:
    """US dollars that a completion was billed at a price; NaN where its tokens are unknown, but may
    be billed.
    """
    return _listed_cost(price, completion) * (BATCH_SHARE if completion.batched else 1.0)


def _listed_cost(price: Price, completion: Completion) -> float:
    """What it would have been billed outside a batch."""
    lost = (
        dollars(price, completion.lost_prompt_tokens, completion.lost_completion_tokens)
        if completion.lost_prompt_tokens
        else 0.0
    )
    known = completion.prompt_tokens >= 0 and completion.completion_tokens >= 0
    if not known:
        came = completion.text or completion.thinking  # of an answer that ended badly
        free = (completion.status in NOT_BILLED and not came) or price.dearest == FREE
        return lost if free else math.nan
    cached = max(completion.cached_tokens, 0)
    return lost + dollars(price, completion.prompt_tokens, completion.completion_tokens, cached)
