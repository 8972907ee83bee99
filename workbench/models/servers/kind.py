# pyright: strict
"""What the workbench must know of a kind of local server to start one."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.models.entry import ModelEntry


def _nothing() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a server did not start, by what its log then holds, and the next step."""

    kind: str
    pattern: re.Pattern[str]
    says: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of local server. `command(model, port)` is the command line that serves a model on a
    loopback port; it raises ModelError where that cannot be done here.
    """

    command: Callable[[ModelEntry, int], list[str]]
    defaults: Mapping[str, Any]  # fields of its models, where models.yaml does not say otherwise
    start_seconds: int  # that a start may take, with loading the weights
    takes_args: bool = False  # `args:` of models.yaml go to its command line
    # the command knows nothing of its parent: a supervisor ends it, and processes share it
    supervised: bool = True
    takes_batches: bool = False  # files of lines, by a command of its own
    keeps_prefixes: bool = False  # of requests, and reads them from its cache
    tells_load: bool = False  # at /metrics, as vLLM does
    environment: Callable[[], Mapping[str, str]] = _nothing
    matters: re.Pattern[str] | None = None  # variables that make another server of it
    keys: frozenset[str] = frozenset()  # variables named like keys that it gets all the same
    causes: tuple[Cause, ...] = ()  # the first that fits is told


def script(name: str, *arguments: str) -> list[str]:
    """The command that runs a file of this folder in a Python of its own.

    With -P, because modules of this folder have the names of real ones, such as `vllm`, which the
    file must not import in their stead.
    """
    return [sys.executable, "-P", str(Path(__file__).with_name(name)), *arguments]
