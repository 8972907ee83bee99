"""The loopback endpoint that users' tests get: it answers as scripted and its log is what was
asked.
"""

import json
import urllib.error
import urllib.request

import pytest

import workbench as wb
from workbench import testing
from workbench.models.call import Request
from workbench.models.transport import Transport


def post(server: testing.Server, **body: object) -> dict:
    """A request by the standard library: our own transport must not be the judge."""
    data = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "hi"}], **body}
    ).encode()
    with urllib.request.urlopen(
        urllib.request.Request(f"{server.url}/chat/completions", data), timeout=10
    ) as reply:
        return json.load(reply)


def test_the_script_answers_and_the_log_keeps_what_was_asked():
    with testing.serve(lambda ask: f"you said {ask.text}") as server:
        reply = post(server, temperature=0)
    assert reply["choices"][0]["message"]["content"] == "you said hi"
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"] == {"prompt_tokens": 1, "completion_tokens": 3}
    assert [logged.ask.body["temperature"] for logged in server.log] == [0]
    assert server.answered == 1


def test_a_script_can_tell_a_second_attempt_from_the_first():
    with testing.serve(lambda ask: "no" if ask.attempt == 1 else "yes") as server:
        answers = [post(server)["choices"][0]["message"]["content"] for _ in range(2)]
    assert answers == ["no", "yes"]


def test_an_error_has_the_shape_that_endpoints_give_it():
    with testing.serve(lambda ask: testing.Reply("too long", status=400)) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(server)
        assert json.load(refused.value)["error"]["message"] == "too long"
    assert (refused.value.code, server.answered) == (400, 0)


def test_probabilities_become_log_probabilities():
    with testing.serve(
        lambda ask: testing.Reply("Yes", probabilities={"Yes": 1.0, "No": 0.0})
    ) as server:
        reply = post(server, logprobs=True, top_logprobs=2)
    token = reply["choices"][0]["logprobs"]["content"][0]
    assert token["top_logprobs"] == [
        {"token": "Yes", "logprob": 0.0},
        {"token": "No", "logprob": -9999.0},
    ]


def test_an_unknown_fault_is_a_mistake_of_the_test():
    with pytest.raises(ValueError, match="fault"):
        testing.Reply(fault="explode")


async def test_its_models_and_its_models_file_point_at_it(tmp_path, monkeypatch):
    with testing.serve(lambda ask: "ok") as server:
        monkeypatch.setenv(
            "WORKBENCH_MODELS", str(server.models_file(tmp_path / "models.yaml", "actor", "critic"))
        )
        for model in (server.model("actor"), wb.model("critic")):
            async with Transport() as transport:
                assert (
                    await transport.complete(Request(model, [{"role": "user", "content": "hi"}]))
                ).text == "ok"
    assert [logged.ask.body["model"] for logged in server.log] == ["actor", "critic"]


def test_a_batch_is_completed_unless_another_fate_is_given():
    with testing.serve(lambda ask: "yes") as server:
        assert server.fate([]) == testing.Fate()
        server.fate = lambda lines: testing.Fate("expired", answered=len(lines))
        assert server.fate([{}]) == testing.Fate("expired", answered=1)
        assert server.batches == []
