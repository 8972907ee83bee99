"""What a limited release says: planted effects are found, absent ones are not, and reasons are
data.
"""

import math
import re

import pandas as pd
import pytest

import workbench as wb
from benchmarks import launches
from workbench import testing
from workbench.errors import DatasetError
from workbench.testing import Planted

FAULTS = ["silence", "attrition", "crowds", "ramps"]
MARGINS = {"latency": 0.10, "cost": 0.10, "errors": 0.005, "flags": 0.001}
PLAN = wb.Plan(baseline="v1", days=14, at_most=14, guardrails=MARGINS)


def trial(planted, plan=PLAN, seed=1, **about):
    about = {"days": 14, **about}
    return wb.launch(wb.load_logs(testing.release_logs(planted=planted, seed=seed, **about)), plan)


def kinds(found):
    return [(each.kind, each.about) for each in found.reasons]


@pytest.fixture(scope="module")
def gain():
    return trial(Planted(lift=0.3), seed=2)


def test_a_lasting_gain_ships_at_the_end_of_a_fortnight(gain):
    assert (gain.word, gain.day, gain.more_days) == ("ship", 14, 0)
    assert ("better", "satisfaction") in kinds(gain)
    assert [each.word for each in gain.guardrails] == ["holds"] * 4
    assert gain.sentence.startswith("Ship v2, after 14 days. Satisfaction: better, +")
    assert gain.estimate.low > 0
    assert not gain.blocked


def test_a_gain_that_wears_off_slowly_says_so_beside_its_ship(gain):
    fading = trial(Planted(lift=0.5, fade=10), seed=3)
    assert fading.word == "ship" and ("fading", "satisfaction") in kinds(fading)
    said = next(each.sentence for each in fading.reasons if each.kind == "fading")
    assert said.startswith("Satisfaction: +8.1 points in the first seven days and +4.8 points in")
    assert "fading" not in [kind for kind, _ in kinds(gain)]


def test_what_is_drawn_is_there_as_data(gain):
    assert [each.day for each in gain.by_day] == list(range(1, 15))
    last = gain.by_day[-1]
    assert (last.low, last.high) == (gain.estimate.low, gain.estimate.high)
    assert last.better and not last.harmed
    assert str(last.date) == "2026-03-15"
    assert last.users[0] + last.users[1] > 2500
    assert last.information > gain.by_day[0].information > 0
    assert {each.measure for each in gain.measures} >= {"satisfaction", "latency", "cost", "speed"}
    assert sorted(each.value for each in gain.slices) == ["de", "en", "es", "fr", "ja", "pt"]
    assert all(each.findable > 0 for each in gain.slices)
    assert gain.since_first[0].days == (0, 0)
    assert gain.coverage.arms[0].estimate == 1
    for each in gain.chances:
        assert list(each.by_day) == [14, 21]
        assert 0 < each.by_day[14] <= each.by_day[21] + 0.1 <= 1.1


def test_what_a_few_users_carry_does_not_ship():
    rows = testing.release_logs(planted=Planted(lift=0.3), seed=2)
    from_first = rows[rows["arm"] != ""]
    liked = from_first[from_first["arm"] == "v2"].assign(feedback=1.0)
    bots = [liked.assign(user=f"bot{number}") for number in range(3)]
    both = pd.concat([rows, *bots]).sort_values("timestamp")
    found = wb.launch(wb.load_logs(both), PLAN)
    assert found.word == "hold"
    (few,) = [each for each in found.reasons if each.kind == "few users"]
    assert few.value < 10 and few.bound == 30
    assert "take bots and testers out" in found.sentence


def test_no_effect_is_held_when_the_plan_is_over():
    found = trial(Planted())
    assert (found.word, found.day) == ("hold", 14)
    assert ("undecided", "satisfaction") in kinds(found)


