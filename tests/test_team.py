"""Processes that join one run: they share its calls, its limits and its budget, and see the same
at their end.
"""

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from killed_job import job
from sqlalchemy import func, select, update

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.runs import history, run, team
from workbench.store import Settlement, Store, call_row
from workbench.store.schema import lease
from workbench.testing import Ask, Reply

SCRIPT = Path(__file__).with_name("joined_job.py")
N, CONCURRENCY = 120, 8
REQUEST = Request(Model("m", "m", "http://127.0.0.1/v1"), [{"role": "user", "content": "hello"}])


def slowly(ask: Ask) -> Reply:
    """The same for the same request; every tenth note is refused."""
    number, wait = int(ask.text.split()[-1]), random.Random(ask.text).uniform(0.01, 0.04)
    if ask.system.startswith("CRITIC"):
        return Reply("Yes" if number % 3 else "No", seconds=wait)
    if number % 10 == 7:
        return Reply("too odd", status=400, seconds=wait)
    return Reply(f"answer to {ask.text}", seconds=wait)


class Machine:
    """A process that joins."""

    def __init__(self, server, store: str, folder: Path, *more: str, name="night", n=N) -> None:
        command = [sys.executable, str(SCRIPT), store, str(n), str(CONCURRENCY), str(folder), *more]
        paths = os.pathsep.join(map(str, (SCRIPT.parent.parent, SCRIPT.parent)))
        environment = {"OPENAI_BASE_URL": server.url, "WORKBENCH_JOIN": name, "PYTHONPATH": paths}
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sees(self) -> dict:
        """What it sees at its end."""
        out, error = self.process.communicate(timeout=90)
        assert self.process.returncode == 0, error
        return json.loads(out)

    def refusal(self) -> str:
        """Why it did not begin."""
        _, error = self.process.communicate(timeout=30)
        assert self.process.returncode == 1, error
        return error.strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture
def shared_store(postgres):
    """The URL of an empty database that every process can reach."""
    import psycopg

    name = f"team_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")


def times_sent(server) -> Counter:
    """How often each request was answered or refused."""
    return Counter(
        json.dumps(logged.ask.body, sort_keys=True) for logged in server.log if logged.sent
    )


def wait_until(condition) -> None:
    until = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.005)


def test_machines_share_a_run_and_its_limits_and_see_the_same(shared_store, tmp_path):
    with testing.serve(slowly) as server:
        both = [Machine(server, shared_store, tmp_path) for _ in range(2)]
        first, second = (each.sees() for each in both)
        late = Machine(server, shared_store, tmp_path).sees()
    assert server.most_under_way <= CONCURRENCY  # of both together
    assert set(times_sent(server).values()) == {1}
    calls = N + N - N // 10  # the critic is not asked about what was refused
    assert len(times_sent(server)) == calls
    assert first["columns"] == second["columns"] == late["columns"]
    assert first["counts"] == second["counts"] == late["counts"]
    assert first["counts"]["error"] == N // 10
    assert not any(first["columns"]["cached"])
    assert first["counts"]["calls"] == calls
    assert first["by_others"] + second["by_others"] == calls
    assert 0 < first["by_others"] < calls  # both paid
    assert late["by_others"] == calls
    assert list(history(store=shared_store)["calls"]) == [calls]


async def test_a_machine_claims_few_calls_however_much_is_answered(
    shared_store, tmp_path, monkeypatch
):
    """Rows are begun by the hundred where the store answers; what is free among them stays free
    for the others. Held are at most the calls of three batches of rows, two calls a row: one that
    is asked, one whose answers are being kept, one whose answers wait for that.
    """
    store, held = Store(shared_store), []

    def script(ask: Ask) -> Reply:
        with store._database.read() as connection:
            held.append(connection.execute(select(func.count()).select_from(lease)).scalar_one())
        return Reply("No" if ask.system else f"answer to {ask.text}", seconds=0.005)

    with testing.serve(script) as server:
        await run(*job(tmp_path, 126, 32, server.url), store=store)
        held.clear()
        monkeypatch.setattr(team, "_runs", count())
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=0))  # it begins with the first row
        monkeypatch.setenv("WORKBENCH_JOIN", "night")
        store.teams.enter("other", "night/0")
        store.teams.beat("other", 1e12)  # it lives, and has made room: half of the places are ours
        await run(*job(tmp_path, 254, CONCURRENCY, server.url), store=store)
    assert len(held) == 2 * (254 - 126)
    assert 0 < max(held) <= 6 * CONCURRENCY


