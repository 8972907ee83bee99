"""Load tests, capacity and hosting as evidence for what is asked."""

from dataclasses import replace

import pytest
from test_capacity import CHAT, LENGTHS
from test_hosting import SAID, choice  # noqa: F401  a fixture

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.requirements.lines import Requirement, Requirements
from workbench.serving import capacity, simulate
from workbench.testing import SimulatedServer

ASKED = Requirements(
    "task",
    (
        Requirement("first_token", quantile=0.95, at_most=1.0),
        Requirement("latency", quantile=0.95, at_most=12.0),
        Requirement("rate", mean=2.0, peak=28.0, on_unknown="warn"),
        Requirement("cost", per=1000, at_most=0.60),
    ),
)
SMALL = "v1 @ small"


@pytest.fixture(scope="module")
def loads():
    server = SimulatedServer(name="small")
    given = {"rates": 2.0, "requirements": CHAT}
    return [simulate(server, LENGTHS, seed=seed, **given) for seed in range(4)]


def words(choice, *beside, asked=ASKED, variant=SMALL):  # noqa: F811
    found = wb.check(asked, choice, *beside, variant=variant)
    return {each.requirement.measure: each for each in found.outcomes}


def test_latency_is_that_under_the_load_a_server_is_planned_for(choice, loads):  # noqa: F811
    found = words(choice, capacity(loads, ASKED))
    level = max(
        each.rate for load in loads for each in load.levels if each.rate <= 0.85 * load.highest
    )
    assert found["latency"].word == "pass"
    assert f"a load test at {level:.1f} a second" in found["latency"].evidence
    assert found["latency"].value.high == 12.0
    assert found["first_token"].word == "pass"


def test_without_a_load_test_latency_is_that_of_the_run(choice):  # noqa: F811
    assert "this run's load" in words(choice)["latency"].evidence


def test_too_few_requests_leave_latency_not_shown(choice, loads):  # noqa: F811
    short = replace(
        loads[0], levels=tuple(replace(each, due=20, attained=0.95) for each in loads[0].levels)
    )
    assert words(choice, capacity(short, ASKED))["latency"].word == "unknown"


def test_the_rate_is_what_the_planned_servers_carry_over_several_runs(choice, loads):  # noqa: F811
    found = words(choice, capacity(loads, ASKED))["rate"]
    assert found.word == "pass"
    assert found.value.low > 28.0
    one = words(choice, capacity(loads[0], ASKED))["rate"]
    assert one.word == "unknown"
    assert "how far another would differ" in one.reason


def test_a_load_test_is_evidence_by_itself(choice, loads):  # noqa: F811
    assert words(choice, loads[0])["latency"].word == "pass"


def test_a_load_test_of_another_model_is_none(choice, loads):  # noqa: F811
    found = words(choice, capacity(loads, ASKED), variant="v1 @ actor")
    assert "this run's load" in found["latency"].evidence
    assert found["rate"].word == "unknown"


def test_a_load_test_of_other_bounds_is_refused(choice, loads):  # noqa: F811
    other = Requirements("task", (Requirement("latency", quantile=0.95, at_most=3.0),))
    with pytest.raises(WorkbenchError, match="the load test asked for"):
        words(choice, loads[0], asked=other)


def test_cost_is_that_of_the_way_a_variant_is_served(choice, loads):  # noqa: F811
    found = wb.hosting(choice, capacity(loads, ASKED), own=[SMALL], margin=0.08, **SAID)
    own, hosted = words(choice, found), words(choice, found, variant="v1 @ actor")
    assert "on own servers at 2.0 requests a second" in own["cost"].evidence
    assert own["cost"].value.estimate == pytest.approx(found.expected.own.estimate)
    assert hosted["cost"].value.estimate == pytest.approx(found.expected.hosted.estimate)
    assert "examples, at the prices" in words(choice)["cost"].evidence
