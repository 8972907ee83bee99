"""Plotly figures: one theme, axes with units, the numbers of the comparison in points."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sample_runs import ACTOR, a_race, label_some, triage_run

from workbench import Run, Scale, compare, trust
from workbench.sections import figures
from workbench.stats import Interval


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("figures"), count=120)
    return compare(run, "right_queue", baseline="v1", margin=0.05, gold="exact")


def dots(figure):
    return [trace for trace in figure.data if trace.mode and "markers" in trace.mode]


def titles(figure):
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


def test_scores_stand_in_points_with_their_interval_best_at_the_top(choice):
    figure = figures.scores(choice)
    best = choice.variants[0]
    assert titles(figure)[0] == "score by exact, points"
    assert [round(dot.x[0], 6) for dot in dots(figure)] == [
        round(100 * v.score.estimate, 6) for v in choice.variants
    ]
    assert figure.data[0].x == (100 * best.score.low, 100 * best.score.high)
    assert figure.layout.yaxis.categoryarray[-1] == best.name


def test_the_baseline_is_hollow_the_better_blue_and_the_rest_grey(choice):
    colours = {dot.hovertext[0].split(":")[0]: dot.marker for dot in dots(figures.scores(choice))}
    assert colours["v1"].color == "#ffffff"
    assert colours["v1"].line.color == figures.GREY
    assert colours["v3"].color == figures.BLUE


def test_differences_show_zero_and_the_margin(choice):
    figure = figures.differences(choice)
    band, zero = figure.layout.shapes
    assert (band.x0, band.x1, zero.x0) == (-5, 5, 0)
    assert titles(figure)[0] == "difference, points"


def test_quality_stands_against_cost_or_latency_with_units(choice):
    assert titles(figures.tradeoff(choice)) == (
        "cost per 1,000 answers, $",
        "score by exact, points",
    )
    assert titles(figures.tradeoff(choice, "latency"))[0] == "p95 latency, seconds"
    named = [each.text for each in figures.tradeoff(choice).layout.annotations]
    assert named == [variant.name for variant in choice.variants]
    with pytest.raises(ValueError, match="cost or latency"):
        figures.tradeoff(choice, "beauty")


def test_a_figure_without_a_variant_says_why_and_has_no_axes():
    rows = [{"prompt": name, "example": n, "right": n % 2} for name in "ab" for n in range(40)]
    choice = compare(Run.of(rows, critics={"right": Scale()}), "right", baseline="a")
    figure = figures.tradeoff(choice, "latency")
    assert [each.text for each in figure.layout.annotations] == ["No p95 latency is known."]
    assert not figure.layout.xaxis.visible and not figure.data


def test_names_that_would_meet_stand_in_a_column_at_the_ends_of_lines(tmp_path):
    actors = tuple(replace(ACTOR, name=name) for name in ("a-model-of-a-long-name", "actor"))
    run = triage_run(tmp_path, count=60, actors=actors)
    figure = figures.tradeoff(compare(run, "exact", baseline="v1 @ actor"))
    names = figure.layout.annotations
    assert len({name.ax for name in names}) == 1 and names[0].ax < figure.layout.xaxis.range[1]
    points = 18 * np.ptp(figure.layout.yaxis.range) / 244  # of a line of 18 pixels
    assert np.diff(sorted(name.ay for name in names)).min() > 0.99 * points


def test_slices_show_both_intervals_of_every_slice(choice):
    figure = figures.slices(choice, "v3")
    parts = [part for part in choice.slices if part.challenger == "v3"]
    assert len(dots(figure)) == len(parts)
    assert [trace.line.width for trace in figure.data if trace.mode == "lines"] == [1, 2.5] * len(
        parts
    )
    assert f"channel chat ({parts[0].n})" in figure.layout.yaxis.categoryarray


def test_calibration_groups_answers_of_like_score():
    said = np.repeat([0.1, 0.9], 50)
    right = np.array([0.0] * 45 + [1.0] * 5 + [1.0] * 45 + [0.0] * 5)
    (low, low_share, low_rows), (high, high_share, high_rows) = figures.calibration_bins(
        said, right, np.arange(100)
    )
    assert (round(low, 9), low_share.estimate, low_rows) == (0.1, 0.1, 50)
    assert (round(high, 9), high_share.estimate, high_rows) == (0.9, 0.9, 50)
    assert 0.0 < low_share.low < 0.1 < low_share.high < 0.3


def test_calibration_of_a_card_stands_in_points_and_percent(tmp_path):
    run = triage_run(tmp_path, count=120)
    label_some(run, count=60)
    figure = figures.calibration(trust(run, "right_queue"))
    assert titles(figure) == ("critic’s score, points", "right answers, %")
    assert len(dots(figure)) == 5
    assert dots(figure)[-1].y[0] > 80 > 60 > dots(figure)[0].y[0]


def test_calibration_of_few_or_no_rows_is_empty_and_not_an_error():
    assert figures.calibration_bins(np.array([]), np.array([]), np.array([])) == []
    assert figures.calibration_bins(np.array([0.5] * 4), np.ones(4), np.arange(4)) == []


def test_the_agreement_map_holds_the_four_counts(choice):
    found = choice.gold.agreement
    figure = figures.agreement(found, "exact")
    says = {(cell.x[0], cell.y[0]): cell.text[0] for cell in figure.data}
    assert says[0, 0] == f"<b>{found.true_pass:,}</b><br>both yes"
    assert says[0, 1] == f"<b>{found.false_pass:,}</b><br>let pass"
    assert [shape.fillcolor for shape in figure.layout.shapes] == [
        "#e7f1f9", "#fdf0e5", "#fdf0e5", "#e7f1f9",
    ]  # fmt: skip


def test_a_race_shows_who_left_and_when():
    raced = a_race(intervals={"v2": Interval(0.8, 0.6, 0.9)})
    left, stayed = dots(figures.race(raced))
    assert (left.x[0], left.y[0], left.marker.symbol, left.text[0].strip()) == (
        17,
        50,
        "x",
        "v1 left",
    )
    assert (stayed.x[0], stayed.y[0], stayed.marker.symbol) == (30, 80, "circle")
    lines = [trace for trace in figures.race(raced).data if trace.mode == "lines"]
    assert [trace.line.dash for trace in lines] == ["solid", "solid", "solid"]
    assert lines[-1].y == (60.0, 90.0)


def test_every_figure_is_small_and_carries_no_template(choice):
    for figure in (
        figures.scores(choice),
        figures.slices(choice),
        figures.agreement(choice.gold.agreement),
    ):
        text = figure.to_json()
        assert len(text) < 20_000
        assert json.loads(text)["layout"]["font"]["family"].startswith("system-ui")


def test_a_figure_has_a_short_name_and_no_ground_of_its_own(choice):
    figure = figures.scores(choice)
    assert repr(figure) == f"Figure: {figure.layout.title.text}"
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
