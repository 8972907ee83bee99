"""A load test: open load at rising rates on one server, and the rate that may be stated."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import words
from workbench.files import canonical, resolve, write_whole
from workbench.printing import printed
from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution, cautions_of
from workbench.serving.level import Level
from workbench.stats.streamed_times import Times

if TYPE_CHECKING:
    import pandas as pd

TIMES = ("ttft", "tpot", "itl", "e2el", "lag")
OURS = "workbench"
KIND, VERSION = "load test", 1  # of the file


@printed
@dataclass(frozen=True)
class LoadTest:
    """What a server did under open load, a level a rate in the order in which they were tried.

    `highest` (requests a second; NaN: none) lies below every rate that failed; `confirmed` says
    whether a long run held there, and `at_least` that no rate failed, so that it is no limit. An
    interval of it comes from several load tests, never from the requests of one. `arrivals` says
    how requests came and `traffic` what they were; `settings` are the server's. `definitions` says,
    of a result of another tool, what its words mean where they differ from ours.
    """

    model: str
    levels: tuple[Level, ...]
    bounds: Bounds = field(default_factory=Bounds)
    highest: float = math.nan
    confirmed: bool = False
    at_least: bool = False
    arrivals: str = "poisson"
    traffic: str = ""
    distinct: int = 0  # different requests among all that were sent; 0: not known
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    at: str = ""  # when it began, as 2026-11-29T12:00:00+00:00
    seed: int = 0
    stopped: str = ""  # what ended it early
    source: str = OURS  # the tool that measured it
    definitions: Mapping[str, str] = field(default_factory=dict[str, str])
    told: tuple[Caution, ...] = ()  # beside what the levels show

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What to know before these figures are believed."""
        return (*self.told, *cautions_of(self.levels, self.distinct))

    @property
    def word(self) -> str:
        """confirmed, not confirmed, or nothing stated."""
        if math.isnan(self.highest):
            return "nothing stated"
        return "confirmed" if self.confirmed else "not confirmed"

    @property
    def cost(self) -> float:
        """Dollars of all requests, as far as known; NaN where nothing is."""
        known = [level.cost for level in self.levels if not math.isnan(level.cost)]
        return sum(known) if known else math.nan

    @property
    def unpriced(self) -> int:
        """Requests of unknown cost."""
        return sum(level.unpriced for level in self.levels)

    @property
    def frame(self) -> "pd.DataFrame":
        """A row a rate, in the order in which they were tried; times in seconds."""
        import pandas as pd  # here: it takes half a second

        return pd.DataFrame([_row(level) for level in self.levels])

    @property
    def warnings(self) -> tuple[str, ...]:
        """The same in words."""
        return tuple(caution.sentence for caution in self.cautions)

    def save(self, path: str | Path) -> Path:
        """Write it as JSON, which `wb.read_load` reads; what is not known is null."""
        written = {"kind": KIND, "version": VERSION, **asdict(self)}
        return write_whole(resolve(path), canonical(_plain(written)).decode() + "\n")

    @property
    def sentence(self) -> str:
        """The rate that may be stated, for which bounds, and how sure that is."""
        tried = words.count(len(self.levels), "rate")
        if math.isnan(self.highest):
            return f"No rate can be stated of {self.model}: {self.bounds.sentence}; {tried} tried."
        least = "at least " if self.at_least else ""
        sure = {"confirmed": "confirmed by a long run"}.get(self.word, self.word)
        return (
            f"{self.model} takes {least}{self.highest:.3g} requests a second: "
            f"{self.bounds.sentence}; {sure}."
        )

    def __repr__(self) -> str:
        return f"LoadTest {words.brief(self.sentence, 200)}"


def _plain(value: Any) -> Any:
    """As JSON has it: no NaN and no infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _row(level: Level) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: getattr(level, name)
        for name in (
            "rate", "purpose", "seconds", "due", "answered", "errors", "attained", "goodput",
            "holds", "saturated", "late",
        )
    }  # fmt: skip
    for name in TIMES:
        times: Times = getattr(level, name)
        row |= {f"{name}_{shown}": getattr(times, each) for each, shown in _SHOWN.items()}
    return row | {
        name: getattr(level, name)
        for name in (
            "output_tokens_per_second", "total_tokens_per_second", "in_flight", "most_in_flight",
            "input_tokens", "output_tokens", "cost",
        )
    }  # fmt: skip


_SHOWN = {"median": "p50", "p95": "p95", "p99": "p99"}
