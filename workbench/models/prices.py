# pyright: strict
"""What tokens cost and what a call was billed: by models.yaml, nothing on a local server, else by
a table of list prices that is installed with the workbench.
"""

import math
from typing import Any

from workbench import words
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry, Price

MOST_COMPLETION = 4096  # tokens a reply may take where no max_tokens bounds it
NOT_BILLED = ("error", "unsent")


def price_of(model: ModelEntry) -> Price | None:
    """Dollars per million tokens, or None where nobody here knows."""
    if model.price is not None:
        return model.price
    if model.server:
        return Price(0.0, 0.0)
    return _listed_price(model)


def _listed_price(model: ModelEntry) -> Price | None:
    """The price that genai-prices lists for this id at this host; it never asks the network."""
    from genai_prices import Usage, calc_price  # here: it takes a third of a second to import

    try:  # by host, because the same id can cost another price, or nothing, elsewhere
        found = calc_price(Usage(), model.id, provider_api_url=model.base_url).model_price
    except LookupError:
        return None
    if found.input_mtok is None or found.output_mtok is None:
        return None
    return Price(_flat(found.input_mtok), _flat(found.output_mtok))


def _flat(price: Any) -> float:
    """A flat price, or of a tiered one the highest, because the quote must not be too low."""
    tiers = [tier.price for tier in getattr(price, "tiers", ())]
    return float(max([getattr(price, "base", price), *tiers]))


def dollars(price: Price, prompt_tokens: float, completion_tokens: float) -> float:
    """What so many tokens cost at a price, in US dollars."""
    return (price.input * prompt_tokens + price.output * completion_tokens) / 1e6


class Prices:
    """The prices of a run's models, each looked up once."""

    def __init__(self) -> None:
        self._prices: dict[tuple[str, str, Price | None], Price | None] = {}

    def __repr__(self) -> str:
        return f"Prices of {words.count(len(self._prices), 'model')}"

    def __getitem__(self, model: ModelEntry) -> Price | None:
        name = (model.endpoint, model.id, model.price)
        if name not in self._prices:
            self._prices[name] = price_of(model)
        return self._prices[name]

    def cost(self, model: ModelEntry, completion: Completion) -> float:
        """US dollars that a completion was billed, answered or not; NaN where the price or the
        tokens are unknown.
        """
        price = self[model]
        if price is None:
            return math.nan
        if completion.prompt_tokens < 0:
            free = completion.status in NOT_BILLED or price.input == price.output == 0
            return 0.0 if free else math.nan
        return dollars(price, completion.prompt_tokens, max(completion.completion_tokens, 0))

    def most(self, request: Request, payload: bytes) -> float:
        """The most US dollars a call may cost; NaN where the price is unknown.

        No vocabulary makes more tokens of a text than it has bytes.
        """
        price = self[request.model]
        if price is None:
            return math.nan
        return dollars(price, len(payload), request.max_tokens or MOST_COMPLETION)
