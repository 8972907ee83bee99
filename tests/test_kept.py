"""What later stages measured is kept in the store, and the gate takes it: of this text alone, with
its date, and not for ever.
"""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from test_gate import place
from test_requirements_by_serving import LENGTHS

import workbench as wb
from workbench import testing
from workbench.errors import StoreError, WorkbenchError
from workbench.files import canonical
from workbench.plain_fields import plain
from workbench.requirements.lines import GateRules, Requirement, Requirements
from workbench.serving import Bounds, simulate
from workbench.stats.movers import UserQuantile

__all__ = ["place"]

LINES = (
    Requirement("errors", at_most=0.05),
    Requirement("cost", per=1000, at_most=3.0),
    Requirement("rate", mean=2.0, peak=6.0),
    Requirement("quality", at_least=0.5),
)
GATE = GateRules(opinion="allow", kept_for=90.0)
ASKED = Requirements("task", LINES, gate=GATE)
BOUNDS = Bounds(first_token=1.0, latency=12.0)
TODAY = date.today()


def released(days_ago, **planted):
    """Logs of two weeks of a release that ended so many days ago, all messages of v1 and v2."""
    frame = testing.release_logs(300, planted=testing.Planted(**planted), seed=2)
    moved = TODAY - timedelta(days=days_ago) - frame["timestamp"].max().date()
    frame["timestamp"] += moved
    return wb.load_logs(frame, name="shop")


@pytest.fixture(scope="module")
def logs():
    return released(3)


@pytest.fixture(scope="module")
def trial(logs):
    return wb.launch(logs, wb.Plan(baseline="v1"))


@pytest.fixture(scope="module")
def foreseen(logs):
    return wb.forecast(logs, arm="v2", share=1.0)


@pytest.fixture(scope="module")
def loads():
    server = testing.SimulatedServer(name="m")
    given = {"rates": 4.0, "requirements": BOUNDS}
    return [simulate(server, LENGTHS, seed=seed, **given) for seed in range(3)]


async def settled(place, *names, asked=ASKED, **more):
    choice = await place.compared(*names, **more)
    found = await wb.settle(asked, choice, variant=names[-1])
    return {each.requirement.measure: each for each in found.outcomes}


def model_of(place):
    return place.server.model("m", parameters={"max_tokens": 4})


async def test_the_gate_takes_what_was_kept_and_says_when_it_was_measured(
    place, trial, foreseen, loads
):
    kept = {"prompt": place.prompt("v2"), "model": model_of(place), "store": place.store}
    before = await settled(place, "v1", "v2")
    assert (before["errors"].word, before["errors"].reading) == ("unknown", "not tested")
    wb.keep(trial, foreseen, *loads, **kept)
    found = await settled(place, "v1", "v2")
    measured = (TODAY - timedelta(days=3)).isoformat()
    assert found["errors"].word == "pass"
    assert f"of shop, measured {measured}, " in found["errors"].evidence
    assert found["errors"].evidence.endswith("days before these answers")
    assert found["rate"].word == "pass"
    assert f"measured {loads[0].at[:10]}" in found["rate"].evidence
    assert found["quality"].evidence == before["quality"].evidence  # the run measures that


async def test_what_the_run_measures_is_decided_by_the_run(place, trial):
    slow = replace(ASKED, lines=(Requirement("latency", quantile=0.95, at_most=3.0),))
    wb.keep(trial, prompt=place.prompt("v2"), model=model_of(place), store=place.store)
    found = (await settled(place, "v1", "v2", asked=slow, limit=100))["latency"]
    assert (found.word, "this run's load" in found.evidence) == ("pass", True)


async def test_another_text_another_model_and_other_filters_do_not_count(place, trial):
    v1, v2, model = place.prompt("v1"), place.prompt("v2"), model_of(place)
    wb.keep(trial, prompt=v1, model=model, store=place.store)
    assert (await settled(place, "v1", "v2"))["errors"].reason == "no user has had it"
    cases = {
        "is of another text of v2": {"prompt": replace(v1, name="v2"), "model": model},
        "is of another": {"prompt": v2, "model": "another"},
        "stood behind other filters": {"prompt": v2, "model": model, "filters": wb.filters.PII()},
    }
    for reason, given in cases.items():
        wb.keep(trial, **given, store=place.store)
        found = (await settled(place, "v1", "v2"))["errors"]
        assert (found.word, found.value) == ("unknown", None)
        assert found.reason.startswith("the newest limited release (")
        assert found.reason.endswith(reason)
        assert "wb.keep" in found.next_step


async def test_what_is_too_old_does_not_count_and_the_newest_does(place):
    given = {"prompt": place.prompt("v2"), "model": model_of(place), "store": place.store}
    old = wb.launch(released(120), wb.Plan(baseline="v1"))
    wb.keep(old, **given)
    stale = (await settled(place, "v1", "v2"))["errors"]
    assert (stale.word, stale.value) == ("unknown", None)
    assert re.search("is too old: 1(19|20) days before these answers, 90 count$", stale.reason)
    patient = replace(ASKED, gate=replace(GATE, kept_for=200.0))
    assert (await settled(place, "v1", "v2", asked=patient))["errors"].word == "pass"
    wb.keep(wb.launch(released(2, errors=6.0), wb.Plan(baseline="v1")), **given)
    assert (await settled(place, "v1", "v2", asked=patient))["errors"].word == "fail"


