"""A prompt file may be a link, as long as it stays in the project."""

import pytest

import workbench as wb
from workbench.errors import PromptError
from workbench.prompts import load_prompt, load_prompts


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a prompt, beside a folder that is none of its own."""
    (tmp_path / "project" / "prompts").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.prompty").write_text("user:\nthe owner's words\n")
    (tmp_path / "project" / "models.yaml").write_text("models: {}\n")
    (tmp_path / "project" / "prompts" / "v1.prompty").write_text("user:\nhello\n")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def test_a_link_that_leads_out_of_the_project_is_refused_and_its_target_not_told(project):
    outside = project.parent / "elsewhere"
    (project / "prompts" / "v2.prompty").symlink_to(outside / "secret.prompty")
    (project / "linked").symlink_to(outside)
    for load in (
        lambda: load_prompt("prompts/v2.prompty"),
        lambda: load_prompts("prompts"),
        lambda: load_prompt("linked/secret.prompty"),
        lambda: load_prompts("linked"),
        lambda: load_prompt(project / "prompts" / ".." / "linked" / "secret.prompty"),
        lambda: wb.Rubric.load("prompts/v2.prompty", wb.Model("m", "m", "http://127.0.0.1:9/v1")),
    ):
        with pytest.raises(PromptError, match="is a link that leads out of the project") as raised:
            load()
        assert "owner" not in str(raised.value)
        assert "elsewhere" not in str(raised.value)


def test_links_within_the_project_and_files_that_the_user_names_elsewhere_are_read(project):
    (project / "prompts" / "v2.prompty").symlink_to(project / "prompts" / "v1.prompty")
    assert load_prompt("prompts/v2.prompty").name == "v2"
    elsewhere = project.parent / "elsewhere"
    assert load_prompt(elsewhere / "secret.prompty").name == "secret"
    (elsewhere / "other.prompty").symlink_to(project / "prompts" / "v1.prompty")
    with pytest.raises(PromptError, match="is a link that leads out"):
        load_prompts(elsewhere)


def test_a_project_that_is_reached_by_a_link_is_the_project(project, monkeypatch):
    (project.parent / "way").symlink_to(project)
    monkeypatch.chdir(project.parent / "way")
    assert load_prompts("prompts").names == ["v1"]
    assert load_prompt(project.parent / "way" / "prompts" / "v1.prompty").name == "v1"
