"""A run that is asked for again: what is complete decides, be it cut or filtered, and is not sent
again; only what failed is.
"""

import pytest
from notes import USAGE, examples, talk

import workbench as wb
from workbench import testing
from workbench.errors import OfflineMiss
from workbench.models.entry import Price
from workbench.runs import load_run, run
from workbench.testing import Ask, Reply

PRICE = Price(1000, 1000)  # dollars per million tokens: $0.06 a call with USAGE
CUT = Reply("half", finish_reason="length", usage=USAGE)
COMPLETE = {
    "note 0": Reply("whole", usage=USAGE),
    "note 1": Reply("<think>hm</think>", usage=USAGE),
    "note 2": CUT,
    "note 3": Reply("h", finish_reason="content_filter", usage=USAGE),
}
STATUSES = ["ok", "malformed", "truncated", "filtered"]
FAILURES = {"error": Reply("no", status=400), "timeout": Reply(fault="hang")}


def asked(ask: Ask) -> str:
    return ask.body["messages"][-1]["content"]


async def test_what_is_complete_is_not_sent_again_and_decides(prompt, store_url):
    replies = dict(COMPLETE)
    with testing.serve(lambda ask: replies.get(asked(ask), "later")) as server:
        given = ([prompt("v1"), prompt("v2")], examples(4), server.model(price=PRICE))
        first = await run(*given, [wb.Length(1, 9)], store=store_url)
        sent = len(server.log)
        replies.clear()  # a second asking would be answered well
        again = await run(*given, [wb.Length(1, 9)], store=store_url)
    assert list(first.frame["status"]) == STATUSES * 2
    assert (sent, len(server.log), again.counts["calls"]) == (8, 8, 0)
    assert again.frame.drop(columns="cached").equals(first.frame.drop(columns="cached"))
    decisions = [wb.compare(each, "length", baseline="v1").decision() for each in (first, again)]
    assert decisions[0] == decisions[1]
    offline = await run(*given, [wb.Length(1, 9)], store=store_url, offline=True)
    assert offline.frame.equals(again.frame)


async def test_what_was_paid_for_is_counted_once(prompt, store_url):
    with testing.serve(lambda ask: COMPLETE[asked(ask)]) as server:
        given = (prompt(), examples(4), server.model(price=PRICE))
        first = await run(*given, store=store_url)
        again = await run(*given, store=store_url)
    assert (first.cost, again.cost) == (pytest.approx(0.24), 0.0)
    assert list(again.frame["cost"]) == list(first.frame["cost"]) == [pytest.approx(0.06)] * 4
    [kept] = again.store.runs()
    assert (kept.calls, kept.cost) == (4, pytest.approx(0.24))


@pytest.mark.parametrize("status", ["error", "timeout"])
async def test_what_failed_is_sent_again_until_it_is_complete(prompt, store_url, status):
    script = [FAILURES[status], FAILURES[status], CUT, Reply("never asked for")]
    with testing.serve(lambda ask: script.pop(0)) as server:
        model = server.model(attempts=1, deadline_seconds=0.3)
        runs = [await run(prompt(), examples(1), model, store=store_url) for _ in range(4)]
    seen = [(each.counts["calls"], each.frame["status"][0]) for each in runs]
    assert seen == [(1, status), (1, status), (1, "truncated"), (0, "truncated")]
    assert load_run(store=store_url).frame["output"][0] == "half"


async def test_rows_that_were_not_sent_are_sent_when_the_run_is_asked_for_again(prompt, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        given = (prompt(), examples(6), server.model(price=PRICE, max_concurrency=1))
        first = await run(*given, store=store_url, budget=0.2)
        sent = len(server.log)
        again = await run(*given, store=store_url)
    unsent = first.counts["unsent"]
    assert sent == 6 - unsent and unsent > 0
    assert again.counts["calls"] == unsent and list(again.frame["status"]) == ["ok"] * 6


async def test_the_last_failure_stands_where_nothing_is_complete(prompt, store_url):
    script = [Reply("first", status=400), Reply("second", status=400)]
    with testing.serve(lambda ask: script.pop(0)) as server:
        for _ in range(2):
            done = await run(prompt(), examples(1), server.model(), store=store_url)
        offline = await run(prompt(), examples(1), server.model(), store=store_url, offline=True)
    assert done.frame["error"][0] == offline.frame["error"][0] == "HTTP 400: second"


async def test_a_cut_row_is_sent_again_with_another_bound(prompt, tmp_path):
    with testing.serve(lambda ask: CUT if ask.body.get("max_tokens") == 50 else "whole") as server:
        bound = "model: {options: {maxOutputTokens: 60}}\n"
        file = tmp_path / "wide.prompty"
        file.write_text(f"---\nname: wide\n{bound}---\nsystem:\nYou are v1.\nuser:\n{{{{ text }}}}")
        both = [prompt(), wb.load_prompt(file)]
        done = await run(both, examples(1), server.model(), store=tmp_path / "s.db")
    assert list(done.frame["status"]) == ["truncated", "ok"]


@pytest.fixture
def unbounded(tmp_path):
    """A prompt whose replies nothing bounds."""
    (tmp_path / "p.prompty").write_text("user:\n{{ text }}\n")
    return wb.load_prompt(tmp_path / "p.prompty")


async def test_what_a_budgets_bound_has_cut_is_sent_again_without_a_budget(unbounded, store_url):
    """The run with a budget sent another request than the run without one."""
    with testing.serve(lambda ask: CUT if "max_tokens" in ask.body else "whole") as server:
        given = (unbounded, examples(1), server.model())
        cut = [await run(*given, store=store_url, budget=1.0) for _ in range(2)]
        whole = await run(*given, store=store_url)
        after = await run(*given, store=store_url, budget=1.0)
    assert [(each.counts["calls"], each.frame["output"][0]) for each in cut] == [
        (1, "half"), (0, "half"),
    ]  # fmt: skip
    assert (whole.counts["calls"], whole.frame["output"][0]) == (1, "whole")
    assert (after.counts["calls"], after.frame["output"][0]) == (0, "whole")
    assert "max_tokens" not in server.log[1].ask.body


async def test_recordings_of_a_run_with_a_budget_replay(unbounded, tmp_path):
    refuses = Reply("Unsupported parameter: 'max_tokens' is not supported", status=400)
    with testing.serve(lambda ask: refuses if "max_tokens" in ask.body else CUT) as server:
        given = (unbounded, examples(2), server.model())
        done = await run(*given, store=tmp_path / "here.db", budget=1.0)
        calls = done.store.write_calls(tmp_path / "calls.jsonl")
        there = wb.Store(tmp_path / "there.db")
        assert there.read_calls(calls) == 2
        replayed = await run(*given, store=there, offline=True)
        with pytest.raises(OfflineMiss):
            await run(unbounded, examples(3), server.model(), store=there, offline=True)
    assert list(replayed.frame["status"]) == list(done.frame["status"]) == ["truncated"] * 2
