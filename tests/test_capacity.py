"""What a server carries: over runs, for the peak, and with which settings."""

import math
from dataclasses import replace

import pytest

from workbench import testing
from workbench.errors import ModelError, WorkbenchError
from workbench.requirements.lines import Requirement, Requirements
from workbench.serving import Bounds, LoadTest, Trace, capacity, simulate, sweep
from workbench.serving.server_settings import arguments, combinations
from workbench.stats.intervals import Interval

CHAT = Bounds(first_token=1.0, latency=12.0)
LINES = (
    Requirement("first_token", quantile=0.95, at_most=1.0),
    Requirement("latency", quantile=0.95, at_most=12.0),
    Requirement("rate", mean=10.0, peak=28.0),
)
ASKED = Requirements("task", LINES)
LENGTHS = Trace.of([300, 900, 1500, 2500] * 50, [80, 150, 300, 420] * 50)


def loaded(seed, server=None, **more):
    given = {"rates": 2.0, "requirements": CHAT, "seed": seed, **more}
    return simulate(server or testing.SimulatedServer(), LENGTHS, **given)


@pytest.fixture(scope="module")
def loads():
    return [loaded(seed) for seed in range(3)]


def test_the_interval_comes_from_runs_and_one_run_has_none(loads):
    whole, one = capacity(loads), capacity(loads[0])
    assert whole.runs == 3
    assert 0 < whole.rate.low < whole.rate.estimate <= whole.rate.high < math.inf
    assert (one.rate.low, one.rate.high) == (0.0, math.inf)
    assert any("another would differ" in each for each in one.warnings)


def test_nothing_above_a_rate_that_failed_in_any_run_is_stated(loads):
    low = min(level.rate for level in loads[0].levels if not level.holds)
    apart = replace(loads[1], highest=3 * low)
    assert capacity([loads[0], apart]).rate.estimate == low


def test_servers_are_planned_from_the_peak_at_85_hundredths(loads):
    found = capacity(loads, ASKED)
    assert (found.mean, found.peak) == (10.0, 28.0)
    assert found.replicas == math.ceil(28 / (0.85 * found.rate.estimate))
    assert capacity(loads, ASKED, growth=2.0).replicas == math.ceil(
        56 / (0.85 * found.rate.estimate)
    )
    assert not any("mean" in each for each in found.warnings)


def test_where_only_a_mean_is_known_that_is_said(loads):
    found = capacity(loads, mean=10.0)
    assert any("only a mean rate is known" in each for each in found.warnings)
    assert found.sentence.endswith("servers or more.")


def test_a_peak_below_the_mean_is_refused(loads):
    with pytest.raises(WorkbenchError, match="below the mean"):
        capacity(loads, mean=10.0, peak=3.0)


def test_tests_of_other_bounds_or_of_several_servers_are_refused(loads):
    with pytest.raises(WorkbenchError, match="the load test asked for first token"):
        capacity(loads, Bounds(latency=5.0))
    with pytest.raises(WorkbenchError, match="several servers"):
        capacity([loads[0], replace(loads[1], model="another")])
    with pytest.raises(WorkbenchError, match="needs a load test"):
        capacity([])


def test_one_test_twice_is_no_interval(loads):
    with pytest.raises(WorkbenchError, match="one and the same"):
        capacity([loads[0], loads[1], loaded(0)])


def test_a_server_that_meets_them_at_no_rate_carries_nothing():
    found = capacity(LoadTest("slow", (), CHAT))
    assert not found.is_known
    assert found.replicas is None
    assert found.sentence.startswith("No rate that was tried meets the requirements")


def test_a_rate_that_was_not_confirmed_says_so():
    found = capacity(loaded(0, quick=True))
    assert "not confirmed" in found.sentence
    assert "no long run confirmed the rate" in found.warnings


def test_a_generator_that_fell_behind_is_told_where_it_counts(loads):
    late = replace(loads[0], levels=tuple(replace(each, late=True) for each in loads[0].levels))
    assert any("fell behind" in each for each in capacity(late).warnings)


async def test_a_sweep_chooses_what_carries_most_and_measures_it_anew():
    found = await sweep(
        testing.SimulatedServer(),
        LENGTHS,
        settings={"max-num-seqs": [8, 64], "max_num_batched_tokens": [2048]},
        requirements=ASKED,
        rates=1.0,
    )
    assert [each.settings for each in found.tried] == [
        {"max-num-seqs": 8, "max-num-batched-tokens": 2048},
        {"max-num-seqs": 64, "max-num-batched-tokens": 2048},
    ]
    assert found.best is found.tried[1]
    assert found.tried[1].rate > 1.5 * found.tried[0].rate
    assert found.confirmed
    assert not found.tried[1].load.confirmed
    assert found.rate.estimate == found.loads[0].highest
    assert found.peak == 28.0
    assert found.best.name == "--max-num-seqs 64 --max-num-batched-tokens 2048"


async def test_settings_that_another_beats_in_tokens_and_first_token_are_off_the_front():
    found = await sweep(
        testing.SimulatedServer(), LENGTHS, settings={"step-seconds": [0.008, 0.04]},
        requirements=CHAT, rates=1.0, quick=True,
    )  # fmt: skip
    assert [each.front for each in found.tried] == [True, False]
    assert not found.confirmed


async def test_where_no_settings_meet_the_requirements_that_is_an_error():
    with pytest.raises(ModelError, match="no settings meet the requirements"):
        await sweep(
            testing.SimulatedServer(step_seconds=5.0), LENGTHS, settings={"max-num-seqs": [8]},
            requirements=CHAT, rates=1.0,
        )  # fmt: skip


async def test_a_setting_that_the_server_has_not_is_named():
    with pytest.raises(WorkbenchError, match="no setting 'quantization'"):
        await sweep(
            testing.SimulatedServer(),
            LENGTHS,
            settings={"quantization": ["fp8"]},
            requirements=CHAT,
        )


def test_settings_become_arguments_as_vllm_spells_them():
    chosen = {"max-num-seqs": 64, "enable-prefix-caching": False, "quantization": None}
    assert arguments(chosen) == ("--max-num-seqs", "64", "--no-enable-prefix-caching")
    assert arguments({"enable-prefix-caching": True}) == ("--enable-prefix-caching",)


def test_too_many_settings_and_none_are_refused():
    with pytest.raises(WorkbenchError, match="are 27 servers"):
        combinations({"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]})
    with pytest.raises(WorkbenchError, match="needs values"):
        combinations({"max-num-seqs": []})


def test_the_interval_is_of_the_rate_and_the_servers_at_its_lower_limit_are_told(loads):
    found = replace(capacity(loads, ASKED), rate=Interval(6.0, 4.0, 9.0))
    assert (found.replicas, found.most_replicas) == (6, 9)


async def test_of_settings_that_carry_alike_the_one_with_the_sooner_first_token_is_chosen():
    found = await sweep(
        testing.SimulatedServer(), LENGTHS, settings={"step-seconds": [0.02, 0.008]},
        requirements=CHAT, rates=[1.0, 1.5], quick=True,
    )  # fmt: skip
    assert [each.rate for each in found.tried] == [1.5, 1.5]
    assert found.best.settings == {"step-seconds": 0.008}
