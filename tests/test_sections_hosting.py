"""Hosted or own servers on show: words, picture, and text from elsewhere."""

import re

import pytest
from front_end import HOSTILE, assert_safe
from test_hosting import CARRIES, SAID, choice  # noqa: F401  a fixture

import workbench as wb
from workbench.page import words
from workbench.sections.hosting import chapter, hosting_piece


@pytest.fixture
def drawn(choice):  # noqa: F811
    def draw(**more):
        given = {"capacity": CARRIES, **SAID, "margin": 0.08, **more}
        return str(hosting_piece(wb.hosting(choice, own=["v1 @ small"], **given)))

    return draw


def test_the_sentence_comes_first_and_the_picture_shows_both_ways(drawn):
    text = drawn()
    assert text.index("Own servers pay from 0.23 to 0.64") < text.index("<svg")
    assert "hosted, $0.57" in text
    assert "your mean 0.47" in text
    assert "your peak 1.2" in text
    assert text.count('class="tooth"') == 1
    assert "0.23 to 0.64</text>" in text


def test_the_rates_of_the_table_rise_and_none_is_told_twice(drawn):
    rates = [float(each) for each in re.findall(r'rowheader" scope="row">([\d.]+)<', drawn())]
    assert rates == sorted(set(rates))
    assert 0.47 in rates


def test_what_an_amount_stands_on_is_said_beside_it(drawn):
    text = drawn()
    assert "One server carries 6.2 requests a second, is used to 85" in text
    assert "draws vary what is stated: prices by 25" in text
    assert "Seconds are those of the run, not under load." in text


def test_the_dates_of_what_it_rests_on_are_told_each_day_once(choice, drawn):  # noqa: F811
    ran = words.date(choice.run.meta.started)
    text = drawn(priced="2026-02-01")
    assert f"Comparison and hosted price of {ran}; server price of 1 February 2026;" in text
    assert "load test without a date." in text


def test_the_project_page_dates_it(choice):  # noqa: F811
    found = wb.hosting(choice, CARRIES, own=["v1 @ small"], margin=0.08, **SAID)
    assert chapter(found, "").at == choice.run.meta.started


def test_without_a_measured_throughput_there_is_no_picture_and_others_figures_stand_beside(drawn):
    text = drawn(capacity=(), published={"a vendor's page": 2200.0})
    assert "<svg" not in text
    assert "nobody measured how many requests a second a server carries" in text
    assert "used for nothing here" in text
    assert "2,200" in text


def test_where_no_rate_pays_nothing_is_shaded(drawn):
    text = drawn(server_hour=500.0)
    assert "No rate pays for own servers" in text
    assert 'class="cross"' not in text


def test_hostile_words_stay_words(drawn):
    text = drawn(considerations=[HOSTILE], published={HOSTILE: 1.0})
    assert_safe(text)


def test_it_is_shown_as_a_view_with_its_sentence(choice):  # noqa: F811
    view = wb.show(wb.hosting(choice, CARRIES, own=["v1 @ small"], margin=0.08, **SAID))
    assert repr(view).startswith("Own servers pay from")
    assert "Hosted" not in view._repr_mimebundle_()["text/plain"]
