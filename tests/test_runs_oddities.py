"""Runs that meet what nobody expected: they end, keep what was answered, and say what is wrong."""

import asyncio
import json

import pytest

import workbench as wb
from workbench import testing
from workbench.errors import ModelError, PromptError, StoreError, WorkbenchError
from workbench.models.model import Model
from workbench.testing import Reply

EVENTS = {"Content-Type": "text/event-stream"}


@pytest.fixture
def files(tmp_path):
    """A prompt, and a critic whose prompt holds the answer twice."""
    (tmp_path / "v1.prompty").write_text("---\nname: v1\n---\nuser:\n{{ text }}\n")
    (tmp_path / "good.prompty").write_text(
        "---\nname: good\n---\nuser:\n{{ output }} or {{ output }}\n"
    )
    return wb.load_prompt(tmp_path / "v1.prompty"), lambda model: wb.Rubric.load(
        tmp_path / "good.prompty", model
    )


def examples(count: int) -> list[wb.Example]:
    return [wb.Example(f"e{n}", {"text": f"note {n}"}) for n in range(count)]


async def soon(run):
    async with asyncio.timeout(20):
        return await run


def stream(*events: object) -> Reply:
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return Reply(body="".join(lines).encode(), headers=EVENTS)


END = {"choices": [{"delta": {"content": "said"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": [None]}, {"choices": 5}, {"choices": [{"delta": "x"}]},
        {"choices": [{"logprobs": "s"}]}, {"choices": [{"logprobs": {"content": 3}}]},
        [], 5,
    ],
)  # fmt: skip
async def test_odd_events_of_a_stream_are_passed_over(files, tmp_path, odd):
    with testing.serve(lambda ask: stream(odd, END)) as server:
        model = server.model(parameters={"stream": True})
        done = await soon(wb.run(files[0], examples(2), model, store=tmp_path / "s.db"))
    assert list(done.frame.output) == ["said", "said"]


async def test_a_number_in_a_stream_is_a_piece_of_the_text(files, tmp_path):
    number = {"choices": [{"delta": {"content": 7}}]}
    with testing.serve(lambda ask: stream(number, END)) as server:
        model = server.model(parameters={"stream": True})
        done = await soon(wb.run(files[0], examples(1), model, store=tmp_path / "s.db"))
    assert list(done.frame.output) == ["7said"]


@pytest.mark.parametrize("reset", ["inf", "nan", "-1", "1e999", ""])
@pytest.mark.parametrize("limit", ["inf", "0", "1e-320", "100"])
async def test_odd_limits_hold_no_run_up(files, tmp_path, reset, limit):
    headers = {"x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": "99"}
    with testing.serve(
        lambda ask: Reply("ok", headers={**headers, "x-ratelimit-reset-requests": reset})
    ) as server:
        done = await soon(wb.run(files[0], examples(30), server.model(), store=tmp_path / "s.db"))
    assert done.counts["ok"] == 30


async def test_log_probabilities_beyond_any_number_are_none(files, tmp_path):
    tokens = {"content": [{"token": "a", "logprob": -(10**400)}]}
    choice = {"message": {"content": "a"}, "finish_reason": "stop", "logprobs": tokens}
    with testing.serve(
        lambda ask: Reply(body=json.dumps({"choices": [choice]}).encode())
    ) as server:
        done = await soon(wb.run(files[0], examples(1), server.model(), store=tmp_path / "s.db"))
    assert done.counts["ok"] == 1


async def test_a_fault_of_ours_ends_the_run_and_keeps_what_was_answered(
    files, tmp_path, monkeypatch
):
    def broken(call, done, sent, sender):
        if done.text == "note 3":
            raise ZeroDivisionError("ours")
        return end(call, done, sent, sender)

    from workbench.models.attempts import Attempts

    end = Attempts.end
    monkeypatch.setattr(Attempts, "end", broken)
    with testing.serve(lambda ask: ask.text) as server, pytest.raises(ZeroDivisionError):
        await soon(
            wb.run(files[0], examples(6), server.model(max_concurrency=1), store=tmp_path / "s.db")
        )
    kept = wb.load_run(store=tmp_path / "s.db")
    assert (kept.counts["ok"], kept.counts["stopped"]) == (3, "ours")


async def test_an_answer_too_long_for_the_critics_prompt_is_unscored_and_the_others_are_judged(
    files, tmp_path
):
    def script(ask):
        if " or " in ask.text:
            return "yes"
        return "x" * 6_000_000 if ask.text == "note 1" else "short"

    with testing.serve(script) as server:
        asked = (files[0], examples(3), server.model(), [files[1](server.model())])
        done = await soon(wb.run(*asked, store=tmp_path / "s.db"))
        again = wb.quote(*asked, store=tmp_path / "s.db")
    assert list(done.frame["good"].isna()) == [False, True, False]
    assert done.frame["good.reason"][1].endswith(
        "good.prompty, line 5: the messages would be longer than 10,000,000 characters"
    )
    assert (done.counts["unscored"], again.calls) == (1, 0)


async def test_a_run_from_the_store_does_not_wait(files, tmp_path):
    with testing.serve(lambda ask: "yes") as server:
        await wb.run(files[0], examples(5), server.model(), store=tmp_path / "s.db")
        again = await wb.run(files[0], examples(5), server.model(), store=tmp_path / "s.db")
    assert again.counts["calls"] == 0
    assert again.seconds < 0.9  # it used to sleep a second at its end


def test_two_examples_of_one_id_are_refused_before_the_first_call(files, tmp_path):
    twice = [wb.Example("a", {"text": "1"}), wb.Example("a", {"text": "2"})]
    with pytest.raises(WorkbenchError, match="two examples have the id 'a'"):
        wb.quote(files[0], twice, Model("m", "m", "http://127.0.0.1:9/v1"), store=tmp_path / "s.db")


async def test_models_that_differ_in_price_alone_are_billed_apart(files, tmp_path):
    with testing.serve(
        lambda ask: Reply("ok", usage={"prompt_tokens": 900, "completion_tokens": 100})
    ) as server:
        models = [
            server.model("cheap", id="m", price=price(1)),
            server.model("dear", id="m", price=price(50)),
        ]
        done = await wb.run(files[0], examples(1), models, store=tmp_path / "s.db")
    assert list(done.frame.cost) == [0.001, 0.05]


def price(dollars: float):
    from workbench.models.entry import Price

    return Price(dollars, dollars)


# --- a quote after the run it is of


async def test_after_a_run_with_malformed_answers_nothing_is_quoted(files, tmp_path):
    path = tmp_path / "json.prompty"
    path.write_text(
        "---\nname: json\noutputs: [{name: label, kind: string}]\n---\nuser:\n{{ text }}\n"
    )
    with testing.serve(lambda ask: "no JSON") as server:
        asked = (wb.load_prompt(path), examples(4), server.model(), [files[1](server.model())])
        done = await wb.run(*asked, store=tmp_path / "s.db")
        assert done.counts["malformed"] == 4
        assert wb.quote(*asked, store=tmp_path / "s.db").calls == 0


async def test_a_preference_is_quoted_as_it_is_run(files, tmp_path):
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nAgain: {{ text }}\n")
    (tmp_path / "better.prompty").write_text(
        "---\nname: better\n---\nuser:\n{{ output_a }} or {{ output_b }}? Say A or B.\n"
    )
    prompts = [files[0], wb.load_prompt(tmp_path / "v2.prompty")]
    with testing.serve(lambda ask: "A" if " or " in ask.text else ask.text) as server:
        critic = wb.Preference.load(tmp_path / "better.prompty", server.model(), against="v1")
        asked = (prompts, examples(4), server.model(), [critic])
        quoted = wb.quote(*asked, store=tmp_path / "s.db")
        done = await wb.run(*asked, store=tmp_path / "s.db")
        after = wb.quote(*asked, store=tmp_path / "s.db")
    assert (quoted.calls, done.counts["calls"], after.calls) == (16, 16, 0)


# --- a store that was changed behind our back


async def test_damaged_answers_are_not_read_back_as_answers(files, tmp_path, caplog):
    from sqlalchemy import create_engine, text

    with testing.serve(lambda ask: ask.text) as server:
        await wb.run(files[0], examples(3), server.model(), store=tmp_path / "s.db")
        engine = create_engine(f"sqlite:///{tmp_path / 's.db'}")
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE call SET reply = "
                    "CAST(replace(CAST(reply AS TEXT), 'note 1', 'FAKE') AS BLOB)"
                )
            )
        engine.dispose()
        past = wb.load_run(store=tmp_path / "s.db")
        assert sorted(past.frame.status) == ["ok", "ok", "unsent"]
        assert "FAKE" not in past.frame.to_string()
        assert "damaged and not used" in caplog.text
        store = wb.Store(tmp_path / "s.db")
        assert store.write_calls(tmp_path / "calls.jsonl").read_text().count('"reply":') == 2
        again = await wb.run(files[0], examples(3), server.model(), store=store)
    assert (again.counts["calls"], again.counts["ok"]) == (1, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE meta SET value = 'abc'", "schema version reads 'abc'"),
        ("DELETE FROM document", "lost 1 documents"),
    ],
)
async def test_a_damaged_store_says_what_is_lost(files, tmp_path, change, said):
    from sqlalchemy import create_engine, text

    with testing.serve(lambda ask: ask.text) as server:
        await wb.run(files[0], examples(3), server.model(), store=tmp_path / "s.db")
    engine = create_engine(f"sqlite:///{tmp_path / 's.db'}")
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    with pytest.raises(StoreError, match=said):
        wb.load_run(store=tmp_path / "s.db")


