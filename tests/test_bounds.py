"""The short form of the figures that `python -m benchmarks.bounds` simulates in full."""

import pytest

from benchmarks import bounds, claims, compared, labelled, races
from benchmarks.simulation import SHARED, Bench, limit, load_patterns

HAS_PATTERNS = (SHARED / "tools" / "patterns.py").exists()
needs_patterns = pytest.mark.skipif(
    not HAS_PATTERNS, reason="the shared null patterns are not beside this checkout"
)


@pytest.fixture
def bench():
    return Bench(seed=0, screen=100, repeat=400, patterns=load_patterns() if HAS_PATTERNS else None)


def missed(lines):
    return [line for line in lines if not line.reached]


@needs_patterns
@pytest.mark.parametrize("variants", [2, 12])
def test_no_null_pattern_makes_a_false_better(bench, variants):
    wrong = {}
    for index, name in enumerate(bench.patterns.PATTERNS):
        scores = bench.shares(name, bench.random(index), 400, variants, 50)
        hits = int(bounds.any_better(bounds.differences(scores)).sum())
        if limit(hits, 400, "low") > 0.025:
            wrong[name] = hits
    assert wrong == {}


@needs_patterns
def test_the_gate_and_claims_on_held_out_rows_are_as_published(bench):
    assert missed(bounds.gate(bench)) == []
    assert missed(bounds.held_out(bench)) == []


@needs_patterns
@pytest.mark.parametrize("name", ["two peaks, 10 % fail", "+1 on 40 %, -4 on 10 %"])
def test_rare_losses_win_no_race(bench, name):
    tables = bench.shares(name, bench.random(6), 300, 2, 100)
    wrong = [races.raced(x, (0, 1), 0.0, "asymptotic", seed)[0] for seed, x in enumerate(tables)]
    assert limit(sum(wrong), 300, "low") <= 0.05


@needs_patterns
def test_a_race_reads_as_little_as_published(bench):
    assert missed(races.cells_read(bench)) == []


def test_a_prompt_patched_on_its_rows_is_claimed_on_held_ones_only_where_it_is_better(bench):
    assert missed(claims.false_claims(bench, 30)) == []
    assert missed(claims.found_claims(bench, 6)) == []


def test_no_critic_and_no_rare_loss_brings_a_wrong_word_from_thirty_labels_on(bench):
    assert missed(labelled.by_people(bench)) == []
    assert missed(labelled.rare_losses(bench)) == []


@needs_patterns
def test_ten_looks_of_any_kind_through_the_ledger_keep_their_error():
    bench = Bench(seed=0, screen=24, repeat=0, patterns=load_patterns())
    assert missed(compared.mixed_looks(bench)) == []


def test_nothing_ships_against_labels_or_right_answers():
    assert missed(compared.deciders(Bench(seed=0, screen=1, repeat=0, patterns=None))) == []


def test_a_rate_misses_its_figure_only_where_its_exact_limit_does():
    assert limit(20, 400, "low") == pytest.approx(0.0229, abs=5e-4)  # 99.9 % one-sided
    assert limit(0, 400, "high") == pytest.approx(1 - 0.001 ** (1 / 400))
    assert (limit(0, 400, "low"), limit(400, 400, "high")) == (0, 1)
