"""Comparisons: what is decided, and when nothing may be."""

import json
import math
import random

import numpy as np
import pytest
from sample_runs import alter_critic, alter_prompt

import workbench as wb
from workbench.errors import WorkbenchError


def draws(rate, n, seed):
    chooser = random.Random(seed)
    return [float(chooser.random() < rate) for _ in range(n)]


def decision(choice, challenger):
    return next(each for each in choice.differences if each.challenger == challenger)


def test_a_clear_gain_is_better_and_the_sentence_says_by_how_much(make_run):
    run = make_run({"v1": [0.0] * 50 + [1.0] * 50, "v2": [0.0] * 20 + [1.0] * 80})
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.winner == "v2"
    assert decision(choice, "v2").decision == "better"
    assert choice.sentence.startswith("Ship v2: better than v1 by 30.0 points (95\u202f% interval ")
    assert decision(choice, "v2").p_value == pytest.approx(2 * 0.5**30, rel=0.1)


def test_of_one_variant_nothing_is_said_of_looks_and_errors(make_run):
    assert wb.compare(make_run({"v1": [0.5] * 30}), "good", baseline="v1").why == ""


def test_a_variant_against_its_twin_is_a_tie_with_difference_zero(make_run):
    scores = [i / 400 for i in range(400)]
    choice = wb.compare(make_run({"v1": scores, "v2": scores}), "good", baseline="v1")
    assert decision(choice, "v2").interval.estimate == 0
    assert decision(choice, "v2").decision == "tie"
    assert choice.winner is None
    assert choice.sentence == (
        "v2: a tie with v1 within 5 points (difference 0.0, 95\u202f% interval \u22121.0 to "
        "1.0), by the critic alone. Add cost or speed: that decides."
    )


def test_the_same_prompt_under_two_names_is_a_tie_however_few_examples_there_are(make_run):
    run = make_run({"v1": [0.2, 0.9, 0.4], "v2": [0.2, 0.9, 0.4]})
    alter_prompt(run, "v2", fingerprint=run.meta.prompts["v1"].fingerprint)
    found = decision(wb.compare(run, "good", baseline="v1"), "v2")
    assert (tuple(found.interval), found.decision) == ((0, 0, 0), "tie")


def test_swapping_baseline_and_challenger_negates_the_difference(make_run):
    run = make_run({"v1": draws(0.5, 80, 1), "v2": draws(0.9, 80, 2)})
    forth = decision(wb.compare(run, "good", baseline="v1"), "v2")
    back = decision(wb.compare(run, "good", baseline="v2"), "v1")
    assert tuple(-back.interval) == pytest.approx(tuple(forth.interval))
    assert (forth.decision, back.decision) == ("better", "worse")


def test_few_examples_need_more_and_how_many_comes_from_the_width(make_run):
    run = make_run({"v1": draws(0.5, 30, 1), "v2": draws(0.5, 30, 2)})
    choice = wb.compare(run, "good", baseline="v1", margin=0.05)
    found = decision(choice, "v2")
    assert found.decision == "need more"
    assert found.more_examples > 300
    assert choice.sentence.startswith("Keep v1 for now. v2: need more.")


def test_a_dead_critic_decides_nothing(make_run):
    choice = wb.compare(
        make_run({"v1": [math.nan] * 20, "v2": [math.nan] * 20}), "good", baseline="v1"
    )
    assert decision(choice, "v2").decision == "inconclusive"
    assert decision(choice, "v2").extremes == (-1.0, 1.0)
    assert (
        "No score for 20 of 20. At worst 100 points behind, at best 100 ahead." in choice.sentence
    )
    assert choice.sentence.endswith("First cause: unscored, 40 answers.")
    assert choice.winner is None


def test_missing_scores_are_never_zeros_and_too_many_are_inconclusive(make_run):
    run = make_run({"v1": [0.0] + [1.0] * 39, "v2": [0.0] + [1.0] * 27 + ["timeout"] * 12})
    found = decision(wb.compare(run, "good", baseline="v1"), "v2")
    assert found.interval.estimate == 0
    assert found.decision == "inconclusive"
    assert found.extremes == (-0.3, 0.0)
    assert found.sentence.endswith("First cause: timeout, 12 answers.")
    assert (
        decision(wb.compare(run, "good", baseline="v1", coverage=0.6), "v2").decision
        != "inconclusive"
    )


