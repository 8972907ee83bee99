"""Claims on held-out rows: one word, what it spends, what ends the rows, and what never leaks."""

import json

import numpy as np
import pytest

import workbench as wb
from workbench.comparison.holding import prospects
from workbench.errors import WorkbenchError
from workbench.files import canonical
from workbench.runs.heldout import rows_of

LOST, WON = [0.0] * 20 + [1.0] * 20, [1.0] * 40  # better at claim 1, 2, 3, ...
EVEN = [0.0, 1.0] * 20


@pytest.fixture
def held(make_run, tmp_path):
    """A run on held rows, 40 unless told, in one store; `first` moves the rows on."""
    store = wb.Store(tmp_path / "held.db")

    def made(scores, **named):
        return make_run(scores, store=store, **{"held": True, **named})

    return made


def claimed(run, **named):
    return wb.compare(run, "good", baseline="v1", **named)


def words(choice):
    return {each.challenger: each.decision for each in choice.differences}


# One word


def test_a_claim_says_better_and_ships_it(held):
    choice = claimed(held({"v1": LOST, "v2": WON}))
    assert words(choice) == {"v2": "better"}
    assert (choice.ship.name, choice.ship.reason, choice.winner) == ("v2", "better", "v2")
    assert choice.sentence == (
        "Ship v2: better than v1, by the critic alone, claimed on 40 held-out examples."
    )
    assert choice.next_step.kind == "export"


@pytest.mark.parametrize("other", [EVEN, LOST, [0.0] * 40], ids=["a tie", "the same", "worse"])
def test_whatever_is_not_better_is_not_yet(held, other):
    choice = claimed(held({"v1": LOST, "v2": other}))
    assert words(choice) == {"v2": "not yet"}
    assert (choice.ship.name, choice.winner) == ("v1", None)
    shown = "v2: not yet shown to be better than v1 on 40 held-out examples."
    assert choice.sentence == f"Keep v1 for now. {shown}"


def test_the_words_of_two_different_failures_are_the_same_but_for_the_names(held):
    """Nothing of what differs on the rows can be read from a claim that says not yet."""
    told = []
    for name, scores in (("v2", LOST), ("v3", [0.0] * 38 + ["malformed"] * 2)):
        choice = claimed(held({"v1": LOST, name: scores}))
        plain = {**choice.decision(), "run": "", "prompts": {}, "looks": 0, "ledger": [], "why": ""}
        del plain["claim"]
        told.append(json.dumps(plain).replace(name, "it"))
    assert told[0] == told[1]


def numbers(plain):
    if isinstance(plain, dict | list):
        each = plain.values() if isinstance(plain, dict) else plain
        return [number for value in each for number in numbers(value)]
    return [plain] if isinstance(plain, float) else []


def test_a_decision_on_held_rows_holds_no_figure(held):
    choice = claimed(held({"v1": LOST, "v2": WON}))
    plain = choice.decision()
    assert plain["variants"] == plain["pairs"] == plain["slices"] == plain["top_set"] == []
    assert plain["claim"] == {"number": 1, "rows": 40, "tail": 0.0125, "words": {"v2": "better"}}
    known = {0.05, 0.95, 0.0125, 0.0, 1.0}  # margin, level, tail, ends of the scale
    assert set(numbers(plain)) <= known
    assert choice.table.empty


def test_challengers_of_one_claim_stand_in_the_order_of_the_run(held):
    choice = claimed(held({"v1": LOST, "v2": [1.0] * 39 + [0.0], "v3": WON}))
    assert list(words(choice).items()) == [("v2", "better"), ("v3", "better")]
    assert choice.ship.name == "v3"


def test_what_a_guardrail_forbids_is_not_yet(held):
    run = held({"v1": LOST, "v2": WON}, truth={"v1": [1.0] * 40, "v2": [0.0] * 40})
    assert words(claimed(run, guardrails={"exact": 0.05})) == {"v2": "not yet"}
    assert words(claimed(run)) == {"v2": "better"}  # other wishes: another claim


# What it spends


def test_each_claim_may_be_wrong_half_as_often_as_the_one_before(held):
    seen = [claimed(held({"v1": EVEN, f"v{n}": EVEN})) for n in (2, 3, 4)]
    assert [choice.claim.number for choice in seen] == [1, 2, 3]
    assert [choice.claim.tail for choice in seen] == pytest.approx([0.0125, 0.00625, 0.003125])
    assert [look["word"] for look in seen[-1].ledger] == ["not yet"] * 3


def test_the_same_prompts_are_no_new_claim_and_give_the_same_bytes(held):
    first = claimed(held({"v1": EVEN, "v2": EVEN}))
    claimed(held({"v1": EVEN, "v3": EVEN}))
    again = claimed(held({"v1": EVEN, "v2": EVEN}))
    assert canonical(again.decision()) == canonical(first.decision())
    assert claimed(held({"v1": EVEN, "v4": EVEN})).claim.number == 3


