"""Latencies are compared where they were measured side by side, and nowhere else."""

import math

import pytest

import workbench as wb
from workbench import testing
from workbench.sections.leaderboard import Board
from workbench.sections.subject import Subject
from workbench.sections.tradeoff import tradeoff

PROMPT = "---\nname: {0}\n---\nuser:\n{0} {{{{ text }}}}\n"


def rows(count, slower=1.0, *, cached=(), seconds=True, repeats=1):
    """v1 and v2 on `count` examples, judged the same; v2 takes `slower` seconds more."""
    return [
        {
            "prompt": prompt,
            "example": f"e{i}",
            "repeat": repeat,
            "output": "x",
            "good": 1.0,
            "cached": prompt in cached,
            "seconds": 1 + (i % 20) / 100 + (slower if prompt == "v2" else 0) if seconds else None,
        }
        for prompt in ("v1", "v2")
        for i in range(count)
        for repeat in range(repeats)
    ]


def compared(given, **options):
    run = wb.Run.of(given, critics={"good": wb.Scale()})
    return wb.compare(run, "good", baseline="v1", **options)


def says(choice):
    return str(tradeoff(Subject(choice)))


def test_the_difference_of_two_p95_has_an_interval():
    choice = compared(rows(100))
    [latency] = choice.latency
    assert (latency.challenger, latency.examples, latency.of) == ("v2", 100, 100)
    assert latency.interval.low == pytest.approx(1.0, abs=0.02)
    assert latency.interval.high == pytest.approx(1.0, abs=0.02)
    assert "v2 is 1.00 s slower than v1 at p95 (" in says(choice)
    assert choice.decision()["latency"][0]["interval"]["estimate"] == pytest.approx(1.0)


def test_a_variants_own_p95_lies_between_order_statistics():
    [first] = [each for each in compared(rows(200)).variants if each.name == "v1"]
    low, high = first.seconds_p95_limits
    assert low <= first.seconds_p95 <= high
    table = compared(rows(40)).table
    assert math.isinf(table.loc["v1", "seconds_p95_high"])


def test_alike_latencies_cannot_be_told_apart():
    assert "At p95 v2 and v1 cannot be told apart (0 ms to 0 ms" in says(compared(rows(100, 0.0)))


def test_below_sixty_rows_no_difference_is_told():
    choice = compared(rows(59))
    assert math.isnan(choice.latency[0].interval.estimate)
    assert "needs 60 rows: 59 examples measured side by side" in says(choice)
    assert "slower" not in says(choice)


def test_five_repeats_of_thirty_examples_are_not_sixty_rows():
    assert not compared(rows(30, repeats=5)).latency[0].is_known


def test_answers_from_the_store_are_not_subtracted_from_fresh_ones():
    choice = compared(rows(100, cached=("v1",)))
    assert not choice.latency[0].is_known and choice.latency[0].is_apart
    [note] = [each for each in choice.notes if each.kind == "latency apart"]
    assert note.variants == ("v2",) and "side by side" in note.text
    assert tradeoff(Subject(choice)) is None  # neither cost nor a latency to weigh
    paid = compared([row | {"cost": 0.01} for row in rows(100, cached=("v1",))])
    unknown = "The latency of v2 against v1 is not known: 0 examples measured side by side, of 100."
    assert unknown in says(paid) and str(tradeoff(Subject(paid))).count("<figure") == 1
    board = str(Board.of(Subject(choice)).table())
    assert "Latencies of v2 were not all measured side by side with those of v1" in board


def test_short_times_stand_in_milliseconds_in_the_plot_as_in_the_table():
    short = compared([row | {"seconds": row["seconds"] / 100} for row in rows(100)])
    assert "p95 latency, ms" in says(short) and "p95 latency, seconds" not in says(short)
    assert "p95 latency, seconds" in says(compared(rows(100)))


def test_what_took_no_known_time_is_not_said_to_be_apart():
    choice = compared(rows(100, seconds=False))
    assert not choice.latency[0].is_apart
    assert not [each for each in choice.notes if each.kind == "latency apart"]


def test_a_guardrail_on_seconds_asks_only_what_was_measured_side_by_side():
    def better(**options):
        given = [row | {"good": float(row["prompt"] == "v2")} for row in rows(100, **options)]
        return compared(given, guardrails={"seconds": 0.1}).ship

    assert [each.holds for each in better(slower=-0.5).guardrails] == [True]
    assert [each.holds for each in better(slower=1.0).guardrails] == [False]
    apart = better(slower=-0.5, cached=("v1",))
    assert ([each.holds for each in apart.guardrails], apart.name) == ([None], "v1")
    assert "not measured side by side" in apart.text


def test_times_that_cannot_be_are_not_known():
    for odd in (math.inf, -1.0):
        choice = compared([row | {"seconds": odd} for row in rows(70)])
        assert not choice.latency[0].is_known and choice.latency[0].of == 0
        assert math.isnan(choice.variants[0].seconds_p95)
        assert choice.decision()["latency"][0]["examples"] == 0


async def test_a_variant_that_ran_alone_before_is_not_side_by_side(tmp_path):
    for name in ("v1", "v2"):
        (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name))
    prompts = [wb.load_prompt(tmp_path / f"{name}.prompty") for name in ("v1", "v2")]
    examples = [wb.Example(f"e{i}", {"text": str(i)}, "x") for i in range(70)]
    alone, together = (wb.Store(tmp_path / f"{name}.db") for name in ("alone", "together"))
    with testing.serve(lambda ask: "x") as server:
        model = server.model()
        await wb.run(prompts[:1], examples, model, [wb.Exact()], store=alone)
        apart = await wb.run(prompts, examples, model, [wb.Exact()], store=alone)
        beside = await wb.run(prompts, examples, model, [wb.Exact()], store=together)
        again = await wb.run(prompts, examples, model, [wb.Exact()], store=together)

    def known(run):
        [latency] = wb.compare(run, "exact", baseline="v1").latency
        return latency.is_known, latency.examples

    assert known(apart) == (False, 0)
    assert known(beside) == (True, 70)
    assert set(again.columns["cached"]) == {True} and known(again) == (True, 70)
    loaded = wb.load_run("last", together)
    assert known(loaded) == (True, 70) and loaded.sessions == beside.sessions
