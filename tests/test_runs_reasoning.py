"""Reasoning models as actors: what their endpoints refuse is learnt from them, once, and said."""

import json
from dataclasses import replace

import pytest
from loopback import ask
from notes import examples

import workbench as wb
from workbench import testing
from workbench.models.transport import Transport
from workbench.runs import load_run, run
from workbench.sections.overview import unasked
from workbench.testing import Ask, Reply

REFUSED = ("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty", "stop")
PARAMETERS = {
    "temperature": 0, "top_p": 0.9, "max_tokens": 64, "stop": ["END"], "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
}  # fmt: skip


@pytest.fixture
def made(prompt):
    """A prompt by its name, with every parameter that is refused."""
    return lambda name: replace(prompt(name), parameters=PARAMETERS)


def reasons(asked: Ask) -> str | Reply:
    """An endpoint that names one parameter an error, as OpenAI's does."""
    for name in REFUSED:
        if name in asked.body:
            other = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            said = f"Unsupported parameter: '{name}' is not supported with this model.{other}"
            return Reply(said, status=400)
    return f"on {asked.text}"


async def test_each_refusal_is_heard_once_a_model_and_fails_no_row(made, tmp_path):
    with testing.serve(reasons) as server:
        done = await run(made("v1"), examples(200), server.model("o9"), store=tmp_path / "s.db")
        heard = sum(logged.sent == "400" for logged in server.log)
        again = await run(made("v2"), examples(20), server.model("o9"), store=tmp_path / "s.db")
        bodies = [logged.ask.body for logged in server.log if logged.sent == "200"]
    assert (done.counts["ok"], again.counts["ok"]) == (200, 20)
    assert heard <= 10 * len(REFUSED)  # those in flight when the first was heard, and no more
    assert done.counts["requests"] == 200 + heard
    assert again.counts["requests"] == 20
    assert {body["max_completion_tokens"] for body in bodies} == {64}
    assert not any(set(REFUSED) & set(body) for body in bodies)
    said = (
        "o9 was asked without frequency_penalty, max_tokens (max_completion_tokens in its place), "
        "presence_penalty, stop, temperature and top_p, which its endpoint refuses."
    )
    assert unasked(done) == unasked(again) == said
    assert unasked(load_run(done.id, tmp_path / "s.db")) == said


async def test_such_a_call_is_stored_and_replayed_as_what_was_asked(made, tmp_path):
    path, store = tmp_path / "calls.jsonl", wb.Store(tmp_path / "s.db")
    with testing.serve(reasons) as server:
        asked = (made("v1"), examples(3), server.model("o9"))
        done = await run(*asked, store=store)
        assert (await run(*asked, store=store)).counts["calls"] == 0
    lines = [json.loads(line) for line in store.write_calls(path).read_text().splitlines()]
    lines = [line for line in lines if "request" in line]  # the ledger follows the calls
    assert {line["key"] for line in lines} == {done.plan.request(n).key().hex() for n in range(3)}
    assert {"temperature", "max_tokens"} <= set(lines[0]["reply"]["left_out"])
    other = wb.Store(tmp_path / "other.db")
    assert other.read_calls(path) == 3
    offline = await run(*asked, store=other, offline=True)
    assert offline.columns["output"] == done.columns["output"]


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")],
)
async def test_the_bound_on_the_length_is_kept_under_the_name_that_is_taken(wanted, refused):
    def script(asked: Ask) -> str | Reply:
        if refused in asked.body:
            return Reply(f"Unrecognized request argument supplied: {refused}", status=400)
        return "fine"

    with testing.serve(script) as server:
        async with Transport() as transport:
            request = ask(server.model(), "hi", parameters={refused: 7})
            done = await transport.complete(request)
        sent = server.log[-1].ask.body
    assert (done.text, done.left_out, sent[wanted]) == ("fine", {refused: 7}, 7)


async def test_an_endpoint_that_takes_no_bound_at_all_fails_the_row_and_teaches_nothing():
    def script(asked: Ask) -> Reply:
        name = next(name for name in asked.body if name.startswith("max_"))
        return Reply(f"Unrecognized request argument supplied: {name}", status=400)

    with testing.serve(script) as server:
        async with Transport() as transport:
            done = await transport.complete(ask(server.model(), "hi", parameters={"max_tokens": 7}))
        asked = [sorted(logged.ask.body) for logged in server.log]
    assert done.status == "error"
    assert "Unrecognized request argument" in done.error
    assert [names[0] for names in asked] == ["max_tokens", "max_completion_tokens", "max_tokens"]


async def test_a_value_out_of_range_is_not_left_out_in_silence():
    said = "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3."
    with testing.serve(lambda asked: Reply(said, status=400)) as server:
        async with Transport() as transport:
            done = await transport.complete(
                ask(server.model(), "hi", parameters={"temperature": 3})
            )
    assert (done.status, len(server.log)) == ("error", 1)
    assert "above maximum value" in done.error


def test_of_two_bounds_that_of_the_prompt_is_sent_under_the_models_name():
    model = wb.Model("m", "x", "http://127.0.0.1:9/v1", parameters={"max_tokens": 5})
    body = ask(model, "hi", parameters={"max_completion_tokens": 9}).body()
    assert (body.get("max_tokens"), body["max_completion_tokens"]) == (None, 9)
