"""The short form of the figures that `python -m benchmarks.bounds` simulates in full."""

import pytest

from benchmarks import bounds
from benchmarks.simulation import SHARED, Bench, limit, load_patterns

needs_patterns = pytest.mark.skipif(
    not (SHARED / "tools" / "patterns.py").exists(),
    reason="the shared null patterns are not beside this checkout",
)


@pytest.fixture
def bench():
    return Bench(seed=0, screen=100, repeat=400, patterns=load_patterns())


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


def test_a_rate_misses_its_figure_only_where_its_exact_limit_does():
    assert limit(20, 400, "low") == pytest.approx(0.0229, abs=5e-4)  # 99.9 % one-sided
    assert limit(0, 400, "high") == pytest.approx(1 - 0.001 ** (1 / 400))
    assert (limit(0, 400, "low"), limit(400, 400, "high")) == (0, 1)
