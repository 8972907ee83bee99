"""Recordings: what was decided once is decided again from a file, by anybody, for nothing."""

import json
import re
import subprocess
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from test_gate_files import answer, project
from typed import command

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.exchange.gate_files import recorded as told
from workbench.files import canonical
from workbench.reports.replay import changes_of, refuse_older, replaying

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
    held = decision.pop("recordings")
    today = datetime.now(UTC).date()
    assert {date.fromisoformat(held.pop(day)) for day in ("oldest", "newest")} <= {
        today, today - timedelta(days=1)
    }  # fmt: skip
    assert held == {"calls": 120, "changed": 0, "since": "HEAD"}
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
    lines = [
        f'{{"key":"{n}","at":1,"request":{{}},"reply":{{"text":"a\u2028b"}}}}\n' for n in range(5)
    ]
    file = tmp_path / "calls.jsonl"
    file.write_text("".join(lines))
    assert changes_of(file, "HEAD") == {"since": "HEAD"}
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "none")
    assert changes_of(file, "HEAD") == {"changed": 5, "since": "HEAD"}
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "some")
    file.write_text(
        "".join(lines[:3]) + lines[3].replace("b", "c").replace('t":{', 't" :{') + '{"look":{}}\n'
    )
    assert changes_of(file, "HEAD") == {"changed": 1, "since": "HEAD"}
    assert changes_of(file, "nowhere") == {"since": "nowhere"}


def test_how_old_recorded_answers_are_is_said_and_may_be_bounded(recorded, tmp_path):
    place, _, _ = recorded
    path = place / "recordings/gate.jsonl"
    text = path.read_text()
    began = time.time() - 740 * 86_400
    path.write_text(re.sub(r'"at":[0-9.]+,"status"', f'"at":{began},"status"', text, count=1))
    done = command(place, "run", *GATE, "--offline", "-o", "old")
    refused = command(place, "run", *GATE, "--offline", "--max-age", "180", "-o", "old")
    path.write_text(text)
    assert done.returncode == 0, done.stderr
    assert "the oldest answer is 740 days old." in done.stdout
    assert "the oldest answer is 740 days old." in (place / "old/summary.md").read_text()
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        "workbench: the oldest recorded answer is 740 days old, and at most 180 are allowed: ask "
        f"again with: workbench record {' '.join(GATE)} --afresh"
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("2024-11-20", "2024-11-20"), "Answered on 2024-11-20; the oldest answer is 9 days old."),
        (("2024-11-29", "2024-11-29"), "Answered on 2024-11-29."),
        (
            ("2024-11-20", "2031-01-01"),
            "Answered from 2024-11-20 to 2031-01-01; the oldest answer is 9 days old; "
            "the newest is of a day to come.",
        ),
    ],
)
def test_the_days_of_recorded_answers_are_said(days, said):
    held = {"calls": 3, "oldest": days[0], "newest": days[1]}
    assert told(held, date(2024, 11, 29)) == f"Replayed from 3 recorded calls. {said}"


def test_a_recorded_answer_that_is_to_come_is_under_no_bound():
    held = {"calls": 3, "oldest": "2024-11-20", "newest": "9999-01-01"}
    with pytest.raises(WorkbenchError, match="dated 9999-01-01, which is to come"):
        refuse_older(held, 1e9, "w r n")


def test_a_recording_that_is_a_link_out_of_the_project_is_refused(tmp_path, monkeypatch):
    (tmp_path / "secret.jsonl").write_text("{}\n")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    Path("models.yaml").write_text("models: {}\n")
    Path("n.jsonl").symlink_to("../secret.jsonl")
    with (
        pytest.raises(WorkbenchError, match="is a link that leads out of the project"),
        replaying([Path("n.jsonl").absolute()], "w r n"),
    ):
        pass
