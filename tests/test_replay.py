"""Recordings: what was decided once is decided again from a file, by anybody, for nothing."""

import json
import subprocess

import pytest
from test_gate_files import answer, command, project

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.files import canonical
from workbench.reports.replay import changes_of, replaying

GATE = ("notebooks/gate.ipynb", "--gate", "prompts/notes/requirements.yaml")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A project with a recording, what the recording said, and how many calls it took."""
    place = tmp_path_factory.mktemp("replay")
    with testing.serve(answer) as server:
        project(place, server)
        rules = place / "prompts/notes/requirements.yaml"
        rules.write_text(rules.read_text().replace("0.10", "0.06"))  # takes a second look
        done = command(place, "record", *GATE)
        assert done.returncode == 0, done.stderr
        calls = len(server.log)
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "recorded")
    return place, done.stdout.splitlines(), calls


def test_recording_says_what_it_costs_before_and_after(recorded):
    _, said, calls = recorded
    assert said[0].startswith("quote: 80 calls, about $0.00, at most $0.00; a gate that extends")
    assert calls == 2 * 60
    assert said[-1] == "recorded: 120 calls in recordings/gate.jsonl; 120 were new"


def replay(place):
    """The gate again, from the recording alone."""
    return command(place, "run", *GATE, "--offline", "--base", "HEAD", "-o", "gate")


def test_a_recording_decides_the_same_bytes_without_a_network(recorded):
    place, _, _ = recorded
    first = (place / ".workbench/reports/gate/decision.json").read_bytes()
    done = replay(place)
    assert done.returncode == 0, done.stderr
    decision = json.loads((place / "gate/decision.json").read_text())
    assert decision.pop("recordings") == {"calls": 120, "changed": 0, "since": "HEAD"}
    assert canonical(decision) == first
    assert decision["gate"]["settled"]["looks"][-1]["word"] == "pass"
    said = (place / "gate/summary.md").read_text()
    assert "Replayed from 120 recorded calls, of which 0 changed since HEAD." in said


def test_a_prompt_that_nobody_recorded_is_refused_and_it_is_said_how_to(recorded):
    place, _, _ = recorded
    path = place / "prompts/notes/v2.prompty"
    text = path.read_text()
    path.write_text(text + " Be sloppy.\n")
    done = replay(place)
    path.write_text(text)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert "the recordings lack the answer for prompt 'v2', example 'n" in said
    assert f"record it with: workbench record {' '.join(GATE)}" in said


def test_a_recording_that_is_not_there_names_the_command(tmp_path):
    with (
        pytest.raises(WorkbenchError, match=r"none\.jsonl is not there: record it with: w r n"),
        replaying([tmp_path / "none.jsonl"], "w r n"),
    ):
        pass


def git(folder, *arguments):
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def test_calls_that_changed_since_a_revision_are_counted(tmp_path):
    lines = [f'{{"key":"{n}","request":{{}},"reply":{{}}}}\n' for n in range(5)]
    file = tmp_path / "calls.jsonl"
    file.write_text("".join(lines))
    assert changes_of(file, "HEAD") == {"calls": 5}
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "none")
    assert changes_of(file, "HEAD") == {"calls": 5, "changed": 5, "since": "HEAD"}
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "some")
    file.write_text("".join(lines[:3]) + '{"key":"9","request":{},"reply":{}}\n{"look":{}}\n')
    assert changes_of(file, "HEAD") == {"calls": 4, "changed": 1, "since": "HEAD"}
    assert changes_of(file, "nowhere") == {"calls": 4}
