"""The page on improvements: its code runs against a scripted model, and ends as it says."""

import ast
import json
import random
import re
from pathlib import Path
from types import FunctionType

import pytest
from test_tutorial import blocks

import workbench as wb
from workbench import testing
from workbench.models.catalogue import load_models
from workbench.models.entry import Price

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "improve.md").read_text("utf-8")
BETTER = "---\nname: v2\n---\nuser:\n{{ message }}\n\nBetter: complaint, question or thanks?\n"


def script(ask):
    """An actor that is right in half of the cases, and in nine of ten where it is told better."""
    if "You improve prompts" in ask.system:
        return BETTER
    share = 0.9 if "Better:" in ask.text else 0.5
    message = ask.text.partition("\n\n")[0]
    right = random.Random(message).random() < share
    wrong = next(each for each in KINDS if each != LABELS[message])
    return json.dumps({"label": LABELS[message] if right else wrong})


KINDS = ("complaint", "question", "thanks")
LABELS = {
    each.inputs["message"]: each.expected["label"]
    for each in wb.load_examples(ROOT / "datasets/triage.jsonl")
}


async def done(text, names):
    code = compile(text, "improve.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await FunctionType(code, names)()


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("prompts/triage/v1.prompty", "datasets/triage.jsonl"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_the_page_runs(project, monkeypatch, capsys):
    first, second, third = (each.text for each in blocks(PAGE) if each.kind == "python")
    names = {"wb": wb}
    with testing.serve(script) as server:
        models = server.models_file(project / "models.yaml", "actor", "critic")
        monkeypatch.setenv("WORKBENCH_MODELS", str(models))
        await done(first, names)
        made = names["made"]
        assert made.is_confirmed
        assert made.folder.relative_to(project).parts[:2] == (".workbench", "improved")
        said = capsys.readouterr().out
        assert re.search(r"(?m)^Claimed \+\d+\.\d, confirmed \+.*: shown\. ", said)
        await done(second, names)
        assert "only explored" in names["made"].sentence  # its held rows were read by the first
        await done(third, names)
    tuning = names["tuning"]
    lines = (project / "tuning/triage.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == tuning.lines >= 10
    assert {each.id for each in tuning.kept} < {each.id for each in names["search"]}


def test_the_models_of_the_page_load(tmp_path):
    [text] = [each.text for each in blocks(PAGE) if each.kind == "yaml"]
    (tmp_path / "models.yaml").write_text(text)
    models = load_models(tmp_path / "models.yaml")
    assert models["adapter"].base_url == models["base"].base_url
    assert models["adapter"].id == "triage-lora"
    assert models["tuned"].price == Price(0.8, 3.2)
