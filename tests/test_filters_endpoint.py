"""An endpoint's own content filter as a filter: Azure's annotations in all their shapes."""

import json

import pytest

import workbench as wb
from workbench import testing
from workbench.filters import Chain, Endpoint
from workbench.models.replies import UNLOOKED
from workbench.testing import Reply

SAFE = {"hate": {"filtered": False, "severity": "safe"}, "jailbreak": {"filtered": False}}
HATE = {**SAFE, "hate": {"filtered": True, "severity": "high"}}
DETECTED = {**SAFE, "jailbreak": {"filtered": False, "detected": True}}
FAILED = {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}}


def prompt_of(results):
    return [{"prompt_index": 0, "content_filter_results": results}]


def answered(prompt=SAFE, answer=SAFE, finish="length"):
    message = {"role": "assistant", "content": "We"}
    choice = {"message": message, "finish_reason": finish, "content_filter_results": answer}
    return {"choices": [choice], "prompt_filter_results": prompt_of(prompt)}


def refused(results):
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results}
    error = {"code": "content_filter", "message": "The prompt was filtered", "innererror": inner}
    return {"error": error}


@pytest.mark.parametrize(
    ("status", "body", "word", "categories"),
    [
        (200, answered(), "allow", []),
        (200, answered(DETECTED), "allow", []),  # a note only
        (200, answered(answer=HATE, finish="content_filter"), "block", ["hate"]),
        (400, refused({**HATE, "jailbreak": {"filtered": True}}), "block", ["hate", "jailbreak"]),
        (400, {"error": {"code": "content_filter", "message": "no"}}, "block", ["filtered"]),
        (200, answered(FAILED), "unknown", []),
        (200, answered(answer=FAILED), "unknown", []),
        (400, {"error": {"code": "BadRequest", "message": "too long"}}, "unknown", []),
    ],
)
async def test_annotations_are_rulings(tmp_path, status, body, word, categories):
    reply = Reply(status=status, body=json.dumps(body).encode())
    with testing.serve(lambda ask: reply) as server:
        filter = Chain(Endpoint(server.model("azure")))
        [ruling] = (await wb.screen(filter, ["a text"], store=tmp_path / "s.db")).rulings
    assert (ruling.word, list(ruling.categories)) == (word, categories)


async def test_a_filter_that_failed_is_said_of_an_answer_that_is_whole(prompt, tmp_path):
    from notes import examples

    reply = Reply(body=json.dumps(answered(FAILED, finish="stop")).encode())
    with testing.serve(lambda ask: reply) as server:
        run = await wb.run(prompt("v1"), examples(1), server.model(), store=tmp_path / "s.db")
    assert (run.columns["status"], run.columns["error"]) == (["ok"], [UNLOOKED])


async def test_it_asks_for_one_token_and_is_measured_like_any_other(tmp_path):
    def azure(ask):
        assert ask.body["max_tokens"] == 1
        return Reply(body=json.dumps(answered(HATE if "bad" in ask.text else SAFE)).encode())

    rows = [{"text": f"bad {n}", "label": 1} for n in range(4)]
    rows += [{"text": f"good {n}", "label": 0} for n in range(4)]
    with testing.serve(azure) as server:
        found = wb.assess(
            await wb.screen(Endpoint(server.model("azure")), rows, store=tmp_path / "s.db")
        )
    (caught,) = found.of("endpoint", is_unwanted=True)
    (alarm,) = found.of("endpoint", is_unwanted=False)
    assert (caught.stopped, alarm.stopped, alarm.unknown) == (4, 0, 0)
