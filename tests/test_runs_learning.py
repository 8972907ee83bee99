"""Endpoints that lack what runs ask for: learnt once, kept for a month, and judged without."""

import json
import time

import pytest
from notes import CRITIC, examples
from sqlalchemy import text
from test_transport_refused import NO_LOGPROBS, NO_SCHEMAS, sent

import workbench as wb
from workbench import testing
from workbench.errors import StoreError
from workbench.runs import load_run, run
from workbench.testing import Ask, Reply

DAY = 86400.0
OUTPUTS = "outputs: [{name: verdict, kind: string, enumValues: ['yes', 'no']}, {name: reason}]\n"
LABELLED = "outputs: [{name: queue, kind: string}]\n"


def plain_endpoint(asked: Ask) -> str | Reply:
    """Answers and judges, with neither log probabilities nor schemas."""
    if "logprobs" in asked.body:
        return Reply(NO_LOGPROBS, status=403)
    if "response_format" in asked.body:
        return Reply(NO_SCHEMAS, status=400)
    if "CRITIC" not in asked.system:
        fenced = '```json\n{"queue": "billing"}\n```'
        return fenced if "one JSON object" in asked.text else f"on {asked.text}"
    if "one JSON object" in asked.text:
        return 'I think:\n```json\n{"verdict": "no", "reason": "rude"}\n```'
    return "Yes, it is polite."


@pytest.fixture
def judge(tmp_path):
    """A yes/no critic, with outputs or without, asked of a model."""

    def made(model: wb.Model, more: str = "") -> wb.Rubric:
        file = tmp_path / "good.prompty"
        file.write_text(CRITIC.replace("metadata", f"{more}metadata", 1))
        return wb.Rubric.load(file, model)

    return made


async def test_a_critic_without_probabilities_is_learnt_once_and_scored_by_its_words(
    prompt, judge, store_url
):
    with testing.serve(plain_endpoint) as server:
        actor, critic = server.model("actor"), judge(server.model("critic"))
        done = await run(prompt("v1"), examples(200), actor, [critic], store=store_url)
        asked = len(server.log)
        again = await run(prompt("v2"), examples(20), actor, [critic], store=store_url)
        later = sent(server)[asked:]
    assert 400 < asked <= 420
    assert done.counts["requests"] == asked
    assert set(done.columns["good"]) == {1.0}
    assert set(done.columns["good.mode"]) == {"greedy"}
    assert set(done.columns["good.reason"]) == {"Yes, it is polite."}
    assert later == [(False, False)] * 40
    assert set(again.columns["good.mode"]) == {"greedy"}


@pytest.mark.parametrize(("days", "tries"), [(29, 0), (31, 1)])
async def test_after_thirty_days_it_is_asked_again(prompt, judge, tmp_path, days, tries):
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(plain_endpoint) as server:
        critic = server.model("critic")
        at = time.time() - days * DAY
        store.add_refusals(critic.endpoint, critic.id, ["logprobs"], at)
        for name in ("v1", "v2"):
            await run(prompt(name), examples(1), server.model(), [judge(critic)], store=store)
    assert sent(server).count((True, False)) == tries
    learnt_anew = store.refusals(time.time() - DAY)
    assert learnt_anew == ({(critic.endpoint, "critic"): {"logprobs"}} if tries else {})


async def test_the_key_is_of_what_was_asked_and_the_record_of_what_was_sent(
    prompt, judge, tmp_path
):
    path, store = tmp_path / "calls.jsonl", wb.Store(tmp_path / "store.db")
    with testing.serve(plain_endpoint) as server:
        actor = server.model("actor")
        asked = (prompt("v1", LABELLED), examples(2), actor, [judge(actor, OUTPUTS)])
        done = await run(*asked, store=store)
        again = await run(*asked, store=store)
        requests = [logged.ask.body for logged in server.log if logged.sent == "200"]
    assert (again.counts["calls"], again.counts["cached"]) == (0, 3)
    lines = [json.loads(line) for line in store.write_calls(path).read_text().splitlines()]
    lines = [line for line in lines if "request" in line]
    stored = [line["request"] for line in lines]
    assert sorted(map(json.dumps, stored)) == sorted(
        json.dumps(dict(sorted(body.items()))) for body in requests
    )
    answer = wb.Completion(text='{"queue": "billing"}')
    keys = {done.plan.request(row).key().hex() for row in range(2)}
    keys |= {each.key().hex() for each in done.critics[0].requests(done.examples[0], answer)}
    assert {line["key"] for line in lines} == keys
    other = wb.Store(tmp_path / "other.db")
    assert other.read_calls(path) == 3
    offline = await run(*asked, store=other, offline=True)
    assert offline.columns["good"] == done.columns["good"] == [0.0, 0.0]


