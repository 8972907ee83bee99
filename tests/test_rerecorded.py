"""Recorded answers that a branch changed: told whole, and refused where they were edited."""

import json
from pathlib import Path

import pytest
from revisions import commit, write_prompt
from test_ci_changes import place

from workbench.ci.called_for import gates_of
from workbench.ci.noted import notes_of
from workbench.ci.rerecorded import Rerecorded, rerecorded
from workbench.ci.revised import gate_since
from workbench.ci.revision import revision
from workbench.ci.tasks import gated_tasks

__all__ = ["place"]

RECORDING = Path("recordings/gate.jsonl")


def call(key, text, at=1.0, status="ok"):
    line = {"key": key, "at": at, "status": status, "request": {}, "reply": {"text": text}}
    return json.dumps(line).encode() + b"\n"


def measured(prompt, body, at):
    named = {"kind": "trial", "prompt": prompt, "model": "m", "filters": "", "named": {}}
    return json.dumps({"evidence": named | {"body": body}, "at": at}).encode() + b"\n"


ONCE = ("sighting", "registration")
LOOK = b'{"look": {"critic": "exact", "rows": "aa"}, "at": 1.0}\n'
OLD = call("a", "no") + call("b", "no")


@pytest.mark.parametrize(
    ("new", "became"),
    [
        (OLD, Rerecorded()),
        (OLD.replace(b": ", b":").replace(b"no", b"n\\u006f"), Rerecorded()),
        (OLD + call("a", "yes", 2.0), Rerecorded()),  # the first answer decides
        (call("a", "error", 0.5, "error") + OLD, Rerecorded()),
        (call("a", "yes", 0.5) + OLD, Rerecorded(others=1)),
        (call("a", "yes") + call("b", "no"), Rerecorded(others=1, edited=1)),
        (call("a", "no", 2.0) + call("b", "no"), Rerecorded(others=1)),
        (call("a", "no") + call("c", "no"), Rerecorded(gone=1, new=1)),
        (OLD.replace(b'"no"', b'\r"yes"'), Rerecorded(others=2, edited=2)),
        (OLD + b"[]\n{\n\n" + b"[" * 100_000, Rerecorded()),
        (OLD + b'{"key": "c", "request": {}, "reply": {"text": "\xc2\x85 no"}}', Rerecorded(new=1)),
    ],
)
def test_what_became_of_answers_is_told_by_those_that_decide(new, became):
    assert rerecorded(OLD, new) == became


def test_what_later_stages_measured_and_looks_are_told_too():
    old = measured("p", 1, 1.0) + measured("p", 2, 2.0) + LOOK
    assert rerecorded(old, old + measured("p", 3, 1.5)) == Rerecorded()  # the newest decides
    new = rerecorded(old, measured("p", 3, 3.0) + measured("q", 4, 3.0))
    assert new == Rerecorded(measured_otherwise=1, measured_new=1, looks_gone=1)
    assert new.decides_otherwise == "1 measurement of a later stage replaced and 1 look gone"
    assert new.sentence == (
        "1 measurement of a later stage replaced, 1 measurement of a later stage new and 1 look "
        "gone"
    )


def test_rows_seen_and_prompts_written_may_be_of_earlier_and_not_be_gone():
    seen, written = (json.dumps({kind: "aa", "at": 2.0}).encode() for kind in ONCE)
    old = OLD + seen + b"\n" + written
    assert rerecorded(old, old.replace(b"2.0", b"1.0")) == Rerecorded()
    assert rerecorded(old, OLD).decides_otherwise == "2 looks gone"


@pytest.fixture
def recorded(place):
    RECORDING.parent.mkdir()
    RECORDING.write_bytes(OLD)
    commit(place, "recorded")
    return place


def called_for():
    (task,) = gated_tasks([], {}, "")
    return gates_of(task, revision(Path.cwd(), "main"))


def found():
    return [str(each) for each in called_for().yardsticks]


def gated(place, reviewed=None):
    out = place / "out"
    return gate_since("main", lambda: gated_tasks([], {}, ""), out, offline=True, reviewed=reviewed)


def test_recorded_answers_of_the_base_that_are_others_are_counted_and_new_calls_are_not(recorded):
    write_prompt(recorded, "v2", "?")
    RECORDING.write_bytes(call("a", "no") + call("c", "yes"))
    assert found() == []
    RECORDING.write_bytes(call("a", "yes"))
    assert found() == ["recordings/gate.jsonl (1 recorded call answered otherwise)"]
    write_prompt(recorded, "v2", "!")
    [said] = notes_of(called_for(), revision(recorded, "main"))
    assert said.endswith(" changed: 1 recorded call answered otherwise and 1 recorded call gone.")


def test_looks_that_went_beside_a_changed_prompt_are_a_yardstick(recorded):
    RECORDING.write_bytes(OLD + LOOK)
    commit(recorded, "looked")
    write_prompt(recorded, "v2", "?")
    assert found() == []
    RECORDING.write_bytes(OLD)
    assert found() == ["recordings/gate.jsonl (1 look gone)"]


@pytest.mark.parametrize("new", [call("a", "yes", 2.0) + call("b", "no"), OLD + call("c", ""), b""])
def test_a_branch_that_changes_recordings_alone_waits_for_a_person(recorded, new, capsys):
    RECORDING.write_bytes(new)
    assert gated(recorded) == 0  # nobody is asked, and it is named
    named = "note: What ships or later changes are decided by is another: recordings/gate.jsonl ("
    assert named in capsys.readouterr().out
    assert gated(recorded, reviewed="") == 102
    assert "**Needs a person:** What ships or later" in Path("out/summary.md").read_text()
    [word] = {each.rstrip(".") for each in capsys.readouterr().out.split() if "gate-" in each}
    assert gated(recorded, reviewed=f"bug {word}") == 0
    RECORDING.write_bytes(new + call("d", ""))
    assert gated(recorded, reviewed=word) == 102


@pytest.mark.parametrize("reviewed", [None, "", "anything"])
def test_an_answer_that_was_edited_where_it_stands_is_refused(recorded, reviewed):
    RECORDING.write_bytes(OLD.replace(b"no", b"yes"))
    assert gated(recorded, reviewed) == 1
    text = Path("out/summary.md").read_text()
    assert "### recordings/gate.jsonl\n" in text
    assert "2 recorded calls of main" in text and "edited, not recorded" in text
    assert "workbench record notebooks/gate.ipynb" in text