def test_before_the_first_verdict_day_it_asks_for_the_days_that_are_left():
    found = trial(Planted(), days=5)
    assert (found.word, found.more_days, found.day) == ("more days", 9, 5)
    assert found.sentences[0] == "9 more days for v2, after 5 days."


def test_harm_stops_at_the_first_look_that_shows_it():
    found = trial(Planted(lift=-0.5))
    assert found.word == "stop"
    assert found.day < 14
    assert kinds(found)[0] == ("harm", "satisfaction")
    assert len(found.by_day) == 14


def test_a_regression_beside_a_gain_does_not_ship():
    found = trial(Planted(lift=0.3, latency=1.25))
    assert found.word == "stop"
    assert ("harm", "latency") in kinds(found)
    (latency,) = (each for each in found.guardrails if each.measure == "latency")
    assert latency.word == "harmed"
    assert latency.relative and latency.effect == pytest.approx(0.25, abs=0.1)


def test_a_wrong_sample_ratio_blocks_every_verdict_and_says_where():
    found = trial(Planted(lift=0.5, share=0.58))
    assert found.word == "hold"
    assert found.blocked
    assert kinds(found) == [("sample ratio", kinds(found)[0][1])]
    assert kinds(found)[0][1].startswith("v1 1,")
    assert found.odd_segments[0][1] > 0


def test_a_release_that_may_go_on_asks_for_no_days_where_all_is_said_or_nothing_may_be():
    going_on = wb.Plan(baseline="v1", days=14, at_most=28)
    blocked = trial(Planted(share=0.6), going_on, days=5)
    shipped = trial(Planted(lift=0.3), going_on, seed=2)
    assert (blocked.word, blocked.more_days, blocked.blocked) == ("hold", 0, True)
    assert (shipped.word, shipped.more_days, shipped.day) == ("ship", 0, 14)


ENGAGING = wb.Plan(
    "v1", days=14, at_most=14, primary="engagement", guardrails={"satisfaction": 0.05}
)


def test_users_who_come_back_more_often_are_found_and_no_change_is_not():
    words = {
        factor: trial(Planted(engagement=factor), ENGAGING, seed=3).word
        for factor in (0.6, 1.0, 1.6)
    }
    assert words == {0.6: "stop", 1.0: "hold", 1.6: "ship"}


def test_engagement_is_the_share_of_days_after_the_first_on_which_users_came_back():
    days = {"v1": {"a": [0, 1, 1, 3], "b": [2]}, "v2": {"c": [0, 2, 3], "d": [3]}}
    rows = [
        {"user": user, "arm": arm, "timestamp": f"2026-03-0{2 + day}T1{hour}:00Z", "feedback": 1}
        for arm, users in days.items()
        for user, seen in users.items()
        for hour, day in enumerate(seen)
    ]
    found = wb.launch(wb.load_logs(pd.DataFrame(rows)), wb.Plan("v1", days=4, at_most=4))
    (engaged,) = (each for each in found.measures if each.measure == "engagement")
    baseline, challenger = engaged.arms
    assert baseline.estimate == 2 / 4  # a: days 1 and 3 of three; b: none of one
    assert challenger.estimate == 2 / 3  # c: days 2 and 3 of three; d: no day after the first
    assert engaged.effect.estimate == pytest.approx(2 / 3 - 1 / 2)


def test_a_loss_of_engagement_is_a_guardrail_beside_a_gain():
    plan = wb.Plan("v1", days=14, at_most=14, guardrails={"engagement": 0.04})
    harmed = trial(Planted(lift=0.3, engagement=0.5), plan, seed=2)
    assert ("harm", "engagement") in kinds(harmed)
    fine = trial(Planted(lift=0.3), plan, seed=2)
    assert (fine.word, fine.guardrails[0].word) == ("ship", "holds")
    page = str(wb.show(fine).twin())
    assert "Days on which users came back" in page


