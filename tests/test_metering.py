"""What a local server says of its work is read, followed while a run goes on, and shown."""

import math

import pytest
from local_servers import vllm
from notes import examples

from workbench.models.servers import supervision
from workbench.models.servers.load import Load, Pace, read_load
from workbench.runs import metering, run
from workbench.runs.metering import Meter
from workbench.views.live import LiveRun

TOLD = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a{b}\\"c"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 4.0
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.5
vllm:generation_tokens_total 1.5e+03
vllm:generation_tokens_created 1.79e+09
vllm:num_requests_waiting NaN
python_info{version="3"} 1.0
"""


def test_the_numbers_of_all_engines_are_summed_and_the_fullest_cache_is_told():
    assert read_load(TOLD.replace('a{b}\\"c', "m"), 7.0).running == 7.0
    load = read_load(TOLD, 7.0)
    assert (load.at, load.filled, load.generated) == (7.0, 0.5, 1500.0)
    assert math.isnan(load.waiting)
    assert math.isnan(load.queries)


def test_a_pace_is_taken_between_two_looks():
    first = Load(10.0, running=1, waiting=0, queries=100, hits=10, generated=500)
    last = Load(12.0, running=3, waiting=5, queries=300, hits=160, generated=900)
    assert Pace.between("m", first, last) == Pace("m", 3, 5, 200.0, 0.75)
    same = Pace.between("m", first, first)
    assert math.isnan(same.tokens_per_second)
    assert math.isnan(same.cache_hits)


async def test_no_server_says_nothing(server_project):
    assert await supervision.load(vllm("some")) is None


@pytest.mark.usefixtures("server_project")
async def test_a_run_shows_what_its_server_does(prompt, tmp_path, watchers, monkeypatch):
    monkeypatch.setattr(metering, "LOOK_SECONDS", 0.05)
    seen, model = [], vllm("waits-a-little")
    watchers.append(lambda going, progress: seen.append((going, progress)))
    await supervision.base_url(model)
    done = await run(prompt("v1"), examples(200), model, store=tmp_path / "s.db")
    assert done.counts["ok"] == 200
    going, progress = next(each for each in reversed(seen) if not each[1].finished)
    [pace] = progress.paces
    assert (pace.model, pace.running, pace.waiting) == ("big", 3.0, 5.0)
    shown = LiveRun(going, progress).twin()
    facts = ("Server", "tokens a second", "Its queue", "and 3 at work", "of prompt tokens lately")
    assert [fact for fact in facts if fact not in shown] == []
    assert "Its queue" not in LiveRun(*seen[-1]).twin()


async def test_models_elsewhere_are_not_looked_at():
    from workbench import Model

    meter = Meter([Model("m", "m", "http://127.0.0.1:9/v1")])
    await meter.follow()  # ends at once
    assert meter.paces == ()
