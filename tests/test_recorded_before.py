"""A recording made anew: what it holds stays as it was reviewed, wherever it is made."""

import json

import pytest
from revisions import commit, git

import workbench as wb
from workbench import testing
from workbench.ci.rerecorded import rerecorded
from workbench.prompts import Message, Prompt
from workbench.reports import replay
from workbench.reports.recorded_before import recording_in
from workbench.shipped import BESIDE

LOOK = b'{"registration":"abc","at":5.0}\n'


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A recording of three answers, its server, and how the same is asked in a store; the usual
    store is empty, as in a clone.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORE", raising=False)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    examples = [wb.Example(str(n), {"text": f"Note {n}"}, "ok") for n in range(3)]
    prompt = Prompt("v1", (Message("user", "{{ text }}"),))
    with testing.serve(lambda ask: "ok") as server:

        async def ask(where, prompts=prompt):
            store = wb.Store(where)
            run = await wb.run(prompts, examples, server.model("m"), [wb.Exact()], store=store)
            return store, run

        yield tmp_path / "recordings/gate.jsonl", server, ask


async def recorded(made):
    recording, server, ask = made
    store, run = await ask("elsewhere.db")
    store.write_calls(recording, run.id)
    return recording, server, ask


async def test_in_a_clone_recorded_answers_are_in_the_usual_store_and_asked_of_nobody(made):
    recording, server, ask = await recorded(made)
    with recording_in(recording, afresh=False) as environment:
        assert dict(environment) == {}
        await ask(None)
    assert len(server.log) == 3


async def test_calls_that_nothing_asks_any_more_go_and_are_counted(made):
    recording, _, ask = await recorded(made)
    _, run = await ask(None)
    line = json.loads(recording.read_bytes().splitlines()[0])
    other = json.dumps(line | {"key": "00"}).encode() + b"\n"
    recording.write_bytes(recording.read_bytes() + other)
    assert replay.write_recording(recording, [run.id]) == (3, 1)
    assert replay.write_recording(recording, [run.id]) == (3, 0)


async def test_where_the_usual_store_has_other_answers_the_recorded_ones_stand(made, capsys):
    recording, server, ask = await recorded(made)
    lines = recording.read_bytes()
    await ask(None)
    assert len(server.log) == 6
    with recording_in(recording, afresh=False) as environment:
        store, run = await ask(environment["WORKBENCH_STORE"])
        store.write_calls(recording, run.id)
    assert len(server.log) == 6
    assert set(lines.splitlines()) <= set(recording.read_bytes().splitlines())
    said = (line for line in capsys.readouterr().out.splitlines() if line.startswith("note: "))
    assert list(said) == [
        "note: 3 recorded calls answered otherwise in your store: this goes on from the recorded "
        "answers, in .workbench/recording-gate.db"
    ]


async def test_afresh_asks_everything_again_and_keeps_who_looked(made, tmp_path):
    recording, server, ask = await recorded(made)
    recording.write_bytes(recording.read_bytes() + LOOK)
    with recording_in(recording, afresh=True) as environment:
        store, run = await ask(environment["WORKBENCH_STORE"])
        store.write_calls(recording, run.id)
        store.close()
    assert len(server.log) == 6
    assert LOOK in recording.read_bytes()
    assert not list((tmp_path / ".workbench").glob("afresh*"))


async def test_a_recording_with_the_marks_of_a_merge_is_made_anew(made, capsys):
    recording, server, ask = await recorded(made)
    recording.write_bytes(b"<<<<<<< HEAD\n" + recording.read_bytes())
    with recording_in(recording, afresh=False) as environment:
        await ask(environment.get("WORKBENCH_STORE"))
    assert len(server.log) == 6
    assert "gate.jsonl, line 1: not a recorded call" in capsys.readouterr().out


def prompt(name):
    return Prompt(name, (Message("user", f"{name}: {{{{ text }}}}"),))


@pytest.mark.parametrize("route", ["merge", "rebase"])
async def test_two_branches_that_both_recorded_merge_and_cost_nothing_again(made, tmp_path, route):
    """Both asked v0, which main has not recorded, and each a prompt of its own."""
    recording, server, ask = await recorded(made)
    (tmp_path / ".gitattributes").write_text(BESIDE[".gitattributes"])
    (tmp_path / ".gitignore").write_text("*.db*\n.workbench/\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    for branch in ("a", "b"):
        git(tmp_path, "switch", "-q", "-c", branch, "main")
        store, run = await ask(f"{branch}.db", [prompt("v0"), prompt(branch)])
        store.write_calls(recording, run.id)
        commit(tmp_path)
    git(tmp_path, "switch", "-q", "main")
    git(tmp_path, "merge", "-q", "--squash", "a")
    commit(tmp_path)
    git(tmp_path, "switch", "-q", "b")
    git(tmp_path, route, "-q", "main")
    base = git(tmp_path, "show", "main:recordings/gate.jsonl").encode()
    assert rerecorded(base, recording.read_bytes()).others == (3 if route == "merge" else 0)
    asked = len(server.log)
    with recording_in(recording, afresh=False, base=base) as environment:
        store, run = await ask(environment.get("WORKBENCH_STORE"), [prompt("v0"), prompt("b")])
        store.write_calls(recording, run.id)
    assert len(server.log) == asked
    assert rerecorded(base, recording.read_bytes()).sentence == (
        "3 recorded calls gone and 3 recorded calls new"  # of a, and of b
    )


async def test_the_recording_of_the_base_is_gone_on_from_where_a_branchs_own_is_broken(made):
    recording, server, ask = await recorded(made)
    base = recording.read_bytes()
    recording.write_bytes(b"<<<<<<< HEAD\n")
    with recording_in(recording, afresh=False, base=base) as environment:
        await ask(environment.get("WORKBENCH_STORE"))
    assert len(server.log) == 3
