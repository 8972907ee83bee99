"""Fail fast on a real endpoint: examples go out in order, few at a time, and none after a word."""

import re

import pytest

import workbench as wb
from workbench import runs, testing, trying
from workbench.models.entry import Price

PROMPT = "---\nname: v1\ninputs: [{name: text, kind: string}]\n---\nuser:\nn: {{ text }}\n"


def near(output, example):
    return 0.3


def number(ask):
    return int(re.search(r"n: (\d+)", ask.text)[1])


def failing(*numbers):
    """An endpoint that is wrong on these examples."""
    return lambda ask: "wrong" if number(ask) in numbers else "right"


@pytest.fixture
def bench(tmp_path):
    (tmp_path / "v1.prompty").write_text(PROMPT)
    prompt = wb.load_prompt(tmp_path / "v1.prompty")
    examples = wb.Dataset(
        [wb.Example(f"e{i}", {"text": str(i)}, "right", {}) for i in range(60)], "numbers"
    )
    with testing.serve(failing()) as server:
        yield prompt, examples, server, wb.Store(tmp_path / "store.db")


async def tried(bench, **more):
    prompt, examples, server, store = bench
    given = {"at_least": 0.8, "store": store, **more}
    return await wb.fail_fast(prompt, examples, server.model("actor"), wb.Exact(), **given)


async def test_a_task_that_fails_is_stopped_and_nothing_more_is_sent(bench):
    bench[2].script = failing(*range(4))
    found = await tried(bench)
    assert found.word == "stop"
    assert len(bench[2].log) == 5
    said = "Stop: 4 of 5 failed; a task that reaches 80\u202f% does this in fewer than 1 of 50."
    assert found.sentence == said


async def test_examples_are_sent_in_their_order_and_only_as_many_as_could_bring_a_word(bench):
    bench[2].script = failing(1, 3, 5, 6, 8, 9)
    found = await tried(bench)
    assert found.word == "stop"
    assert sorted(number(each.ask) for each in bench[2].log) == list(range(10))
    assert "6 of 10 failed" in found.sentence


async def test_twenty_of_twenty_go_on_at_eighty_hundredths(bench):
    found = await tried(bench)
    assert (found.word, found.sent) == ("go on", 20)
    assert found.sentence == (
        "Go on to a full evaluation: 0 of 20 failed; a task short of 80\u202f% does this in fewer "
        "than 1 of 20."
    )
    assert "never prove" in found.next_step


async def test_in_between_it_needs_more_and_says_the_chance_and_what_speaks_against(
    bench, tmp_path
):
    bench[2].script = failing(2, 7, 11)
    found = await tried(bench)
    assert (found.word, found.sent) == ("need more", 30)
    assert found.sentence == (
        "Need more: 3 of 30 failed; the chance that the task reaches 80\u202f% is 0.89; nothing "
        "speaks against a full evaluation."
    )
    bench[2].script = failing(*range(0, 30, 3))
    found = await tried(bench, store=wb.Store(tmp_path / "other.db"))
    assert "10 of 30 failed" in found.sentence
    assert found.sentence.endswith(
        "that is less than 80\u202f%, which speaks against a full evaluation."
    )


async def test_who_answers_first_does_not_matter(bench):
    def script(ask):
        wrong = number(ask) in (1, 3, 5, 6, 8, 9)
        return testing.Reply("wrong" if wrong else "right", seconds=0.05 * (9 - number(ask) % 10))

    bench[2].script = script
    found = await tried(bench)
    assert found.tried[0].merits[:10] == (1, 0, 1, 0, 1, 0, 0, 1, 0, 0)
    assert (found.word, found.sent) == ("stop", 10)


async def test_asked_again_it_pays_nothing_and_says_the_same_also_offline(bench):
    bench[2].script = failing(1, 3, 5, 6, 8, 9)
    first = await tried(bench)
    calls = len(bench[2].log)
    again, offline = await tried(bench), await tried(bench, offline=True)
    assert again.sentence == offline.sentence == first.sentence
    assert again.tried == offline.tried == first.tried
    assert len(bench[2].log) == calls


async def test_short_patience_stops_earlier_and_says_how_often_it_is_wrong(bench):
    bench[2].script = failing(0, 2, 4)
    found = await tried(bench, patience="short")
    assert (found.word, found.sent) == ("stop", 5)
    assert found.sentence == (
        "Stop: 3 of 5 failed; with short patience a task that reaches 80\u202f% is stopped in 13 "
        "of 100 cases."
    )


async def test_an_answer_that_fails_by_its_own_doing_does_not_meet_the_requirement(bench):
    cut = testing.Reply("right", finish_reason="length")
    bench[2].script = lambda ask: cut if number(ask) < 4 else "right"
    found = await tried(bench)
    assert found.word == "stop"
    assert found.tried[0].statuses[:4] == ("truncated",) * 4


async def test_a_failed_call_is_missing_and_said_never_a_failure(bench):
    gone = testing.Reply(status=400, text="no")
    bench[2].script = lambda ask: gone if number(ask) == 2 else "right"
    found = await tried(bench)
    assert found.word == "go on"
    assert (found.sent, found.tried[0].counted, found.tried[0].missing) == (21, 20, 1)