def test_days_of_use_of_an_engaging_release_begin_after_the_first():
    found = trial(Planted(engagement=1.6), ENGAGING, seed=3)
    assert found.since_first[0].days == (1, 1)
    assert {each.value for each in found.slices} == {"de", "en", "es", "fr", "ja", "pt"}
    assert 'data-l="User-days"' in str(wb.show(found).twin())


def test_a_release_of_one_day_knows_no_engagement_and_does_not_fail():
    found = trial(Planted(), wb.Plan("v1", days=1, at_most=1, primary="engagement"), days=1)
    (engaged,) = (each for each in found.measures if each.measure == "engagement")
    assert math.isnan(engaged.effect.estimate)
    assert found.word == "hold"


def test_a_harmed_slice_is_named():
    found = trial(Planted(slices={"fr": -1.2}))
    assert ("slice", "language=fr") in kinds(found)
    assert [each.value for each in found.slices if each.harmed] == ["fr"]


def test_feedback_of_fewer_users_is_said_and_bounded():
    found = trial(Planted(coverage=(0.4, 0.2)))
    assert any(kind == "feedback" for kind, _ in kinds(found))
    assert found.coverage.difference.high < 0
    low, high = found.coverage.bounds
    assert low < -0.5 and high > 0.5


def test_without_history_the_calendar_pays_and_that_is_said():
    found = trial(Planted(), history=0)
    assert ("no history", "") in kinds(found)
    assert found.by_day[6].information == 0.5
    assert found.chances == ()


def test_unplanned_looks_are_wider_than_planned_ones():
    planned = trial(Planted())
    unplanned = trial(Planted(), wb.Plan("v1", at_most=14, guardrails=MARGINS, looks="unplanned"))
    assert unplanned.estimate.half_width > 1.1 * planned.estimate.half_width
    assert math.isfinite(unplanned.estimate.half_width)


def test_days_after_the_plan_decide_nothing():
    found = trial(Planted(), days=17)
    assert found.day == 14
    assert len(found.by_day) == 14
    assert ("beyond plan", "") in kinds(found)


def test_a_release_that_was_ended_uses_what_is_left_of_the_error():
    plan = wb.Plan("v1", guardrails=MARGINS)
    logs = wb.load_logs(testing.release_logs(days=16, planted=Planted(lift=0.1), seed=4))
    going, ended = wb.launch(logs, plan), wb.launch(logs, plan, ended=True)
    assert ended.day == 14
    assert ended.estimate.half_width < going.by_day[13].high - going.by_day[13].effect


def test_users_of_both_arms_and_rows_of_none_are_left_out_and_said():
    frame = testing.release_logs(users=300, days=14, seed=5)
    frame.loc[frame.index[-3:], "arm"] = ""
    twice = frame[frame["arm"] == "v1"].iloc[[0]].assign(arm="v2")
    found = wb.launch(wb.load_logs(pd.concat([frame, twice])), PLAN)
    said = {each.kind: each.value for each in found.reasons}
    assert said["both arms"] == 1
    assert said["other rows"] == 3


def test_arms_that_cannot_be_told_apart_are_asked_for():
    logs = wb.load_logs(testing.release_logs(users=50, days=2))
    with pytest.raises(DatasetError, match="which arms are compared"):
        wb.launch(logs)
    with pytest.raises(DatasetError, match="no arm 'v3' in the release: there are v1, v2"):
        wb.launch(logs, wb.Plan("v3"))


def test_a_handful_of_messages_says_nothing_and_does_not_fail():
    frame = testing.release_logs(users=6, days=2, history=0, seed=1)
    found = wb.launch(wb.load_logs(frame), PLAN)
    assert found.word == "more days"
    assert {each.word for each in found.guardrails} <= {"undecided", "unknown"}


def test_logs_with_feedback_alone_are_enough():
    frame = testing.release_logs(days=14, planted=Planted(lift=0.4), seed=6)
    frame = frame[["user", "arm", "timestamp", "feedback"]]
    found = wb.launch(wb.load_logs(frame), wb.Plan("v1", at_most=14))
    assert found.word == "ship"
    assert found.guardrails == ()
    named = wb.launch(wb.load_logs(frame), PLAN)
    assert named.word == "hold"
    assert ("not measured", "latency") in kinds(named)


