"""Load tests, capacity and hosting as evidence for what is asked."""

import math
from dataclasses import replace

import pytest
from test_capacity import CHAT, LENGTHS
from test_hosting import SAID, choice  # noqa: F401  a fixture

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.requirements.lines import Requirement, Requirements
from workbench.serving import capacity, simulate
from workbench.serving.level import Block
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
    carries = capacity(loads, ASKED)
    found = words(choice, carries)
    planned = [each.rate for load in loads for each in load.levels if each.purpose == "planned"]
    assert found["latency"].word == "pass"
    at = sum(planned) / len(planned)
    assert f"requests of 4 load tests at {at:.1f} a second" in found["latency"].evidence
    assert found["latency"].value.high == 12.0
    assert found["first_token"].word == "pass"


def test_without_a_load_test_latency_is_that_of_the_run(choice):  # noqa: F811
    assert "this run's load" in words(choice)["latency"].evidence


def shortened(load, kept, **changed):
    """A load test whose levels have a block of 20 requests of which so many kept each bound."""
    levels = [
        replace(each, due=20, blocks=(Block(0.0, 1.0, 1.0, 20, kept),), **changed)
        for each in load.levels
    ]
    return replace(load, levels=tuple(levels))


def test_too_few_requests_leave_latency_not_shown_and_no_row_would_help(choice, loads):  # noqa: F811
    found = words(choice, capacity(shortened(loads[0], (20, 20)), ASKED))["latency"]
    assert (found.word, found.reason) == ("unknown", "too few requests to know")
    assert (found.next_step, found.wants_rows) == (
        "load it for longer, or plan more servers",
        False,
    )


@pytest.fixture(scope="module")
def overloaded():
    """A server that keeps 12 s for no request, whatever the rate; the first token comes in time."""
    server = SimulatedServer(name="small", step_seconds=0.15)
    return simulate(server, LENGTHS, rates=2.0, requirements=CHAT)


def test_a_server_that_keeps_the_time_at_no_rate_fails_the_line(choice, overloaded):  # noqa: F811
    found = words(choice, overloaded)
    assert math.isnan(overloaded.highest)
    latency = found["latency"]
    assert latency.word == "fail"
    assert latency.value.estimate > 12.0
    assert latency.value.low == pytest.approx(12.0)
    assert latency.evidence.endswith("a second, the lowest rate that was tried")
    assert found["first_token"].word == "unknown"
    assert found["first_token"].reason == "no rate can be stated of the server"
    assert (found["rate"].word, found["rate"].wants_rows) == ("unknown", False)


def test_a_server_that_answers_nothing_fails_the_line(choice, overloaded):  # noqa: F811
    silent = replace(overloaded, levels=tuple(
        replace(each, answered=0, failures={"timeout": each.due},
                blocks=tuple(replace(block, kept=(0, 0)) for block in each.blocks))
        for each in overloaded.levels
    ))  # fmt: skip
    found = words(choice, silent)["latency"]
    assert (found.word, found.value.estimate) == ("fail", pytest.approx(12.0))
    assert "100\u202f% failed" in found.evidence


def test_a_generator_that_fell_behind_shows_nothing(choice, overloaded):  # noqa: F811
    levels = tuple(replace(each, late=True) for each in overloaded.levels)
    found = words(choice, replace(overloaded, levels=levels))["latency"]
    assert found.word == "unknown"
    assert found.reason.startswith("the generator fell behind")


def test_a_shorter_time_that_was_missed_says_nothing_of_a_longer_one(overloaded):
    longer = Requirements("task", (Requirement("latency", quantile=0.95, at_most=60.0),))
    found = wb.check(longer, wb.capacity(overloaded)).outcomes[0]
    assert (found.word, found.value.low) == ("unknown", 0.0)


def test_a_load_test_that_does_not_say_how_many_kept_a_time_is_no_evidence(choice, loads):  # noqa: F811
    old = replace(loads[0], levels=tuple(
        replace(each, blocks=tuple(replace(block, kept=()) for block in each.blocks))
        for each in loads[0].levels
    ))  # fmt: skip
    assert "this run's load" in words(choice, capacity(old, ASKED))["latency"].evidence


def test_the_load_that_a_server_is_planned_for_is_the_nearest_one_tried_above(loads):
    """Where only rates above 85 % of what it carries were tried, they hold more surely yet."""
    only = replace(loads[1], levels=loads[1].levels[-2:-1])
    assert only.levels[0].holds
    found = wb.check(ASKED, wb.capacity(only)).outcomes[1]
    assert f"{only.highest:.1f} a second" in found.evidence


def test_load_alone_answers_what_it_measures(loads, overloaded):
    carries, fails = wb.check(ASKED, loads[1]), wb.check(ASKED, capacity(overloaded, ASKED))
    assert carries.variant == "small"
    assert [each.word for each in carries.outcomes] == ["pass", "pass", "unknown", "unknown"]
    assert carries.outcomes[3].reason == "load on a server does not say"
    assert carries.outcomes[3].next_step == "measured by the evaluation"
    assert (fails.word, fails.exit_status) == ("fail", 100)


def test_the_rate_is_what_the_planned_servers_carry_over_several_runs(choice, loads):  # noqa: F811
    found = words(choice, capacity(loads, ASKED))["rate"]
    assert found.word == "pass"
    assert found.value.low > 28.0
    one = words(choice, capacity(loads[0], ASKED))["rate"]
    assert one.word == "unknown"
    assert "how far another would differ" in one.reason


def test_a_load_test_is_evidence_by_itself(choice, loads):  # noqa: F811
    assert words(choice, loads[1])["latency"].word == "pass"


def test_a_ladders_short_windows_show_no_slow_spells_and_pass_nothing():
    quick = simulate(SimulatedServer(), LENGTHS, rates=2.0, requirements=CHAT, quick=True)
    found = wb.check(ASKED, quick).outcomes[0]
    assert found.word == "unknown"
    assert found.reason == "no long run at the planned load: 300 s and more show slow spells"


def test_runs_at_the_planned_load_that_failed_count_too(loads):
    """Who leaves them out keeps the lucky ones."""
    planned = loads[1].levels[-1]
    blocks = tuple(replace(each, kept=(each.kept[0], 0)) for each in planned.blocks[:6])
    failed = replace(planned, holds=False, blocks=(*blocks, *planned.blocks[6:]))
    found = wb.check(ASKED, replace(loads[1], levels=(*loads[1].levels, failed)))
    assert [each.word for each in found.outcomes[:2]] == ["pass", "unknown"]


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
