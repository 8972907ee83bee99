# pyright: strict
"""What a vLLM server says of its work: Prometheus text, as numbers."""

import math
import re
from dataclasses import dataclass

_SAMPLE = re.compile(r"^vllm:(\w+)(?:\{[^}]*\})? ([-+0-9.eE]+|NaN)$", re.MULTILINE)
_NAMES = {  # of its metrics: what they are here
    "num_requests_running": "running",
    "num_requests_waiting": "waiting",
    "kv_cache_usage_perc": "filled",
    "prefix_cache_queries_total": "queries",
    "prefix_cache_hits_total": "hits",
    "generation_tokens_total": "generated",
    "prompt_tokens_total": "prompted",
}


@dataclass(frozen=True, slots=True)
class Load:
    """A server's work at a moment: requests that it works on and that wait, the share of its cache
    that is filled; since it began, tokens looked for in the cache and found there, generated, and
    read. NaN: it does not say.
    """

    at: float  # time.monotonic()
    running: float = math.nan
    waiting: float = math.nan
    filled: float = math.nan
    queries: float = math.nan
    hits: float = math.nan
    generated: float = math.nan
    prompted: float = math.nan


def read_load(text: str, at: float) -> Load:
    """The sums over all engines of a server; of the share that is filled, the largest."""
    found: dict[str, list[float]] = {}
    for name, value in _SAMPLE.findall(text):
        if name in _NAMES:
            found.setdefault(_NAMES[name], []).append(float(value))
    filled = {"filled": max(found.pop("filled"))} if "filled" in found else {}
    return Load(at, **filled, **{name: sum(values) for name, values in found.items()})


@dataclass(frozen=True, slots=True)
class Pace:
    """What a model's server does between two looks at it: requests that it works on and that wait,
    tokens that it generates a second, and the share of prompt tokens that its cache had.
    """

    model: str
    running: float
    waiting: float
    tokens_per_second: float
    cache_hits: float

    @classmethod
    def between(cls, model: str, first: Load, last: Load) -> "Pace":
        """NaN for what is not known, or did not happen."""
        seconds = last.at - first.at
        rate = (last.generated - first.generated) / seconds if seconds > 0 else math.nan
        asked = last.queries - first.queries
        hits = (last.hits - first.hits) / asked if asked > 0 else math.nan
        return cls(model, last.running, last.waiting, rate, hits)