@pytest.mark.parametrize(
    "fields",
    [
        {"days": 0},
        {"days": 15, "at_most": 14},
        {"alpha": 1.0},
        {"guardrails": {"speeed": 0.1}},
        {"primary": "latency"},
        {"margin": 0.0},
    ],
)
def test_a_plan_that_says_nothing_sensible_is_refused(fields):
    with pytest.raises(ValueError):
        wb.Plan(**fields)


def test_verdicts_fall_on_the_ends_of_whole_weeks():
    assert wb.Plan().verdict_days == (14, 21, 28)
    assert wb.Plan(days=15, at_most=30).verdict_days == (21, 28)
    assert wb.Plan(days=5, at_most=13).verdict_days == (5, 12)
    assert wb.Plan(days=15, at_most=16).verdict_days == (16,)


@pytest.mark.parametrize(
    "name", ["rule", "dealing", "parts", "looks", "honesty", "engaged", "foreseen", *FAULTS]
)
def test_planted_effects_are_found_and_absent_ones_are_not(name):
    """The short form of `python -m benchmarks.launches`."""
    lines = list(launches.CHECKS[name](launches.Bench(seed=1, times=3)))
    assert lines
    assert [line for line in lines if not line.reached] == []


def test_a_plan_says_before_its_first_day_what_it_could_show():
    logs = wb.load_logs(testing.release_logs(users=3000, days=1, history=14, seed=8))
    plan = wb.Plan("v1", days=14, at_most=21, guardrails=MARGINS, start="2026-03-02")
    found = {each.measure: each for each in wb.chances(logs, plan)}
    assert list(found) == list(MARGINS)
    assert list(found["latency"].by_day) == [14, 21, 28]
    assert found["latency"].by_day[21] > 0.85
    assert found["flags"].by_day[14] < found["flags"].by_day[28]
    assert found["errors"].needed == pytest.approx(1 - 0.2 / 5)
    assert re.fullmatch(
        r"cost within its margin: [01]\.\d\d on day 14, .* on day 28; 0\.96 wanted",
        found["cost"].sentence,
    )
    narrow = {each.measure: each for each in wb.chances(logs, wb.Plan("v1", start="2026-03-02"))}
    assert narrow["latency"].by_day[28] < found["latency"].by_day[21]


def test_feedback_that_nobody_gave_decides_nothing():
    frame = testing.release_logs(users=300, days=14, seed=9).assign(feedback=None)
    found = wb.launch(wb.load_logs(frame), PLAN)
    assert found.word == "hold"
    assert found.sentences[1] == "Satisfaction: undecided, unknown, the lower limit unknown."
    with pytest.raises(DatasetError, match="the logs do not tell satisfaction"):
        wb.launch(wb.load_logs(frame.drop(columns="feedback")), PLAN)


def test_one_row_of_another_century_changes_nothing():
    frame = testing.release_logs(users=300, days=15, seed=9)
    odd = frame.iloc[[0, -1, -1]].assign(
        timestamp=["1990-01-01T00:00:00Z", "2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"]
    )
    frame["timestamp"] = frame["timestamp"].astype(str)
    found = wb.launch(wb.load_logs(pd.concat([frame, odd])), PLAN)
    assert found.day == 14
    assert ("old rows", "") in kinds(found)


def test_a_tag_of_a_thousand_values_is_looked_at_where_it_is_frequent():
    frame = testing.release_logs(users=300, days=14, seed=9)
    frame["tag.place"] = [f"<b>{number % 1000}" for number in range(len(frame))]
    found = wb.launch(wb.load_logs(frame), PLAN)
    said = {each.kind: each.value for each in found.reasons}
    assert said["more slices"] == 956
    assert 6 <= len(found.slices) <= 50
