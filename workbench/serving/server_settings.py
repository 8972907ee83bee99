# pyright: strict
"""Settings of a server, by the names of vLLM's command line, and what each carries."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from workbench import words
from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.serving.level import Level
from workbench.serving.tested import LoadTest

MOST = 24  # settings of a sweep: each takes minutes

Value = str | int | float | bool | None  # None: as the server has it


def combinations(settings: Mapping[str, Sequence[Value]]) -> tuple[Mapping[str, Value], ...]:
    """Every choice of one value for each name; WorkbenchError where they are too many."""
    named = {_spelled(name): tuple(values) for name, values in settings.items()}
    if not named or not all(named.values()):
        raise WorkbenchError('a sweep needs values: settings={"max-num-seqs": [64, 128]}')
    found = [dict(zip(named, chosen, strict=True)) for chosen in product(*named.values())]
    if len(found) > MOST:
        raise WorkbenchError(
            f"these settings are {len(found):,} servers, each of which takes minutes: at most "
            f"{MOST} at a time"
        )
    return tuple(found)


def _spelled(name: str) -> str:
    """As vLLM's help has it: max_num_seqs and --max-num-seqs are max-num-seqs."""
    return name.lstrip("-").replace("_", "-")


def arguments(settings: Mapping[str, Value]) -> tuple[str, ...]:
    """Settings as arguments of a command line: `--no-x` where x is False."""
    return tuple(part for name, value in settings.items() for part in _argument(name, value))


def _argument(name: str, value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return (f"--{name}" if value else f"--no-{name}",)
    return f"--{name}", str(value)


@printed
@dataclass(frozen=True)
class Tried:
    """One choice of settings, and its short load test, or why there is none."""

    settings: Mapping[str, Value]
    load: LoadTest | None = field(repr=False)
    failed: str = ""
    chosen: bool = False  # it carries most of them
    front: bool = False  # no other gives more tokens a second and a sooner first token

    @property
    def name(self) -> str:
        """--max-num-seqs 128; as served where nothing is set."""
        return shlex.join(arguments(self.settings)) or "as served"

    @property
    def rate(self) -> float:
        """The highest rate that meets the requirements; NaN where none does."""
        return self.load.highest if self.load else math.nan

    @property
    def level(self) -> Level | None:
        """What was measured at the highest rate that held."""
        levels = self.load.levels if self.load else ()
        return max((each for each in levels if each.holds), key=lambda at: at.rate, default=None)

    @property
    def tokens(self) -> float:
        """Output tokens a second at that rate."""
        return self.level.output_tokens_per_second if self.level else math.nan

    @property
    def first_token(self) -> float:
        """Seconds within which 95 of 100 first tokens came at that rate."""
        return self.level.ttft.p95 if self.level else math.nan

    def __repr__(self) -> str:
        if self.load is None or not self.rate > 0:
            return f"Tried {self.name}: {words.brief(self.failed or 'no rate holds', 80)}"
        return f"Tried {self.name}: {self.rate:.3g} requests a second, {self.tokens:,.0f} tokens"