@pytest.mark.parametrize("edit", [{"status": "wow"}, {"at": "x"}, {"reply": {"text": 5}}])
async def test_a_recording_with_values_of_another_kind_is_refused(files, tmp_path, edit):
    store = wb.Store(tmp_path / "s.db")
    with testing.serve(lambda ask: ask.text) as server:
        await wb.run(files[0], examples(1), server.model(), store=store)
    path = store.write_calls(tmp_path / "calls.jsonl", "last")
    recorded, *ledger = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(recorded), **edit}), *ledger]))
    with pytest.raises(StoreError, match=r"calls\.jsonl, line 1: not a recorded call"):
        wb.Store(tmp_path / "other.db").read_calls(path)


def test_recordings_that_are_not_there_are_errors_that_say_what_to_name(tmp_path):
    store = wb.Store(tmp_path / "s.db")
    with pytest.raises(StoreError, match=r"^nope\.jsonl is not there: name a file"):
        store.read_calls(tmp_path / "nope.jsonl")
    with pytest.raises(StoreError, match="holds no run 'abc'"):
        store.write_calls(tmp_path / "calls.jsonl", "abc")


# --- what is wrong with models and prompts is said at once


async def test_a_critics_missing_key_is_said_before_any_answer_is_paid_for(
    files, tmp_path, monkeypatch
):
    monkeypatch.delenv("OTHER_KEY", raising=False)
    with testing.serve(lambda ask: ask.text) as server:
        judge = files[1](Model("judge", "judge", server.url, api_key_env="OTHER_KEY"))
        with pytest.raises(ModelError, match="model 'judge' needs a key: run `export OTHER_KEY="):
            await soon(
                wb.run(files[0], examples(30), server.model(), [judge], store=tmp_path / "s.db")
            )
        assert server.log == []
        done = await wb.run(files[0], examples(3), server.model(), store=tmp_path / "s.db")
        assert done.counts["ok"] == 3


