"""Comparisons: later looks, clusters, labels on some variants only, top sets, and critics that say
nothing.
"""

import math

import numpy as np
import pytest
from sample_runs import alter_critic, alter_dataset, alter_prompt

import workbench as wb
from workbench.comparison.differences import Rules, paired
from workbench.comparison.scores import Labels, read_labels, read_scores
from workbench.errors import WorkbenchError


@pytest.fixture
def grown(make_run):
    """A run on the first `n` examples of a dataset that grows."""

    def made(scores, n, tags=None):
        run = make_run({name: column[:n] for name, column in scores.items()}, tags and tags[:n])
        alter_dataset(run, name="grown", fingerprint=f"first {n}", n=n)
        return run

    return made


def rates(*variants, n=200):
    """0/1 scores with the given rates in a fixed shuffled order, one column a variant."""
    chosen = np.random.default_rng(5)
    return {
        f"v{i}": chosen.permutation([1.0] * round(n * p) + [0.0] * (n - round(n * p))).tolist()
        for i, p in enumerate(variants, 1)
    }


def texts(choice):
    return " ".join(note.text for note in choice.notes)


def only(choice):
    return choice.differences[0]


def label(run, variant, rows, value):
    """Labels by ann for the given examples of the variant at that place (0, 1, ...)."""
    n = len(run.examples)
    for row in rows:
        wb.labels.add(
            run, "good", variant * n + row, value(row) if callable(value) else value, rater="ann"
        )


# Looks and clusters