def test_calls_that_are_left_to_others_are_free_for_them(shared_store):
    store, keys = Store(shared_store), [bytes([number]) * 16 for number in range(5)]
    for owner in ("first", "second"):
        store.enroll(owner)
    given = store.exchange("first", Settlement("run"), wanted=keys, most=2)
    assert (given.claimed, given.untried) == (set(keys[:2]), set(keys[2:]))
    assert store.exchange("second", Settlement("run"), wanted=keys).claimed == set(keys[2:])
    store.teams.give_back("first", keys)  # and not those of the second
    assert store.exchange("second", Settlement("run"), wanted=keys).claimed == set(keys)


def test_a_machine_that_is_killed_costs_what_it_had_in_flight(shared_store, tmp_path):
    with testing.serve(slowly) as server:
        doomed, heir = (Machine(server, shared_store, tmp_path) for _ in range(2))
        wait_until(lambda: len(server.log) >= 60)
        doomed.kill()
        another = Machine(server, shared_store, tmp_path).sees()
        assert heir.sees()["columns"] == another["columns"]
    assert another["counts"]["rows"] == N
    assert another["counts"]["ok"] == N - N // 10
    assert sum(times_sent(server).values()) - len(times_sent(server)) <= CONCURRENCY + 64


def test_another_run_is_refused_with_what_differs(shared_store, tmp_path):
    with testing.serve(slowly) as server:
        Machine(server, shared_store, tmp_path, n=3).sees()
        asked = len(server.log)
        refused = Machine(server, shared_store, tmp_path, n=4).refusal()
    assert len(server.log) == asked
    assert refused == (
        "this is another run than the one that was begun under 'night': they differ in dataset "
        "'examples'; give every machine the same files and parameters, or this one another name"
    )


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("night", "machines that join need one store: put its URL, postgresql://..., in WORKBENCH"),
        ("a/b", "'a/b' is no name to join by: use letters, digits, '.', '_' and '-'"),
    ],
)
async def test_a_store_of_one_machine_and_an_odd_name_are_refused(
    tmp_path, monkeypatch, name, refusal
):
    monkeypatch.setenv("WORKBENCH_JOIN", name)
    with testing.serve(slowly) as server, pytest.raises(WorkbenchError, match=f"^{refusal}"):
        await run(*job(tmp_path, 3, CONCURRENCY, server.url), store=tmp_path / "store.db")
    assert not server.log


def test_whoever_was_taken_for_dead_takes_the_answer_that_stands(shared_store):
    """Both made the call: the first to be kept is the one for both."""
    store, key, made = Store(shared_store), b"k" * 16, []
    for text in ("first", "second"):
        made.append(call_row(key, REQUEST, REQUEST.payload(), Completion(text=text)))
    for owner in ("slow", "heir"):
        store.enroll(owner)
    assert store.exchange("slow", Settlement("run"), wanted=[key]).claimed == {key}
    with store._database.write() as connection:
        connection.execute(update(lease).values(owner="heir"))
    assert not store.exchange("slow", Settlement("run"), calls=[made[0]]).standing.keys() - {key}
    late = store.exchange("heir", Settlement("run"), calls=[made[1]]).standing
    assert late[key].completion.text == "first"


def test_who_comes_waits_until_all_others_have_made_room(shared_store):
    table = Store(shared_store).teams
    first = table.enter("first", "team/0")
    alone = table.company("first", "team/0", first)
    assert (alone.number, alone.of, alone.unheard) == (0, 1, False)
    table.beat("first", alone.at)
    later = table.enter("later", "team/0")
    table.enter("elsewhere", "other/0")
    seen = table.company("later", "team/0", later)
    assert (seen.number, seen.of, seen.unheard) == (1, 2, True)
    table.beat("first", None)  # it lives, and has more in flight than its new share
    assert table.company("later", "team/0", later).unheard
    table.beat("first", table.company("first", "team/0", first).at)
    assert not table.company("later", "team/0", later).unheard
    table.leave("first")
    assert table.company("later", "team/0", later).of == 1
