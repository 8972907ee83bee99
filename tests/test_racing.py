"""Races against a real endpoint: losers are paid no more, and a race goes on where it stopped."""

import random
import re

import pytest

import workbench as wb
from workbench import racing, runs, testing

SKILL = {"v1": 0.3, "v2": 0.9, "v3": 0.35}  # share of right answers
PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{0}: {{{{ text }}}}\n"


def answer(ask):
    """Each prompt is right as often as its skill says, on examples drawn by their number."""
    variant, number = re.search(r"(v\d): (\d+)", ask.text).groups()
    return "right" if random.Random(f"{variant} {number}").random() < SKILL[variant] else "wrong"


@pytest.fixture
def bench(tmp_path):
    for name in SKILL:
        (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name))
    examples = wb.Dataset(
        [wb.Example(f"e{i}", {"text": str(i)}, "right", {}) for i in range(200)], "numbers"
    )
    with testing.serve(answer) as server:
        yield wb.load_prompts(tmp_path), examples, server, wb.Store(tmp_path / "store.db")


async def test_a_race_finds_the_best_and_stops_paying_for_the_others(bench):
    prompts, examples, server, store = bench
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store
    )
    assert race.top[0] == "v2"
    assert set(race.eliminated) <= {"v1", "v3"}
    assert race.used == len(server.log) < 300
    assert race.saved > 0.5
    assert race.sentence.startswith(
        "v2 leads, at most 5.0 points below the best with probability 0.95 by exact"
    )


async def test_all_variants_see_the_same_examples_in_seeded_order(bench):
    prompts, examples, server, store = bench
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store, seed=3
    )
    first = race.runs[0]
    seen = {
        name: [
            e
            for p, e in zip(first.columns["prompt"], first.columns["example"], strict=True)
            if p == name
        ]
        for name in SKILL
    }
    assert seen["v1"] == seen["v2"] == seen["v3"]
    again = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store, seed=3
    )
    assert again.top == race.top
    assert len(server.log) == race.used


async def test_the_rigorous_mode_finds_the_same_leader(bench):
    prompts, examples, server, store = bench
    race = await wb.race(
        prompts,
        examples,
        server.model("actor"),
        [wb.Exact()],
        within=0.1,
        mode="betting",
        store=store,
    )
    assert race.top[0] == "v2"
    assert race.mode == "betting"


async def test_one_variant_wins_without_a_call(bench):
    prompts, examples, server, store = bench
    race = await wb.race(
        prompts["v1"], examples, server.model("actor"), [wb.Exact()], within=0.05, store=store
    )
    assert (race.top, race.used, server.log) == (("v1",), 0, [])


FAILURES = {
    "truncated": testing.Reply("right", finish_reason="length"),
    "filtered": testing.Reply("right", finish_reason="content_filter"),
}


@pytest.mark.parametrize("status", FAILURES)
async def test_answers_that_failed_by_the_variants_own_doing_count_as_the_worst(bench, status):
    prompts, examples, server, store = bench

    def often_failing(ask):
        """v1 is right wherever it gives an answer at all, which is one time in three."""
        variant, number = re.search(r"(v\d): (\d+)", ask.text).groups()
        if variant != "v1":
            return answer(ask)
        return "right" if int(number) % 3 == 0 else FAILURES[status]

    server.script = often_failing
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store
    )
    assert race.top == ("v2",)
    assert race.means["v1"][-1] < 0.6
    assert race.unscored == 0


async def test_a_malformed_answer_counts_as_the_worst(bench, tmp_path):
    prompts, examples, server, store = bench
    for name in SKILL:
        outputs = "outputs: [{name: label, kind: string}]\n---\nuser:"
        (tmp_path / f"{name}.prompty").write_text(
            PROMPT.format(name).replace("---\nuser:", outputs)
        )
    server.script = lambda ask: "right" if "v1:" in ask.text else f'{{"label": "{answer(ask)}"}}'
    prompts = wb.load_prompts(tmp_path)
    race = await wb.race(
        prompts,
        examples,
        server.model("actor"),
        [wb.Contains(texts=("right",))],
        within=0.05,
        store=store,
    )
    assert race.top == ("v2",) and race.means["v1"][-1] == 0


async def test_a_failed_call_says_nothing_about_its_variant(bench):
    prompts, examples, server, store = bench

    def often_failing(ask):
        is_best = "v2:" in ask.text and int(re.search(r"(\d+)$", ask.text)[0]) % 3 == 0
        return testing.Reply(status=400) if is_best else answer(ask)

    server.script = often_failing
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store
    )
    assert race.top[0] == "v2"
    assert race.means["v2"][-1] > 0.8


async def test_a_critic_for_which_less_is_better_leads_to_the_least(bench, tmp_path):
    prompts, examples, server, store = bench
    (tmp_path / "bad.prompty").write_text(
        "---\nname: bad\nmetadata: {scale: yes/no, higher_is_better: false}\n---\n"
        "user:\n{{ output }} bad?\n"
    )

    def judged(ask):
        if "bad?" not in ask.text:
            return answer(ask)
        return testing.Reply("yes" if "wrong" in ask.text else "no")

    server.script = judged
    model = server.model("actor")
    race = await wb.race(
        prompts,
        examples,
        model,
        [wb.Rubric.load(tmp_path / "bad.prompty", model)],
        within=0.05,
        store=store,
    )
    assert race.top[0] == "v2"


async def test_a_race_is_watched_as_a_whole_look_by_look(bench, monkeypatch):
    prompts, examples, server, store = bench
    seen, parts = [], []
    monkeypatch.setattr(racing, "watchers", [seen.append])
    runs.watchers.append(lambda run, progress: parts.append(run))
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store
    )
    runs.watchers.pop()
    assert parts == []
    assert seen[-1] == race
    assert {each.stopped for each in seen[:-1]} == {racing.GOES_ON}
    assert seen[0].sentence.startswith("Not decided: the race goes on. Leading so far: ")
    assert [each.used for each in seen] == sorted(each.used for each in seen)


async def test_what_is_loaded_after_a_race_is_all_of_it(bench):
    prompts, examples, server, store = bench
    model = server.model("actor")
    race = await wb.race(prompts, examples, model, [wb.Exact()], within=0.05, store=store)
    loaded = wb.load_run("last", store)
    assert loaded.id == race.run.id
    assert loaded.columns["output"] == race.run.columns["output"]
    assert [key.name for key in loaded.variants] == ["v1", "v2", "v3"]
    sent = [status for status in loaded.columns["status"] if status != "unsent"]
    assert (len(sent), loaded.counts["rows"]) == (race.used, race.of)
    assert loaded.counts["calls"] == len(server.log)
    assert loaded.counts["stopped"] == "the race was decided without them"
    scores = zip(loaded.columns["prompt"], loaded.columns["exact"], strict=True)
    right = [score for name, score in scores if name == "v2" and score == score]
    assert sum(right) / len(right) == pytest.approx(race.means["v2"][-1])
    assert loaded.details(loaded.rows("v2")[0])["messages"]


async def test_a_race_goes_on_as_a_run_where_it_left_off(bench):
    prompts, examples, server, store = bench
    model = server.model("actor")
    race = await wb.race(prompts, examples, model, [wb.Exact()], within=0.05, store=store)
    whole = await wb.run(prompts, examples, model, [wb.Exact()], store=store)
    assert whole.id == race.run.id
    assert (whole.calls, whole.counts["ok"]) == (race.of - race.used, race.of)
