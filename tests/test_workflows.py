"""The ready workflows: valid for their hosts, in need of no key, and of commands that exist."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workbench.cli import _parser

DOCS = Path(__file__).resolve().parents[1] / "docs"
FILES = {"github.yml": "vendor.github-workflows", "gitlab.yml": "vendor.gitlab-ci"}


def checked(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_a_ready_workflow_is_one_that_its_host_takes(name, schema, tmp_path):
    done = checked(schema, DOCS / "workflows" / name)
    assert done.returncode == 0, done.stdout
    broken = tmp_path / name
    broken.write_text("jobs: 3\nprompts: {script: 3}\n")
    assert checked(schema, broken).returncode != 0


@pytest.mark.parametrize("name", FILES)
def test_a_ready_workflow_needs_no_key_and_types_a_command_that_is_there(name):
    text = (DOCS / "workflows" / name).read_text("utf-8")
    assert not re.search(r"secrets|API_KEY|pull_request_target", text)
    (line,) = [each for each in commands(yaml.safe_load(text)) if each.startswith("workbench ")]
    given = _parser().parse_args(shlex.split(line)[1:])
    assert (given.offline, given.gate, given.base) == (True, "$GATE", "$BASE")


def commands(workflow):
    if "jobs" in workflow:
        return [step["run"] for step in workflow["jobs"]["gate"]["steps"] if "run" in step]
    return workflow["prompts"]["script"]
