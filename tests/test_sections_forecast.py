"""A forecast on show: bars and bands, every figure with what it rests on, and unknown ones said."""

import re

import numpy as np
import pytest
from test_forecast import even

import workbench as wb
from workbench.release.demand import Demand
from workbench.sections.forecast import forecast_piece

NARROW = "\u202f"


def cells(drawn):
    """The rows of the table: name, forecast, interval, what it rests on."""
    row = (
        r'scope="row">([^<]+)</th><td [^>]+>([^<]*)</td>\s*<td [^>]+>([^<]*)</td>\s*'
        r'<td [^>]+><span class="sub">([^<]*)<'
    )
    return {found[0]: found[1:] for found in re.findall(row, drawn)}


@pytest.fixture(scope="module")
def drawn():
    logs = even(dollars=0.01)
    return str(wb.show(wb.forecast(logs, share=1.0, rate=0.5, server_hour=2.0)).twin())


def test_it_begins_with_the_money_and_the_servers(drawn):
    assert "<b>About $4.11 a day</b> ($3.72 to $4.55) at full launch; 1 server for the" in drawn


def test_every_figure_names_the_assumptions_it_rests_on_by_number(drawn):
    found = cells(drawn)
    [listed] = re.findall(r'<ol class="small found">(.*?)</ol>', drawn)
    stated = re.findall("<li>([^<]*)</li>", listed)
    assert stated[0] == f"A drift of ±10{NARROW}% is stated, not measured."
    assert found["Cost on a day of the weekend"] == ("$2.40", "$2.17 to $2.65", "1")
    assert found["Servers"] == ("1", "", "1, 2, 5")
    assert stated[1].startswith("One server is said to carry 0.5 requests a second")
    assert stated[4] == "The peak is the busiest minute of logs in its last week."
    assert found["Cost a day, servers"][0] == "$48.00"


def test_logged_days_are_bars_and_coming_ones_lie_in_two_bands(drawn):
    assert drawn.count('class="past"') == 14
    assert drawn.count('class="band2"') == 14
    assert ">logged</text>" in drawn and ">full launch</text>" in drawn
    assert 'aria-label="Requests a second in the busiest minute of each day"' in drawn
    assert ">2 Nov</text>" in drawn and ">23 Nov</text>" in drawn


def test_what_is_not_known_is_said_and_never_zero():
    log = Demand("a<b>", np.arange(1200.0), {}, np.arange(1200), has_users=False)
    drawn = str(forecast_piece(wb.forecast(log, share=1.0)))
    assert cells(drawn)["Servers"] == ("unknown", "", "no rate of one was measured")
    assert "Cost " not in drawn and "Output tokens" not in drawn
    assert "a&lt;b&gt;" in drawn and "a<b>" not in drawn


def test_a_projects_report_holds_it(tmp_path):
    found = wb.forecast(even(dollars=0.01), share=1.0)
    page = wb.report([found], tmp_path / "r.html").read_text("utf-8")
    assert 'id="stage-forecast"' in page
    assert "5,760 requests in 14 days of logs" in page
    assert "15 November 2026" in page
