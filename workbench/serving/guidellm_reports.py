"""Reports of GuideLLM, with its words as it means them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from workbench.errors import WorkbenchError
from workbench.json_values import mapping
from workbench.serving.cautions import Caution
from workbench.serving.level import LATE_SECONDS, Level
from workbench.serving.numbers import number
from workbench.serving.tested import LoadTest
from workbench.stats.streamed_times import NONE, Times

TOOL = "GuideLLM"
MEANS = {
    "ttft": "to the first token, from when it was sent, not from when it was due",
    "e2el": "request_latency, from when it was sent; request_scheduled_latency where that is given",
    "tpot": "the whole time over all tokens, the first one too: larger than here",
    "itl": "the mean gap of each reply, one value a reply: stalls do not show as they do here",
    "tokens a second": "of the answered requests",
}
MEAN_OF = {  # of ours: of its distributions
    "output_tokens_per_second": "output_tokens_per_second",
    "total_tokens_per_second": "tokens_per_second",
    "input_tokens": "prompt_token_count",
    "output_tokens": "output_token_count",
    "in_flight": "request_concurrency",
}
SECONDS_OF = {  # of ours: of its distributions, and how many of its units are a second
    "ttft": ("time_to_first_token_ms", 1000.0),
    "tpot": ("time_per_output_token_ms", 1000.0),
    "itl": ("inter_token_latency_ms", 1000.0),
}


def of_guidellm(document: Mapping[str, Any], where: str) -> LoadTest:
    """A test whose levels are a report's benchmarks."""
    found = [_Benchmark(mapping(each)) for each in document["benchmarks"]]
    if not found:
        raise WorkbenchError(f"{where} is no report with a benchmark in it")
    about = mapping(document.get("config")) or mapping(document.get("args"))
    model = mapping(about.get("backend")).get("model") or about.get("model")
    told = chain.from_iterable(each.cautions() for each in found)
    return LoadTest(
        str(model or "a model"),
        tuple(each.level() for each in found),
        arrivals=str(found[0].strategy.get("type_") or "not said"),
        traffic=f"requests of {where}",
        source=TOOL,
        definitions=MEANS,
        told=tuple(dict.fromkeys(told)),
    )


@dataclass(frozen=True)
class _Benchmark:
    """One benchmark of a report."""

    document: Mapping[str, Any]

    @property
    def strategy(self) -> Mapping[str, Any]:
        about = mapping(self.document.get("config")) or mapping(self.document.get("args"))
        return mapping(about.get("strategy"))

    @property
    def metrics(self) -> Mapping[str, Any]:
        return mapping(self.document.get("metrics"))

    @property
    def asked(self) -> float:
        """Requests a second; NaN where they were not sent on a schedule."""
        return number(self.strategy.get("rate"))

    @property
    def rate(self) -> float:
        return self._mean("requests_per_second") if math.isnan(self.asked) else self.asked

    def cautions(self) -> Iterator[Caution]:
        if math.isnan(self.asked):
            yield Caution("no schedule", self.rate)

    def level(self) -> Level:
        answered, errored = self._total("successful"), self._total("errored")
        return Level(
            rate=self.rate,
            purpose="ladder",
            seconds=number(self.document.get("duration")),
            due=answered + errored,
            answered=answered,
            attained=number(self.metrics.get("slo_attainment")),
            goodput=self._times("request_goodput", status="total").mean,
            saturated=False,
            holds=True,
            failures={"error": errored} if errored else {},
            most_in_flight=int(self._distribution("request_concurrency").get("max") or 0),
            **{ours: self._mean(theirs) for ours, theirs in MEAN_OF.items()},
            **self._all_times(),
        )

    def _all_times(self) -> dict[str, Any]:
        times = {ours: self._times(*theirs) for ours, theirs in SECONDS_OF.items()}
        scheduled = self._times("request_scheduled_latency")
        lag = self._times("request_dispatch_delay", status="total")
        whole = scheduled if scheduled.n else self._times("request_latency")
        return {**times, "e2el": whole, "lag": lag, "late": lag.p99 > LATE_SECONDS}

    def _total(self, status: str) -> int:
        return int(mapping(self.metrics.get("request_totals")).get(status) or 0)

    def _distribution(self, name: str, status: str = "successful") -> Mapping[str, Any]:
        return mapping(mapping(self.metrics.get(name)).get(status))

    def _mean(self, name: str) -> float:
        return number(self._distribution(name).get("mean"))

    def _times(self, name: str, per: float = 1.0, status: str = "successful") -> Times:
        """A distribution in seconds, where it holds `per` of its units; of none NaN."""
        given = self._distribution(name, status)
        told = {**given, **mapping(given.get("percentiles"))}
        if not (count := int(told.get("count") or 0)):
            return NONE
        found = {each: number(told.get(each)) / per for each in ("mean", "median", "p95", "p99")}
        return Times(**found, n=count)
