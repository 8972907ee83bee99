"""A repository that holds several projects beside other code, each gated where it lies."""

import re
import shutil

import pytest
from revisions import commit, repository, write_prompt

from workbench.ci.revised import gate_since
from workbench.ci.revision import revision
from workbench.ci.tasks import gated_tasks
from workbench.errors import WorkbenchError


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """The project of teams/shop, of whose repository the root is a project too."""
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    repository(tmp_path)
    inner = tmp_path / "teams/shop"
    inner.mkdir(parents=True)
    shutil.copy(tmp_path / "models.yaml", inner)
    for name in ("prompts", "datasets", "notebooks"):
        shutil.copytree(tmp_path / name, inner / name)
    commit(tmp_path, "two projects")
    monkeypatch.chdir(inner)
    return inner


def gated(folder, **given):
    return gate_since(
        "main", lambda: gated_tasks([], {}, ""), folder / "out", offline=True, **given
    )


def test_a_branch_that_makes_its_project_a_part_of_the_one_above_does_not_pass(shop):
    write_prompt(shop, "v2", "Be sloppy.")
    (shop / "models.yaml").unlink()
    with pytest.raises(WorkbenchError, match=r"teams/shop/models\.yaml is gone since main"):
        gated(shop)
    assert "is no project without it" in (shop / "out/summary.md").read_text()


def test_a_models_file_beside_a_notebook_gives_it_no_other_prompts(shop):
    shutil.copy("models.yaml", "notebooks/models.yaml")
    assert gated(shop) == 1
    said = "notebooks/models.yaml makes a project of its own of that folder"
    assert said in (shop / "out/summary.md").read_text()


def test_a_clone_of_another_owner_is_told_what_to_type(shop, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    top = re.escape(str(shop.parents[1]))
    with pytest.raises(WorkbenchError, match=f"--add safe.directory {top}$"):
        revision(shop, "main")
