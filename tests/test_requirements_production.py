"""A limited release as evidence for the lines of the requirements."""

import pytest

import workbench as wb
from workbench import testing
from workbench.testing import Planted

LINES = """
requirements:
  - {measure: latency, quantile: 0.95, at_most: 9.0}
  - {measure: latency, quantile: 0.5, at_most: 1.0}
  - {measure: malformed, at_most: 0.03}
  - {measure: errors, at_most: 0.03}
  - {measure: unsafe_output, at_most: 0.0005}
  - {measure: satisfaction, at_least: 0.6}
  - {measure: cost, per: 1000, at_most: 5.0}
  - {measure: quality, at_least: 0.8}
"""
PLAN = wb.Plan(baseline="v1", days=7, at_most=7)


@pytest.fixture
def asked(tmp_path):
    (tmp_path / "r.yaml").write_text(LINES)
    return wb.load_requirements(tmp_path / "r.yaml")


def released(drop=(), **planted):
    frame = testing.release_logs(users=900, days=7, planted=Planted(**planted), seed=5)
    return wb.launch(wb.load_logs(frame.drop(columns=list(drop)), name="shop"), PLAN)


def test_users_show_latency_errors_flags_satisfaction_and_cost(asked):
    checked = wb.check(asked, released())
    words = [each.word for each in checked.outcomes]
    assert words == ["pass", "fail", "pass", "pass", "unknown", "pass", "pass", "unknown"]
    assert checked.variant == "v2"
    assert checked.word == "fail"
    p95, median, *_ = checked.outcomes
    assert median.value.low > 1.0 and p95.value.high < 9.0
    assert p95.evidence.endswith("users of shop") and p95.rows > 2000
    satisfied = checked.outcomes[5].value
    assert satisfied.low < satisfied.estimate < satisfied.high < 0.75
    assert checked.outcomes[7].reason == "the logs of the release do not say"


def test_a_harmful_release_misses_its_lines(asked):
    checked = wb.check(asked, released(lift=-1.5, errors=6.0, cost=4.0))
    missed = {each.requirement.measure for each in checked.outcomes if each.word == "fail"}
    assert {"errors", "satisfaction", "cost"} <= missed


def test_nothing_is_concluded_where_users_were_not_dealt_as_planned(asked):
    checked = wb.check(asked, released(share=0.75))
    assert {each.word for each in checked.outcomes} == {"unknown"}
    assert checked.outcomes[0].reason == "users were not dealt to the arms as planned"


def test_a_column_that_was_not_logged_is_unknown(asked):
    checked = wb.check(asked, released(drop=["malformed"]))
    assert checked.outcomes[2].word == "unknown" and checked.outcomes[2].value is None


def test_it_is_shown_and_kept_like_any_other(asked):
    checked = wb.check(asked, released())
    assert "Errors of users’ requests" in str(wb.show(checked).twin())
    assert checked.decision()["lines"][3]["requirement"]["measure"] == "errors"