def test_a_later_look_is_as_clustered_as_the_first(grown):
    documents = [i % 20 < 13 for i in range(20)]
    scores = {"v1": [0.0 if documents[i // 20] else 1.0 for i in range(400)]}
    scores["v2"] = [1.0 - x for x in scores["v1"]]
    tags = [{"doc": f"d{i // 20}"} for i in range(400)]
    first, second = (
        wb.compare(grown(scores, n, tags), "good", baseline="v1", cluster="doc") for n in (200, 400)
    )
    assert (first.looks, second.looks) == (1, 2)
    assert only(second).decision == "need more"
    assert only(second).interval.half_width > 0.4
    assert "fewer than 30 groups" in texts(second)
    assert math.isnan(only(second).p_value)


@pytest.mark.parametrize("documents", [(10, 20, 30, 40), (20, 40, 60, 80), (40, 60, 80, 100)])
def test_four_looks_at_documents_without_a_difference_seldom_see_one(documents):
    chosen, wrong = np.random.default_rng(2), 0
    for _ in range(400):
        difference, groups = (
            np.repeat(chosen.choice([-1.0, 1.0], 100), 20),
            np.repeat(np.arange(100), 20),
        )
        for look, count in enumerate(documents, 1):
            rules, n = Rules(0.02, 0.95, 0.8, groups[: 20 * count], look), 20 * count
            found = paired(difference[:n], np.zeros(n), 0.95, rules, wb.Scale())
            if not found.low <= 0 <= found.high:
                wrong += 1
                break
    assert wrong / 400 < 0.08  # .05 with three standard errors


def test_a_difference_between_documents_is_still_found_at_a_later_look():
    difference, groups = (
        np.tile([1.0, 1.0, 1.0, 0.0], 100),
        np.repeat(np.arange(40), 10).astype(str),
    )
    found = paired(
        difference, np.zeros(400), 0.95, Rules(0.02, 0.95, 0.8, groups, look=3), wb.Scale()
    )
    assert 0 < found.low < found.estimate == 0.75


def test_no_difference_at_all_is_a_tie_at_a_later_look_too(grown):
    scores = rates(0.5, n=4000)
    scores["v2"] = scores["v1"]
    for n in (2000, 4000):
        choice = wb.compare(grown(scores, n), "good", baseline="v1")
    assert (choice.looks, only(choice).decision) == (2, "tie")


def test_differences_corrected_by_labels_pay_for_later_looks(grown):
    scores = rates(0.5, 0.6, n=160)
    widths = []
    for n in (80, 160):
        run = grown(scores, n)
        for variant in (0, 1):
            label(run, variant, range(40), lambda row: float(row % 3 > 0))
        choice = wb.compare(run, "good", baseline="v1")
        one_look = read_labels(run, "good", read_scores(run, "good")).difference(1, 0, 0.95, None)
        widths.append(only(choice).interval.half_width / one_look.half_width)
    assert widths[0] == pytest.approx(1)
    assert widths[1] > 1.3
    assert "those corrected by labels may spend 15\u202f% of the error" in texts(choice)


def test_one_cluster_needs_more_and_says_no_number(make_run):
    run = make_run(rates(0.4, 0.8, n=100), [{"doc": "one"}] * 100)
    choice = wb.compare(run, "good", baseline="v1", cluster="doc")
    assert (only(choice).decision, only(choice).more_examples) == ("need more", None)
    assert set(choice.top_set) == {"v1", "v2"}
    alone = only(wb.compare(make_run({"v1": [0.2], "v2": [0.7]}), "good", baseline="v1"))
    assert (alone.decision, alone.more_examples) == ("need more", None)


# Labels


def test_labels_on_different_examples_correct_the_difference_as_independent(make_run):
    run = make_run(rates(0.5, 0.9))
    label(run, 0, range(0, 200, 2), lambda row: float(row % 10 < 6))
    label(run, 1, range(1, 200, 2), lambda row: float(row % 10 < 6))
    choice = wb.compare(run, "good", baseline="v1")
    found, scores = only(choice), {variant.name: variant.score for variant in choice.variants}
    assert found.corrected and found.decision == "need more"
    assert found.interval.estimate == pytest.approx(scores["v2"].estimate - scores["v1"].estimate)
    assert found.interval.half_width > scores["v1"].half_width
    assert "compared as independent" in texts(choice)
    assert math.isnan(found.p_value)


def test_independent_labels_keep_the_difference_as_often_as_they_say():
    chosen, missed = np.random.default_rng(1), 0
    for _ in range(300):
        truth = (chosen.random((2, 300)) < 0.7).astype(float)
        score = np.where(chosen.random((2, 300)) < 0.85, truth, 1 - truth)
        given, order = np.full((2, 300), np.nan), chosen.permutation(300)
        for variant, rows in enumerate((order[:40], order[40:80])):
            given[variant, rows] = truth[variant, rows]
        found = Labels(given, score).difference(0, 1, 0.95, None)
        missed += not found.low <= 0 <= found.high
    assert missed / 300 < 0.09


def test_a_difference_that_labels_do_not_correct_says_why(make_run):
    run = make_run(rates(0.5, 0.9))
    label(run, 1, range(30), lambda row: float(row % 2))
    choice = wb.compare(run, "good", baseline="v1")
    assert not only(choice).corrected and not math.isnan(only(choice).p_value)
    said = "The difference of v2 to v1 stays the critic's own: v1 has 0 labels, and each needs 5."
    assert said in texts(choice)


def test_labels_in_few_groups_leave_the_critics_score_and_say_so(make_run):
    tags = [{"doc": f"d{i // 20}"} for i in range(100)]
    run = make_run(rates(0.5, 0.8, n=100), tags)
    for variant in (0, 1):
        label(run, variant, range(40), 1.0)
    choice = wb.compare(run, "good", baseline="v1", cluster="doc")
    assert not any(variant.corrected for variant in choice.variants)
    assert "The score of v2 stays the critic's own: 40 labels lie in fewer than 5 groups." in texts(
        choice
    )


def test_labels_of_a_rating_are_no_pass_or_fail_though_all_are_one(make_run):
    ratings = [1.0 + i % 5 for i in range(100)]
    run = make_run({"v1": ratings, "v2": ratings[::-1]})
    alter_critic(run, "good", scale=wb.Scale(1.0, 5.0))
    for variant in (0, 1):
        label(run, variant, range(0, 100, 2), 1.0)
    choice = wb.compare(run, "good", baseline="v1")
    assert all(
        1 <= variant.score.low <= variant.score.estimate < variant.score.high < 3
        for variant in choice.variants
    )
    assert only(choice).corrected and only(choice).decision == "need more"


def test_labels_off_the_scale_and_skips_are_counted_and_left_out(make_run):
    run = make_run(rates(0.5, 0.6, n=60))
    for variant in (0, 1):
        label(run, variant, range(30), lambda row: float(row % 2))
    before = wb.compare(run, "good", baseline="v1").differences
    kept = run.store.labels("good")[0]
    run.store.add_labels([{**kept, "id": "an older one", "value": 7.0, "rater": "bob"}])
    for row in (40, 41):
        wb.labels.add(run, "good", row, None, rater="ann")
    choice = wb.compare(run, "good", baseline="v1")
    assert choice.differences == before
    assert "1 label off the critic's scale, 0 to 1, left out." in texts(choice)
    assert "2 answers skipped by people who label: many skips break random sampling." in texts(
        choice
    )


# Top sets, failures, critics that say nothing


def test_the_top_set_counts_failures_and_coverage(make_run):
    failing = {"v1": rates(0.7)["v1"], "v2": [1.0] * 20 + ["malformed"] * 180}
    choice = wb.compare(make_run(failing), "good", baseline="v1")
    assert (only(choice).decision, choice.winner, choice.top_set) == ("worse", "v1", ("v1",))
    unscored = {"v1": rates(0.5, n=100)["v1"], "v2": [1.0] * 70 + [math.nan] * 30}
    choice = wb.compare(make_run(unscored), "good", baseline="v1")
    assert (only(choice).decision, set(choice.top_set)) == ("inconclusive", {"v1", "v2"})


@pytest.mark.parametrize("seed", range(12))
def test_the_top_set_never_contradicts_a_decision(make_run, seed):
    chosen = np.random.default_rng(seed)
    fates = ["malformed", "timeout", 0.0, 1.0]
    scores = {
        f"v{i}": [fates[k] for k in chosen.choice(4, 80, p=p)]
        for i, p in enumerate(chosen.dirichlet([1, 0.3, 4, 4], 4), 1)
    }
    run = make_run(
        {
            name: [x if isinstance(x, str) else float(x) for x in column]
            for name, column in scores.items()
        }
    )
    for variant in range(2):
        label(
            run,
            variant,
            [i for i in range(0, 80, 3) if run.columns["status"][80 * variant + i] == "ok"],
            1.0,
        )
    choice = wb.compare(run, "good", baseline="v1")
    words = {each.challenger: each.decision for each in choice.differences}
    top = set(choice.top_set)
    assert top and not top & {name for name, word in words.items() if word == "worse"}
    assert top >= {name for name, word in words.items() if word == "inconclusive"}
    assert ("v1" in top) == ("better" not in words.values())
    assert choice.winner is None or choice.winner in top


def test_a_variant_whose_answers_all_fail_is_worse_and_its_baseline_better(make_run):
    scores = {"v1": rates(0.9)["v1"], "v2": ["malformed"] * 200}
    choice = wb.compare(make_run(scores), "good", baseline="v1")
    assert (only(choice).decision, choice.winner, choice.top_set) == ("worse", "v1", ("v1",))
    assert choice.sentence.endswith(
        "Malformed, truncated and filtered answers of v2 count as wrong."
    )
    assert only(wb.compare(make_run(scores), "good", baseline="v2")).decision == "better"
    both = make_run({"v1": ["malformed"] * 50, "v2": ["malformed"] * 50})
    assert (
        "No example has a score on both sides" in wb.compare(both, "good", baseline="v1").sentence
    )


def test_a_critic_that_scores_all_alike_decides_nothing_but_a_check_in_code_may(make_run):
    run = make_run(
        {"v1": [1.0] * 200, "v2": [1.0] * 200}, truth={"v1": [1.0] * 200, "v2": [1.0] * 200}
    )
    choice = wb.compare(run, "good", baseline="v1")
    assert only(choice).decision == "inconclusive"
    assert "The critic gave every answer the same score" in choice.sentence
    assert only(wb.compare(run, "exact", baseline="v1")).decision == "tie"
    alter_prompt(run, "v2", fingerprint=run.meta.prompts["v1"].fingerprint)
    assert only(wb.compare(run, "good", baseline="v1")).decision == "tie"


# What crashed


@pytest.mark.parametrize(
    "scores", [rates(0.5, 0.52, n=50), {"v1": [0.0, 1.0] * 25, "v2": [0.0, 1.0] * 25}]
)
def test_without_a_margin_no_number_of_examples_is_enough(make_run, scores):
    found = only(wb.compare(make_run(scores), "good", baseline="v1", margin=0))
    assert (found.decision, found.more_examples) == ("need more", None)


def test_a_score_that_is_no_finite_number_is_unscored(make_run):
    scores = rates(0.5, 0.9, n=100)
    scores["v2"][0] = math.inf
    choice = wb.compare(make_run(scores), "good", baseline="v1")
    assert only(choice).pairs == 99
    assert {variant.name: variant.scored for variant in choice.variants} == {"v1": 100, "v2": 99}
    assert math.isfinite(only(choice).interval.estimate)


def test_a_run_without_answers_is_inconclusive_and_one_without_rows_is_one_line(make_run):
    run = make_run({"v1": ["unsent"] * 5, "v2": ["error"] * 5})
    choice = wb.compare(run, "good", baseline="v1")
    assert (only(choice).decision, choice.winner, set(choice.top_set)) == (
        "inconclusive",
        None,
        {"v1", "v2"},
    )
    with pytest.raises(WorkbenchError, match="a run needs rows, and there are none"):
        wb.Run.of([], critics={})
