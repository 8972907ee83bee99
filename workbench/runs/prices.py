"""What calls cost, and the most they may."""

import math

from workbench.models.call import Completion, Request
from workbench.models.model import Model, Price
from workbench.models.prices import price_of

MOST_COMPLETION = 4096  # tokens a reply may take where no max_tokens bounds it
NOT_BILLED = ("error", "unsent")


class Prices:
    """The prices of a run's models, each looked up once."""

    def __init__(self) -> None:
        self._prices: dict[tuple[str, str, Price | None], Price | None] = {}

    def __getitem__(self, model: Model) -> Price | None:
        name = (model.endpoint, model.id, model.price)
        if name not in self._prices:
            self._prices[name] = price_of(model)
        return self._prices[name]

    def cost(self, model: Model, completion: Completion) -> float:
        """Dollars of a completion; NaN where the price or the tokens are unknown."""
        price = self[model]
        if price is None:
            return math.nan
        if completion.prompt_tokens < 0:
            free = completion.status in NOT_BILLED or price.input == price.output == 0
            return 0.0 if free else math.nan
        return dollars(price, completion.prompt_tokens, max(completion.completion_tokens, 0))

    def most(self, request: Request, payload: bytes) -> float:
        """The most a call may cost: no vocabulary makes more tokens of a text than it has bytes."""
        price = self[request.model]
        return (
            math.nan
            if price is None
            else dollars(price, len(payload), request.max_tokens or MOST_COMPLETION)
        )


def dollars(price: Price, prompt_tokens: float, completion_tokens: float) -> float:
    return (price.input * prompt_tokens + price.output * completion_tokens) / 1e6
