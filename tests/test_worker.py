"""A cluster's worker, without a cluster: parts of a run, counted and kept in the store."""

import sys

import pytest
from killed_job import job

import workbench as wb
from workbench import testing
from workbench.models.shares import Share
from workbench.runs.plan import Plan, named
from workbench.runs.worker import Assignment, Worker, open_store
from workbench.testing import Reply


def talk(ask):
    if ask.system.startswith("CRITIC"):
        return "Yes" if int(ask.text.split()[-1]) % 3 else "No"
    return f"answer to {ask.text}"


def hired(folder, server, run="", n=20, budget=None) -> Worker:
    prompt, examples, model, critics = job(folder, n, 8, server.url)
    plan = Plan(named(prompt), (model,), tuple(examples), tuple(critics), 1)
    told = (run or plan.fingerprint, str(folder / "store.db"), budget, "team", Share(0, 2))
    return Worker(plan, Assignment(*told))


async def test_a_worker_answers_its_part_and_counts_it(tmp_path):
    with testing.serve(talk) as server:
        worker = hired(tmp_path, server)
        name = await worker.begin()
        first = await worker.work(range(5), frozenset())
        second = await worker.work(range(5, 8), frozenset())
        await worker.end()
        assert server.most_under_way <= 4  # its half of the limit
        heir = hired(tmp_path, server)
        await heir.begin()
        again = await heir.work(range(5), frozenset({name}))
        other = await heir.work(range(5, 8), frozenset())
        await heir.end()
    assert (first.rows, first.calls, first.hits, first.failed) == (5, 10, 0, 0)
    assert (second.rows, second.calls) == (3, 6)
    assert len(server.log) == 16
    assert (again.calls, again.hits) == (10, 0)  # made by one that died and told nobody
    assert (other.calls, other.hits) == (0, 6)


async def test_what_ends_a_part_is_told_as_data(tmp_path):
    with testing.serve(lambda ask: Reply("no such key", status=401)) as server:
        worker = hired(tmp_path, server)
        await worker.begin()
        part = await worker.work(range(5), frozenset())
        await worker.end()
    assert part.fault[0] == "ModelError"
    assert "401" in part.fault[1]


async def test_another_version_of_the_plan_is_refused(tmp_path):
    other = "another version of the workbench"
    with testing.serve(talk) as server, pytest.raises(wb.WorkbenchError, match=other):
        await hired(tmp_path, server, run="something else").begin()
    assert not server.log


def test_a_password_is_this_machines_own(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "own.db"))
    with pytest.raises(wb.WorkbenchError, match="which is never sent to workers"):
        open_store("postgresql+psycopg://user:***@host/name")
    assert open_store(str(tmp_path / "x.db")).location == str(tmp_path / "x.db")


async def test_without_ray_the_extra_is_named_before_the_first_call(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    with testing.serve(talk) as server:
        made = job(tmp_path, 3, 8, server.url)
        with pytest.raises(wb.WorkbenchError, match=r"pip install 'prompt-workbench\[ray\]'"):
            await wb.run(*made, store=tmp_path / "store.db", executor=wb.Ray())
        with pytest.raises(ValueError, match="leave out batch or executor"):
            await wb.run(*made, store=tmp_path / "store.db", executor=wb.Ray(), batch=True)
    assert not server.log


def test_workers_are_counted_from_one():
    with pytest.raises(ValueError, match="count from 1"):
        wb.Ray(workers=0)
    assert repr(wb.Ray(workers=3)) == "Ray: 3 workers, on this machine"