def test_a_better_is_said_again_in_the_same_bytes(held):
    run = held({"v1": LOST, "v2": WON})
    assert canonical(claimed(run).decision()) == canonical(claimed(run).decision())


def test_another_baseline_has_claims_of_its_own(held):
    claimed(held({"v1": EVEN, "v2": EVEN}))
    choice = wb.compare(held({"v2": EVEN, "v3": EVEN}), "good", baseline="v2")
    assert choice.claim.number == 1


def test_too_few_scores_spend_no_claim(held):
    broken = held({"v1": EVEN, "v2": EVEN[:30] + ["error"] * 10})
    choice = claimed(broken)
    assert (words(choice), choice.claim.number) == ({"v2": "not yet"}, 0)
    assert choice.next_step.kind == "mend rows"
    assert claimed(held({"v1": EVEN, "v3": EVEN})).claim.number == 1


def test_without_a_store_nothing_can_be_claimed(held):
    run = held({"v1": LOST, "v2": WON})
    run.store = None
    with pytest.raises(WorkbenchError, match="a claim on held-out rows needs a store"):
        claimed(run)


# What ends the rows


def test_a_better_ends_the_rows_for_every_key(held):
    claimed(held({"v1": LOST, "v2": WON}))
    choice = claimed(held({"v1": LOST, "v3": WON}))
    assert (words(choice), choice.differences[0].cause) == ({"v3": "not yet"}, "too few held rows")
    assert (choice.next_step.kind, choice.next_step.examples) == ("write new rows", 20)
    other = wb.compare(held({"v2": LOST, "v3": WON}), "good", baseline="v2")
    assert other.differences[0].cause == "too few held rows"


def test_new_rows_beside_ended_ones_are_claimed_alone(held):
    claimed(held({"v1": LOST, "v2": WON}))
    more = held({"v2": [1.0] * 40 + EVEN[:30], "v3": [0.0] * 40 + [1.0] * 30})
    choice = wb.compare(more, "good", baseline="v2")
    assert (choice.claim.number, choice.claim.rows) == (1, 30)
    assert words(choice) == {"v3": "better"}
    assert [note.text for note in choice.notes] == [
        "40 of 70 held-out examples left out: their answers were seen, or a claim on them has said "
        "better."
    ]


def test_opened_rows_show_everything_and_claim_nothing_more(held):
    claimed(held({"v1": EVEN, "v2": EVEN}))
    run = held({"v1": LOST, "v3": WON})
    run.open()
    choice = claimed(run)
    found = choice.differences[0]
    assert (found.decision, found.cause) == ("need more", "held rows opened")
    assert found.interval.estimate == 0.5 and len(choice.variants) == 2
    assert "Claims were made on these rows while they were held back" in found.sentence
    assert choice.ledger[0]["word"] == "not yet"


def test_a_better_stands_when_its_rows_are_opened(held):
    run = held({"v1": LOST, "v2": WON})
    claimed(run)
    run.open()
    choice = claimed(run)
    assert (choice.differences[0].decision, choice.differences[0].cause) == (
        "better",
        "claimed before",
    )
    assert choice.ship.name == "v2"
    assert choice.differences[0].interval.estimate == 0.5


def test_rows_that_were_run_in_the_open_before_are_no_held_ones(held):
    run = held({"v1": LOST, "v2": WON})
    run.store.register(rows_of(run.examples[:25]), ())  # as a run on the whole file does
    assert run.held
    assert claimed(run).differences[0].cause == "too few held rows"
    run.store.register(rows_of(run.examples), ())
    assert not run.held


# What these rows can show


def test_before_a_claim_it_is_said_what_the_rows_can_show(held, make_run):
    search = make_run({"v1": EVEN, "v2": WON}, store=held({"v1": EVEN}).store, first=100)
    rows = held({"v1": EVEN, "v2": EVEN}).examples
    before = prospects(claimed(search), rows)
    assert np.round(before.chances, 2).tolist() == [0.26, 0.17, 0.09]
    assert before.text.replace("\u202f", " ") == (
        "The first claim on 40 held-out examples finds a gain of 15 points, from 70 to 85 right "
        "answers in 100, in 26 % of cases, the ones after it in 17 % and 9 %, if that one says not "
        "yet."
    )
    claimed(held({"v1": EVEN, "v2": EVEN}))
    after = prospects(claimed(search), rows)
    assert (after.made, after.said) == (1, "not yet")
    assert np.round(after.chances, 2).tolist()[:2] == [0.17, 0.09]
