"""Results of other load generators, with their words as they mean them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.errors import WorkbenchError
from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution
from workbench.serving.climbing import Step
from workbench.serving.level import LATE_SECONDS, Level, measured
from workbench.serving.tested import LoadTest
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats
from workbench.stats.streamed_times import NONE, Times

VLLM, GUIDELLM = "vllm bench serve", "GuideLLM"
FROM_SENDING = "from when it was sent, not from when it was due"
VLLM_MEANS = {
    "ttft": f"to the first chunk with content, {FROM_SENDING}",
    "e2el": f"to the last chunk, {FROM_SENDING}",
    "tpot": "(e2el - ttft) / (tokens - 1), as here",
    "itl": "gaps between chunks, pooled over replies, as here",
    "window": "every request counts, none is left out as warm-up",
    "tokens a second": "all tokens of the answered, over the time to the last answer",
}
GUIDELLM_MEANS = {
    "ttft": f"to the first token, {FROM_SENDING}",
    "e2el": "request_latency, from when it was sent; request_scheduled_latency where that is given",
    "tpot": "the whole time over all tokens, the first one too: larger than here",
    "itl": "the mean gap of each reply, one value a reply: stalls do not show as they do here",
    "tokens a second": "of the answered requests",
}


def read_elsewhere(documents: Sequence[Mapping[str, Any]], where: str) -> LoadTest:
    """A test whose levels are these results; WorkbenchError where they are of no known tool."""
    if all("request_throughput" in each for each in documents):
        return _of_vllm(documents, where)
    if len(documents) == 1 and isinstance(documents[0].get("benchmarks"), list):
        return _of_guidellm(documents[0], where)
    raise WorkbenchError(
        f"{where} is no load test: write one with `save`, or with `vllm bench serve --save-result "
        "--save-detailed`, or give a JSON report of GuideLLM"
    )


def _number(value: Any) -> float:
    """NaN for what is none; `inf` may stand as text."""
    try:
        return math.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan


def _of_vllm(documents: Sequence[Mapping[str, Any]], where: str) -> LoadTest:
    told: list[Caution] = []
    levels: list[Level] = []
    for document in sorted(documents, key=lambda each: _number(each.get("request_rate"))):
        level = _level_of_vllm(document)
        levels.append(level)
        scheduled = math.isfinite(_number(document.get("request_rate")))
        if not scheduled:
            told.append(Caution("no schedule", level.rate))
        elif document.get("max_concurrency") and not document.get("queue_times"):
            told.append(Caution("no queue", level.rate))
    first = documents[0]
    return LoadTest(
        str(first.get("model_id") or "a model"),
        tuple(levels),
        arrivals=f"gamma, burstiness {_number(first.get('burstiness', 1)):g}",
        traffic=f"{first.get('num_prompts') or levels[0].due} requests of {where}",
        at=str(first.get("date") or ""),
        source=VLLM,
        definitions=_means(documents),
        told=tuple(dict.fromkeys(told)),
    )


def _means(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """What the words mean; with queue times, times count from when a request was due, as here."""
    from_due = all(each.get("queue_times") for each in documents)
    return {name: said for name, said in VLLM_MEANS.items() if not from_due or name not in _SENT}


_SENT = ("ttft", "e2el")


def _level_of_vllm(document: Mapping[str, Any]) -> Level:
    seconds = _number(document.get("duration"))
    completed = int(document.get("completed") or 0)
    failed = int(document.get("failed") or 0)
    asked = _number(document.get("request_rate"))
    rate = asked if math.isfinite(asked) else (completed + failed) / seconds
    good = _number(document.get("request_goodput"))
    step = Step(rate, "ladder", seconds, 0.0, 0.0)
    level = measured(step, _requests_of_vllm(document), Bounds())
    return replace(
        level,
        due=completed + failed,
        answered=completed,
        failures={"error": failed} if failed else {},
        attained=good * seconds / (completed + failed) if completed + failed else math.nan,
        goodput=good,
        output_tokens_per_second=_number(document.get("output_throughput")),
        total_tokens_per_second=_number(document.get("total_token_throughput")),
        **{name: _told(document, name, getattr(level, name)) for name in _VLLM_TIMES},
    )


_VLLM_TIMES = ("ttft", "tpot", "itl", "e2el")


def _told(document: Mapping[str, Any], name: str, found: Times) -> Times:
    """Times that were found in the requests, else as the file sums them up."""
    if found.n:
        return found
    told = {
        each: _number(document.get(f"{each}_{name}_ms")) / 1000
        for each in ("mean", "median", "p95", "p99")
    }
    known = not math.isnan(told["mean"])
    return Times(**told, n=int(document.get("completed") or 0)) if known else NONE


def _requests_of_vllm(document: Mapping[str, Any]) -> Answered:
    """The requests, where the file was written with their details; none else."""
    names = ("ttfts", "itls", "start_times", "output_lens")
    details = [document.get(name) or [] for name in names]
    count = len(details[0])
    if not count or any(len(each) != count for each in details):
        details, count = [[], [], [], []], 0
    queued = _column(document, "queue_times", count, 0.0)
    first, begun = np.array(details[0], float), np.array(details[2], float)
    whole = _column(document, "latencies", count, math.nan)
    whole = np.where(np.isnan(whole), first + [sum(gaps) for gaps in details[1]], whole)
    ok = np.array([not error for error in _texts(document, "errors", count)], bool)
    due = begun - queued
    due -= due.min(initial=due[0]) if count else 0.0
    columns = [
        due, np.full(count, np.nan), np.where(ok, first + queued, np.nan),
        np.where(ok, whole + queued, np.nan), whole + queued,
        _column(document, "input_lens", count, math.nan), np.array(details[3], float),
        np.where(ok, "", "error"),
    ]  # fmt: skip
    order = np.argsort(due, kind="stable")
    gaps = [(at, gap, 1.0) for at, each in zip(due, details[1], strict=True) for gap in each]
    *times, status = (each[order] for each in columns)
    return Answered.of(times, status, gaps)


def _column(document: Mapping[str, Any], name: str, count: int, absent: float) -> Floats:
    """A number a request; `absent` where the file does not hold as many."""
    given = document.get(name) or []
    return np.array(given, float) if len(given) == count else np.full(count, absent)


def _texts(document: Mapping[str, Any], name: str, count: int) -> list[str]:
    given = document.get(name) or []
    return given if len(given) == count else [""] * count


def _of_guidellm(document: Mapping[str, Any], where: str) -> LoadTest:
    told: list[Caution] = []
    levels: list[Level] = []
    for benchmark in document["benchmarks"]:
        strategy = _strategy(benchmark)
        level = _level_of_guidellm(benchmark, _number(strategy.get("rate")))
        levels.append(level)
        if math.isnan(_number(strategy.get("rate"))):
            told.append(Caution("no schedule", level.rate))
    if not levels:
        raise WorkbenchError(f"{where} holds no benchmark")
    kind = str(_strategy(document["benchmarks"][0]).get("type_") or "not said")
    return LoadTest(
        _model_of_guidellm(document),
        tuple(levels),
        arrivals=kind,
        traffic=f"{sum(level.due for level in levels):,} requests of {where}",
        source=GUIDELLM,
        definitions=GUIDELLM_MEANS,
        told=tuple(dict.fromkeys(told)),
    )


def _model_of_guidellm(document: Mapping[str, Any]) -> str:
    about = _mapping(document.get("config")) or _mapping(document.get("args"))
    backend = _mapping(about.get("backend"))
    return str(backend.get("model") or about.get("model") or "a model")


def _strategy(benchmark: Mapping[str, Any]) -> Mapping[str, Any]:
    about = _mapping(benchmark.get("config")) or _mapping(benchmark.get("args"))
    return _mapping(about.get("strategy"))


def _level_of_guidellm(benchmark: Mapping[str, Any], asked: float) -> Level:
    metrics = _mapping(benchmark.get("metrics"))
    totals = _mapping(metrics.get("request_totals"))
    answered, errored = (int(totals.get(name) or 0) for name in ("successful", "errored"))
    rate = _summary(metrics, "requests_per_second", "successful").mean
    latency = _summary(metrics, "request_scheduled_latency", "successful")
    return Level(
        rate=rate if math.isnan(asked) else asked,
        purpose="ladder",
        seconds=_number(benchmark.get("duration")),
        due=answered + errored,
        answered=answered,
        attained=_number(metrics.get("slo_attainment")),
        goodput=_summary(metrics, "request_goodput", "total").mean,
        saturated=False,
        holds=True,
        ttft=_summary(metrics, "time_to_first_token_ms", "successful", 1000),
        tpot=_summary(metrics, "time_per_output_token_ms", "successful", 1000),
        itl=_summary(metrics, "inter_token_latency_ms", "successful", 1000),
        e2el=latency if latency.n else _summary(metrics, "request_latency", "successful"),
        lag=_summary(metrics, "request_dispatch_delay", "total"),
        failures={"error": errored} if errored else {},
        **_tokens_of_guidellm(metrics),
    )


def _tokens_of_guidellm(metrics: Mapping[str, Any]) -> dict[str, Any]:
    in_flight = _mapping(_mapping(metrics.get("request_concurrency")).get("total"))
    lag = _summary(metrics, "request_dispatch_delay", "total")
    means = {
        "output_tokens_per_second": "output_tokens_per_second",
        "total_tokens_per_second": "tokens_per_second",
        "input_tokens": "prompt_token_count",
        "output_tokens": "output_token_count",
        "in_flight": "request_concurrency",
    }
    return {
        **{name: _summary(metrics, theirs, "successful").mean for name, theirs in means.items()},
        "most_in_flight": int(in_flight.get("max") or 0),
        "late": lag.p99 > LATE_SECONDS,
    }


def _summary(metrics: Mapping[str, Any], name: str, status: str, per: float = 1) -> Times:
    """A distribution of GuideLLM, in seconds where it holds `per` of them; of none NaN."""
    given = _mapping(_mapping(metrics.get(name)).get(status))
    count, percentiles = int(given.get("count") or 0), _mapping(given.get("percentiles"))
    if not given or not count:
        return NONE
    told = {**given, **percentiles}
    found = {name: _number(told.get(name)) / per for name in ("mean", "median", "p95", "p99")}
    return Times(**found, n=count)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
