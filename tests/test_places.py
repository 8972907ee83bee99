"""An endpoint that takes so many calls at a time and lets the rest wait: it is found out, from any
start.
"""

import math
import statistics
import time

import pytest
from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.datasets import Dataset, Example
from workbench.prompts import load_prompt
from workbench.testing import Reply


class Places:
    """Answers `places` calls at a time, each in so many seconds; others stand in its queue."""

    def __init__(self, places, seconds):
        self.free, self.seconds, self.server = [0.0] * places, seconds, None
        self.under_way = []  # when each call came

    def __call__(self, ask):
        self.under_way.append(self.server.under_way + 1)
        first = self.free.index(min(self.free))
        self.free[first] = max(self.free[first], time.monotonic()) + self.seconds
        return Reply(ask.text, seconds=self.free[first] - time.monotonic())


async def answered(tmp_path, places, count, **fields):
    prompt = load_prompt(prompt_file(tmp_path, "p", "Say it."))
    rows = Dataset(Example(f"e{i}", {"message": f"note {i}"}) for i in range(count))
    with testing.serve(places) as server:
        places.server = server
        model = server.model("m", **fields)
        return await wb.run(prompt, rows, model, store=tmp_path / "store.db")


@pytest.mark.parametrize("most", [8, 64])
async def test_an_endpoint_with_eight_places_is_not_asked_many_times_more(tmp_path, most):
    places = Places(8, 0.02)
    run = await answered(tmp_path, places, 600, max_concurrency=most)
    assert run.counts["ok"] == 600
    settled = places.under_way[300:]
    assert 4 <= statistics.median(settled) <= 20
    assert all(math.isfinite(each) for each in run.columns["queue_seconds"])


async def test_one_place_and_a_deadline_lose_no_row(tmp_path):
    places = Places(1, 0.1)
    run = await answered(tmp_path, places, 40, max_concurrency=64, deadline_seconds=1.5)
    assert run.counts["ok"] == 40
    assert statistics.median(places.under_way[20:]) <= 8
