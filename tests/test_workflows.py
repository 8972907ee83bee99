"""The ready workflows: valid for their hosts, in need of no key, and of commands that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workbench.cli import _parser
from workbench.errors import WorkbenchError
from workbench.shipped import WORKFLOWS, add_workflow

DOCS = Path(__file__).resolve().parents[1] / "docs"
SCHEMAS = {
    "github.yml": "vendor.github-workflows",
    "github-live.yml": "vendor.github-workflows",
    "gitlab.yml": "vendor.gitlab-ci",
}


def checked(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_ready_workflow_is_one_that_its_host_takes(name, schema, tmp_path):
    done = checked(schema, DOCS / "workflows" / name)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / name
    broken.write_text("jobs: 3\nprompts: {script: 3}\n")
    assert checked(schema, broken).returncode != 0


def read(name):
    return (DOCS / "workflows" / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_a_replaying_workflow_needs_no_key(name):
    assert not re.search(r"secrets|API_KEY|pull_request_target", read(name))
    given = _parser().parse_args(shlex.split(gate_of(read(name)))[1:])
    assert (given.offline, given.base, given.output) == (True, "$BASE", "gate")
    assert given.reviewed == "$REVIEWED"


def test_the_asking_workflow_keeps_answers_on_main_too_and_gives_forks_no_key():
    text = read("github-live.yml")
    assert "pull_request_target" not in text
    book = yaml.safe_load(text)
    assert book[True]["push"] == {"branches": ["main"]}  # YAML reads `on` so
    job = book["jobs"]["gate"]
    assert "head.repo.full_name == github.repository" in job["if"]
    caches = [step for step in job["steps"] if "cache" in step.get("uses", "")]
    assert [step["with"]["path"] for step in caches] == [".workbench/store.db*"] * 2
    assert caches[1]["if"] == "always()"
    holders = [step["run"] for step in job["steps"] if "secrets" in str(step.get("env"))]
    assert holders == [gate_of(text)] == [ASKING]


ASKING = 'workbench ci --base "$BASE" -o gate --reviewed "$REVIEWED"'


@pytest.mark.parametrize("name", SCHEMAS)
def test_its_commands_are_there_and_no_expression_of_the_host_is_in_a_shell(name):
    lines = [line for line in commands(yaml.safe_load(read(name))) if line.startswith("workbench")]
    kinds = [_parser().parse_args(shlex.split(line)[1:]).command.__name__ for line in lines]
    assert kinds == ["_ci", "_comment"]
    assert not any("${{" in line for line in lines)


def commands(workflow):
    """What a workflow's shell is given, line by line."""
    if "jobs" in workflow:
        scripts = [step["run"] for step in workflow["jobs"]["gate"]["steps"] if "run" in step]
    else:
        scripts = [*workflow["prompts"]["script"], *workflow["prompts"]["after_script"]]
    return [line.strip() for script in scripts for line in script.splitlines()]


def gate_of(text):
    (line,) = (each for each in commands(yaml.safe_load(text)) if each.startswith("workbench ci"))
    return line


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_a_workflow_is_written_where_its_host_reads_it_and_over_nothing(kind, tmp_path):
    path = add_workflow(tmp_path, kind)
    assert path.relative_to(tmp_path).as_posix() == WORKFLOWS[kind]
    assert path.read_text("utf-8") == read(f"{kind}.yml")
    with pytest.raises(WorkbenchError, match="exists already"):
        add_workflow(tmp_path, kind)
