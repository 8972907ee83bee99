"""Critic after critic asked the same question: counted, said, and paid for."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import workbench as wb
from workbench.exchange.explaining import explain
from workbench.files import canonical

SCHEMA = Path(wb.__file__).parent / "exchange/decision.schema.json"
CRITICS = ("a", "b", "c")
# 30 rows on which v2 gains nine and loses one: .0109 one-sided, by which one critic may say better
GAINS = {"v1": [0.0] * 9 + [1.0] + [0.5] * 20, "v2": [1.0] * 9 + [0.0] + [0.5] * 20}


@pytest.fixture
def asked(tmp_path):
    """A run by three critics who say alike, in one store; `held` marks its rows as held back."""
    store = wb.Store(tmp_path / "asked.db")

    def made(scores=GAINS, first=0, held=False):
        rows = [
            {"prompt": prompt, "example": f"e{first + i}", **dict.fromkeys(CRITICS, score)}
            for prompt, column in scores.items()
            for i, score in enumerate(column)
        ]
        run = wb.Run.of(rows, critics={name: wb.Scale() for name in CRITICS})
        run.store = store
        run.meta = replace(run.meta, dataset=replace(run.meta.dataset, held=held))
        return run

    return made


def decided(run, critic):
    return wb.compare(run, critic, baseline="v1")


def others(choice):
    """How many critics were asked before, where it is said."""
    return [note.count for note in choice.notes if note.kind == "other critics"]


def test_each_further_critic_may_be_wrong_less_often_and_the_decision_says_so(asked):
    choices = [decided(asked(), critic) for critic in CRITICS]
    assert [each.differences[0].decision for each in choices] == [
        "better",
        "need more",
        "need more",
    ]
    assert [others(each) for each in choices] == [[], [1], [2]]
    tails = [each.why.split(" %")[0].split()[-1] for each in choices]
    assert tails == ["1.8", "0.88", "0.58"]  # .0175 in one part, two and three
    assert "as question 3 asked of these prompts" in choices[2].why
    (note,) = (note for note in choices[2].notes if note.kind == "other critics")
    assert note.text.startswith("The same prompts were decided on these rows before by a and b.")
    assert "a third as often as if it had been the only one" in note.text


def test_each_further_baseline_of_the_same_prompt_may_be_wrong_less_often(asked):
    scores = GAINS | {"v3": GAINS["v1"], "v4": GAINS["v1"]}
    in_turn = [wb.compare(asked(scores), "a", baseline=name) for name in ("v1", "v3", "v4")]
    words = [each.differences[0].decision for each in in_turn]
    assert words == ["need more"] * 3  # three challengers share what a look may spend
    tails = [each.why.split(" %")[0].split()[-1] for each in in_turn]
    assert tails == ["1.8", "0.88", "0.58"]
    (note,) = (note for note in in_turn[2].notes if note.kind == "other baselines")
    assert note.text.startswith("The same prompts were decided on these rows before against 2 ")
    other = wb.compare(asked(scores), "b", baseline="v1")
    (note,) = (note for note in other.notes if note.kind == "other baselines")
    assert "before by a and against 2 other baselines" in note.text
    assert note.count == 3


def test_it_stands_in_the_decision_and_is_explained(asked):
    decided(asked(), "a")
    decision = json.loads(canonical(decided(asked(), "b").decision()))
    jsonschema.validate(decision, json.loads(SCHEMA.read_text()))
    assert any("decided on these rows before by a." in line for line in explain(decision))


def test_who_was_asked_first_keeps_the_word_and_the_bytes(asked):
    first = canonical(decided(asked(), "a").decision())
    second = canonical(decided(asked(), "b").decision())
    assert canonical(decided(asked(), "a").decision()) == first
    assert canonical(decided(asked(), "b").decision()) == second


@pytest.mark.parametrize(
    ("name", "first"), [("v3", 0), ("v2", 100)], ids=["another prompt", "other rows"]
)
def test_another_question_pays_for_nothing(asked, name, first):
    decided(asked(), "a")
    scores = {"v1": GAINS["v1"], name: GAINS["v2"]}
    assert others(decided(asked(scores, first), "b")) == []


def test_critics_that_are_asked_of_held_rows_share_too(asked):
    run = asked({"v1": [0.0] * 20 + [1.0] * 20, "v2": [0.0] * 19 + [1.0] * 21}, held=True)
    tails = [decided(run, critic).claim.tail for critic in CRITICS]
    assert tails == pytest.approx([0.0125, 0.0125 / 2, 0.0125 / 3])
    assert others(decided(run, "c")) == [2]


def test_the_best_of_many_shown_alone_between_looks_shares_with_those_it_is_best_of(asked):
    scores = GAINS | {"v3": GAINS["v1"], "v4": GAINS["v1"]}
    decided(asked(scores), "a")
    more = {name: [*scores[name], 0.5, 0.5] for name in ("v1", "v2")}
    best = decided(asked(more), "a")
    assert "shared by 3 challengers: the next look is not due" in best.why
