"""Load tests read back, and those of other tools."""

import json
import math
from dataclasses import asdict, replace

import pytest

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.serving import Bounds, Caution, Trace, read_load, simulate

LENGTHS = Trace.of([200] * 40, [50] * 40)


@pytest.mark.parametrize(
    "bounds", [Bounds(), Bounds(first_token=1.0), Bounds(1.0, 12.0, 0.99, (("latency", 0.5, 3.0),))]
)
def test_a_load_test_comes_back_as_it_was_saved(tmp_path, bounds):
    made = simulate(
        testing.SimulatedServer(), LENGTHS, rates=[5, 10], requirements=bounds, quick=True
    )
    made = replace(made, told=(Caution("no queue", 5.0),), settings={"max_num_seqs": "64"})
    path = made.save(tmp_path / "load.json")
    assert "NaN" not in path.read_text()
    again = read_load(path)
    assert repr(again) == repr(made)
    assert again.frame.equals(made.frame)
    assert (again.bounds, again.levels[1].blocks) == (made.bounds, made.levels[1].blocks)
    assert list(map(asdict, again.told)) == list(map(asdict, made.told))  # NaN, too
    assert (again.settings, again.word) == (made.settings, made.word)


def serve_result(**other):
    """Three requests as `vllm bench serve --save-result --save-detailed` writes them: 4 tokens
    each, the last one failed.
    """
    return {
        "date": "20261129-120000", "model_id": "small", "num_prompts": 3, "request_rate": 10.0,
        "burstiness": 1.0, "max_concurrency": None, "duration": 2.0, "completed": 2, "failed": 1,
        "total_input_tokens": 20, "total_output_tokens": 8, "request_throughput": 1.0,
        "request_goodput": 0.5, "output_throughput": 4.0, "total_token_throughput": 14.0,
        "input_lens": [10, 10, 10], "output_lens": [4, 4, 0], "ttfts": [0.1, 0.3, 0.0],
        "itls": [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], []], "start_times": [5.0, 5.5, 6.0],
        "latencies": [0.4, 0.9, 0.0], "errors": ["", "", "refused"], "mean_ttft_ms": 200.0,
        "median_ttft_ms": 200.0, "p99_ttft_ms": 298.0, "mean_e2el_ms": 650.0,
    } | other  # fmt: skip


def written(tmp_path, document, name="result.json"):
    path = tmp_path / name
    path.write_text(json.dumps(document))
    return path


def test_a_result_of_vllm_keeps_its_definitions_and_names_them(tmp_path):
    found = read_load(written(tmp_path, serve_result()))
    (level,) = found.levels
    assert (found.source, found.model) == ("vllm bench serve", "small")
    assert (level.rate, level.due, level.answered, level.failures) == (10.0, 3, 2, {"error": 1})
    assert (level.ttft.median, level.e2el.p99) == (pytest.approx(0.2), pytest.approx(0.895))
    assert (level.itl.mean, level.itl.n) == (pytest.approx(0.15), 6)
    assert (level.goodput, level.attained) == (0.5, pytest.approx(1 / 3))
    assert "not from when it was due" in found.definitions["ttft"]
    assert (found.word, math.isnan(found.highest)) == ("nothing stated", True)
    assert [caution.kind for caution in found.cautions] == ["failed"]


def test_a_time_below_nothing_is_none(tmp_path):
    (level,) = read_load(written(tmp_path, serve_result(ttfts=[-1.0, 0.3, 0.0]))).levels
    assert (level.ttft.mean, level.ttft.n) == (pytest.approx(0.3), 1)


def test_times_that_leave_the_queue_out_carry_a_caution(tmp_path):
    """vLLM counted from sending until 2026-09: 506 ms where the schedule says 1,932."""
    held = read_load(written(tmp_path, serve_result(max_concurrency=1)))
    assert [caution.kind for caution in held.cautions] == ["no queue", "failed"]
    assert "coordinated omission" in held.cautions[0].sentence
    told = read_load(
        written(tmp_path, serve_result(max_concurrency=1, queue_times=[0.0, 1.0, 1.0]))
    )
    assert [caution.kind for caution in told.cautions] == ["failed"]
    assert told.levels[0].e2el.p99 == pytest.approx(0.4 + 0.99 * 1.5)  # 0.9 s after a wait of 1 s
    assert "ttft" not in told.definitions