def test_malformed_answers_count_against_their_variant(make_run):
    scored = {"v1": [0.0] * 60 + [1.0] * 40, "v2": [0.0] * 20 + [1.0] * 60 + ["malformed"] * 20}
    found = decision(wb.compare(make_run(scored), "good", baseline="v1"), "v2")
    assert found.judged.estimate == pytest.approx(40 / 80)
    assert found.interval == found.bottom
    assert found.bottom.estimate == pytest.approx(20 / 100)
    assert found.decision == "better"
    half = {"v1": [0.0] * 10 + [1.0] * 90, "v2": [1.0] * 60 + ["malformed"] * 40}
    found = decision(wb.compare(make_run(half), "good", baseline="v1"), "v2")
    assert found.judged.estimate == pytest.approx(10 / 60)
    assert (found.decision, found.cause) == ("worse", "failures decide")


def test_repeats_of_an_example_are_not_more_examples(make_run):
    once = make_run({"v1": draws(0.5, 40, 1), "v2": draws(0.7, 40, 2)})
    thrice = make_run(
        {"v1": [[x] * 3 for x in draws(0.5, 40, 1)], "v2": [[x] * 3 for x in draws(0.7, 40, 2)]}
    )
    one, three = (
        decision(wb.compare(run, "good", baseline="v1"), "v2").interval for run in (once, thrice)
    )
    assert tuple(one) == pytest.approx(tuple(three))


def test_intervals_widen_with_the_number_of_challengers(make_run):
    scores = {f"v{i}": draws(0.5 + i / 20, 60, i) for i in range(1, 6)}
    alone = wb.compare(
        make_run({name: scores[name] for name in ("v1", "v2")}), "good", baseline="v1"
    )
    among = wb.compare(make_run(scores), "good", baseline="v1")
    assert (
        decision(among, "v2").interval.half_width > 1.2 * decision(alone, "v2").interval.half_width
    )


def test_a_slice_that_fell_while_the_mean_rose_raises_an_alarm(make_run):
    tags = [{"language": "pt"}] * 30 + [{"language": "en"}] * 90
    run = make_run({"v1": [1.0] * 30 + [0.0] * 90, "v2": [0.0] * 25 + [1.0] * 95}, tags)
    choice = wb.compare(run, "good", baseline="v1")
    assert {part.value: part.alarm for part in choice.slices} == {"en": False, "pt": True}
    [note] = [note for note in choice.notes if note.kind == "slice behind"]
    assert (note.variants, note.tag, note.value) == (("v2",), "language", "pt")
    assert note.text == "Look at language pt first: there the critic puts v2 behind."


def test_labels_correct_the_scores(make_run):
    n = 200
    run = make_run({"v1": [0.9] * n, "v2": [0.9] * n})
    chooser = random.Random(3)
    for row in [chooser.randrange(n) for _ in range(60)]:
        wb.labels.add(run, "good", row, float(chooser.random() < 0.4), rater="ann")
        wb.labels.add(run, "good", n + row, float(chooser.random() < 0.9), rater="ann")
    choice = wb.compare(run, "good", baseline="v1")
    rates = {variant.name: variant for variant in choice.variants}
    assert rates["v1"].corrected and abs(rates["v1"].score.estimate - 0.4) < 0.2
    assert rates["v1"].critic_score.estimate == pytest.approx(0.9)
    assert choice.winner == "v2"


def test_debug_labels_never_enter_an_estimate(make_run):
    run = make_run({"v1": [0.9] * 50, "v2": [0.9] * 50})
    for row in range(100):
        wb.labels.add(run, "good", row, float(row >= 50), rater="ann", purpose="debug")
    choice = wb.compare(run, "good", baseline="v1")
    assert not any(variant.corrected for variant in choice.variants)


def test_the_decision_is_the_same_bytes_for_the_same_run(make_run):
    run = make_run({"v1": draws(0.5, 30, 1), "v2": draws(0.6, 30, 2)})
    first, second = (
        json.dumps(wb.compare(run, "good", baseline="v1").decision()) for _ in range(2)
    )
    assert first == second
    assert json.loads(first)["differences"][0]["challenger"] == "v2"


