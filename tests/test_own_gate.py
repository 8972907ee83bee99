"""The project's own prompts pass its own gate, from a recording; a pull request that worsens one is
refused by the ready workflow.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from revisions import commit, git
from test_sticky import github, served
from typed import command

import workbench as wb
from workbench import testing
from workbench.shipped import add_workflow, begin

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK, GATE = "notebooks/2_evaluate.ipynb", "prompts/triage/gate.yaml"
V2 = "prompts/triage/v2.prompty"
SHIM = """#!/bin/sh
# the package is this checkout: nothing is fetched
test "$*" = "install prompt-workbench" && exec {python} -c "import workbench"
"""


def test_the_projects_own_prompts_pass_their_own_gate_offline(shipped, tmp_path):
    for name in (GATE, "recordings/2_evaluate.jsonl"):
        (shipped / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, shipped / name)
    released = ("-p", "release_to", str(tmp_path / "released"))
    arguments = (NOTEBOOK, "--gate", GATE, "--offline", "-o", str(tmp_path / "out"), *released)
    done = command(shipped, "run", *arguments)
    assert done.returncode == 0, done.stderr
    decision = json.loads((tmp_path / "out/decision.json").read_text())
    assert (decision["gate"]["word"], decision["dataset"]["n"]) == ("pass", 40)
    assert "calls: 0" in done.stdout.splitlines()
    assert not (shipped / ".workbench/store.db").exists()


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """The demo's project in a repository, its models on loopback: right, but for a prompt that says
    to thank everybody.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    begin(tmp_path)
    add_workflow(tmp_path, "github")
    shutil.copy(ROOT / GATE, tmp_path / "prompts/triage/requirements.yaml")
    rows = (json.loads(line) for line in (ROOT / "datasets/triage.jsonl").open())
    labels = {row["inputs"]["message"]: row["expected"]["label"] for row in rows}

    def answer(ask):
        if "response_format" not in ask.body and "yes, no" in ask.system:
            return "yes"
        right = labels[ask.body["messages"][-1]["content"].partition("\n\nIs this")[0]]
        label = "thanks" if "Thank everybody" in ask.system else right
        return json.dumps({"label": label}) if "response_format" in ask.body else label

    with testing.serve(answer) as server:
        entry = {"id": "m", "base_url": server.url, "price": {"input": 0, "output": 0}}
        models = {"models": {"m": entry}, "roles": {"actor": "m", "critic": "m"}}
        (tmp_path / "models.yaml").write_text(json.dumps(models))
        git(tmp_path, "init", "-q")
        commit(tmp_path, "main")
        yield tmp_path


async def record(place, *prompts):
    """What `workbench record --base main` would write, without a notebook for each part of it."""
    store = wb.Store(place / ".workbench/recorded.db")
    examples = wb.load_examples("datasets/triage.jsonl", limit=40)
    right = wb.Rubric.load("prompts/critics/right_label.prompty", wb.model("critic"))
    for prompt in prompts:
        await wb.run(prompt, examples, wb.model("actor"), [right, wb.Exact("label")], store=store)
    store.write_calls("recordings/2_evaluate.jsonl")


def steps(place, environment):
    """Every step of the workflow as the host runs them, `uses:` aside, by what it runs: its exit
    status and what it said.
    """
    (place / "bin").mkdir()
    shim = place / "bin/pip"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)
    path = os.pathsep.join([str(shim.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    jobs = yaml.safe_load((place / ".github/workflows/prompts.yml").read_text())["jobs"]
    for step in (*jobs["gate"]["steps"], *jobs["comment"]["steps"]):
        if "run" in step:
            done = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                capture_output=True, text=True, cwd=place, timeout=300,
                env={**os.environ, **environment, "PATH": path, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            yield step["run"].split(" ")[:2], done.returncode, done.stdout + done.stderr


async def test_a_pull_request_that_worsens_the_demos_prompt_is_refused(demo, tmp_path_factory):
    before = wb.load_prompt(V2)
    git(demo, "checkout", "-q", "-b", "thankful")
    text = (demo / V2).read_text()
    (demo / V2).write_text(text.replace("Answer with one word.", "Thank everybody."))
    await record(demo, wb.load_prompt(V2), before)
    head = commit(demo, "Be more thankful")
    checkout = tmp_path_factory.mktemp("runner") / "checkout"
    git(demo, "clone", "-q", str(demo), str(checkout))  # actions/checkout, fetch-depth: 0
    git(checkout, "checkout", "-q", head)
    with served() as host:
        asked = github(host, BASE="origin/main", GITHUB_STEP_SUMMARY=str(checkout / "step.md"))
        ran = list(steps(checkout, asked))
        commands = [(run, status) for run, status, _ in ran]
        assert commands == [
            (["pip", "install"], 0), (["workbench", "ci"], 100),
            (["pip", "install"], 0), (["workbench", "comment"], 0),
        ], ran  # fmt: skip
        assert "0 passed" not in ran[1][2] and "1 gate since origin/main (" in ran[1][2]
        (comment,) = host.comments
    assert comment["body"] == (checkout / "gate/summary.md").read_text()
    assert "**Fail:** v2 misses its requirements" in comment["body"]
    assert "+You sort messages to a kitchen shop and its forum. Thank everybody." in comment["body"]
    assert git(checkout, "status", "--porcelain") == "?? bin/\n?? step.md"
