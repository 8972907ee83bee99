"""One call tells what a model can, and runs know it from then on."""

import time

import pytest
from test_transport_refused import NO_LOGPROBS

import workbench as wb
from workbench import testing
from workbench.runs.checkup import checkup
from workbench.testing import Ask, Reply

YES = '{"answer": "yes"}'
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 70,
    "completion_tokens_details": {"reasoning_tokens": 64},
}


async def said(script, tmp_path, **fields):
    """What a check says of a scripted model, without the time it took; and what it keeps."""
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(script) as server:
        model = server.model(**fields)
        store.add_refusals(model.endpoint, model.id, ["seed", "response_format"], time.time())
        made = await checkup(model, store)
    kept = store.refusals(0.0).get((model.endpoint, model.id), frozenset())
    return [*made.sentences()][1:], kept, len(server.log)


async def test_a_model_that_can_all_says_so_and_old_refusals_are_forgotten(tmp_path):
    lines, kept, requests = await said(lambda ask: YES, tmp_path)
    assert lines == [
        "log probabilities: given",
        "JSON schema: kept",
        "reasoning: none seen",
        "cost of this call: $0.00",
    ]
    assert (kept, requests) == ({"seed"}, 1)  # a seed was not asked for


async def test_a_reasoning_model_is_asked_as_it_wants_and_that_is_kept(tmp_path):
    def script(ask: Ask) -> str | Reply:
        if "logprobs" in ask.body:
            return Reply(NO_LOGPROBS, status=403)
        for name in ("max_tokens", "temperature"):
            if name in ask.body:
                return Reply(f"Unsupported parameter: '{name}' is not supported", status=400)
        return Reply(YES, usage=USAGE)

    lines, kept, requests = await said(script, tmp_path)
    assert lines == [
        "log probabilities: refused; critics go by its words",
        "JSON schema: kept",
        "reasoning: 64 tokens of thinking",
        "max_tokens: refused, so it is sent as max_completion_tokens",
        "temperature: refused, so it is not sent",
        "cost of this call: $0.00",
    ]
    assert kept == {"logprobs", "max_tokens", "temperature", "seed"}
    assert requests == 4


@pytest.mark.parametrize("text", ["yes", "[1]", '{"answer": "maybe"}', '{"answer": "yes", "a": 1}'])
async def test_what_is_ignored_in_silence_is_said_and_not_kept(tmp_path, text):
    body = b'{"choices": [{"finish_reason": "stop", "message": {"content": %s}}]}'
    quoted = text.replace('"', '\\"')
    reply = Reply(body=body % f'"{quoted}"'.encode())
    lines, kept, _ = await said(lambda ask: reply, tmp_path, price=None)
    assert lines == [
        "log probabilities: none came, and no error: write `logprobs: false` in models.yaml",
        "JSON schema: not kept, and no error: write `constrain: none` in models.yaml",
        "reasoning: none seen",
        "cost of this call: no price known",
    ]
    assert kept == {"seed"}


async def test_what_models_yaml_rules_out_is_not_asked_for(tmp_path):
    lines, _, _ = await said(lambda ask: YES, tmp_path, logprobs=False, constrain="none")
    assert lines[:2] == [
        "log probabilities: not asked for (`logprobs: false`)",
        "JSON schema: asked for in words (`constrain: none`)",
    ]


async def test_a_model_that_does_not_answer_teaches_nothing(tmp_path):
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(lambda ask: Reply("no good", status=422)) as server:
        model = server.model()
        store.add_refusals(model.endpoint, model.id, ["temperature"], time.time())
        made = await checkup(model, store)
    assert list(made.sentences()) == ["no answer (error): HTTP 422: no good"]
    assert not made.answered
    assert store.refusals(0.0) == {(model.endpoint, model.id): {"temperature"}}
