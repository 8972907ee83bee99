"""Surely dominated is shown on all three, paired: not worse by the margin, cheaper, and faster."""

import numpy as np
import pytest
from sample_runs import triage_run

import workbench as wb
from workbench.comparison.dominance import Dominated, all_three, surely_dominated
from workbench.sections.subject import Subject
from workbench.sections.tradeoff import tradeoff

MARGIN = 0.05


def draws(seed, rows, worse_by):
    """Quality of yes and no with a shared half, and money and time that are lower for the other."""
    random = np.random.default_rng(seed)
    shared, u = random.random(rows) < 0.5, random.random((2, rows))
    first, second = (u[0] < 0.8), np.where(shared, u[0], u[1]) < 0.8 - worse_by
    better = second.astype(float) - first
    dearer = random.normal(-0.2, 0.3, rows)
    slower = random.normal(-0.3, 0.5, rows)
    return better, dearer, slower


def test_a_variant_that_is_worse_by_the_margin_dominates_in_fewer_than_the_tail():
    wrong = sum(all_three(*draws(seed, 200, MARGIN), MARGIN, 0.05) for seed in range(300))
    assert wrong <= 0.05 * 300 + 7


def test_one_that_is_as_good_cheaper_and_faster_mostly_dominates():
    right = sum(all_three(*draws(seed, 1000, 0.0), MARGIN, 0.05) for seed in range(50))
    assert right >= 40


@pytest.mark.parametrize("which", [1, 2])
def test_lower_on_two_of_three_is_not_enough(which):
    given = list(draws(0, 1000, 0.0))
    assert all_three(*given, MARGIN, 0.05)
    given[which] = -given[which]
    assert not all_three(*given, MARGIN, 0.05)
    given[which] = np.full(1000, np.nan)
    assert not all_three(*given, MARGIN, 0.05)


def test_where_both_are_free_money_says_nothing_and_few_rows_show_nothing():
    better, _, slower = draws(0, 1000, 0.0)
    assert all_three(better, np.zeros(1000), slower, MARGIN, 0.05)
    assert not all_three(better[:15], np.zeros(15), slower[:15] - 1, MARGIN, 0.05)


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    """v2 is as good as v1 and slower and dearer by far on every row; v3 is better than both."""
    run = triage_run(tmp_path_factory.mktemp("frontier"), count=240)
    for row, name in enumerate(run.columns["prompt"]):
        run.columns["cost"][row] = {"v1": 0.02, "v2": 0.03, "v3": 0.01}[name]
        run.columns["seconds"][row] = {"v1": 0.5, "v2": 0.9, "v3": 0.4}[name] + row % 7 / 100
    return wb.compare(run, "right_queue", baseline="v1", gold="exact")


def test_the_best_of_those_that_dominate_is_named_and_the_plane_says_it(choice):
    assert surely_dominated(choice) == (Dominated("v1", "v3"), Dominated("v2", "v3"))
    drawn = str(tradeoff(Subject(choice)))
    assert (
        "One variant of 3 remains. Surely dominated, by one that costs no more, is faster" in drawn
    )
    assert "v1 by v3 and v2 by v3." in drawn
    assert "surely dominated by v3" in drawn


def test_latency_of_other_sessions_is_never_compared(choice):
    try:
        kept = list(choice.run.sessions)
        choice.run.sessions[:] = [
            "a" if name == "v3" else "b" for name in choice.run.columns["prompt"]
        ]
        assert surely_dominated(choice) == ()
    finally:
        choice.run.sessions[:] = kept
