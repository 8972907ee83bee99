"""Load over HTTP: open loop, from the schedule, within a budget, and never from the store."""

import asyncio
import gc
import json
import math
import time

import numpy as np
import pytest

import workbench as wb
from workbench import testing
from workbench.errors import BudgetError, ModelError, OfflineMiss, WorkbenchError
from workbench.models.call import Request
from workbench.models.entry import Price
from workbench.models.open_loop import OpenLoop
from workbench.serving import Bounds, Trace, Windows, load_test
from workbench.store import Store

SHORT = Windows(ladder=0.5, confirm=0.5, warm_up=0.1, after=0.05)
EASY = Bounds(first_token=5.0, latency=5.0)
TWENTY = Trace.of(np.full(20, 12), np.full(20, 4))
PROMPT = "---\nname: v1\ninputs: [{name: text, kind: string}]\n---\nuser:\nSort: {{ text }}\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store.db")


@pytest.fixture
def prompt(tmp_path):
    (tmp_path / "v1.prompty").write_text(PROMPT)
    return wb.load_prompt(tmp_path / "v1.prompty")


EXAMPLES = [wb.Example(f"m{number}", {"text": f"message {number}"}) for number in range(3)]


def one_place(seconds):
    """A script of a server that works on one request at a time, so many seconds each."""
    free = 0.0

    def script(ask):
        nonlocal free
        free = max(free, ask.at) + seconds
        return testing.Reply("one two three", seconds=free - ask.at)

    return script


async def test_a_server_that_cannot_keep_up_shows_its_queue_in_the_latencies(store):
    """A place for one request of 50 ms, four times as many as it can take: those due after half a
    second have waited for more than a second. From when a place was free each took 50 ms.
    """
    with testing.serve(one_place(0.05)) as server:
        found = await load_test(server.model(), TWENTY, rates=[80], windows=SHORT, store=store)
    (level,) = found.levels
    assert level.ttft.p99 > 1.0
    assert level.most_in_flight > 20
    assert level.due == level.answered


async def test_the_tasks_own_prompts_are_sent_and_streamed(prompt, store):
    with testing.serve(lambda ask: "one two three four") as server:
        found = await load_test(
            server.model(), prompt, EXAMPLES, rates=[50], requirements=EASY, windows=SHORT,
            store=store,
        )  # fmt: skip
    sent = [each.ask.body for each in server.log]
    assert {body["messages"][0]["content"] for body in sent} == {
        f"Sort: message {number}" for number in range(3)
    }
    assert all(body["stream"] and body["stream_options"]["include_usage"] for body in sent)
    assert (found.traffic, found.distinct) == ("1 prompt with 3 examples", 3)
    assert (found.word, found.highest, found.at_least) == ("confirmed", 50, True)
    level = found.levels[0]
    assert (level.output_tokens, level.itl.n) == (4, 3 * level.answered)
    assert 0 < level.ttft.median < level.e2el.median
    assert "repeated" in {caution.kind for caution in found.cautions}


async def test_texts_are_as_long_as_those_of_a_trace(store):
    trace = Trace.of([3, 500], [7, 9], [0.0, 1.0], "two")
    with testing.serve(lambda ask: "ok") as server:
        await load_test(
            server.model(), trace, rates=[20], arrivals=trace, windows=SHORT, store=store
        )
    bodies = [each.ask.body for each in server.log]
    lengths = {(len(b["messages"][0]["content"].split()), b["max_tokens"]) for b in bodies}
    assert lengths == {(3, 7), (500, 9)}


async def test_nothing_is_taken_from_the_store_or_kept_there(prompt, store):
    with testing.serve(lambda ask: "ok") as server:
        asked = (server.model(), prompt, EXAMPLES)
        for _ in range(2):
            await load_test(*asked, rates=[20], windows=SHORT, store=store)
        sent = len(server.log)
        run = await wb.run(prompt, EXAMPLES, server.model(), store=store)
    assert sent >= 2 * (20 * 0.6 + 1)  # those of the window and before it, and one to greet
    assert run.hits == 0


