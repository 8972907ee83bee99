"""A gate in CI: exit status, decision.json, junit.xml and a summary, by the command."""

import json
from xml.etree import ElementTree

import pytest
from typed import command

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.exchange.gate_files import gate_of, read_decision
from workbench.exchange.junit import junit
from workbench.files import canonical

RULES = """requirements:
  - {measure: quality, critic: exact, at_least: 0.80}
  - {measure: not_worse_than, baseline: baseline, margin: 0.10}
gate: {opinion: allow, extend_to: 60}
"""


NOTEBOOK = [
    'task = "notes"  # the task\nlimit = 40  # examples\nactor = "actor"  # model\n'
    'variant = "v2"  # who is gated\nrequirements = ""  # what must be met',
    "import workbench as wb\n"
    'prompts = wb.load_prompts(f"prompts/{task}")\n'
    'examples = wb.load_examples(f"datasets/{task}.jsonl", limit=limit)\n'
    "run = await wb.run(prompts, examples, wb.model(actor), [wb.Exact()])\n"
    'choice = wb.compare(run, "exact", baseline="v1")\n'
    "checked = await wb.settle(requirements, choice, variant=variant)\n"
    "wb.report(choice, requirements=checked)",
]


def notebook(*sources):
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "source": source,
         "execution_count": None}
        for i, source in enumerate(sources)
    ]  # fmt: skip
    cells[0]["metadata"]["tags"] = ["parameters"]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def project(folder, server):
    """A task of 60 notes with two prompts that ask alike, and a gate."""
    for name in ("prompts/notes", "datasets", "notebooks"):
        (folder / name).mkdir(parents=True)
    for name in ("v1", "v2"):
        text = f"---\nname: {name}\n---\nuser:\n{{{{ text }}}} {'!' * (name == 'v2')}\n"
        (folder / f"prompts/notes/{name}.prompty").write_text(text)
    rows = ({"id": f"n{n}", "inputs": {"text": f"Note {n}"}, "expected": "ok"} for n in range(60))
    (folder / "datasets/notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "prompts/notes/requirements.yaml").write_text(RULES)
    (folder / "notebooks/gate.ipynb").write_text(notebook(*NOTEBOOK))
    server.models_file(folder / "models.yaml", "actor")


@pytest.fixture
def place(tmp_path):
    with testing.serve(answer) as endpoint:
        project(tmp_path, endpoint)
        yield tmp_path


def answer(ask):
    """Right, unless the prompt says what makes a sloppy one."""
    return "wrong" if "sloppy" in ask.text else "ok"


def gated(place, *more, **environment):
    gate = ("--gate", "prompts/notes/requirements.yaml", "-o", "out")
    return command(place, "run", "notebooks/gate.ipynb", *gate, *more, **environment)


def worsen(place):
    path = place / "prompts/notes/v2.prompty"
    path.write_text(path.read_text() + " Be sloppy.\n")


def test_a_prompt_that_is_not_worse_passes_with_all_that_ci_reads(place):
    done = gated(place, GITHUB_STEP_SUMMARY=str(place / "step.md"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("gate: pass: v2 meets its requirements: 2 of 2")
    decision = read_decision(place / "out/decision.json")
    assert (decision["exit_status"], decision["gate"]["word"]) == (0, "pass")
    suite = ElementTree.parse(place / "out/junit.xml").find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")
    text = (place / "out/summary.md").read_text()
    assert text.startswith("<!-- workbench gate: out -->\n**Pass:**")
    assert (place / "step.md").read_text() == text + "\n"


def test_a_prompt_that_got_worse_fails_with_status_100(place):
    worsen(place)
    done = gated(place)
    assert done.returncode == 100, done.stderr
    assert "v2 misses its requirements" in done.stdout.splitlines()[-1]
    checked = gate_of(read_decision(place / "out/decision.json"), "gate.ipynb")
    assert junit(checked) == (place / "out/junit.xml").read_text()
    assert canonical(checked.decision()) == canonical(
        read_decision(place / "out/decision.json")["gate"]
    )


def test_trouble_of_the_tool_is_status_1_and_an_error_in_junit(place):
    (place / "notebooks/gate.ipynb").write_text(notebook(NOTEBOOK[0], "1 / 0"))
    done = gated(place)
    assert done.returncode == 1
    suite = ElementTree.parse(place / "out/junit.xml").find("testsuite")
    assert suite.get("errors") == "1"


def test_a_notebook_that_settles_nothing_and_what_is_no_decision_are_named(tmp_path):
    with pytest.raises(WorkbenchError, match=r"n\.ipynb settled no requirements: give it"):
        gate_of({"version": 2}, "n.ipynb")
    with pytest.raises(WorkbenchError, match="no decision can be read"):
        read_decision(tmp_path / "decision.json")
    (tmp_path / "decision.json").write_text("[]")
    with pytest.raises(WorkbenchError, match=r"is no decision\.json"):
        read_decision(tmp_path / "decision.json")
    with pytest.raises(WorkbenchError, match="cannot be read"):
        gate_of({"exit_status": 0, "gate": {"lines": 3}}, "n.ipynb")


def test_a_usage_error_is_status_2(place):
    assert command(place, "run", "notebooks/gate.ipynb", "--gate").returncode == 2


@pytest.mark.parametrize(
    "name, said", [("gone.yaml", "there is no such file"), ("bad.yaml", "a share from 0 to 1")]
)
def test_a_gate_that_cannot_be_read_starts_no_kernel(place, shell, monkeypatch, name, said):
    monkeypatch.chdir(place)
    (place / "bad.yaml").write_text("requirements: [{measure: quality, at_least: 2}]\n")
    code, _, errors = shell("run", "notebooks/gate.ipynb", "--gate", name, "-o", "out")
    assert code == 1 and said in errors and "starting the notebook" not in errors
    assert "<error" in (place / "out/junit.xml").read_text()
