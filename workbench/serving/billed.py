# pyright: strict, reportMissingTypeStubs=false
"""What a hosted model takes for a request of a run: its tokens at its price, as it was billed."""

import numpy as np

from workbench.runs import Run, VariantKey
from workbench.stats.intervals import Floats
from workbench.stats.saw_tooth import HostedCost


def hosted_cost(run: Run, variant: VariantKey) -> HostedCost | None:
    """Mean tokens of the rows that were answered, at the price known when they ran; None where
    tokens or price are not known.

    `retries` is by how much more (with caches: less) the rows were billed than that.
    """
    sent, received, billed = (
        _known(run, variant, column) for column in ("prompt_tokens", "completion_tokens", "cost")
    )
    price = run.meta.models[variant.model].price
    if price is None or not (len(sent) and len(received)):
        return None
    tier = price.of(float(sent.mean()))
    listed = HostedCost(float(sent.mean()), float(received.mean()), tier.input, tier.output)
    asked = float(listed.per_1000)
    more = 1000 * float(billed.mean()) / asked - 1 if len(billed) and asked > 0 else 0.0
    return HostedCost(listed.tokens_in, listed.tokens_out, tier.input, tier.output, retries=more)


def _known(run: Run, variant: VariantKey, column: str) -> Floats:
    """What is known of a column in a variant's rows; unknown is negative or NaN."""
    values = np.array([run.columns[column][row] for row in run.rows(variant)], dtype=float)
    return values[values >= 0]