async def test_where_nothing_can_be_scored_no_word_is_said_and_little_is_paid(bench):
    bench[2].script = lambda ask: testing.Reply(status=400, text="no such thing")
    found = await tried(bench)
    assert (found.word, found.sent) == ("need more", 5)
    assert found.sentence.startswith("Need more: 5 of 5 have no score (5 × ")
    assert found.sentence.endswith("nothing is known of the task.")


async def test_where_a_third_has_no_score_no_word_is_said(bench):
    gone = testing.Reply(status=400, text="no")
    bench[2].script = lambda ask: gone if number(ask) % 3 == 0 else "wrong"
    found = await tried(bench)
    assert (found.word, found.sent) == ("need more", 30)
    assert "10 of 30 have no score" in found.sentence


async def test_graded_scores_are_bet_on_and_told_as_a_mean(bench):
    score = wb.Function(near, "near")
    prompt, examples, server, store = bench
    model = server.model("actor")
    found = await wb.fail_fast(prompt, examples, model, score, at_least=0.8, store=store)
    assert found.word == "stop"
    assert found.tried[0].graded
    assert found.sentence.startswith("Stop: 30.0 points on average over 5 examples; a task that")


async def test_every_model_has_a_word_of_its_own(bench):
    prompt, examples, server, store = bench
    bench[2].script = lambda ask: "right" if ask.body["model"] == "best" else "wrong"
    models = [server.model("best"), server.model("small")]
    found = await wb.fail_fast(prompt, examples, models, wb.Exact(), at_least=0.8, store=store)
    assert [each.word for each in found.tried] == ["go on", "stop"]
    assert found.word == "go on"
    assert found.sentence.startswith("best: Go on ")
    assert " small: Stop: 5 of 5 failed" in found.sentence
    assert found.row(found.tried[1], 0) == found.run.rows("v1 @ small")[0]


async def test_the_cheaper_models_are_not_asked_once_the_best_is_stopped(bench):
    prompt, examples, server, store = bench
    server.script = failing(*range(60))
    models = [server.model("best"), server.model("small")]
    found = await wb.fail_fast(prompt, examples, models, wb.Exact(), at_least=0.8, store=store)
    assert (found.word, found.not_asked, len(server.log)) == ("stop", ("small",), 5)
    assert found.sentence.endswith(" small: not asked, for best comes before and was stopped.")


async def test_two_models_of_one_name_are_refused_before_a_call(bench):
    prompt, examples, server, store = bench
    models = [server.model("actor"), server.model("actor", id="other")]
    with pytest.raises(wb.WorkbenchError, match="two models are called 'actor'"):
        await wb.fail_fast(prompt, examples, models, wb.Exact(), at_least=0.8, store=store)
    assert server.log == []


@pytest.mark.parametrize("share, why", [(1, "no number of examples"), (0, "any task reaches it")])
async def test_what_no_examples_can_show_is_refused(bench, share, why):
    with pytest.raises(wb.WorkbenchError, match=why):
        await tried(bench, at_least=share)
    assert bench[2].log == []


async def test_one_example_says_no_word(bench):
    bench[2].script = failing(0)
    found = await tried(bench, limit=1)
    assert (found.word, found.sent) == ("need more", 1)
    assert "the chance that the task reaches 80\u202f% is 0.04" in found.sentence


@pytest.mark.parametrize("budget, sent", [(0.0, 0), (1.0, 6)])
async def test_a_spent_budget_ends_it_and_what_is_known_is_said(bench, budget, sent):
    prompt, examples, server, store = bench
    price = Price(1e4, 1e4)
    model = server.model("actor", price=price, parameters={"max_tokens": 5})
    found = await wb.fail_fast(
        prompt, examples, model, wb.Exact(), at_least=0.8, store=store, budget=budget
    )
    assert found.word == "need more"
    assert found.sent == sent
    assert "budget" in found.sentence


async def test_the_run_holds_its_answers_and_the_rest_as_unsent(bench):
    bench[2].script = failing(*range(4))
    found = await tried(bench)
    loaded = wb.load_run("last", bench[3])
    assert loaded.id == found.run.id
    assert (loaded.counts["ok"], loaded.counts["unsent"]) == (5, 25)
    assert loaded.counts["stopped"] == "a word was said without them"


async def test_rows_that_are_held_back_stay_unseen(bench):
    prompt, examples, server, store = bench
    held = examples.hold_back(1).held
    with pytest.raises(wb.WorkbenchError, match="held back"):
        await wb.fail_fast(
            prompt, held, server.model("actor"), wb.Exact(), at_least=0.8, store=store
        )
    assert server.log == []


async def test_it_is_watched_as_a_whole_look_by_look(bench, monkeypatch):
    bench[2].script = failing(1, 3, 5, 6, 8, 9)
    seen, parts = [], []
    monkeypatch.setattr(trying.few, "watchers", [seen.append])
    runs.watchers.append(lambda run, progress: parts.append(run))
    found = await tried(bench)
    runs.watchers.pop()
    assert parts == []
    assert seen[-1] == found
    assert seen[0].sentence.startswith("So far: 2 of 5 failed; the chance")


async def test_a_quote_that_is_only_asked_for_is_of_all_that_may_be_sent(
    bench, tmp_path, monkeypatch
):
    monkeypatch.setenv("WORKBENCH_QUOTE", str(tmp_path / "quote.json"))
    with pytest.raises(wb.WorkbenchError, match="only a quote"):
        await tried(bench)
    assert '"calls":30' in (tmp_path / "quote.json").read_text().replace(" ", "")
    assert bench[2].log == []
