"""The page on batches: its code runs, and its figures are the code's."""

import ast
import inspect
from pathlib import Path
from types import FunctionType

from notes import DEAR, USAGE, examples, talk
from test_tutorial import blocks

import workbench as wb
from workbench import testing
from workbench.models import batches

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "batch.md").read_text("utf-8")


async def done(text, names):
    """Run a block as a cell of a notebook."""
    code = compile(text, "batch.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = FunctionType(code, names)()
    if inspect.isawaitable(result):
        await result


async def test_the_code_of_the_page_runs_as_it_says(prompt, critic, tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    with testing.serve(lambda ask: testing.Reply(talk(ask), usage=USAGE)) as server:
        model = server.model(price=DEAR)
        names = {"wb": wb, "prompts": prompt("v1"), "examples": examples(3), "actor": model}
        names["judge"] = critic(model)
        for block in blocks(PAGE):
            await done(block.text, names)
    assert names["run"].cost == 6 * 0.06 / 2
    assert names["run"].cost < names["quoted"].most_cost
    assert (names["tested"].counts["ok"], names["sizes"]) == (3, [3, 2])


def test_the_limits_of_the_page_are_those_that_are_kept():
    assert f"{batches.MOST_LINES:,} lines or {batches.MOST_BYTES // 10**6} MB" in PAGE
    assert batches.URL in PAGE
