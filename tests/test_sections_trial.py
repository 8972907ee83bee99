"""A limited release on show: sample ratio first, the effect by day, guardrails in their margins."""

import re

import pytest

import workbench as wb
from workbench import testing
from workbench.sections.arms_table import shown_change, shown_value
from workbench.sections.bound import Bound
from workbench.sections.guardrails import in_margins
from workbench.stats import Interval
from workbench.testing import Planted

NARROW = "\u202f"
MARGINS = {"latency": 0.10, "errors": 0.005, "flags": 0.001}
PLAN = wb.Plan(baseline="v1", days=14, at_most=14, guardrails=MARGINS)


def drawn(planted, plan=PLAN, **about):
    logs = wb.load_logs(
        testing.release_logs(planted=planted, seed=2, users=1500, **about), name="shop"
    )
    trial = wb.launch(logs, plan)
    return trial, str(wb.show(trial).twin())


@pytest.fixture(scope="module")
def harmed():
    return drawn(Planted(lift=0.2, latency=1.4, slices={"fr": -2.0}, coverage=(0.5, 0.4)))


def test_the_word_comes_first_and_the_sample_ratio_above_the_picture(harmed):
    trial, page = harmed
    assert trial.word == "stop"
    assert f"<b>Stop v2</b> after {trial.day} days" in page
    assert page.index("Sample ratio as planned:") < page.index("<figure>")
    assert re.search(
        r"[\d,]+ users saw v1, [\d,]+ saw v2 \(asked: half each; the counts speak", page
    )


def test_the_effect_stands_in_its_band_day_by_day(harmed):
    trial, page = harmed
    assert 'aria-label="v2 against v1 by day, with limits for every look"' in page
    (band,) = re.findall(r'class="wash" points="([^"]+)"', page)
    assert len(band.split()) == 2 * len(trial.by_day)
    assert "day from 2 March 2026" in page


def test_guardrails_are_rows_in_units_of_their_margin_missed_first(harmed):
    _, page = harmed
    names = re.findall(r'scope="row">(p95 latency|Errors|Safety flags)', page)
    assert names[0] == "p95 latency" and set(names) == {"p95 latency", "Errors", "Safety flags"}
    assert '<span class="word worse">missed</span>' in page
    assert ">margin</text>" in page
    assert f'data-l="Margin"><span>+10{NARROW}%<span class="ci">as planned</span>' in page
    assert 'data-l="Margin"><span>+0.1 points<span class="ci">' in page


def test_a_change_far_beyond_its_margin_widens_the_axis_or_is_an_arrow(harmed):
    trial, page = harmed
    axis = in_margins(trial)
    worst = max(trial.guardrails, key=lambda guard: guard.effect / guard.margin)
    assert axis.high == pytest.approx(min(6.0, worst.high / worst.margin + 0.2))
    assert worst.effect / worst.margin < 6 and '<polygon class="dot"' not in page
    beyond = Bound(axis, Interval(9.0, 8.0, 10.0), most=1.0, word="worse")
    drawn = str(beyond.draw())
    assert '<polygon class="dot" points="-8,-6 -8,6 2,0"/>' in drawn and "<circle" not in drawn


def test_a_harmed_slice_is_first_and_says_so_in_words(harmed):
    _, page = harmed
    first = re.search(
        r'scope="row">(\w+)<span class="sub">language: <span class="word worse">', page
    )
    assert first[1] == "fr"
    assert "Would be found, points" in page


def test_who_answered_and_what_the_silent_could_change_is_said(harmed):
    _, page = harmed
    assert "so that who answers may differ too" in page
    assert "Were all the silent good in one arm and bad in the other:" in page


def test_days_of_use_and_every_measure_are_there(harmed):
    _, page = harmed
    assert "first day" in page and "Since first use" in page
    assert "Every measure of both arms" in page and "Tokens a second" in page
    assert "What the plan could show, said before its first day" in page


def test_a_broken_sample_ratio_is_loud_and_nothing_else_is_drawn():
    trial, page = drawn(Planted(lift=0.5, share=0.62))
    assert trial.blocked
    assert '<p class="look"><b>Sample ratio broken:</b>' in page
    assert "more than a million to 1 against it" in page
    assert "<figure>" not in page and "Guardrail" not in page
    assert "+" not in re.sub(r"<[^>]+>", "", page).split("Sample ratio")[0]


def test_names_of_logs_are_text_and_never_markup():
    frame = testing.release_logs(users=200, days=3, history=0)
    frame["arm"] = frame["arm"].replace("v2", "<i>v2")
    frame["tag.language"] = "<b>" + frame["tag.language"]
    trial = wb.launch(wb.load_logs(frame), wb.Plan(baseline="v1", days=3, at_most=3))
    page = str(wb.show(trial).twin())
    assert "&lt;i&gt;v2" in page and "<i>v2" not in page
    assert "<b>en" not in page


def test_a_projects_report_holds_the_release(harmed, tmp_path):
    trial, _ = harmed
    page = wb.report([trial], tmp_path / "r.html").read_text("utf-8")
    assert 'id="stage-trial"' in page and "of shop" in page


def test_changes_are_said_in_their_own_unit():
    assert shown_change("latency", 0.062) == f"+6.2{NARROW}%"
    assert shown_change("flags", -0.00041) == "−0.041"
    assert shown_change("satisfaction", 0.021) == "+2.1"
    assert shown_change("cost", float("inf")) == "open"
    assert shown_value("latency", 1.083) == "1.08 s"
    assert shown_value("cost", 0.0021) == "$0.0021"
