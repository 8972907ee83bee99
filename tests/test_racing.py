"""Races against a real endpoint: losers stop being paid for, and a race goes on where it stopped."""

import random
import re

import pytest

import workbench as wb
from workbench import testing

SKILL = {"v1": 0.3, "v2": 0.9, "v3": 0.35}  # share of right answers
PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{0}: {{{{ text }}}}\n"


def answer(ask):
    """Each prompt is right as often as its skill says, on examples that are drawn by their number."""
    variant, number = re.search(r"(v\d): (\d+)", ask.text).groups()
    return "right" if random.Random(f"{variant} {number}").random() < SKILL[variant] else "wrong"


@pytest.fixture
def bench(tmp_path):
    for name in SKILL:
        (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name))
    examples = wb.Dataset([wb.Example(f"e{i}", {"text": str(i)}, "right", {}) for i in range(200)], "numbers")
    with testing.serve(answer) as server:
        yield wb.load_prompts(tmp_path), examples, server, wb.Store(tmp_path / "store.db")


async def test_a_race_finds_the_best_and_stops_paying_for_the_others(bench):
    prompts, examples, server, store = bench
    race = await wb.race(prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store)
    assert race.top[0] == "v2"
    assert set(race.eliminated) <= {"v1", "v3"}
    assert race.used == len(server.log) < 300
    assert race.saved > 0.5
    assert race.sentence.startswith("v2 leads, at most 0.05 below the best with probability 0.95 by exact")


async def test_all_variants_see_the_same_examples_in_seeded_order(bench):
    prompts, examples, server, store = bench
    race = await wb.race(prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store, seed=3)
    first = race.runs[0]
    seen = {name: [e for p, e in zip(first.columns["prompt"], first.columns["example"], strict=True) if p == name]
            for name in SKILL}  # fmt: skip
    assert seen["v1"] == seen["v2"] == seen["v3"]
    again = await wb.race(prompts, examples, server.model("actor"), [wb.Exact()], within=0.05, store=store, seed=3)
    assert again.top == race.top
    assert len(server.log) == race.used


async def test_the_rigorous_mode_finds_the_same_leader(bench):
    prompts, examples, server, store = bench
    race = await wb.race(
        prompts, examples, server.model("actor"), [wb.Exact()], within=0.1, mode="betting", store=store
    )
    assert race.top[0] == "v2"
    assert race.mode == "betting"


async def test_one_variant_wins_without_a_call(bench):
    prompts, examples, server, store = bench
    race = await wb.race(prompts["v1"], examples, server.model("actor"), [wb.Exact()], within=0.05, store=store)
    assert (race.top, race.used, server.log) == (("v1",), 0, [])


async def test_a_critic_for_which_less_is_better_leads_to_the_least(bench, tmp_path):
    prompts, examples, server, store = bench
    (tmp_path / "bad.prompty").write_text(
        "---\nname: bad\nmetadata: {scale: yes/no, higher_is_better: false}\n---\nuser:\n{{ output }} bad?\n"
    )

    def judged(ask):
        if "bad?" not in ask.text:
            return answer(ask)
        return testing.Reply("yes" if "wrong" in ask.text else "no")

    server.script = judged
    model = server.model("actor")
    race = await wb.race(prompts, examples, model, [wb.Rubric.load(tmp_path / "bad.prompty", model)], within=0.05,
                         store=store)  # fmt: skip
    assert race.top[0] == "v2"
