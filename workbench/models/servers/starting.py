# pyright: strict
"""How far the start of a server is, and who is told: a large model takes minutes."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass

import orjson

from workbench.words import seconds

TELL_SECONDS = 0.5  # between two words on a start


@dataclass(frozen=True, slots=True)
class Starting:
    """A server that starts: of which model, since how long, and the last line of its log."""

    model: str
    server: str
    seconds: float
    said: str
    state: str  # "starting", and at last "up" or "failed"

    @property
    def sentence(self) -> str:
        of, took = f"{self.server} server of {self.model}", seconds(self.seconds)
        if self.state == "starting":
            return f"Starting the {of}, {took}{f': {self.said}' if self.said else ''}"
        return f"The {of} {'is up' if self.state == 'up' else 'did not start'} after {took}."


watchers: list[Callable[[Starting], None]] = []


def tell(starting: Starting) -> None:
    """Tell the watchers, and whoever executes this notebook."""
    for watcher in watchers:
        watcher(starting)
    if path := os.environ.get("WORKBENCH_PROGRESS"):
        with open(path, "ab") as file:
            file.write(orjson.dumps({"server": asdict(starting)}) + b"\n")
