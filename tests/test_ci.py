"""`workbench ci`: changed prompts gated against their base, live, recorded and from recordings."""

import json
import shutil
from xml.etree import ElementTree

import pytest
from revisions import answer, command, commit, git, repository, write_prompt

from workbench import testing
from workbench.exchange.gate_files import read_decision

V2, V3 = "prompts/notes/v2.prompty", "prompts/notes/v3.prompty"


@pytest.fixture
def place(tmp_path):
    with testing.serve(answer) as server:
        yield repository(tmp_path, server), server


def test_only_what_changed_is_asked_and_the_gravest_word_is_the_status(place):
    folder, server = place
    write_prompt(folder, "v2", "Be sloppy.")
    write_prompt(folder, "v3", "?")
    done = command(folder, "ci", "--base", "main", "-o", "out", GITHUB_STEP_SUMMARY=folder / "step")
    assert done.returncode == 100, done.stderr
    assert len(server.log) == 4 * 40  # v2, its old text, v3 and v1
    assert done.stdout.splitlines()[-1].startswith("gate: 2 gates since main (")
    assert done.stdout.splitlines()[-1].endswith("): 1 passed and 1 failed.")
    text = (folder / "out/summary.md").read_text()
    assert text.startswith("<!-- workbench gate: ci -->\n2 gates since main (")
    assert f"### {V2}, against its own text at main (" in text.replace("&#95;", "_")
    assert "+&#123;&#123; text &#125;&#125; Be sloppy." in text
    assert (folder / "step").read_text() == text + "\n"
    suites = ElementTree.parse(folder / "out/junit.xml").findall("testsuite")
    assert [(each.get("name"), each.get("failures")) for each in suites] == [(V2, "2"), (V3, "0")]
    decision = read_decision(folder / "out/notes-v2/decision.json")
    assert (decision["baseline"], decision["gate"]["variant"]) == ("base", "v2")
    assert git(folder, "status", "--porcelain") == f"M {V2}\n?? {V3}\n?? step"


def test_recordings_of_both_revisions_decide_offline_and_a_miss_names_what_records_it(place):
    folder, server = place
    gate = ("--gate", "prompts/notes/requirements.yaml")
    assert command(folder, "record", "notebooks/gate.ipynb", *gate).returncode == 0
    commit(folder, "recorded")
    shutil.rmtree(folder / ".workbench")  # as in a clone
    before = (folder / "recordings/gate.jsonl").read_text().splitlines()
    write_prompt(folder, "v2", "Be brief.")
    asked = len(server.log)
    offline = ("ci", "--base", "main", "--offline", "-o", "out")
    missed = command(folder, *offline)
    assert missed.returncode == 1
    said = missed.stderr.splitlines()[-1]
    assert "the recordings lack the answer for prompt 'v2', example 'n" in said
    typed = said.partition("record it with: workbench ")[2].partition(";")[0].split()
    assert typed == ["record", "notebooks/gate.ipynb", *gate, "--base", "main"]
    (suite,) = ElementTree.parse(folder / "out/junit.xml").findall("testsuite")
    assert suite.get("errors") == "1"
    assert "**Trouble:** " in (folder / "out/summary.md").read_text()
    assert len(server.log) == asked
    done = command(folder, *typed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("quote: 40 calls, about $0.00")
    assert done.stdout.splitlines()[-1].endswith("recordings/gate.jsonl; 40 were new")
    assert {*before} <= {*(folder / "recordings/gate.jsonl").read_text().splitlines()}
    first = (folder / ".workbench/reports/ci/notes-v2/decision.json").read_bytes()
    server.script = None  # whatever is asked now fails
    done = command(folder, *offline)
    assert done.returncode == 0, done.stderr
    decision = json.loads((folder / "out/notes-v2/decision.json").read_text())
    assert decision.pop("recordings")["changed"] == 40
    assert json.loads(first) == decision
    assert "of which 40 changed since" in (folder / "out/summary.md").read_text()


def test_a_changed_model_is_gated_against_the_one_of_the_base(place):
    folder, server = place
    (folder / V2).unlink()
    commit(folder, "one prompt")
    models = (folder / "models.yaml").read_text()
    (folder / "models.yaml").write_text(models.replace('"id": "actor"', '"id": "newer"'))
    done = command(folder, "ci", "--base", "main", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert "on its model there" in done.stdout
    decision = read_decision(folder / "out/notes-v1/decision.json")
    assert (decision["baseline"], decision["gate"]["variant"]) == ("v1 @ actor-base", "v1 @ actor")
    assert len(server.log) == 2 * 40
