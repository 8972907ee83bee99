"""The site: every page is in its navigation, every public name in its reference, and the blocks of
the README and of the page on scale do what they say.
"""

import ast
import re
import runpy
import shlex
import textwrap
import tomllib
from pathlib import Path

import pages
import pytest
import yaml
from notes import CRITIC, PROMPT, examples
from test_tutorial import blocks

import workbench as wb
from workbench import testing
from workbench.cli import main
from workbench.errors import WorkbenchError

ROOT = Path(__file__).resolve().parents[1]
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
STYLE = (ROOT / "docs" / "site.css").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SCALE = (ROOT / "docs" / "scale.md").read_text("utf-8")
SHELL = ("sh", "bash")


def entries_of(nav):
    for each in nav:
        told = each if isinstance(each, str) else next(iter(each.values()))
        yield from [told] if isinstance(told, str) else entries_of(told)


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page():
    assert sorted(entries_of(SITE["nav"])) == sorted(f"{name}.md" for name in pages.names())


def test_the_site_asks_for_nothing_that_is_not_in_its_folder():
    assert SITE["plugins"] == [SITE["plugins"][0]] and "mkdocstrings" in SITE["plugins"][0]
    assert SITE["theme"]["highlightjs"] is False  # it comes from elsewhere
    assert "@import" not in STYLE and "url(" not in STYLE
    for name in pages.names():
        shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)|<img|<script", pages.text_of(name))
        assert [each for each in shown if not each.endswith(".webp")] == []


def test_every_page_but_the_first_is_named_on_the_first_or_on_that_of_the_words():
    first = pages.text_of("index") + pages.text_of("words")
    others = [name for name in pages.names() if name != "index"]
    assert [name for name in others if f"({name}.md)" not in first] == []


def test_every_public_name_is_in_the_reference():
    hook = runpy.run_path(str(ROOT / ".ci" / "reference.py"))
    page = hook["on_page_markdown"]((ROOT / "docs" / "reference.md").read_text("utf-8"))
    written = {line.rpartition(".")[2] for line in page.splitlines() if line.startswith("::: ")}
    assert set(wb.__all__) - written == set()
    assert hook["MARK"] not in page


async def run_block(code, given):
    """What a block of a notebook's Python leaves, its `await`s included."""
    names = "wb, prompts, examples, model, actor, critics"
    made = f"async def block({names}):\n{textwrap.indent(code, '    ')}\n    return run"
    found = {}
    exec(compile(ast.parse(made), "block", "exec"), found)  # noqa: S102  the page is ours
    return await found["block"](wb, **given)


@pytest.fixture
def given(tmp_path, monkeypatch):
    """What the blocks speak of, on a scripted model."""
    monkeypatch.setenv("WORKBENCH_STORE", str(tmp_path / "store.db"))
    (tmp_path / "v1.prompty").write_text(PROMPT.format(name="v1", more=""))
    (tmp_path / "good.prompty").write_text(CRITIC)
    with testing.serve(lambda ask: "Yes") as server:
        model = server.model("actor")
        yield {
            "prompts": [wb.load_prompt(tmp_path / "v1.prompty")],
            "examples": examples(3),
            "model": model,
            "actor": model,
            "critics": [wb.Rubric.load(tmp_path / "good.prompty", model)],
        }


async def test_the_readmes_block_serves_a_model_and_runs_on_it(server_project, given):
    [block] = [each.text for each in blocks(README) if each.kind == "python"]
    run = await run_block(block, given)
    assert [model.id for model in run.models] == ["Qwen/Qwen3-8B"]
    assert list(run.frame["status"]) == ["ok"] * 3


async def test_the_block_on_ray_is_right_as_far_as_without_ray_it_can_be(given):
    """`make test-ray` runs the rest."""
    [block] = [each.text for each in blocks(SCALE) if each.kind == "python"]
    with pytest.raises(WorkbenchError, match=r"a run on Ray needs the package ray|postgresql://"):
        await run_block(block, given)


def test_the_command_that_joins_needs_the_store_that_the_page_names(tmp_path, monkeypatch, capsys):
    """`tests/test_team.py` joins for real."""
    [block] = [each.text for each in blocks(SCALE) if each.kind in SHELL]
    exported, command = block.split("\n")
    assert re.match(r"export WORKBENCH_STORE=postgresql://user@host/prompts ", exported)
    (tmp_path / "models.yaml").write_text("models: {}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    assert ended.value.code == 1
    assert "notebooks/2_evaluate.ipynb" in capsys.readouterr().err


def test_the_readme_names_every_dependency_with_its_reason():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    told = [re.match(r"[\w-]+", each).group() for each in listed]
    part = README.partition("## What is installed")[2].partition("\n## ")[0]
    assert told and [name for name in told if f"`{name}`" not in part] == []