@pytest.mark.parametrize(
    ("critic", "baseline", "said"), [("none", "v1", "did not judge"), ("good", "v9", "no variant")]
)
def test_a_name_that_is_not_there_is_one_line_with_those_that_are(make_run, critic, baseline, said):
    with pytest.raises(WorkbenchError, match=said):
        wb.compare(make_run({"v1": [1.0] * 9, "v2": [1.0] * 9}), critic, baseline=baseline)


@pytest.mark.parametrize(
    "scores", [{"v1": [1.0]}, {"v1": [1.0], "v2": [0.0]}, {"v1": ["timeout"], "v2": ["malformed"]}]
)
def test_the_smallest_runs_are_compared_without_a_crash(make_run, scores):
    choice = wb.compare(make_run(scores), "good", baseline="v1")
    assert choice.winner is None
    json.dumps(choice.decision(), allow_nan=False)


def test_gold_labels_say_when_the_critic_knows_nothing(make_run):
    truth = {name: draws(0.5, 100, seed) for name, seed in (("v1", 1), ("v2", 2))}
    noise = {
        name: [random.Random(f"{name} {i}").random() for i in range(100)] for name in ("v1", "v2")
    }
    better = {"v1": noise["v1"], "v2": [min(1, x + 0.5) for x in noise["v2"]]}
    choice = wb.compare(make_run(better, truth=truth), "good", baseline="v1", gold="exact")
    assert not choice.gold.knows
    assert (choice.decided_by, choice.winner) == ("gold", None)
    assert decision(choice, "v2").interval.estimate == np.mean(truth["v2"]) - np.mean(truth["v1"])
    assert "The critic knows nothing that these rows could show" in choice.gold.sentence
    knowing = {name: [0.8 * y + 0.1 for y in truth[name]] for name in truth}
    choice = wb.compare(make_run(knowing, truth=truth), "good", baseline="v1", gold="exact")
    assert choice.gold.knows
    assert np.isclose(choice.gold.rates["v1"].estimate, np.mean(truth["v1"]))


@pytest.mark.parametrize(
    ("low", "high", "says"), [(0.1, 0.3, "fails"), (0.6, 0.9, "passes"), (0.3, 0.6, "")]
)
def test_a_critic_that_ranks_answers_but_has_one_word_for_all_is_told_so(make_run, low, high, says):
    truth = {name: draws(0.5, 100, seed) for name, seed in (("v1", 1), ("v2", 2))}
    scores = {name: [high if y else low for y in truth[name]] for name in truth}
    choice = wb.compare(make_run(scores, truth=truth), "good", baseline="v1", gold="exact")
    assert choice.gold.knows
    told = f" But it {says} every answer: its scores rank them, its pass or fail is mute."
    assert choice.gold.sentence.endswith(told if says else "a coin does 50).")


def test_a_further_look_at_a_grown_set_of_examples_widens_the_interval(make_run, tmp_path):
    scores = {"v1": draws(0.5, 80, 1), "v2": draws(0.6, 80, 2)}
    alone = decision(wb.compare(make_run(scores), "good", baseline="v1"), "v2")
    store = wb.Store(tmp_path / "grown.db")
    first = make_run({name: column[:50] for name, column in scores.items()}, store=store)
    grown = make_run(scores, store=store)
    assert wb.compare(first, "good", baseline="v1").looks == 1
    again = wb.compare(grown, "good", baseline="v1")
    assert again.looks == 2
    assert decision(again, "v2").interval.half_width > 1.1 * alone.interval.half_width
    [note] = [note for note in again.notes if note.kind == "later look"]
    assert note.count == 2 and note.text.startswith("Look 2 at these rows")


def test_a_prompt_file_that_names_another_model_is_told_of(make_run):
    run = make_run({"v1": [0.0] * 40, "v2": [1.0] * 40})
    ran = next(iter(run.meta.models.values())).id
    alter_prompt(run, "v1", model_id=ran)
    alter_prompt(run, "v2", model_id="gpt-9")
    notes = wb.compare(run, "good", baseline="v1").notes
    [note] = [note for note in notes if note.kind == "other model"]
    assert note.text == f"v2 was run on {ran}; its file names gpt-9." and note.variants == ("v2",)
    plain = wb.compare(make_run({"v1": [0.0]}), "good", baseline="v1").notes
    assert "other model" not in [note.kind for note in plain]


