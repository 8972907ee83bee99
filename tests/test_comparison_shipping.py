"""Which prompt ships: on a word, behind guardrails, and never by a critic that passes anything."""

import math

import pytest

import workbench as wb
from workbench.errors import WorkbenchError

HALF = [1.0, 0.0] * 100


def compared(make_run, scores, costs=None, **options):
    run = make_run(scores)
    for name, cost in (costs or {}).items():
        for row in run.rows(name):
            run.columns["cost"][row] = cost
    return wb.compare(run, "good", baseline="v1", **options)


def test_a_better_prompt_ships(make_run):
    choice = compared(make_run, {"v1": HALF, "v2": [1.0] * 200})
    assert (choice.ship.name, choice.ship.reason) == ("v2", "better")
    assert choice.decision()["ship"]["text"] == "v2 is better than v1, by the critic alone."


def test_of_better_prompts_the_best_ships_or_the_cheapest_where_asked(make_run):
    scores = {"v1": [0.0] * 200, "v2": [1.0] * 150 + [0.0] * 50, "v3": [1.0] * 145 + [0.0] * 55}
    costs = {"v1": 1.0, "v2": 3.0, "v3": 2.0}
    assert compared(make_run, scores, costs).ship.name == "v2"
    assert compared(make_run, scores, costs, prefer="cheapest").ship.name == "v3"


def test_of_two_that_tie_the_cheaper_ships_else_the_baseline(make_run):
    twins = {"v1": HALF, "v2": HALF}
    cheaper = compared(make_run, twins, {"v1": 2.0, "v2": 1.0})
    assert (cheaper.ship.name, cheaper.ship.reason, cheaper.winner) == ("v2", "tie, cheaper", None)
    alone = "by the critic alone"
    assert cheaper.sentence.startswith(
        f"Ship v2, the cheaper: v2 is a tie with v1, at 0.5 of its cost, {alone}. "
        f"v2: a tie with v1 within 5 points (difference 0.0, 95\u202f% interval \u22122.0 to 2.0), "
        f"{alone}. "
    )
    dearer = compared(make_run, twins, {"v1": 1.0, "v2": 2.0})
    assert (dearer.ship.name, dearer.ship.reason) == ("v1", "tie")


def test_while_more_is_needed_the_baseline_stays_and_the_stakes_are_said(make_run):
    choice = compared(make_run, {"v1": HALF[:60], "v2": (HALF[:60])[::-1]})
    assert (choice.ship.name, choice.ship.reason) == ("v1", "need more")
    assert choice.ship.text.startswith("v1 stays for now: v2 could cost ")
    assert " points or gain " in choice.ship.text


def test_a_guardrail_that_fails_or_is_not_known_holds_a_better_prompt_back(make_run):
    scores, costs = {"v1": HALF, "v2": [1.0] * 200}, {"v1": 1.0, "v2": 1.5}
    held = compared(make_run, scores, costs, guardrails={"cost": 0.1})
    assert (held.ship.name, held.ship.reason, held.winner) == ("v1", "guardrail", "v2")
    assert [each.holds for each in held.ship.guardrails] == [False]
    assert "v2 fails the guardrail cost (margin 10\u202f%): +50\u202f%" in held.sentence
    unknown = compared(make_run, scores, guardrails={"cost": 0.1})
    assert [each.holds for each in unknown.ship.guardrails] == [None]
    assert unknown.ship.name == "v1"
    kept = compared(make_run, scores, costs, guardrails={"cost": 0.6})
    assert (kept.ship.name, [each.holds for each in kept.ship.guardrails]) == ("v2", [True])
    seldom = "These 200 rows need not show what fewer than one answer in 66 does to it"
    assert seldom in kept.ship.guardrails[0].text


def test_another_critic_can_be_a_guardrail(make_run):
    scores = {"v1": HALF, "v2": [1.0] * 200}
    polite = {"v1": [1.0] * 200, "v2": [1.0] * 150 + [0.0] * 50}
    run = make_run(scores, truth=polite)
    choice = wb.compare(run, "good", baseline="v1", guardrails={"exact": 0.05})
    assert (choice.ship.name, choice.ship.reason) == ("v1", "guardrail")
    assert choice.ship.guardrails[0].interval.estimate == -0.25
    with pytest.raises(
        WorkbenchError, match="no criterion 'rude' for a guardrail: use one of good"
    ):
        wb.compare(run, "good", baseline="v1", guardrails={"rude": 0.05})


def test_every_pair_is_compared_within_the_same_error(make_run):
    choice = compared(make_run, {"v1": [0.0] * 200, "v2": [1.0] * 200, "v3": HALF})
    pairs = {(pair.first, pair.second): pair.interval for pair in choice.pairs}
    assert pairs.keys() == {("v1", "v2"), ("v1", "v3"), ("v2", "v3")}
    assert pairs["v2", "v3"].estimate == -0.5 and pairs["v2", "v3"].high < -0.3
    assert choice.top_set == ("v2",)


def test_a_critic_that_passes_known_bad_answers_decides_nothing(make_run):
    run = make_run({"v1": HALF, "v2": [1.0] * 200})
    run.columns["good.canary"] = [1.0 if row % 20 == 0 else math.nan for row in range(400)]
    choice = wb.compare(run, "good", baseline="v1")
    found = choice.differences[0]
    assert (found.decision, found.cause) == ("inconclusive", "canary passed")
    assert choice.ship.name == "v1" and "known to be bad" in choice.sentence


def test_a_tie_does_not_ship_because_nobody_knows_what_the_baseline_costs(make_run):
    choice = compared(make_run, {"v1": HALF, "v2": HALF}, {"v2": 0.01})
    assert (choice.ship.name, choice.ship.reason) == ("v1", "tie")