async def test_what_fails_is_counted_and_kept_no_bound(store):
    def script(ask):
        refused = hash(ask.text) % 2
        return testing.Reply("no", status=500) if refused and len(server.log) > 9 else "ok"

    with testing.serve(script) as server:
        found = await load_test(
            server.model(), TWENTY, rates=[40], requirements=EASY, quick=True, windows=SHORT,
            store=store,
        )  # fmt: skip
    level = found.levels[0]
    assert level.failures == {"error": level.due - level.answered}
    assert 0 < level.answered < level.due
    assert level.attained == pytest.approx(level.answered / level.due)
    assert not level.holds
    assert "HTTP 500" in level.first_error
    assert "failed" in {caution.kind for caution in found.cautions}


async def test_a_reply_that_never_comes_ends_with_the_models_deadline(store):
    def script(ask):
        return testing.Reply(fault="hang") if len(server.log) > 1 else "ok"

    with testing.serve(script) as server, pytest.raises(ModelError, match="answered nothing"):
        slow = server.model(deadline_seconds=0.2)
        await load_test(slow, TWENTY, rates=[10], windows=SHORT, store=store)


async def test_a_server_that_is_not_there_is_said_before_any_load(store):
    gone = wb.Model("gone", id="m", base_url="http://127.0.0.1:9/v1", attempts=1)
    with pytest.raises(ModelError, match="cannot be reached"):
        await load_test(gone, TWENTY, rates=[10], windows=SHORT, store=store)


async def test_a_budget_ends_the_test_before_a_rate_that_it_may_not_cover(store):
    """A request of some 100 bytes and 4 tokens costs at most some 140 micro-dollars."""
    with testing.serve(lambda ask: "one two three four") as server:
        model = server.model(price=Price(1.0, 1.0))
        asked = {"rates": [20, 2000], "windows": SHORT, "store": store}
        found = await load_test(model, TWENTY, **asked, budget=0.05)
        assert [level.rate for level in found.levels] == [20]
        assert found.stopped.startswith("the budget of $0.05 does not cover another")
        assert 0 < found.cost < 0.01
        await asyncio.sleep(0.2)  # what was cut at the end has come too
        sent = len(server.log)
        with pytest.raises(BudgetError, match="does not cover"):
            await load_test(model, TWENTY, **asked, budget=0.0001)
        with pytest.raises(BudgetError, match="price of model"):
            await load_test(server.model(price=None), TWENTY, **asked, budget=1.0)
    assert len(server.log) == sent


async def test_a_priced_endpoint_is_not_climbed_without_an_end(store):
    with testing.serve(lambda ask: "ok") as server:
        model = server.model(price=Price(1.0, 1.0))
        with pytest.raises(WorkbenchError, match=r"give rates=\[...\] or a budget="):
            await load_test(model, TWENTY, rates=20.0, windows=SHORT, store=store)
    assert server.log == []


async def test_replies_without_a_token_are_no_answers(store):
    asked = {"rates": [40.0], "windows": SHORT, "requirements": EASY, "store": store}
    said = "model answered nothing: the reply holds no text"
    with testing.serve(lambda ask: "") as server, pytest.raises(ModelError, match=said):
        await load_test(server.model(), TWENTY, **asked)


async def test_a_server_that_refuses_from_some_time_on_ends_the_test_with_what_it_said(store):
    asked = {"rates": [40.0, 50.0], "windows": SHORT, "requirements": EASY, "store": store}
    served = iter(["ok"] * 36)
    with testing.serve(lambda ask: next(served, testing.Reply(status=429))) as server:
        test = await load_test(server.model(), TWENTY, **asked)
    assert test.word == "nothing stated"
    assert test.stopped.startswith("at ")
    assert test.stopped.endswith("was answered: HTTP 429: refused")


