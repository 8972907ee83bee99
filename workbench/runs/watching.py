"""Tells the watchers of a run how far it is, and the file that a command follows."""

import os
import time
from dataclasses import asdict
from typing import Protocol

import orjson

from workbench.runs.metering import Meter
from workbench.runs.progress import Progress, tell
from workbench.runs.record import Run

WATCH_SECONDS = 0.2  # at least, between two times that it is told


class Telling(Protocol):
    """Is told how far an engine is: `done` rows, `failed` ones among them, verdicts without a
    score, calls in batches.
    """

    def __call__(
        self, done: int, failed: int, unscored: int, away: tuple[int, int], *, finished: bool
    ) -> None: ...

    async def follow(self) -> None:
        """Look, while it works, at what the servers say."""
        ...


class Watch:
    """Tells of a run, as one process sees it."""

    def __init__(self, run: Run, owner: str) -> None:
        self._run, self._name = run, f"{run.id} {owner}"
        self._told, self._began = 0.0, time.monotonic()
        self._meter = Meter(run.plan.asked_models())

    async def follow(self) -> None:
        await self._meter.follow()

    def __call__(
        self, done: int, failed: int, unscored: int, away: tuple[int, int], *, finished: bool
    ) -> None:
        now = time.monotonic()
        if now - self._told < WATCH_SECONDS and not finished:
            return
        self._told, run = now, self._run
        progress = Progress(
            done,
            len(run.plan),
            run.calls,
            run.hits,
            failed,
            unscored,
            run.cost,
            run.budget,
            now - self._began,
            finished,
            run.unpriced,
            *away,
            run.by_others,
            self._meter.paces,
        )
        tell(run, progress)
        if path := os.environ.get("WORKBENCH_PROGRESS"):
            tick = {"run": self._name, **asdict(progress)}
            with open(path, "ab") as file:
                file.write(orjson.dumps(tick) + b"\n")
