"""What endpoints refuse of batches: a full queue, lines, models, and batches altogether."""

import pytest
from notes import examples, talk
from test_batching import sizes
from test_openai_client import endpoint

import workbench as wb
from workbench import testing
from workbench.errors import ModelError
from workbench.runs import run
from workbench.testing import Ask, Fate, Reply

FULL = {
    "code": "token_limit_exceeded",
    "message": "Enqueued token limit reached for m in organization o. Limit: 150 enqueued tokens.",
}


async def test_a_full_queue_shows_as_failed_later_and_smaller_batches_go_one_by_one(
    prompt, tmp_path
):
    open_at_once = []

    def fate(lines):
        open_at_once.append(sum(not batch.ended for batch in server.batches))
        return Fate("failed", faults=[FULL]) if len(lines) > 2 else Fate(looks=2)

    with testing.serve(talk) as server:
        server.fate = fate
        model = server.model()
        done = await run(prompt("v1"), examples(7), model, store=tmp_path / "s.db", batch=True)
    assert (done.counts["ok"], len(server.log)) == (7, 7)
    assert sizes(server)[0] == 7
    assert max(sizes(server)[-4:]) <= 2
    assert set(open_at_once) == {0}


async def test_where_not_one_call_fits_the_queue_the_run_ends_to_be_run_again(prompt, tmp_path):
    asked = (prompt("v1"), examples(3))
    with testing.serve(talk) as server:
        server.fate = lambda lines: Fate("failed", faults=[{**FULL, "message": "enqueued tokens"}])
        done = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
        server.fate = lambda lines: Fate()
        again = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
    assert "takes not even one call in a batch now: enqueued tokens" in done.stopped
    assert (done.counts["unsent"], again.counts["ok"]) == (3, 3)


async def test_lines_that_an_endpoint_refuses_are_their_rows_fault_alone(prompt, tmp_path):
    fates = [Fate("failed", faults=[{"line": 2, "code": "invalid_request", "message": "no poems"}])]
    with testing.serve(talk) as server:
        server.fate = lambda lines: fates.pop() if fates else Fate()
        model = server.model()
        done = await run(prompt("v1"), examples(3), model, store=tmp_path / "s.db", batch=True)
    assert done.columns["status"] == ["ok", "error", "ok"]
    assert done.columns["error"][1] == "HTTP 400: no poems"
    assert sizes(server) == [3, 2]


async def test_what_an_endpoint_refuses_is_learnt_from_its_lines(prompt, tmp_path):
    def script(ask: Ask) -> str | Reply:
        if "temperature" in ask.body:
            return Reply("Unsupported parameter: 'temperature'", status=400)
        return Reply("busy", status=500) if ask.attempt == 1 else talk(ask)

    store = wb.Store(tmp_path / "s.db")
    with testing.serve(script) as server:
        model = server.model()
        done = await run(prompt("v1"), examples(2), model, store=store, batch=True)
    assert (done.counts["ok"], sizes(server)) == (2, [2, 2, 2])
    assert done.left_out == {"model": {"temperature"}}
    assert store.refusals(0.0) == {(model.endpoint, "model"): {"temperature"}}


@pytest.mark.parametrize("of_all", [True, False])
async def test_a_model_that_is_not_there_ends_the_run_and_mended_it_goes_on(
    prompt, tmp_path, of_all
):
    said = {"message": "The model `m` does not exist", "code": "model_not_found"}
    lines = [{"line": number, **said} for number in (1, 2)]
    asked = (prompt("v1"), examples(2))
    with testing.serve(lambda ask: Reply(said["message"], status=404)) as server:
        faults = [said] if of_all else lines
        server.fate = lambda lines: Fate("failed", faults=faults)
        for fate in (server.fate, lambda lines: Fate()):
            server.fate = fate
            with pytest.raises(ModelError, match="does not have that model"):
                await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
        server.script = talk
        done = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
    assert done.counts["ok"] == 2


async def test_a_fault_of_a_line_that_is_not_there_ends_the_run_and_no_round_of_batches(
    prompt, tmp_path
):
    with testing.serve(talk) as server:
        server.fate = lambda lines: Fate("failed", faults=[{"line": 9, "message": "no good"}])
        with pytest.raises(ModelError, match=r"refused batch batch_\d+: HTTP 400: no good"):
            await run(
                prompt("v1"), examples(3), server.model(), store=tmp_path / "s.db", batch=True
            )
    assert sizes(server) == [3]


async def test_an_endpoint_without_batches_says_so(prompt, tmp_path):
    async with endpoint((200, {}, {})) as (url, _):
        asked = (prompt("v1"), examples(1), wb.Model("m", "x", url))
        with pytest.raises(ModelError, match="which need OpenAI's Batch API: HTTP 404"):
            await run(*asked, store=tmp_path / "s.db", batch=True)