def test_a_result_without_details_has_what_it_sums_up(tmp_path):
    details = ("input_lens", "output_lens", "ttfts", "itls", "start_times", "latencies", "errors")
    plain = {name: value for name, value in serve_result().items() if name not in details}
    (level,) = read_load(written(tmp_path, plain)).levels
    assert (level.ttft.mean, level.ttft.p99) == (pytest.approx(0.2), pytest.approx(0.298))
    assert math.isnan(level.ttft.p95)
    assert level.itl.n == 0


def test_requests_without_a_schedule_are_no_open_load(tmp_path):
    found = read_load(written(tmp_path, serve_result(request_rate="inf")))
    assert found.cautions[0].kind == "no schedule"
    assert found.levels[0].rate == 1.5  # three in two seconds


def test_several_results_are_one_test(tmp_path):
    """One a line, as --append-result writes them, or one a file of a folder."""
    lines = [json.dumps(serve_result(request_rate=rate)) for rate in (8.0, 4.0)]
    path = tmp_path / "appended.json"
    path.write_text("\n".join(lines))
    assert [level.rate for level in read_load(path).levels] == [4.0, 8.0]
    folder = tmp_path / "results"
    folder.mkdir()
    for rate in (2.0, 1.0):
        written(folder, serve_result(request_rate=rate), f"{rate}.json")
    assert [level.rate for level in read_load(folder).levels] == [1.0, 2.0]


def summary(mean, p95=None, count=9):
    percentiles = {"p50": mean, "p95": p95 or mean, "p99": p95 or mean}
    return {
        "successful": {"mean": mean, "median": mean, "count": count, "percentiles": percentiles},
        "total": {"mean": mean, "median": mean, "max": mean, "count": count,
                  "percentiles": percentiles},
    }  # fmt: skip


def guidellm(**metrics):
    benchmark = {
        "config": {"strategy": {"type_": "poisson", "rate": 5.0}},
        "duration": 60.0,
        "metrics": {
            "request_totals": {"successful": 9, "errored": 1, "incomplete": 2, "total": 12},
            "requests_per_second": summary(4.8),
            "request_concurrency": summary(3.0),
            "request_latency": summary(2.0, 4.0),
            "time_to_first_token_ms": summary(200.0, 400.0),
            "time_per_output_token_ms": summary(20.0),
            "inter_token_latency_ms": summary(15.0),
            "output_tokens_per_second": summary(400.0),
            **metrics,
        },
    }
    about = {"backend": {"model": "small"}}
    return {"metadata": {"version": 2}, "config": about, "benchmarks": [benchmark]}


def test_a_report_of_guidellm_says_what_its_words_mean(tmp_path):
    found = read_load(written(tmp_path, guidellm()))
    (level,) = found.levels
    assert (found.source, found.model, found.arrivals) == ("GuideLLM", "small", "poisson")
    assert (level.rate, level.due, level.answered) == (5.0, 10, 9)
    assert (level.ttft.median, level.ttft.p95, level.e2el.p95) == (0.2, 0.4, 4.0)
    assert (level.tpot.mean, level.itl.mean) == (0.02, 0.015)
    assert "the first one too" in found.definitions["tpot"]
    assert math.isnan(level.attained)


def test_scheduled_latency_and_lag_are_taken_where_guidellm_has_them(tmp_path):
    told = guidellm(
        request_scheduled_latency=summary(3.0, 9.0),
        request_dispatch_delay=summary(1.0, 5.0),
        slo_attainment=0.9,
    )
    found = read_load(written(tmp_path, told))
    assert found.levels[0].e2el.p95 == 9.0
    assert found.levels[0].attained == 0.9
    assert found.cautions[0].kind == "late"


@pytest.mark.parametrize(
    "text",
    [
        "", "[1, 2]", "{}", "not json", '{"benchmarks": []}', "[" * 100_000, "\x00", '"x"',
        '{"request_throughput": {"unit": "requests/sec", "avg": 1.2}}',  # GenAI-Perf's
    ],
)  # fmt: skip
def test_what_is_no_load_test_is_refused(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(WorkbenchError, match=r"odd.json (is|holds) no"):
        read_load(path)


def test_a_damaged_or_newer_file_of_ours_is_refused(tmp_path):
    made = simulate(testing.SimulatedServer(), LENGTHS, rates=[5])
    document = json.loads(made.save(tmp_path / "load.json").read_text())
    with pytest.raises(WorkbenchError, match="newer version"):
        read_load(written(tmp_path, document | {"version": 99}))
    del document["levels"][0]["ttft"]
    with pytest.raises(WorkbenchError, match="no load test that was saved here"):
        read_load(written(tmp_path, document))
    with pytest.raises(WorkbenchError, match="is not there"):
        read_load(tmp_path / "none.json")
