"""A new task: files that run as they are, and never over what is there."""

import shutil
from pathlib import Path

import nbformat
import pytest

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.scaffold import scaffold

ROOT = Path(__file__).resolve().parents[1]


UNLOADED = '{"cells": [{"metadata": {"tags": ["parameters"]}, "source": ["task = 1  # x"]}]}'


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text((ROOT / "models.yaml").read_text())
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_new_task_loads_and_its_notebook_names_it(project):
    scaffold("refunds")
    prompts, examples = (
        wb.load_prompts("prompts/refunds"),
        wb.load_examples("datasets/refunds.jsonl"),
    )
    assert [prompt.name for prompt in prompts] == ["v1", "v2"]
    for prompt in prompts:
        assert "parcel" in prompt.render(examples[0].inputs)[-1]["content"]
    wb.Rubric.load("prompts/critics/refunds_good.prompty", wb.model("critic")).check(examples[0])
    book = nbformat.read("notebooks/refunds.ipynb", 4)
    [cell] = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    assert 'task = "refunds"' in cell.source
    assert 'question = "refunds_good"' in cell.source


def cells_of(path):
    return [(cell.cell_type, cell.source) for cell in nbformat.read(path, 4).cells]


def test_a_new_notebook_holds_examples_back(project):
    scaffold("refunds")
    book = nbformat.read("notebooks/refunds.ipynb", 4)
    nbformat.validate(book)
    [cell] = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    assert "limit = 300  # examples\nhold = None  # share of the examples" in cell.source
    [(before, note), (_, loads)] = cells_of("notebooks/refunds.ipynb")[2:4]
    assert before == "markdown" and note.startswith("## Examples to work on, and")
    assert loads.endswith("\nparts = examples.hold_back(hold)\nexamples, held = parts\nparts")


def test_the_cells_of_a_new_notebook_are_those_of_the_shipped_one_but_for_these(project):
    scaffold("refunds")
    new, shipped = cells_of("notebooks/refunds.ipynb"), cells_of("notebooks/2_evaluate.ipynb")
    sources = [source for _, source in new]
    claims = sources.index("wb.show(choice, held)")
    assert new[4 : claims - 1] + new[claims + 1 :] == shipped[3:]
    assert "wb.compare(" in new[claims - 2][1] and new[claims - 1][1].startswith("## Claim it on")
    assert not any("held" in source for _, source in shipped)


def test_an_existing_file_is_never_touched(project):
    scaffold("refunds")
    (project / "datasets" / "refunds.jsonl").write_text("mine")
    again = r"prompts/refunds/v1.prompty exists already: .* begin it anew delete .*refunds.ipynb;"
    with pytest.raises(WorkbenchError, match=again):
        scaffold("refunds")
    assert (project / "datasets" / "refunds.jsonl").read_text() == "mine"


@pytest.mark.parametrize("place", ["datasets", "prompts/critics"])
def test_where_a_file_cannot_be_written_none_is_left(project, place):
    (project / place).parent.mkdir(exist_ok=True)
    (project / place).write_text("a file in the place of the folder")
    before = sorted(project.rglob("*"))
    with pytest.raises(
        WorkbenchError, match=rf"/{place}/half[.\w]* cannot be written: .*; nothing was kept$"
    ):
        scaffold("half")
    assert sorted(project.rglob("*")) == before


def test_a_task_that_cannot_be_written_takes_back_no_older_file(project):
    scaffold("refunds")
    shutil.rmtree(project / "datasets")
    (project / "datasets").write_text("")
    before = sorted(project.rglob("*"))
    with pytest.raises(WorkbenchError, match="nothing was kept"):
        scaffold("half")
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("name", ["critics", "released"])
def test_a_folder_with_a_use_of_its_own_is_no_task(project, name):
    with pytest.raises(
        WorkbenchError, match=f"prompts/{name}/ has a use of its own: choose another name"
    ):
        scaffold(name)
    assert not (project / "prompts").exists()


@pytest.mark.parametrize("left", ["not JSON", '{"cells": []}', UNLOADED])
def test_where_the_notebook_to_copy_is_broken_nothing_is_written(project, left):
    pattern = project / "notebooks" / "2_evaluate.ipynb"
    pattern.write_text(left)
    with pytest.raises(
        WorkbenchError, match=r"notebooks/2_evaluate.ipynb, of which .* bring it back"
    ):
        scaffold("refunds")
    assert not (project / "prompts").exists()


@pytest.mark.parametrize("name", ["../x", "Refunds", "", "a b", "critics/x"])
def test_a_name_that_is_no_plain_name_is_refused(project, name):
    with pytest.raises(WorkbenchError, match="use a short name"):
        scaffold(name)


def test_a_name_that_people_give_leads_to_one_that_may_be_used(project):
    names = {"Kunden Mails": "kunden_mails", "Müller": "muller", "苦情": "refunds"}
    for given, such in names.items():
        with pytest.raises(WorkbenchError, match=f"such as {such}$"):
            scaffold(given)