def test_a_guardrail_known_on_few_rows_is_not_known(make_run):
    run = make_run({"v1": HALF, "v2": [1.0] * 200})
    for variant in ("v1", "v2"):
        for row in run.rows(variant)[:2]:
            run.columns["cost"][row] = 1.0
    choice = wb.compare(run, "good", baseline="v1", guardrails={"cost": 0.1})
    assert [each.holds for each in choice.ship.guardrails] == [None]
    assert choice.ship.name == "v1"


@pytest.mark.parametrize("known", [0, 1, 5, 20])
def test_right_answers_on_few_rows_that_agree_with_the_critic_block_nothing(make_run, known):
    scores = {"v1": [0.0, 0.0, 1.0] * 66, "v2": [1.0, 1.0, 1.0, 0.0] * 49 + [1.0, 1.0]}
    truth = {
        name: [score if i < known else math.nan for i, score in enumerate(column)]
        for name, column in scores.items()
    }
    choice = wb.compare(make_run(scores, truth=truth), "good", baseline="v1", gold="exact")
    assert (choice.decided_by, choice.differences[0].decision) == ("critic", "better")


def test_a_challenger_run_on_few_of_the_examples_is_inconclusive():
    rows = [
        {"prompt": prompt, "example": str(i), "output": "x", "good": score}
        for prompt, count, score in (("v1", 100, 0.0), ("v2", 10, 1.0))
        for i in range(count)
    ]
    choice = wb.compare(wb.Run.of(rows, critics={"good": wb.Scale()}), "good", baseline="v1")
    assert (choice.differences[0].decision, choice.ship.name) == ("inconclusive", "v1")


THREE = {"v1": [0.0] * 200, "v2": [1.0] * 150 + [0.0] * 50, "v3": [1.0] * 200}


def test_the_next_best_prompt_ships_where_the_best_fails_a_guardrail(make_run):
    costs = {"v1": 1.0, "v2": 1.0, "v3": 2.0}
    choice = compared(make_run, THREE, costs, guardrails={"cost": 0.1})
    assert (choice.winner, choice.ship.name, choice.ship.reason) == ("v3", "v2", "better")
    assert choice.sentence.startswith("Ship v2: better than v1 by 75.0 points")
    assert "v3 fails the guardrail cost (margin 10\u202f%): +100\u202f%" in choice.sentence
    asked = [(each.variant, each.holds) for each in choice.ship.guardrails]
    assert asked == [("v3", False), ("v2", True)]
    assert choice.next_step.variant == choice.lead.challenger == choice.focus.challenger == "v2"


def test_where_all_better_prompts_fail_a_guardrail_each_is_named_and_the_baseline_stays(make_run):
    costs = {"v1": 1.0, "v2": 3.0, "v3": 2.0}
    choice = compared(make_run, THREE, costs, guardrails={"cost": 0.1})
    assert (choice.ship.name, choice.ship.reason) == ("v1", "guardrail")
    assert "v3 fails the guardrail cost" in choice.sentence
    assert "v2 fails the guardrail cost" in choice.sentence


def test_the_cheapest_of_better_prompts_is_what_the_sentence_tells_of(make_run):
    scores = {"v1": [0.0] * 200, "v2": [1.0] * 150 + [0.0] * 50, "v3": [1.0] * 145 + [0.0] * 55}
    costs = {"v1": 1.0, "v2": 3.0, "v3": 2.0}
    choice = compared(make_run, scores, costs, prefer="cheapest")
    assert choice.sentence.startswith("Ship v3: better than v1")


def test_a_tie_that_costs_less_must_meet_the_guardrails_too(make_run):
    polite = {"v1": [1.0] * 200, "v2": [0.0] * 200, "v3": [1.0] * 200}
    run = make_run({"v1": HALF, "v2": HALF, "v3": HALF}, truth=polite)
    for name, cost in {"v1": 3.0, "v2": 1.0, "v3": 2.0}.items():
        for row in run.rows(name):
            run.columns["cost"][row] = cost
    choice = wb.compare(run, "good", baseline="v1", guardrails={"exact": 0.05})
    assert (choice.ship.name, choice.ship.reason) == ("v3", "tie, cheaper")
    assert "v2 fails the guardrail exact" in choice.sentence


def test_on_a_model_of_ones_own_nothing_costs_more(make_run):
    scores = {"v1": HALF, "v2": [1.0] * 200}
    free = compared(make_run, scores, {"v1": 0.0, "v2": 0.0}, guardrails={"cost": 0.1})
    assert (free.ship.name, free.ship.reason) == ("v2", "better")
    paid = compared(make_run, scores, {"v1": 0.0, "v2": 0.1}, guardrails={"cost": 0.1})
    assert (paid.ship.name, paid.ship.reason) == ("v1", "guardrail")


def test_clusters_are_seen_by_a_guardrail_on_cost(make_run):
    tags = [{"user": str(i // 5)} for i in range(200)]
    run = make_run({"v1": [0.0] * 200, "v2": [1.0] * 200}, tags)
    for name, costs in {"v1": [1.0] * 200, "v2": [0.9] * 150 + [1.2] * 50}.items():
        for row, cost in zip(run.rows(name), costs, strict=True):
            run.columns["cost"][row] = cost
    guardrails = {"cost": 0.0}
    alone = wb.compare(run, "good", baseline="v1", guardrails=guardrails)
    assert [each.holds for each in alone.ship.guardrails] == [True]
    clustered = wb.compare(run, "good", baseline="v1", guardrails=guardrails, cluster="user")
    assert [each.holds for each in clustered.ship.guardrails] == [None]
