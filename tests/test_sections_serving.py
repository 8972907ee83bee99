"""Load tests, capacity and sweeps on show."""

from dataclasses import replace

import pytest
from front_end import HOSTILE, assert_safe
from test_capacity import ASKED, CHAT, LENGTHS, loaded

import workbench as wb
from workbench import testing
from workbench.sections import capacity as drawn_capacity
from workbench.sections import load_test as drawn_load
from workbench.sections.project import Project
from workbench.serving import Bounds, capacity, sweep


@pytest.fixture(scope="module")
def load():
    return loaded(0)


def test_a_load_test_says_its_rate_first_then_draws_both_plots_over_one_axis(load):
    text = str(drawn_load.piece(load))
    assert text.index("requests a second:") < text.index("<svg")
    assert text.count("asked: 95") == 1
    assert text.count('class="plot"') == 2
    assert f"{load.highest:.1f}, held for 300 s" in text
    assert "time counts from then" in text


def test_every_rate_has_a_row_and_what_60_seconds_cannot_show_is_not_shown(load):
    text = str(drawn_load.piece(load))
    assert text.count('role="rowheader"') == len(load.levels)
    assert text.count("highest rate</span>") == 1
    assert "60 s are too few" in text or "missed" in text


def test_rates_at_which_the_generator_lagged_are_hatched(load):
    last = load.levels[-1].rate
    levels = tuple(replace(each, late=each.rate >= last) for each in load.levels)
    text = str(drawn_load.piece(replace(load, levels=levels)))
    assert "the generator lagged</text>" in text
    assert "count for nothing" in text
    assert "the generator lagged</text>" not in str(drawn_load.piece(load))


def test_where_nothing_is_asked_only_latency_is_drawn():
    text = str(drawn_load.piece(loaded(0, requirements=Bounds(), rates=[1.0, 2.0])))
    assert text.count('class="plot"') == 1
    assert "Meet all" not in text


def test_several_runs_are_a_row_each_with_their_interval_as_a_band(load):
    found = capacity([load, loaded(1), loaded(2)], ASKED)
    text = str(drawn_capacity.piece(found))
    assert text.count('role="rowheader"') == 3
    assert "interval of the highest rate, over runs" in text
    assert "servers filled to 85 % of their rate" in text


async def test_a_sweep_has_its_plane_its_table_and_its_command():
    found = await sweep(
        testing.SimulatedServer(), LENGTHS, settings={"max-num-seqs": [8, 64]}, requirements=CHAT,
        rates=1.0,
    )  # fmt: skip
    text = str(drawn_capacity.piece(found))
    assert "times the tokens of --max-num-seqs 8" in text
    assert '<pre class="command">--max-num-seqs 64</pre>' in text
    assert "chosen</span>" in text
    assert "none of them confirmed" in text


async def test_hostile_words_stay_words(load):
    odd = replace(load, model=HOSTILE, traffic=HOSTILE, stopped=HOSTILE)
    assert_safe(drawn_load.piece(odd))
    assert_safe(drawn_capacity.piece(capacity(odd)))


def test_both_have_views_and_a_chapter_of_the_project(load):
    found = capacity(load, ASKED)
    assert repr(wb.show(load)).startswith("simulated takes")
    assert "requests a second meet the requirements" in repr(wb.show(found))
    told = {each.question: each.stance for each in Project.of([found]).chapters}
    assert told == {"capacity": "for"}