# Reasons as data


HALF = [1.0, 0.0] * 50


@pytest.mark.parametrize(
    ("baseline", "challenger", "word", "cause"),
    [
        (HALF, [1.0] * 100, "better", "interval above zero"),
        (HALF, [0.0] * 100, "worse", "interval below zero"),
        ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0], "need more", "too few rows"),
        ([1.0, 0.0, 0.0] * 8, [1.0, 1.0, 0.0] * 8, "better", "interval above zero"),
        ([1.0, 0.0, 0.0] * 7, ([1.0, 1.0, 0.0] * 7)[::-1], "need more", "wide interval"),
        (
            [0.0] * 60 + [1.0] * 40,
            [0.0] * 10 + [1.0] * 52 + ["malformed"] * 38,
            "need more",
            "failures disagree",
        ),
        ([0.0] * 10 + [1.0] * 90, [1.0] * 60 + ["malformed"] * 40, "worse", "failures decide"),
        (
            [1.0] * 50 + [0.0] * 50,  # of its bad answers more than half time out
            [1.0] * 40 + ["timeout"] * 10 + [1.0] * 12 + [0.0] * 30 + ["timeout"] * 8,
            "need more",
            "missing on one side",
        ),
        ([1.0] * 100, [0.0] * 50 + ["error"] * 50, "inconclusive", "too few scored"),
        ([1.0, 0.0], ["malformed"] * 2, "inconclusive", "no common score"),
        ([1.0] * 50, [1.0] * 50, "inconclusive", "constant critic"),
    ],
)
def test_the_cause_of_a_word_is_data(make_run, baseline, challenger, word, cause):
    choice = wb.compare(make_run({"v1": baseline, "v2": challenger}), "good", baseline="v1")
    assert (decision(choice, "v2").decision, decision(choice, "v2").cause) == (word, cause)


def test_scores_missing_on_one_side_are_said_and_never_a_gain(make_run):
    before, rest = [1.0] * 50 + [0.0] * 50, [1.0] * 12 + [0.0] * 30
    lost = [1.0] * 40 + ["timeout"] * 10 + rest + ["timeout"] * 8
    choice = wb.compare(make_run({"v1": before, "v2": lost}), "good", baseline="v1")
    assert (choice.ship.name, choice.next_step.kind) == ("v1", "mend rows")
    (note,) = [each for each in choice.notes if each.kind == "missing on one side"]
    assert (note.variants, note.count) == (("v2", "v1"), 18)
    assert "18 of 100 lack one, more often on one side than by chance" in choice.sentence
    swapped = wb.compare(make_run({"v1": before, "v2": lost}), "good", baseline="v2")
    assert decision(swapped, "v1").cause == "missing on one side"


def test_scores_missing_by_chance_or_that_would_not_change_the_word_take_nothing(make_run):
    by_chance = [1.0] * 97 + ["error"] * 3
    even = wb.compare(make_run({"v1": HALF, "v2": by_chance}), "good", baseline="v1")
    assert decision(even, "v2").decision == "better"
    assert not [each for each in even.notes if each.kind == "missing on one side"]
    still = wb.compare(
        make_run({"v1": HALF, "v2": [1.0] * 90 + ["error"] * 10}), "good", baseline="v1"
    )
    assert decision(still, "v2").decision == "better"
    assert [each.kind for each in still.notes if each.count == 10] == ["missing on one side"]


