"""Releases whose logs mislead: who answers, who leaves, who was dealt when, and who writes most."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import testing
from workbench.stats.intervals import StudentMean
from workbench.stats.unheard import silent_bounds, surplus_bounds
from workbench.stats.user_ratios import UserRatio
from workbench.testing import Planted

PLAN = wb.Plan("v1", days=14, at_most=14, guardrails={"cost": 0.5})
RANDOM = 3  # seed


def rows_of(seed=3, users=3000, **planted):
    return testing.release_logs(users, planted=Planted(**planted), seed=seed)


def told(rows, plan=PLAN):
    trial = wb.launch(wb.load_logs(rows), plan)
    return trial, {each.kind: each for each in trial.reasons}


def arm(share):
    return UserRatio(share, 0.0, 100.0, 100, 100.0)


def test_the_surplus_of_answers_is_taken_to_be_all_good_and_all_bad():
    observed = StudentMean(0.10, 0.02, 100.0)
    found = surplus_bounds(observed, (arm(0.7), arm(0.8)), (arm(0.4), arm(0.5)))
    # a fifth of the challenger's answers: of the rest .6/.8 are good, or all .8/.8
    assert found.low.estimate == pytest.approx(0.75 - 0.7)
    assert found.high.estimate == pytest.approx(1.0 - 0.7)
    turned = surplus_bounds(observed, (arm(0.7), arm(0.8)), (arm(0.5), arm(0.4)))
    assert turned.low.estimate == pytest.approx(0.8 - 0.7 / 0.8)
    assert turned.high.estimate == pytest.approx(0.8 - 0.5 / 0.8)
    assert (turned.estimate, turned.error) == (0.10, 0.02)
    low, high = found.limits(0.025)
    assert low < found.low.estimate and high > found.high.estimate


def test_all_of_the_silent_are_taken_to_be_good_in_one_arm_and_bad_in_the_other():
    observed = StudentMean(0.10, 0.02, 100.0)
    found = silent_bounds(observed, (arm(0.7), arm(0.8)), (arm(0.4), arm(0.5)))
    assert found.low.estimate == pytest.approx(0.40 - (0.28 + 0.6))
    assert found.high.estimate == pytest.approx((0.40 + 0.5) - 0.28)


def silenced(rows, pleased, displeased):
    """Messages of which 3 in 10 are rated, in the challenger by what users thought of them."""
    kept = np.full(len(rows), 0.3)
    is_new = (rows["arm"] == "v2").to_numpy()
    kept[is_new] *= np.where(rows["feedback"][is_new] > 0.5, pleased, displeased)
    silent = np.random.default_rng(RANDOM).random(len(rows)) >= kept
    return rows.assign(feedback=rows["feedback"].mask(silent))


def test_a_release_whose_displeased_users_fall_silent_does_not_ship_for_it():
    rows = silenced(rows_of(), 1.0, 0.6).drop(columns=["regenerate", "resolved"])
    trial, said = told(rows)
    assert trial.word == "hold"
    coverage = trial.coverage
    assert (coverage.differs, coverage.decides) == (True, "surplus")
    low, high = coverage.between
    assert abs(low) < 0.02 < high  # nothing was planted
    assert (said["surplus"].value, said["surplus"].bound) == (low, high)
    assert "the word stands on that" in said["surplus"].sentence
    assert trial.estimate.low < low < trial.estimate.estimate
    ends = trial.measures[0].effect  # the observed alone would have shipped
    assert trial.measures[0].measure == "satisfaction" and ends.low > 0.03


def test_users_who_answer_for_other_reasons_are_found_by_what_else_is_logged():
    rows = silenced(rows_of(), 1.3, 0.3)  # as many answers in both arms
    trial, said = told(rows)
    assert (trial.word, trial.coverage.decides) == ("hold", "silent")
    assert said["other reasons"].about == trial.coverage.told_by == "resolved"
    assert trial.coverage.between == pytest.approx(trial.coverage.bounds)


def test_feedback_of_few_who_answer_alike_decides_as_it_is():
    trial, said = told(rows_of(lift=0.6, coverage=(0.3, 0.3)))
    assert trial.word == "ship"
    assert trial.coverage.decides == "observed"
    assert not {"surplus", "other reasons"} & set(said)


def left(rows, share):
    """The rows without those after the first bad answer of a share of the challenger's users."""
    users = rows.loc[rows["arm"] == "v2", "user"].unique()
    leaving = set(users[np.random.default_rng(RANDOM).random(len(users)) < share])
    bad = (rows["arm"] == "v2") & (rows["feedback"] == 0) & rows["user"].isin(leaving)
    before = bad.groupby(rows["user"]).cumsum() - bad
    return rows[before == 0]


