"""A repository that holds several projects beside other code, each gated where it lies."""

import re
import shutil
from pathlib import Path

import pytest
from revisions import commit, git, repository, write_prompt

from workbench.ci.called_for import gates_of
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


def called_for():
    (task,) = gated_tasks([], {}, "")
    return gates_of(task, revision(Path.cwd(), "main"))


def test_what_a_notebook_reads_beside_its_project_decides_too(shop):
    shared = shop.parents[1] / "shared/rules.json"
    shared.parent.mkdir()
    for path in (shared, shared.with_name("other.json"), shared.with_name("rows_eu.csv")):
        path.write_text("was")
    book = Path("notebooks/gate.ipynb")
    named = 'open(\\"../../../shared/rules.json\\")\\nimport workbench as wb'
    named = f'f\\"../../../shared/rows_{{land}}.csv\\"\\n{named}'
    book.write_text(book.read_text().replace("import workbench as wb", named))
    commit(shop, "rules of all teams")
    write_prompt(shop, "v2", "?")
    shared.with_name("other.json").write_text("is")
    beside = shop.parents[1] / "prompts/notes/v2.prompty", shop.parents[1] / "datasets/notes.jsonl"
    for path in beside:  # of the project above, which are called as its own are
        path.write_text(path.read_text().replace("!", "?").replace("Note 7", "Note seven"))
    assert called_for().yardsticks == ()
    for path in (shared, shared.with_name("rows_eu.csv")):
        path.write_text("is")
    seen = ["../../shared/rows_eu.csv", "../../shared/rules.json"]
    assert [each.path for each in called_for().yardsticks] == seen


def test_rows_that_git_keeps_in_another_form_are_no_change(shop):
    """As those of Git LFS, whose content at the base is a pointer."""
    git(shop, "config", "filter.kept.clean", "tr a-z n-za-m")
    git(shop, "config", "filter.kept.smudge", "tr a-z n-za-m")
    Path(".gitattributes").write_text("datasets/* filter=kept\n")
    git(shop, "add", "--renormalize", ".")
    commit(shop, "kept in another form")
    write_prompt(shop, "v2", "?")
    assert called_for().yardsticks == ()
    rows = Path("datasets/notes.jsonl")
    rows.write_text(rows.read_text().replace("Note 7", "Note seven"))
    assert [each.path for each in called_for().yardsticks] == ["datasets/notes.jsonl"]


def test_rows_behind_links_and_in_submodules_are_seen(shop):
    Path("data").mkdir()
    Path("datasets/notes.jsonl").rename("data/kept.jsonl")
    Path("datasets/notes.jsonl").symlink_to("../data/kept.jsonl")
    book = Path("notebooks/gate.ipynb")
    named = 'open(\\"../datasets/lib/rows.jsonl\\")\\nimport workbench as wb'
    book.write_text(book.read_text().replace("import workbench as wb", named))
    commit(shop, "a link")
    first = git(shop, "rev-parse", "HEAD")
    Path("datasets/lib").mkdir()
    git(shop, "update-index", "--add", "--cacheinfo", f"160000,{first},teams/shop/datasets/lib")
    git(shop, "commit", "-qm", "a submodule")
    write_prompt(shop, "v2", "?")
    assert called_for().yardsticks == ()
    Path("data/kept.jsonl").write_text("")
    git(shop, "update-index", "--cacheinfo", f"160000,{first[::-1]},teams/shop/datasets/lib")
    git(shop, "add", "-u", "data", "prompts")
    git(shop, "commit", "-qm", "other rows")
    git(shop, "checkout", "-q", "--detach")
    git(shop, "branch", "-f", "main", "HEAD~1")
    seen = ["datasets/lib", "datasets/notes.jsonl"]
    assert [each.path for each in called_for().yardsticks] == seen


def test_a_clone_of_another_owner_is_told_what_to_type(shop, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    top = re.escape(str(shop.parents[1]))
    with pytest.raises(WorkbenchError, match=f"--add safe.directory {top}$"):
        revision(shop, "main")