def test_the_next_step_is_data_with_a_sentence(make_run):
    clear = wb.compare(make_run({"v1": HALF, "v2": [1.0] * 100}), "good", baseline="v1")
    assert (clear.next_step.kind, clear.next_step.variant) == ("export", "v2")
    constant = wb.compare(make_run({"v1": [1.0] * 29, "v2": [1.0] * 29}), "good", baseline="v1")
    assert (constant.next_step.kind, constant.next_step.critic) == ("mend the critic", "good")
    alone = wb.compare(make_run({"v1": [1.0, 0.0]}), "good", baseline="v1")
    assert alone.next_step.kind == "add a variant" and alone.lead is None
    few = wb.compare(make_run({"v1": HALF, "v2": HALF[::-1]}), "good", baseline="v1")
    assert (few.next_step.kind, few.next_step.examples) == (
        "run more",
        decision(few, "v2").more_examples,
    )


def test_the_one_sentence_tells_of_one_challenger_and_the_others_are_the_rest(make_run):
    scores = {"v1": HALF, "v2": [1.0] * 100, "v3": [0.0] * 100}
    choice = wb.compare(make_run(scores), "good", baseline="v1")
    assert choice.lead.challenger == "v2" and choice.sentence == f"Ship {choice.lead.sentence}"
    assert [each.challenger for each in choice.others] == ["v3"]


def test_a_decision_is_plain_data_with_its_reasons(make_run):
    plain = wb.compare(make_run({"v1": HALF, "v2": [1.0] * 100}), "good", baseline="v1").decision()
    assert plain["version"] == 2 and "exit_status" not in plain
    assert plain["notes"] == [
        {
            "kind": "critic alone",
            "text": "Scores are the critic's own, not yet corrected by people's labels.",
        }
    ]
    assert plain["next_step"] == {
        "kind": "export",
        "text": "wb.export(choice) writes v2 with a card that holds these numbers.",
        "variant": "v2",
    }
    assert plain["differences"][0]["cause"] == "interval above zero"


def test_less_is_better_turns_words_and_top_set(make_run):
    run = make_run({"v1": [1.0, 0.0] * 50, "v2": [1.0] * 100})
    alter_critic(run, "good", scale=wb.Scale(higher_is_better=False))
    choice = wb.compare(run, "good", baseline="v1")
    assert (decision(choice, "v2").decision, choice.winner, choice.top_set) == (
        "worse",
        "v1",
        ("v1",),
    )
    assert [variant.name for variant in choice.variants] == ["v1", "v2"]
    assert decision(choice, "v2").interval.estimate == 0.5 and not choice.scale.higher_is_better


def test_a_run_without_a_store_is_compared_as_at_a_first_look_and_nobody_counts(make_run):
    scores = {"v1": HALF, "v2": [1.0] * 80 + [0.0] * 20}
    stored = wb.compare(make_run(scores), "good", baseline="v1")
    rows = [
        {"prompt": name, "example": f"e{i:04d}", "model": "m", "output": str(i), "good": score}
        for name, column in scores.items()
        for i, score in enumerate(column)
    ]
    choice = wb.compare(wb.Run.of(rows, critics={"good": wb.Scale()}), "good", baseline="v1")
    assert choice.looks == 0
    [note] = [note for note in choice.notes if note.kind == "no ledger"]
    assert note.text == (
        "This run has no store: nobody counts how often its examples were looked at."
    )
    assert choice.differences == stored.differences and choice.sentence == stored.sentence
    assert [v.score for v in choice.variants] == [v.score for v in stored.variants]


def test_one_prompt_under_two_names_with_other_scores_shows_the_interval_of_its_word(make_run):
    run = make_run({"v1": [0.0] * 30 + [1.0] * 30, "v2": [0.0] * 15 + [1.0] * 45})
    alter_prompt(run, "v2", fingerprint=run.meta.prompts["v1"].fingerprint)
    found = decision(wb.compare(run, "good", baseline="v1"), "v2")
    assert (found.decision, found.interval.estimate) == ("better", 0.25)
    assert found.interval.low > 0


def test_labels_that_grow_are_looks_though_another_challenger_has_none(make_run):
    run = make_run(
        {name: draws(0.6, 120, seed) for name, seed in (("v1", 1), ("v2", 2), ("v3", 3))}
    )
    looks = []
    for first, last in ((0, 30), (30, 60)):
        for row in range(first, last):
            for variant in (0, 1):
                wb.labels.add(run, "good", 120 * variant + row, float(row % 2), rater="ann")
        looks.append(wb.compare(run, "good", baseline="v1").looks)
    assert looks == [1, 2]
