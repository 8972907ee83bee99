"""Runs whose process is killed, interrupted or doubled: nothing acknowledged is lost, nothing is
paid for twice.
"""

import asyncio
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from killed_job import job

from workbench import testing
from workbench.runs import load_run, run
from workbench.testing import Ask, Reply

SCRIPT = Path(__file__).with_name("killed_job.py")
N, CONCURRENCY = 250, 16
SOAK = "WORKBENCH_SOAK" in os.environ  # make soak: 20 kills on each database, with three seeds
SEEDS, KILLS = ((1, 2, 3), 20) if SOAK else ((1,), 3)
GROUP = 64  # answers that may wait for their commit


def slowly(ask: Ask) -> Reply:
    """The same answer for the same request, after a while that differs."""
    wait = random.Random(ask.text).uniform(0.005, 0.03)
    if ask.system.startswith("CRITIC"):
        return Reply("Yes" if int(ask.text.split()[-1]) % 3 else "No", seconds=wait)
    return Reply(f"answer to {ask.text}", seconds=wait)


class Job:
    """The killed job as a child process."""

    def __init__(
        self, server: testing.Server, store: str, folder: Path, *options: str, n: int = N
    ) -> None:
        self.acknowledged = folder / f"acknowledged-{random.random()}.json"
        command = [
            sys.executable,
            str(SCRIPT),
            store,
            str(n),
            str(CONCURRENCY),
            str(self.acknowledged),
            *options,
        ]
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": server.url,
            "PYTHONPATH": str(SCRIPT.parent.parent),
        }
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finish(self, seconds: float = 60) -> dict:
        """What it counted when it ended by itself."""
        out, error = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0, error
        return json.loads(out)

    def kill(self) -> dict[str, list]:
        """End it without a warning, and what it had acknowledged by then."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=10)
        return json.loads(self.acknowledged.read_text()) if self.acknowledged.exists() else {}


def wait_until(condition, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.005)


def bodies(server: testing.Server) -> Counter:
    """How often each request was answered."""
    return Counter(
        json.dumps(logged.ask.body, sort_keys=True) for logged in server.log if logged.sent == "200"
    )


async def whole(server: testing.Server, store: str, folder: Path, n: int = N):
    """The run, finished here; and its table, which must be that of a run without any accident."""
    done = await run(*job(folder, n, CONCURRENCY, server.url), store=store)
    frame = done.frame
    assert list(frame["output"]) == [f"answer to note {number}" for number in range(n)]
    assert list(frame["good"]) == [float(number % 3 > 0) for number in range(n)]
    assert (frame["status"] == "ok").all()
    return done


async def killed_again_and_again(store: str, folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    with testing.serve(slowly) as server:
        for _ in range(kills):
            child, begun = Job(server, store, folder), len(server.log)
            target = begun + chance.randrange(10, max(11, 2 * N // kills))
            wait_until(lambda: len(server.log) >= target or child.process.poll() is not None)  # noqa: B023
            acknowledged = child.kill()
            sent = set(bodies(server))
            kept = load_run("last", store)
            for example, (output, score) in acknowledged.items():
                row = int(example[1:])
                found = kept.store.answers([kept_key(folder, server, row)])
                assert [each.completion.text for each in found.values()] == [output], (
                    "acknowledged and lost"
                )
                assert math.isnan(score) or score == float(row % 3 > 0)
            stored = {
                json.dumps(body, sort_keys=True) for body in stored_bodies(kept.store, folder)
            }
            assert stored <= sent, "stored and never sent"
        done = await whole(server, store, folder)
        again = await run(*job(folder, N, CONCURRENCY, server.url), store=store)
    repeated = sum(count - 1 for count in bodies(server).values())
    assert repeated <= kills * (CONCURRENCY + GROUP)
    assert again.counts["calls"] == 0
    assert done.counts["ok"] == N


def kept_key(folder: Path, server: testing.Server, row: int) -> bytes:
    from workbench.models.call import Request

    prompt, examples, model, _ = job(folder, row + 1, CONCURRENCY, server.url)
    return Request(model, prompt.render(examples[row].inputs), prompt.parameters).key()


def stored_bodies(store, folder: Path) -> list[dict]:
    path = store.write_calls(folder / "calls.jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["request"] for line in lines if "request" in line]  # the ledger lies beside them


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_was_acknowledged_survives_kill_9(store_url, tmp_path, seed):
    await killed_again_and_again(store_url, tmp_path, kills=KILLS, seed=seed)


async def test_two_processes_on_one_run_make_no_call_twice(store_url, tmp_path):
    with testing.serve(slowly) as server:
        children = [Job(server, store_url, tmp_path) for _ in range(2)]
        counts = [child.finish() for child in children]
        await whole(server, store_url, tmp_path)
    assert set(bodies(server).values()) == {1}
    assert len(bodies(server)) == 2 * N
    assert sum(each["calls"] for each in counts) == 2 * N
    assert min(each["calls"] for each in counts) > 0  # both worked


async def test_the_calls_of_a_killed_process_are_taken_over(store_url, tmp_path):
    with testing.serve(slowly) as server:
        doomed = Job(server, store_url, tmp_path)
        heir = Job(server, store_url, tmp_path)
        wait_until(lambda: len(server.log) >= 100)
        doomed.kill()
        began = time.monotonic()
        assert heir.finish()["ok"] == N
        assert time.monotonic() - began < 30
        await whole(server, store_url, tmp_path)
    repeated = sum(count - 1 for count in bodies(server).values())
    assert repeated <= CONCURRENCY + GROUP


async def test_an_older_sqlite_is_made_safe_by_a_lock(tmp_path):
    store = str(tmp_path / "store.db")
    with testing.serve(slowly) as server:
        children = [Job(server, store, tmp_path, "--old-sqlite", n=100) for _ in range(2)]
        for child in children:
            assert child.finish()["ok"] == 100
        await whole(server, store, tmp_path, n=100)
    assert set(bodies(server).values()) == {1}
    assert (tmp_path / "store.db.lock") in set(tmp_path.iterdir())


def test_control_c_ends_a_run_within_a_second_and_keeps_it(tmp_path):
    store = str(tmp_path / "store.db")
    with testing.serve(slowly) as server:
        child = Job(server, store, tmp_path, n=5000)
        wait_until(lambda: server.answered >= 200)
        began = time.monotonic()
        child.process.send_signal(signal.SIGINT)
        _, error = child.process.communicate(timeout=10)
        assert (
            time.monotonic() - began < 3
        )  # one for the run, the rest for the interpreter on a busy machine
        answered = server.answered
    assert "KeyboardInterrupt" in error
    part = load_run("last", store)
    assert part.counts["stopped"] == "interrupted"
    assert part.counts["ok"] > 0
    assert part.counts["calls"] >= answered - CONCURRENCY


def test_a_run_that_is_killed_while_idle_blocks_nobody(tmp_path):
    """Leases of a process that is gone are free at once on the same machine."""
    store = str(tmp_path / "store.db")
    with testing.serve(lambda ask: Reply(fault="hang")) as server:
        child = Job(server, store, tmp_path, n=20)
        wait_until(lambda: len(server.log) >= 4)
        child.kill()
        server.script = slowly
        began = time.monotonic()
        asyncio.run(whole(server, store, tmp_path, n=20))
        assert time.monotonic() - began < 10
