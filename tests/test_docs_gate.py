"""The page on the gate: its file loads, its code settles, its commands are there."""

import ast
import shlex
from pathlib import Path
from types import FunctionType

import pytest
from test_gate import Place, script
from test_tutorial import blocks

import workbench as wb
from workbench import testing
from workbench.cli import _parser

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "gate.md").read_text("utf-8")
BLOCKS = {each.kind: each.text for each in blocks(PAGE)}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "prompts/triage").mkdir(parents=True)
    (tmp_path / "prompts/triage/requirements.yaml").write_text(BLOCKS["yaml"])
    with testing.serve(script) as server:
        yield Place(tmp_path, server)


async def test_the_file_and_the_code_of_the_page_settle(place, capsys):
    choice = await place.compared("v1", "v2", limit=120)
    found = {"wb": wb, "choice": choice}
    code = compile(BLOCKS["python"], "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await FunctionType(code, found)()
    assert [each.requirement.measure for each in found["checked"].outcomes] == [
        "not_worse_than", "quality", "latency",
    ]  # fmt: skip
    assert found["checked"].word == "pass"


def test_the_commands_of_the_page_are_there():
    lines = (line for line in PAGE.splitlines() if line.startswith("workbench "))
    asked = [_parser().parse_args(shlex.split(line)[1:]) for line in lines]
    assert [each.command.__name__ for each in asked] == [
        "_run", "_record", "_run", "_ci", "_record", "_ci",
    ]  # fmt: skip
    gates = {each.gate for each in asked} - {None}
    assert gates == {"prompts/triage/requirements.yaml"}