async def test_no_key_is_needed_where_the_store_holds_every_answer(files, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-0123456789abcdef")
    with testing.serve(lambda ask: "yes") as server:
        model = Model("m", "m", server.url, api_key_env="MY_KEY")
        await wb.run(files[0], examples(3), model, [files[1](model)], store=tmp_path / "s.db")
        monkeypatch.delenv("MY_KEY")
        again = await wb.run(
            files[0], examples(3), model, [files[1](model)], store=tmp_path / "s.db"
        )
    assert (again.counts["ok"], again.counts["calls"]) == (3, 0)


async def test_the_first_cause_of_missing_scores_is_said_in_the_endpoints_own_words(
    files, tmp_path
):
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nAgain: {{ text }}\n")
    prompts = [files[0], wb.load_prompt(tmp_path / "v2.prompty")]
    gone = Reply(body=b'{"error": {"message": "The field `nope` does not exist"}}', status=422)
    truth = [wb.Example(each.id, each.inputs, "x") for each in examples(12)]
    with testing.serve(lambda ask: gone) as server:
        critics = [files[1](server.model()), wb.Exact()]
        run = await wb.run(prompts, truth, server.model(), critics, store=tmp_path / "s.db")
    choice = wb.compare(run, "good", baseline="v1", gold="exact")
    assert "No score for 12 of 12." in choice.sentence
    assert (
        "First cause: error, 24 answers (HTTP 422: The field `nope` does not exist)."
        in choice.sentence
    )
    assert choice.gold.sentence.startswith("No answer was judged by both the critic and exact")


async def test_a_failing_critic_is_named_as_the_cause(files, tmp_path):
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nAgain: {{ text }}\n")
    prompts = [files[0], wb.load_prompt(tmp_path / "v2.prompty")]
    with testing.serve(
        lambda ask: Reply("bad", status=400) if " or " in ask.text else ask.text
    ) as server:
        critic = files[1](server.model())
        run = await wb.run(prompts, examples(12), server.model(), [critic], store=tmp_path / "s.db")
    sentence = wb.compare(run, "good", baseline="v1").sentence
    assert (
        "First cause: unscored, 24 answers (the critic's call ended in error: HTTP 400: bad)."
        in sentence
    )


def test_a_critic_that_never_sees_the_answer_is_refused(files, tmp_path):
    (tmp_path / "blind.prompty").write_text("---\nname: blind\n---\nuser:\nRate {{ text }}\n")
    model = Model("m", "m", "http://127.0.0.1:9/v1")
    blind = wb.Rubric.load(tmp_path / "blind.prompty", model)
    with pytest.raises(
        PromptError, match=r"blind\.prompty: a critic's prompt shows the answer: write {{ output }}"
    ):
        wb.quote(files[0], examples(2), model, [blind], store=tmp_path / "s.db")


async def test_a_model_that_takes_another_name_for_the_longest_reply_gets_that_one(files, tmp_path):
    with testing.serve(lambda ask: "yes") as server:
        model = server.model(parameters={"max_completion_tokens": 500})
        await wb.run(files[0], examples(1), model, [files[1](model)], store=tmp_path / "s.db")
        bodies = [logged.ask.body for logged in server.log]
    assert [body["max_completion_tokens"] for body in bodies] == [500, 500]
    assert not any("max_tokens" in body for body in bodies)


async def test_after_a_run_the_stores_file_alone_is_whole(files, tmp_path):
    with testing.serve(lambda ask: ask.text) as server:
        await wb.run(files[0], examples(3), server.model(), store=tmp_path / "s.db")
    (tmp_path / "copy.db").write_bytes((tmp_path / "s.db").read_bytes())
    assert wb.load_run(store=tmp_path / "copy.db").counts["ok"] == 3


@pytest.mark.parametrize(
    ("names", "column"), [(["cost"], "cost"), (["right", "right.label"], "right.label")]
)
async def test_a_critic_whose_name_would_hide_a_column_is_refused_before_a_call(
    files, names, column
):
    with testing.serve(lambda ask: "ok") as server:
        critics = [wb.Length(name=name, at_most=9) for name in names]
        with pytest.raises(WorkbenchError, match=f"would hide the column '{column}': give the cri"):
            await wb.run(files[0], examples(2), server.model(), critics)
        assert server.log == []
