"""Labels that are left out of a decision, that chance did not choose, or that only repeat the
critic.
"""

import numpy as np
import pytest
from test_comparison_looks import label, only, rates, texts

import workbench as wb

EQUAL = {  # by the critic v2 wins on 40 rows, and loses on 40
    "v1": [0.0] * 40 + [1.0] * 120 + [1.0] * 40,
    "v2": [1.0] * 40 + [1.0] * 120 + [0.0] * 40,
}


def kinds(choice):
    return {note.kind for note in choice.notes}


def labelled(make_run, examples, **how):
    """Both answers to some examples, labelled with what the critic said but for one."""
    run = make_run(EQUAL)
    for v, scores in enumerate(EQUAL.values()):
        for i in examples:
            value = 1 - scores[i] if i == examples[0] else scores[i]
            wb.labels.add(run, "good", 200 * v + i, value, rater="ann", **how)
    return wb.compare(run, "good", baseline="v1")


def by_chance(count):
    return np.random.default_rng(0).permutation(200)[:count].tolist()


def test_labels_on_the_wins_of_one_side_decide_nothing(make_run):
    choice = labelled(make_run, range(40))
    assert (choice.decided_by, only(choice).decision) == ("critic", "need more")
    assert "labels picked" in kinds(choice)
    assert "Chance did not choose the 40 labelled pairs of v2" in texts(choice)


def test_labels_that_chance_chose_decide(make_run):
    choice = labelled(make_run, by_chance(40), selection={"method": "uniform", "seed": 0})
    assert choice.decided_by == "labels"
    assert not kinds(choice) & {"labels picked", "labels unrecorded", "labels echo"}


def test_labels_that_say_they_were_picked_never_decide(make_run):
    choice = labelled(make_run, by_chance(40), selection={"method": "most disputed"})
    assert choice.decided_by == "critic"
    assert "80 labels of answers that were picked" in texts(choice)


def test_labels_of_which_nobody_knows_who_chose_them_say_so(make_run):
    choice = labelled(make_run, by_chance(40))
    assert choice.decided_by == "labels"
    assert "Of 80 labels nobody wrote down how the answers were chosen" in texts(choice)


def test_labels_given_with_the_score_in_sight_decide_nothing(make_run):
    choice = labelled(make_run, by_chance(30), blind=False)
    assert (choice.decided_by, only(choice).cause) == ("labels", "labels lean")
    assert choice.next_step and "Label again, answers that chance draws" in choice.next_step.text
    assert (
        "60 labels were given with the critic's score in sight, and may lean to it: no word is "
        "claimed on them." in texts(choice)
    )


def test_a_few_labels_in_sight_among_many_leave_the_word_to_people(make_run):
    run = make_run(EQUAL)
    for v, scores in enumerate(EQUAL.values()):
        for place, i in enumerate(by_chance(40)):
            value = 1 - scores[i] if place < 2 else scores[i]
            wb.labels.add(run, "good", 200 * v + i, value, rater="ann", blind=place > 2)
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.decided_by == "labels"
    assert "6 labels were given with the critic's score in sight, and may lean to it." in texts(
        choice
    )


@pytest.mark.parametrize("rater", ["good", " Good", "M"])
def test_labels_by_a_rater_of_a_models_name_are_left_out(make_run, rater):
    run = make_run(EQUAL)
    assert {each.id for each in run.meta.models.values()} == {"m"}
    for v, scores in enumerate(EQUAL.values()):
        for i in by_chance(40):
            wb.labels.add(run, "good", 200 * v + i, scores[i], rater=rater)
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.decided_by == "critic" and [each.labels for each in choice.variants] == [0, 0]
    assert "80 labels by a rater who is called what the critic or a model" in texts(choice)
    assert wb.trust(run, "good").labels == 0


@pytest.mark.parametrize(
    "how, said",
    [
        ({}, ("need more", "labels lean")),
        ({"method": "uniform"}, ("better", "interval above zero")),
    ],
)
def test_labels_that_only_repeat_the_critic_decide_where_they_were_drawn(make_run, how, said):
    scores = rates(0.5, 0.95)
    run = make_run(scores)
    for v, column in enumerate(scores.values()):
        for i in by_chance(80):
            wb.labels.add(run, "good", 200 * v + i, column[i], rater="ann", selection=how)
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.decided_by == "labels" and "labels echo" in kinds(choice)
    assert (only(choice).decision, only(choice).cause) == said
    assert ("Nobody wrote down how they came about" in texts(choice)) is (not how)