async def test_offline_nothing_is_measured_and_a_quote_sends_nothing(store, monkeypatch, tmp_path):
    asked = {"rates": [10, 20], "windows": Windows(2, 3, 1, 0), "requirements": EASY}
    with testing.serve(lambda ask: "ok") as server:
        model = server.model(price=Price(1.0, 1.0))
        with monkeypatch.context() as changed:
            changed.setenv("WORKBENCH_OFFLINE", "")
            with pytest.raises(OfflineMiss, match="nothing may be sent"):
                await load_test(model, TWENTY, **asked, store=store)
        monkeypatch.setenv("WORKBENCH_QUOTE", str(tmp_path / "quote.json"))
        with pytest.raises(WorkbenchError, match="only a quote was asked for"):
            await load_test(model, TWENTY, **asked, store=store)
    assert server.log == []
    quote = json.loads((tmp_path / "quote.json").read_text())
    assert quote["calls"] == 10 * 3 + 20 * 3 + 20 * 4 + 17 * 4
    assert 0 < quote["likely_cost"] <= quote["most_cost"]


async def hold(server):
    """Hold the loop up once a request has come."""
    while not server.log:  # noqa: ASYNC110 - another thread appends to it
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    time.sleep(0.08)  # noqa: ASYNC251


async def test_the_generator_measures_how_late_it_was():
    """The loop is held up for 80 ms while a request is due every 10 ms."""
    with testing.serve(lambda ask: "ok") as server:
        model = server.model()
        async with OpenLoop(model) as loop:
            call = loop.sent(Request(model, [{"role": "user", "content": "x"}]))
            await loop.greet(call.request)
            holding = asyncio.create_task(hold(server))
            poured = await loop.pour(np.arange(0.0, 0.8, 0.01).tolist(), [call] * 80, 1.0)
            await holding
    lags = poured.answered().lag
    assert lags.max() > 0.05
    assert (lags > 0.03).sum() < 40


def ended_tasks():
    """How many tasks that ended are kept."""
    gc.collect()
    return sum(isinstance(each, asyncio.Task) and each.done() for each in gc.get_objects())


async def test_what_ended_is_not_kept_while_the_load_goes_on():
    """Else the collector looks through 100,000 tasks, and stops all for a third of a second."""
    with testing.serve(lambda ask: testing.Reply("ok", seconds=len(server.log) > 61)) as server:
        async with OpenLoop(server.model()) as loop:
            call = loop.sent(Request(server.model(), [{"role": "user", "content": "x"}]))
            await loop.greet(call.request)
            pouring = asyncio.create_task(loop.pour([0.0] * 60 + [1.0], [call] * 61, 2.0))
            await asyncio.sleep(1.3)
            kept = ended_tasks()
            poured = await pouring
    assert [each.status for each in poured.requests] == [""] * 61
    assert kept < 30


async def test_what_is_under_way_when_the_window_is_over_is_cut():
    with testing.serve(
        lambda ask: testing.Reply("ok", seconds=(len(server.log) - 1) / 2)
    ) as server:
        model = server.model()
        async with OpenLoop(model) as loop:
            call = loop.sent(Request(model, [{"role": "user", "content": "x"}]))
            await loop.greet(call.request)
            poured = await loop.pour([0.0, 0.2], [call] * 2, 0.1)
    assert [each.status for each in poured.requests] == ["", "cut"]
    assert math.isnan(poured.requests[1].first)
    assert poured.requests[1].ended == pytest.approx(0.3, abs=0.25)  # the first took half a second


async def test_prompts_or_a_trace_are_needed(prompt, store):
    model = wb.Model("m", id="m", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(WorkbenchError, match="needs prompts and examples"):
        await load_test(model, prompt, store=store)
    with pytest.raises(WorkbenchError, match="counts no tokens"):
        await load_test(testing.SimulatedServer(), prompt, EXAMPLES)
    found = await load_test(testing.SimulatedServer(), TWENTY, rates=[5], quick=True)
    assert found.model == "simulated"