async def test_what_was_measured_after_the_answers_is_of_no_age(place):
    given = {"prompt": place.prompt("v2"), "model": model_of(place), "store": place.store}
    wb.keep(wb.launch(released(-5), wb.Plan(baseline="v1")), **given)
    strict = replace(ASKED, gate=replace(GATE, kept_for=0.0))
    found = (await settled(place, "v1", "v2", asked=strict))["errors"]
    assert found.word == "pass"
    assert found.evidence.endswith(f"measured {(TODAY + timedelta(days=5)).isoformat()}")


async def test_the_peak_that_was_foreseen_has_a_say_in_the_rate_that_a_server_carries(
    place, foreseen, loads
):
    given = {"prompt": place.prompt("v2"), "model": model_of(place), "store": place.store}
    small = replace(ASKED, lines=(Requirement("rate", mean=0.00001, peak=0.00002),))
    wb.keep(*loads, **given)
    assert (await settled(place, "v1", "v2", asked=small))["rate"].word == "pass"
    wb.keep(foreseen, **given)
    found = (await settled(place, "v1", "v2", asked=small))["rate"]
    assert (found.word, "the full launch may ask for" in found.reason) == ("unknown", True)


async def test_load_that_was_held_to_other_bounds_says_so(place, loads):
    wb.keep(*loads, prompt=place.prompt("v2"), model=model_of(place), store=place.store)
    faster = (*LINES, Requirement("first_token", quantile=0.95, at_most=0.2))
    asked = replace(ASKED, lines=faster)
    found = await settled(place, "v1", "v2", asked=asked, limit=100)
    for measure in ("first_token", "rate"):
        assert "the load test asked for first token within 1.00 s" in found[measure].reason


async def test_a_recording_carries_what_was_kept_and_ci_decides_the_same(place, trial, loads):
    given = {"prompt": place.prompt("v2"), "model": model_of(place), "store": place.store}
    wb.keep(trial, *loads, **given)
    choice = await place.compared("v1", "v2")
    first = await wb.settle(ASKED, choice, variant="v2")
    path = place.store.write_calls(place.folder / "calls.jsonl", choice.run.id)
    place.store = wb.Store(place.folder / "replayed.db")
    place.store.read_calls(path)
    place.store.read_calls(path)
    assert len(place.store.evidence.every()) == 2
    again = await wb.settle(ASKED, await place.compared("v1", "v2"), variant="v2")
    assert canonical(again.decision()) == canonical(first.decision())
    assert "user" not in {*json.loads(path.read_text().splitlines()[-1])["evidence"]["body"]}


async def test_a_recording_that_was_damaged_is_refused_with_its_line(place, trial):
    wb.keep(trial, prompt=place.prompt("v2"), model="m", store=place.store)
    path = place.store.write_calls(place.folder / "calls.jsonl")
    path.write_text(path.read_text().replace('"kind":"trial"', '"kind":7'))
    with pytest.raises(StoreError, match=r"calls\.jsonl, line 1"):
        wb.Store(place.folder / "new.db").read_calls(path)


def test_a_release_is_kept_without_users_and_texts_and_its_limits_stay(trial):
    small = trial.without_logs()
    assert small.logs is None
    for measure, quantile in (("latency", 0.95), ("errors", 0.0), ("cost", 0.0)):
        whole, kept = trial.shown(measure, quantile), small.shown(measure, quantile)
        assert (whole.messages, whole.users) == (kept.messages, kept.users)
        for tail in (0.05, 0.001):
            ends = whole.figure.limits(tail)
            assert kept.figure.limits(tail) == pytest.approx(ends)
    assert isinstance(trial.shown("latency", 0.95).figure, UserQuantile)
    assert small.shown("latency", 0.95).figure.limits(1e-9) == (-float("inf"), float("inf"))
    assert small.shown("latency", 0.42) is None
    assert small.shown("errors") == small.shown("errors", 0.0)
    assert (small.shown("errors").measure, small.shown("errors").quantile) == ("errors", 0.0)


def test_load_of_another_server_and_strange_things_are_refused(tmp_path, loads):
    store: Any = wb.Store(tmp_path / "store.db")
    strange: Any = ("a trial",)
    with pytest.raises(WorkbenchError, match="these load tests are of m, and this is other"):
        wb.keep(*loads, prompt=prompt_of(tmp_path), model="other", store=store)
    with pytest.raises(WorkbenchError, match="keep knows no str"):
        wb.keep(*strange, prompt=prompt_of(tmp_path), model="m", store=store)


def prompt_of(folder):
    path = folder / "p.prompty"
    path.write_text("---\nname: p\n---\nuser:\n{{text}}\n")
    return wb.load_prompt(path)


def test_the_newest_of_each_kind_comes_back(tmp_path, trial, foreseen, loads):
    given = {"prompt": prompt_of(tmp_path), "model": "m", "store": tmp_path / "store.db"}
    assert [*wb.load_kept(**given)] == []
    wb.keep(*loads[:2], foreseen, **given)
    wb.keep(trial, wb.capacity(loads), **given)
    wb.keep(trial, **given)
    kept = wb.load_kept(**given)
    assert repr(kept) == "Kept: capacity, trial and forecast"
    carries, release, launch = kept.capacity, kept.trial, kept.forecast
    assert [*kept] == [carries, release, launch]
    assert canonical(plain(carries)) == canonical(plain(wb.capacity(loads)))
    assert launch == foreseen
    assert repr(release) == repr(trial)
    assert release.sentences == trial.sentences
    assert len(wb.Store(tmp_path / "store.db").evidence.every()) == 4