@pytest.mark.parametrize("count, said", [(14, False), (30, True)])
def test_labels_that_only_repeat_the_critic_are_suspected_where_they_are_many(
    make_run, count, said
):
    run = make_run(EQUAL)
    for v, scores in enumerate(EQUAL.values()):
        label(run, v, by_chance(count), lambda row, scores=scores: scores[row])
    assert ("labels echo" in kinds(wb.compare(run, "good", baseline="v1"))) is said


def test_labels_of_one_side_whose_other_answers_are_the_same_are_no_draw_of_pairs(make_run):
    """A label is joined to all answers of its text: labelled pairs are then the equal ones."""
    same = 120
    scores = {"v1": [1.0] * 200, "v2": [1.0] * same + [0.0, 1.0] * 40}
    outputs = {
        name: [f"{name if i >= same else 'both'} {i}" for i in range(200)] for name in scores
    }
    run = make_run(scores, outputs=outputs)
    label(run, 0, by_chance(150), 1.0)
    choice = wb.compare(run, "good", baseline="v1")
    assert (choice.decided_by, only(choice).decision) == ("critic", "worse")


def test_labels_that_are_left_out_do_not_decide_and_still_block(make_run):
    run = make_run(rates(0.5, 0.9))
    for variant in (0, 1):
        label(run, variant, range(40), lambda row: float(row % 2))
    choice = wb.compare(run, "good", baseline="v1", labels=False)
    assert (
        choice.decided_by == "critic"
        and "labels are left out of this decision, as asked" in texts(choice)
    )
    against = make_run({"v1": [0.0] * 100, "v2": [1.0] * 100})
    for variant, value in ((0, 1.0), (1, 0.0)):
        label(against, variant, range(40), value)
    found = only(wb.compare(against, "good", baseline="v1", labels=False))
    assert found.cause == "labels contradict"


def test_two_people_who_label_a_side_each_decide_nothing(make_run):
    """Who is stricter would be the worse prompt."""
    run = make_run(EQUAL)
    for v, (rater, strict) in enumerate((("ben", 0.0), ("ann", 1.0))):
        for place, i in enumerate(by_chance(60)):
            value = strict if place < 20 else 1.0
            wb.labels.add(run, "good", 200 * v + i, value, rater=rater)
    choice = wb.compare(run, "good", baseline="v1")
    assert (choice.decided_by, only(choice).decision) == ("critic", "need more")
    assert (
        "The two answers to 60 examples were labelled by different people, of whom one may be "
        "stricter: they say nothing of v2." in texts(choice)
    )


def test_of_a_pair_only_those_count_who_labelled_both(make_run):
    run = make_run(EQUAL)
    for place, i in enumerate(by_chance(60)):
        for v in (0, 1):
            wb.labels.add(run, "good", 200 * v + i, float(place % 2), rater="ann")
        wb.labels.add(run, "good", i, 0.0, rater="ben")  # v1's answers alone, and all bad
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.decided_by == "labels" and only(choice).interval.estimate == 0
    assert "labels apart" not in kinds(choice)


def outputs_of(changed):
    """v2's answers, some of which were changed."""
    return {
        "v1": [f"old {i}" for i in range(200)],
        "v2": [f"{'changed' if i in changed else 'new'} {i}" for i in range(200)],
    }


@pytest.mark.parametrize("count, cause", [(6, "inside the margin"), (7, "labels outdated")])
def test_labels_that_an_edit_left_claim_nothing(make_run, count, cause):
    """A prompt is labelled, then edited: its labels are those of the answers left as they were."""
    chosen = by_chance(60)
    drawn = make_run(EQUAL, outputs=outputs_of(()))
    for i in chosen:
        for v in (0, 1):
            wb.labels.add(drawn, "good", 200 * v + i, 1.0, rater="ann")
    edited = make_run(EQUAL, outputs=outputs_of(chosen[:count]), store=drawn.store)
    choice = wb.compare(edited, "good", baseline="v1", margin=0.2)
    assert (choice.decided_by, only(choice).cause) == ("labels", cause)
    said = "To 7 examples that people labelled, v2 or its baseline gives another answer now"
    assert (said in texts(choice)) is (count == 7)
    if count == 7:
        assert choice.next_step and "changed since people labelled" in choice.next_step.text
