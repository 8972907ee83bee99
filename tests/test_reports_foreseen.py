"""What will fail in a notebook is said before its kernel starts, a missing key before a call."""

import re

import nbformat
import pytest

import workbench as wb
from workbench import testing
from workbench.errors import ModelError, WorkbenchError
from workbench.reports.execute import execute
from workbench.reports.foreseen import refuse_early


def notebook(path, code, parameters):
    cells = [
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(code),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


SHORT = """
prompts = wb.load_prompts(f"prompts/{task}")
answers = wb.model(actor)
choice = wb.compare(run, "c", baseline=baseline)
"""
USUAL = 'task = "t"\nactor = "actor"\nbaseline = "v1"\nlimit = 4\nmargin = 0.05\nwhole = False'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"baseline": "v9"}, "baseline is 'v9', and prompts/t has v1"),
        ({"actor": "none"}, "models.yaml has no model or role 'none': it has m, keyed, actor"),
        ({"actor": "keyed"}, "needs a key: run `export SOME_KEY=...`"),
        ({"task": "u"}, "prompts/u is not a folder"),
        ({"limit": "four"}, "parameter 'limit' is 'four', and its default 4 is a number"),
        ({"margin": True}, "parameter 'margin' is True, and its default 0.05 is a number"),
        ({"whole": 1}, "parameter 'whole' is 1, and its default False is true or false"),
        ({"task": 7}, "parameter 'task' is 7, and its default 't' is text"),
    ],
)
def test_what_must_fail_is_said_before_a_kernel_starts(tmp_path, monkeypatch, given, said):
    monkeypatch.delenv("SOME_KEY", raising=False)
    url = 'base_url: "http://127.0.0.1:9/v1"'
    keyed = f"keyed: {{id: m, {url}, api_key_env: SOME_KEY}}"
    (tmp_path / "models.yaml").write_text(
        f"models:\n  m: {{id: m, {url}}}\n  {keyed}\nroles: {{actor: m}}\n"
    )
    (tmp_path / "prompts" / "t").mkdir(parents=True)
    (tmp_path / "prompts" / "t" / "v1.prompty").write_text("---\nname: v1\n---\nuser:\nx\n")
    path = notebook(tmp_path / "n.ipynb", SHORT, USUAL)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkbenchError, match=re.escape(said)):
        execute(path, tmp_path / "out", given)
    assert not (tmp_path / "out").exists()
    recorded = {"WORKBENCH_STORE": str(tmp_path / "models.yaml")}  # a file that is there
    refuse_early(path, {"actor": "keyed"}, tmp_path, recorded)


PROMPT = "---\nname: {0}\n---\nuser:\n{1}\n"


@pytest.fixture
def task(tmp_path):
    """A prompt, two examples, a rubric of a model whose key is missing, and a server."""
    (tmp_path / "v1.prompty").write_text(PROMPT.format("v1", "{{ text }}"))
    critic = "---\nname: c\nmetadata:\n  scale: yes/no\n---\nuser:\n{{ output }}?\n"
    (tmp_path / "c.prompty").write_text(critic)
    examples = [wb.Example(f"e{number}", {"text": str(number)}) for number in range(2)]
    with testing.serve(lambda ask: "yes") as server:
        keyed = wb.Model("keyed", "m", server.url, api_key_env="SOME_KEY")
        rubric = wb.Rubric.load(tmp_path / "c.prompty", keyed)
        yield wb.load_prompt(tmp_path / "v1.prompty"), examples, server, rubric


async def test_a_critics_missing_key_is_said_before_an_answer_is_paid_for(
    task, tmp_path, monkeypatch
):
    prompt, examples, server, rubric = task
    monkeypatch.delenv("SOME_KEY", raising=False)
    asked = prompt, examples, server.model("actor"), [rubric]
    with pytest.raises(ModelError, match="export SOME_KEY="):
        await wb.run(*asked, store=tmp_path / "s.db")
    assert server.log == []


async def test_what_the_store_holds_needs_no_key(task, tmp_path, monkeypatch):
    prompt, examples, server, rubric = task
    asked = prompt, examples, server.model("actor"), [rubric]
    monkeypatch.setenv("SOME_KEY", "k-1")
    await wb.run(*asked, store=tmp_path / "s.db")
    monkeypatch.delenv("SOME_KEY")
    again = await wb.run(*asked, store=tmp_path / "s.db")
    assert again.columns["status"] == ["ok", "ok"] and len(server.log) == 4