async def test_an_edited_recording_of_such_a_call_is_refused(prompt, judge, tmp_path):
    path, store = tmp_path / "calls.jsonl", wb.Store(tmp_path / "store.db")
    with testing.serve(plain_endpoint) as server:
        await run(prompt("v1"), examples(1), server.model(), [judge(server.model())], store=store)
    lines = store.write_calls(path).read_text()
    path.write_text(lines.replace('"top_logprobs":20', '"top_logprobs":19'))
    with pytest.raises(StoreError, match="the request was edited"):
        wb.Store(tmp_path / "other.db").read_calls(path)


@pytest.mark.parametrize("fields", [{}, {"constrain": "none", "logprobs": False}])
async def test_structured_actors_and_critics_work_without_schemas(prompt, judge, tmp_path, fields):
    with testing.serve(plain_endpoint) as server:
        model = server.model(**fields)
        critics = [judge(model, OUTPUTS), wb.Exact("queue")]
        given = [
            wb.Example(example.id, example.inputs, {"queue": "Billing"}) for example in examples(9)
        ]
        made = prompt("v1", LABELLED)
        done = await run(made, given, model, critics, store=tmp_path / "s.db")
        asked = sent(server)
    assert done.counts["ok"] == 9
    assert set(done.columns["output"]) == {'{"queue": "billing"}'}
    assert (set(done.columns["good"]), set(done.columns["exact"])) == ({0.0}, {1.0})
    assert set(done.columns["good.reason"]) == {"rude"}
    assert asked.count((False, False)) == 10  # all nine answers are the same: one verdict
    assert (len(asked) == 10) is bool(fields)
    back = load_run(done.id, tmp_path / "s.db")
    assert back.columns["output"] == done.columns["output"]
    assert "one JSON object" in done.details(0)["messages"][-1]["content"]


async def test_an_answer_in_words_that_does_not_fit_is_malformed(prompt, tmp_path):
    with testing.serve(lambda asked: '{"colour": "red"}') as server:
        model = server.model(constrain="none")
        done = await run(prompt("v1", LABELLED), examples(1), model, store=tmp_path / "s.db")
    assert done.columns["status"] == ["malformed"]


async def test_answers_with_probabilities_are_found_when_the_endpoint_refuses_them_later(
    prompt, judge, tmp_path
):
    store = wb.Store(tmp_path / "s.db")
    gone = False

    def script(asked: Ask) -> str | Reply:
        if gone or "CRITIC" not in asked.system:
            return plain_endpoint(asked)
        return Reply("Yes", probabilities={"Yes": 0.75, "No": 0.25})

    with testing.serve(script) as server:
        asked = (server.model(), [judge(server.model())])
        await run(prompt("v1"), examples(3), *asked, store=store)
        gone, before = True, len(server.log)
        done = await run(prompt("v1"), examples(4), *asked, store=store)
    assert done.columns["good"] == [0.75, 0.75, 0.75, 1.0]
    assert done.columns["good.mode"] == ["logprob"] * 3 + ["greedy"]
    assert len(server.log) - before == 3


def test_a_store_of_old_gets_what_it_lacks_when_it_is_opened(store_url):
    store = wb.Store(store_url)
    store.add_refusals("http://h/v1", "m", ["logprobs"], 5.0)
    with store._database.write() as connection:
        connection.execute(text("DROP TABLE refusal"))
    store.close()
    opened = wb.Store(store_url)
    assert opened.refusals(0.0) == {}
    opened.add_refusals("http://h/v1", "m", ["logprobs", "response_format"], 5.0)
    opened.add_refusals("http://h/v1", "m", ["logprobs"], 9.0)
    assert opened.refusals(5.0) == {("http://h/v1", "m"): {"logprobs", "response_format"}}
    assert opened.refusals(6.0) == {("http://h/v1", "m"): {"logprobs"}}
    opened.close()
