"""The page on defining and trying a task: its code runs on the shipped task, its prompt loads."""

import ast
from pathlib import Path
from types import FunctionType

from test_tutorial import blocks

import workbench as wb
from workbench import testing
from workbench.prompts import read_prompt

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "define.md").read_text("utf-8")


async def test_the_code_of_the_page_defines_and_tries_the_shipped_task(
    shipped, tmp_path, monkeypatch, capsys
):
    with testing.serve(lambda ask: "never a label") as server:
        file = server.models_file(tmp_path / "models.yaml", "actor")
        monkeypatch.setenv("WORKBENCH_MODELS", str(file))
        code = "\n".join(each.text for each in blocks(PAGE) if each.kind == "python")
        compiled = compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        found = {"wb": wb}
        await FunctionType(compiled, found)()
        assert len(server.log) == 5
    said = capsys.readouterr().out
    assert "A job for a language model" in said
    assert "stop 5\nStop: 5 of 5 failed" in said
    assert found["needed"].quality == 0.8


def test_the_prompt_of_the_page_prepares_its_inputs():
    [text] = [each.text for each in blocks(PAGE) if each.kind == "prompty"]
    message = read_prompt("v1", text).render({"message": "I am a@b.example"})[0]["content"]
    assert message == "Which queue? I am [EMAIL]"
