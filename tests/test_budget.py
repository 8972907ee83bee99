"""A budget: reserved before calls are sent, settled after, shared by processes."""

import asyncio
import math

import pytest
from notes import DEAR, USAGE, examples, talk

from workbench import testing
from workbench.errors import BudgetError
from workbench.runs import run
from workbench.testing import Reply


async def test_a_budget_is_never_passed_and_leaves_comparable_rows(prompt, critic, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        model = server.model(price=DEAR, max_concurrency=8)
        done = await run(
            [prompt("v1"), prompt("v2")],
            examples(100),
            model,
            [critic(model)],
            store=store_url,
            budget=5.0,
        )
        asked = len(server.log)
        again = await run(
            [prompt("v1"), prompt("v2")],
            examples(100),
            model,
            [critic(model)],
            store=store_url,
            budget=5.0,
        )
    assert asked * 0.06 <= 5.0
    assert (
        asked * 0.06 >= 3.5
    )  # the rest does not pay for a call that may be as dear as calls may be
    assert done.cost == pytest.approx(asked * 0.06)
    assert done.counts["stopped"].startswith(
        "the budget of $5.00 does not cover another call, of up to $"
    )
    scored = done.frame["good"].notna().sum()
    assert scored >= 0.8 * done.counts["ok"]
    assert len(server.log) * 0.06 <= 5.0  # the same run again has no budget of its own
    assert again.counts["ok"] >= done.counts["ok"]


async def test_two_processes_share_one_budget(prompt, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE, seconds=0.01)) as server:
        model = server.model(price=DEAR, max_concurrency=4)
        both = await asyncio.gather(
            *(run(prompt(), examples(100), model, store=store_url, budget=3.0) for _ in range(2))
        )
    assert 2.0 <= len(server.log) * 0.06 <= 3.0
    assert sum(each.cost for each in both) == pytest.approx(len(server.log) * 0.06)


async def test_an_unknown_price_refuses_a_budget_before_the_first_call(prompt, critic, tmp_path):
    with testing.serve(talk) as server:
        known, unknown = server.model("known"), server.model("unheard-of", price=None)
        with pytest.raises(
            BudgetError, match=r"price of model 'unheard-of' .* not known.*models\.yaml"
        ):
            await run(prompt(), examples(3), unknown, store=tmp_path / "s.db", budget=1.0)
        with pytest.raises(BudgetError, match="unheard-of"):
            await run(
                prompt(), examples(3), known, [critic(unknown)], store=tmp_path / "s.db", budget=1.0
            )
        done = await run(prompt(), examples(3), unknown, store=tmp_path / "s.db")
    assert len(server.log) == 3
    assert math.isnan(done.cost)
