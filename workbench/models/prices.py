"""What tokens cost: what models.yaml says, nothing on a local server, else what a table shipped in
a wheel says.
"""

from typing import Any

from workbench.models.model import Model, Price


def price_of(model: Model) -> Price | None:
    """Dollars per million tokens, or None where nobody here knows."""
    if model.price is not None:
        return model.price
    if model.server:
        return Price(0.0, 0.0)
    return _listed_price(model)


def _listed_price(model: Model) -> Price | None:
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
