"""How many more rows or labels a decision asks for, and what there is."""

import pytest
from sample_runs import alter_dataset
from test_comparison import draws

import workbench as wb
from workbench.stats import half_width_at, look_tails


@pytest.fixture
def found(make_run):
    """What is said of v2, nearly as good as v1, where the dataset has so many examples."""

    def made(n, available=None, **options):
        run = make_run({"v1": draws(0.5, n, 1), "v2": draws(0.5, n, 2)})
        alter_dataset(run, available=available)
        return wb.compare(run, "good", baseline="v1", **options)

    return made


def test_where_nobody_knows_how_many_there_are_only_the_need_is_said(found):
    [each] = found(60).differences
    assert each.more_examples > 1000 and each.rest is None
    assert each.sentence.endswith("more examples could narrow it to ±5 points.")


def test_too_few_rows_to_decide_ask_for_those_that_lack(found):
    step = found(18).next_step
    assert (step.kind, step.examples) == ("run more", 2)
    assert step.text == (
        "Run at least 2 more examples (add them where the dataset has no more): 20 that both sides "
        "have a score for are the fewest that decide."
    )
    assert found(19).next_step.text.startswith("Run at least 1 more example (")


def test_more_than_the_dataset_has_is_said_with_what_its_rest_could_show(found):
    choice = found(60, available=100)
    [each] = choice.differences
    assert each.more_examples > 1000 and each.rest.examples == 40
    wide = each.rest.half_width
    assert 0.05 < wide < each.interval.half_width * 1.2
    assert each.sentence.endswith(
        f" Only 40 are left in its dataset, which could narrow it to ±{100 * wide:.1f}."
    )
    assert (choice.next_step.kind, choice.next_step.examples) == ("run more", 40)


def test_what_the_rest_could_show_is_planned_with_the_tail_of_the_next_look(make_run):
    scores = {"v1": draws(0.5, 60, 1), "v2": draws(0.5, 60, 2)}
    run = make_run(scores)
    alter_dataset(run, available=100)
    [each] = wb.compare(run, "good", baseline="v1").differences
    apart = [b - a for a, b in zip(scores["v1"], scores["v2"], strict=True)]
    planned = half_width_at(apart, (-1, 1), 100, lambda rows: look_tails([60, rows])[-1])
    assert each.rest.half_width == pytest.approx(planned)


def test_a_dataset_that_was_run_whole_has_to_grow(found):
    choice = found(60, available=60)
    [each] = choice.differences
    assert each.rest.examples == 0 and each.sentence.endswith(
        " All of its dataset that is not held back was run."
    )
    assert choice.next_step.kind == "add examples"
    assert choice.next_step.examples == each.more_examples


def test_what_the_dataset_has_is_told_as_it_is(found):
    [each] = found(60, available=100_000).differences
    assert 1000 < each.more_examples < 99_940 and each.rest is None


def test_a_rest_that_is_enough_is_what_is_asked_for(found):
    [each] = found(60, available=80, margin=0.3).differences
    assert (each.decision, each.more_examples, each.rest) == ("need more", 20, None)


def test_planned_looks_are_asked_for_at_their_sizes(found):
    [each] = found(50, margin=0.2, looks=(50, 200, 400)).differences
    assert (each.more_examples, each.rest) == (150, None)
    [each] = found(50, looks=(50, 100)).differences
    assert each.more_examples > 500 and each.rest.examples == 50
    assert " Only 50 are left until the last planned look, which could" in each.sentence


def test_labels_are_asked_for_at_the_numbers_where_they_are_looked_at(make_run):
    n = 100
    run = make_run({"v1": draws(0.5, n, 1), "v2": draws(0.5, n, 2)})
    for row in range(30):
        for variant in (0, 1):
            wb.labels.add(run, "good", variant * n + row, float((row + variant) % 2), rater="ann")
    choice = wb.compare(run, "good", baseline="v1", margin=0.1)
    [each] = choice.differences
    assert each.corrected and each.more_examples + 30 in (60 * 2**k for k in range(12))
    assert each.rest.examples == 70 and 0.1 < each.rest.half_width < 1
    assert " Only 70 are left to label, which could narrow it to ±" in each.sentence
    assert choice.next_step.kind == "label on more examples"