def test_users_who_leave_are_named_and_a_gain_does_not_ship_over_them():
    rows = rows_of(lift=0.3)
    stays, _ = told(rows)
    leaves, said = told(left(rows, 0.3))
    assert (stays.word, leaves.word) == ("ship", "hold")
    assert said["leaving"].value < -0.02
    assert "Users of the challenger leave (−" in said["leaving"].sentence


def test_a_plan_that_watches_engagement_itself_says_it_once():
    plan = wb.Plan("v1", days=14, at_most=14, guardrails={"engagement": 0.02})
    trial, said = told(left(rows_of(lift=0.3), 0.5), plan)
    assert trial.word in ("hold", "stop")
    assert "leaving" not in said


def ramped(rows, shares, *, anew):
    """The same users dealt at these shares by day from 2 March, once each or every day `anew`."""
    day = (rows["timestamp"] - pd.Timestamp("2026-03-02", tz="UTC")).dt.days
    own = {name: number for number, name in enumerate(sorted(rows["user"].unique()))}
    place = np.random.default_rng(RANDOM).random(len(own))[rows["user"].map(own)]
    when = day if anew else day.where(day >= 0).groupby(rows["user"]).transform("min")
    at = when.fillna(0).clip(0, len(shares) - 1).astype(int)
    arms = np.where(place < np.array(shares)[at], "v2", "v1")
    return rows.assign(arm=np.where(day < 0, "", arms))


SHARES = (0.05, 0.05, 0.2, 0.2, 0.5)
STATED = {"2026-03-02": 0.05, "2026-03-04": 0.2, "2026-03-06": 0.5}


def test_a_ramp_stops_the_release_with_what_to_say_and_is_even_when_said():
    rows = ramped(rows_of(users=4000), SHARES, anew=False)
    late = rows.groupby("user")["timestamp"].transform("max") > "2026-03-06"
    first = rows[rows["arm"] != ""].groupby("user")["timestamp"].min()
    early = rows["user"].map(first) < "2026-03-04"
    rows.loc[early & late & (rows["arm"] != ""), "feedback"] = 0.0  # who came early is displeased
    trial, said = told(rows)
    assert trial.blocked and trial.word == "hold"
    assert said["ramp"].about.startswith('ramp={"2026-03-02": 0.0')
    assert said["ramp"].value == 3
    plan = wb.Plan("v1", days=14, at_most=14, guardrails={"cost": 0.5}, ramp=STATED)
    evened, said = told(rows, plan)
    assert not evened.blocked and evened.word == "hold"
    assert said["evened"].value > 500
    (satisfaction, *_) = evened.measures
    assert satisfaction.effect.low < 0 < satisfaction.effect.high
    assert repr(asdict(told(rows, plan)[0])) == repr(asdict(evened))  # the draw is the names' own


def test_a_ramp_that_deals_old_users_anew_begins_with_its_last_stage():
    rows = ramped(rows_of(users=4000), SHARES, anew=True)
    trial, said = told(rows)
    assert trial.blocked
    assert said["dealt anew"].about == 'start="2026-03-06"'
    begun, _ = told(rows, wb.Plan("v1", days=7, at_most=7, start="2026-03-06"))
    assert not begun.blocked


def test_shares_that_even_out_over_the_days_are_found():
    rows = ramped(rows_of(users=8000), (0.42, 0.565), anew=False)
    trial, said = told(rows)
    users = trial.by_day[-1].users
    assert abs(users[1] / sum(users) - 0.5) < 0.02
    assert trial.blocked and said["ramp"].value == 2


@pytest.mark.parametrize(
    "ramp", [{"2026-03-04": 0.5, "2026-03-02": 0.1}, {"2026-03-02": 0.2}, {"2026-03-02": 1.5}]
)
def test_a_ramp_that_is_none_is_refused(ramp):
    with pytest.raises(ValueError, match="ramp"):
        wb.Plan("v1", ramp=ramp)


def test_bots_stop_no_release_and_are_named():
    rows = rows_of()
    new = rows[rows["arm"] == "v2"].assign(feedback=0.0, seconds=90.0)
    bots = [new.assign(user=f"bot{number}") for number in range(2)]
    trial, said = told(pd.concat([rows, *bots]), wb.Plan("v1", days=14, at_most=14))
    assert trial.word == "hold"
    assert said["few users"].value < 30
    assert {each.word for each in trial.guardrails} == {"unknown"}
