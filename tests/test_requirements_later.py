"""A limited release and the forecast of its full launch as evidence beside a comparison."""

from dataclasses import replace

import pytest
from test_requirements_checking import asked, compared

import workbench as wb
from workbench import testing
from workbench.requirements.lines import Requirement
from workbench.requirements.outcomes import named
from workbench.sections.project import chapter_of
from workbench.stats import Interval
from workbench.testing import Planted

LATENCY = Requirement("latency", quantile=0.5, at_most=5.0)
COST = Requirement("cost", per=1000, at_most=5.0)
ERRORS = Requirement("errors", at_most=0.03, on_unknown="warn")
RATE = Requirement("rate", mean=0.05, peak=0.30, on_unknown="warn")
LINES = asked(LATENCY, COST, ERRORS, RATE)
PLAN = wb.Plan(baseline="v1", days=7, at_most=7)
CARRIES = Interval(0.2, 0.18, 0.22)


@pytest.fixture(scope="module")
def logs():
    frame = testing.release_logs(users=900, days=7, planted=Planted(), seed=5)
    return wb.load_logs(frame, name="shop")


@pytest.fixture(scope="module")
def trial(logs):
    return wb.launch(logs, PLAN)


@pytest.fixture(scope="module")
def choice():
    return compared([1.0] * 60, [1.0] * 60, seconds=[7.0] * 60, cost=[0.009] * 60)


def found(choice, *beside, variant="v2", lines=LINES):
    checked = wb.check(lines, choice, *beside, variant=variant)
    return {each.requirement.measure: each for each in checked.outcomes}


def test_without_users_the_run_answers_what_it_measured(choice):
    alone = found(choice)
    assert [each.word for each in alone.values()] == ["fail", "fail", "unknown", "unknown"]
    assert alone["errors"].reason == "no user has had it"


def test_users_answer_before_the_run_and_what_only_they_know(choice, trial):
    checked = wb.check(LINES, choice, trial, variant="v2")
    by = {each.requirement.measure: each for each in checked.outcomes}
    assert [by[name].word for name in ("latency", "cost", "errors")] == ["pass"] * 3
    assert by["latency"].evidence.endswith("users of shop")
    assert by["rate"].word == "unknown"
    assert checked.choice is choice
    assert checked.word == "pass"
    assert "users of shop" in str(wb.show(checked).twin())


def test_users_of_another_prompt_answer_nothing_and_that_is_said(choice, trial):
    other = found(choice, trial, variant="v1")
    assert [other[name].word for name in ("latency", "cost", "errors")] == [
        "fail",
        "fail",
        "unknown",
    ]
    assert other["errors"].reason == "users had v2, and this is v1"


def test_what_the_logs_do_not_hold_is_not_said_by_them(choice, logs):
    frame = logs.frame.drop(columns=["error", "seconds"])
    by = found(choice, wb.launch(wb.load_logs(frame), PLAN))
    assert by["errors"].reason == "the logs of the release do not say"
    assert by["latency"].evidence == "60 rows at this run's load"


def test_a_full_launch_answers_cost_with_its_drift_and_says_what_it_rests_on(choice, logs, trial):
    foreseen = wb.forecast(logs, arm="v2", share=1.0, drift=0.1)
    cost = found(choice, trial, foreseen)["cost"]
    assert cost.word == "pass"
    of_users = found(choice, trial)["cost"].value
    assert cost.value.estimate == pytest.approx(of_users.estimate, rel=0.02)
    assert cost.value.high > 1.095 * cost.value.estimate > of_users.high
    assert cost.evidence.startswith("full launch foreseen from ")
    assert "drift of ±10" in cost.evidence
    near = replace(COST, at_most=1.05 * of_users.estimate)
    assert found(choice, foreseen, lines=asked(near))["cost"].word == "unknown"


def test_a_forecast_of_another_arm_is_no_evidence(choice, logs):
    foreseen = wb.forecast(logs, arm="v1", share=1.0)
    assert found(choice, foreseen)["cost"].evidence.startswith("60 examples")
    assert "foreseen" in found(choice, wb.forecast(logs, share=1.0))["cost"].evidence


def test_servers_of_a_forecast_cost_where_no_request_has_a_price(choice, logs):
    unpriced = wb.load_logs(logs.frame.drop(columns=["cost"]))
    foreseen = wb.forecast(unpriced, arm="v2", share=1.0, rate=CARRIES, server_hour=0.01)
    cost = found(choice, foreseen)["cost"]
    a_day, requests = foreseen.own_dollars, foreseen.found("requests")
    assert cost.value.estimate == pytest.approx(1000 * a_day.estimate / requests.estimate)
    assert cost.value.high == pytest.approx(1000 * a_day.high / requests.low)
    assert "$0.01 an hour a server" in cost.evidence


def test_a_rate_is_carried_by_the_servers_planned_and_in_doubt_above_the_peak_asked(choice, logs):
    foreseen = wb.forecast(logs, arm="v2", share=1.0, rate=CARRIES)
    carried = found(choice, foreseen)["rate"]
    assert carried.value == Interval(0.2, 0.18, 0.22)
    assert carried.evidence == "1 server planned for 0.067 a second at the peak"
    assert (carried.word, carried.next_step) == (
        "fail",
        "plan servers for the peak that was asked for",
    )
    assert "but 0.20 (0.18 to 0.22)" in named(carried)
    most = foreseen.peak.requests.high
    low = asked(Requirement("rate", mean=0.01, peak=0.99 * most))
    assert found(choice, foreseen, lines=low)["rate"].reason.startswith("the full launch may ask")
    fine = asked(Requirement("rate", mean=0.01, peak=1.01 * most))
    assert found(choice, foreseen, lines=fine)["rate"].word == "pass"
    told = wb.forecast(logs, arm="v2", share=1.0, rate=0.2)
    assert "how far the rate of a server varies" in found(choice, told, lines=fine)["rate"].reason


def test_a_release_and_its_forecast_answer_without_a_comparison(logs, trial):
    foreseen = wb.forecast(logs, arm="v2", share=1.0)
    alone = {each.requirement.measure: each for each in wb.check(LINES, trial, foreseen).outcomes}
    assert alone["cost"].evidence.startswith("full launch foreseen")
    assert alone["latency"].evidence.endswith("users of shop")
    chapter = chapter_of(wb.check(LINES, trial, foreseen))
    assert chapter.evidence == "4 values of v2"
    other = wb.check(LINES, trial, wb.forecast(logs, arm="v1", share=1.0))
    assert other.outcomes[1].evidence.endswith("users of shop")
