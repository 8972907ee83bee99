"""The Batch API as it is spoken: lines that any endpoint reads, and what comes back of them."""

import json
import time
from contextlib import asynccontextmanager

import pytest
from loopback import ask

import workbench as wb
from workbench import testing
from workbench.models.batches import Answer, Batches, Fault, line, line_fault, refused_line
from workbench.models.openai_client import Client
from workbench.models.session import session_for
from workbench.testing import Fate, Reply

MODEL = wb.Model("m", "x", "http://127.0.0.1:9/v1", parameters={"stream": True, "temperature": 0})


@asynccontextmanager
async def talking_to(server):
    model = server.model()
    async with Client(session_for(model, model.base_url)) as client:
        yield Batches(client)


async def ended(api, state):
    while not state.ended:
        state = await api.look(state.id)
    return state


def test_a_line_is_the_call_without_streaming():
    written = line("ab" * 16, ask(MODEL, "hi"))
    assert written.endswith(b"}\n") and written.count(b"\n") == 1
    assert json.loads(written) == {
        "custom_id": "ab" * 16,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "x", "messages": [{"role": "user", "content": "hi"}], "temperature": 0},
    }


@pytest.mark.parametrize(
    ("text", "said"), [("two\nlines \u2028 and 你好", ""), ("half \ud800", "it is no JSON that")]
)
def test_a_line_that_would_have_the_file_refused_is_found_before(text, said):
    fault = line_fault(line("a", ask(MODEL, text)))
    assert fault.startswith(said) and bool(fault) is bool(said)


async def test_a_batch_goes_up_is_followed_and_comes_down_with_errors_among_the_answers():
    def script(asked):
        return Reply("no", status=429) if asked.text == "b" else f"re {asked.text}"

    with testing.serve(script) as server:
        server.fate = lambda lines: Fate(looks=2)
        async with talking_to(server) as api:
            begun = await api.begin("t1", [line(name, ask(MODEL, name)) for name in "abc"])
            half = await api.look(begun.id)
            done = await ended(api, half)
            answers = {each.custom_id: each for each in await api.answers(done)}
    assert [(each.status, each.done) for each in (half, done)] == [
        ("in_progress", 1), ("completed", 3),
    ]  # fmt: skip
    assert len(done.files) == 2
    statuses = {id: answer.status for id, answer in answers.items()}
    assert statuses == {"a": 200, "b": 429, "c": 200}
    read = answers["a"].outcome(ask(MODEL, "a")).completion
    assert (read.text, read.status, read.prompt_tokens) == ("re a", "ok", 1)
    limited = answers["b"].outcome(ask(MODEL, "b"))
    assert (limited.retry, limited.completion.error) == (True, "HTTP 429: no")


async def test_an_empty_text_names_no_file():
    with testing.serve(lambda asked: "yes") as server:
        async with talking_to(server) as api:
            done = await ended(api, await api.begin("t1", [line("a", ask(MODEL, "a"))]))
            assert server.batches[0].files["error_file_id"] == ""
            assert done.files == (server.batches[0].files["output_file_id"],)
            assert [each.custom_id for each in await api.answers(done)] == ["a"]


async def test_lines_that_were_not_reached_are_no_answers_and_errors_without_a_reply_are():
    reached = {"code": "server_error", "message": "it broke"}
    with testing.serve(lambda asked: "yes") as server:
        server.fate = lambda lines: Fate("expired", answered=1)
        async with talking_to(server) as api:
            done = await ended(api, await api.begin("t", [line(n, ask(MODEL, n)) for n in "ab"]))
            assert [each.custom_id for each in await api.answers(done)] == ["a"]
            file = server.batches[0].files["error_file_id"]
            broken = json.dumps({"custom_id": "b", "response": None, "error": reached})
            server.batch_api._files[file] = f'{{"custom_id": "a", "resp\n\n[1]\n{broken}'.encode()
            _, answer = await api.answers(done)
    assert (answer.custom_id, answer.status) == ("b", 500)
    assert answer.outcome(ask(MODEL, "b")).retry


async def test_a_batch_is_found_by_its_ticket_unless_it_is_older():
    with testing.serve(lambda asked: "yes") as server:
        async with talking_to(server) as api:
            for ticket in ("t1", "t2", "t3"):
                await api.begin(ticket, [line("a", ask(MODEL, "a"))])
            found = await api.find("t2", time.time())
            assert found and found.id == server.batches[1].id
            assert await api.find("t4", time.time()) is None
            assert await api.find("t2", time.time() + 2 * 3600) is None


async def test_what_is_wrong_with_a_file_comes_with_its_lines():
    faults = [{"line": 3, "code": "a", "message": "b"}, {"line": None, "code": None}]
    with testing.serve(lambda asked: "yes") as server:
        server.fate = lambda lines: Fate("failed", faults=faults)
        async with talking_to(server) as api:
            done = await ended(api, await api.begin("t", [line("a", ask(MODEL, "a"))]))
    assert (done.status, done.files) == ("failed", ())
    assert done.faults == (Fault(3, "a", "b"), Fault(None, "", "refused"))


def test_a_refused_line_is_read_as_a_refused_call():
    named = Fault(1, "unsupported_parameter", "Unsupported parameter: 'temperature'")
    assert refused_line(ask(MODEL, "hi"), named).refused == {"temperature"}
    gone = Fault(1, "model_not_found", "The model does not exist")
    assert refused_line(ask(MODEL, "hi"), gone).lasting == "model"
    assert Answer("a", 401, b'{"error": "bad key"}').outcome(ask(MODEL, "a")).fatal == "key"
