"""The ready workflows: valid for their hosts, in need of no key, and of commands that exist."""

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import check_jsonschema
import pytest
import yaml
from revisions import git

from workbench.cli import _parser
from workbench.errors import WorkbenchError
from workbench.shipped import WORKFLOWS, add_workflow

DOCS = Path(__file__).resolve().parents[1] / "docs"
SCHEMAS = {
    "github.yml": "vendor.github-workflows",
    "github-live.yml": "vendor.github-workflows",
    "gitlab.yml": "vendor.gitlab-ci",
    "azure.yml": "vendor.azure-pipelines",
}
READY = [*SCHEMAS, "jenkins.groovy"]


def checked(schema, *files):
    regex = "python" if "azure" in schema else "default"  # its schema escapes what need not be
    asked = ("--builtin-schema", schema, "--regex-variant", regex)
    with redirect_stdout(StringIO()) as said, pytest.raises(SystemExit) as ended:
        check_jsonschema.main([*asked, *map(str, files)])
    return ended.value.code, said.getvalue()


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_ready_workflow_is_one_that_its_host_takes(name, schema, tmp_path):
    status, said = checked(schema, DOCS / "workflows" / name)
    assert status == 0, said
    broken = tmp_path / name
    broken.write_text("jobs: 3\nprompts: {script: 3}\n")
    assert checked(schema, broken)[0] != 0


def read(name):
    return (DOCS / "workflows" / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml", "azure.yml", "jenkins.groovy"])
def test_a_replaying_workflow_needs_no_key(name):
    assert not re.search(r"secrets|API_KEY|pull_request_target", read(name))
    given = _parser().parse_args(shlex.split(gate_of(read(name)))[1:])
    assert (given.offline, given.output) == (True, "gate")
    assert given.base in BASES
    assert given.reviewed == "$REVIEWED"


BASES = (
    "$BASE",
    "${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-$BASE}",
    "${base:-${GREEN:-HEAD~1}}",
    "${base:-${GIT_PREVIOUS_SUCCESSFUL_COMMIT:-HEAD~1}}",
)


@pytest.mark.parametrize("name", ["github.yml", "github-live.yml"])
def test_a_pull_request_of_github_is_held_against_the_branch_it_goes_into(name):
    book = yaml.safe_load(read(name))
    assert book["jobs"]["gate"]["env"]["BASE"] == (
        "${{ github.base_ref && format('origin/{0}', github.base_ref) || "
        "github.event.merge_group.base_sha || github.event.before }}"
    )
    assert list(book[True]) == ["push", "pull_request", "merge_group"]
    assert "if" not in book["jobs"]["gate"]  # a required job that is left out counts as passed


@pytest.mark.parametrize("name", ["github.yml", "github-live.yml"])
def test_what_a_notebook_runs_beside_comes_to_no_token(name):
    book = yaml.safe_load(read(name))
    assert book["permissions"] == {"contents": "read"}
    gate, comment = book["jobs"]["gate"], book["jobs"]["comment"]
    assert "permissions" not in gate and "github.token" not in str(gate)
    checkout = next(step for step in gate["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert comment["permissions"] == {"pull-requests": "write"}
    assert not any("checkout" in step.get("uses", "") for step in comment["steps"])
    assert [step["run"] for step in comment["steps"] if "env" in step] == [
        "workbench comment gate/summary.md"
    ]


def test_the_asking_workflow_keeps_answers_on_main_too_and_gives_forks_no_key():
    text = read("github-live.yml")
    assert "pull_request_target" not in text
    book = yaml.safe_load(text)
    assert book[True]["push"] == {"branches": ["main"]}  # YAML reads `on` so
    job = book["jobs"]["gate"]
    assert "head.repo.full_name != github.repository && '--offline'" in job["env"]["OFFLINE"]
    caches = [step for step in job["steps"] if "cache" in step.get("uses", "")]
    assert [step["with"]["path"] for step in caches] == [".workbench/store.db*"] * 2
    assert caches[1]["if"] == "always()"
    holders = [step["run"] for step in job["steps"] if "secrets" in str(step.get("env"))]
    assert holders == [gate_of(text)] == [ASKING]


ASKING = 'workbench ci --base "$BASE" $OFFLINE -o gate --reviewed "$REVIEWED"'


@pytest.mark.parametrize("name", READY)
def test_its_commands_are_there_and_no_expression_of_the_host_is_in_a_shell(name):
    lines = [line for line in commands(read(name)) if line.startswith("workbench")]
    kinds = [_parser().parse_args(shlex.split(line)[1:]).command.__name__ for line in lines]
    assert kinds == ["_ci", "_comment"] if name in POSTING else ["_ci"]
    assert not any("${{" in line or "$(" in line for line in lines)


POSTING = ("github.yml", "github-live.yml", "gitlab.yml")  # hosts whose comments are known


def test_the_pipeline_of_jenkins_is_whole_and_its_shell_expands_nothing_of_groovy():
    text = re.sub(r"^\s*//.*", "", read("jenkins.groovy"), flags=re.MULTILINE)
    bare = re.sub(r"\'{3}.*?\'{3}|\'[^\'\n]*\'", "''", text, flags=re.DOTALL)
    assert '"' not in bare  # Groovy would put a job's values into these, and a shell run them
    assert re.sub(r"[^{}()]", "", bare).count("{") == bare.count("}") > 5
    assert bare.count("(") == bare.count(")")
    assert bare.startswith("\npipeline {") or bare.strip().startswith("pipeline {")
    for step in re.findall(r"\'{3}(.*?)\'{3}|sh \'([^\'\n]+)\'", text, flags=re.DOTALL):
        shell = subprocess.run(["sh", "-n", "-c", "".join(step)], capture_output=True, text=True)
        assert shell.returncode == 0, shell.stderr


@contextmanager
def host(builds, asked):
    """Azure's list of builds on this machine; what it is asked comes into a list."""

    class Builds(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"value": builds}).encode())

        def log_message(self, *_):
            """Nothing of it belongs into the output of tests."""

    with HTTPServer(("127.0.0.1", 0), Builds) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("builds", "said"),
    [
        ([{"sourceVersion": "1a2b3c4d"}], "##vso[task.setvariable variable=GREEN]1a2b3c4d\n"),
        ([], "no green build of this branch: what its last commit changed is looked at alone\n"),
    ],
)
def test_a_push_on_azure_begins_at_the_last_green_build_of_its_branch(builds, said, tmp_path):
    steps = yaml.safe_load(read("azure.yml"))["jobs"][0]["steps"]
    (step,) = (each for each in steps if "TOKEN" in each.get("env", {}))
    assert step["condition"] == "and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))"
    asked = []
    with host(builds, asked) as server:
        environment = {
            "PATH": os.environ["PATH"],
            "SYSTEM_COLLECTIONURI": f"http://127.0.0.1:{server.server_port}/team/",
            "SYSTEM_TEAMPROJECTID": "p-1",
            "SYSTEM_DEFINITIONID": "7",
            "BUILD_SOURCEBRANCH": "refs/heads/wörk #2",
            "AGENT_TEMPDIRECTORY": str(tmp_path),
            "TOKEN": "t0ken",
        }
        command = ["bash", "-e", "-c", step["script"]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == (said, 0)
    ((address, token),) = asked
    assert urlsplit(address).path == "/team/p-1/_apis/build/builds"
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "api-version": "7.1",
        "definitions": "7",
        "branchName": "refs/heads/wörk #2",
        "resultFilter": "succeeded",
        "queryOrder": "finishTimeDescending",
        "$top": "1",
    }
    assert token == "Bearer t0ken"


def commands(text):
    """What a workflow's shell is given, line by line."""
    if text.startswith("//"):
        return [line.strip() for line in text.splitlines()]
    workflow = yaml.safe_load(text)
    if "pool" in workflow:
        scripts = [step["script"] for step in workflow["jobs"][0]["steps"] if "script" in step]
    elif "jobs" in workflow:
        steps = (step for job in workflow["jobs"].values() for step in job["steps"])
        scripts = [step["run"] for step in steps if "run" in step]
    else:
        scripts = [*workflow["prompts"]["script"], *workflow["prompts"]["after_script"]]
    return [line.strip() for script in scripts for line in script.splitlines()]


def gate_of(text):
    (line,) = (each for each in commands(text) if each.startswith("workbench ci"))
    return line


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_a_workflow_is_written_where_its_host_reads_it_and_over_nothing(kind, tmp_path):
    path = add_workflow(tmp_path, kind)
    assert path.relative_to(tmp_path).as_posix() == WORKFLOWS[kind]
    (ready,) = (each for each in READY if each.startswith(f"{kind}."))
    assert path.read_text("utf-8") == read(ready)
    with pytest.raises(WorkbenchError, match="exists already"):
        add_workflow(tmp_path, kind)


@pytest.mark.parametrize(
    ("made", "branch"),
    [
        (["init -b trunk"], "trunk"),
        (["init -b master", "commit --allow-empty -m x", "checkout -b feature"], "master"),
        (
            ["init -b feature", "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/dev"],
            "dev",
        ),
        (["init -b main"], None),
    ],
)
def test_a_workflow_names_the_branch_that_others_are_merged_into(made, branch, tmp_path):
    for line in made:
        git(tmp_path, *line.split())
    written = yaml.safe_load(add_workflow(tmp_path, "github").read_text("utf-8"))
    assert written[True]["push"] == {"branches": [branch or "main"]}
    assert "merge_group" in written[True]
    if branch is None:
        assert (tmp_path / WORKFLOWS["github"]).read_text("utf-8") == read("github.yml")


def test_a_project_that_is_a_part_of_its_repository_is_told_where_its_host_reads_a_job(tmp_path):
    (tmp_path / ".git").mkdir()
    part = tmp_path / "apps/triage"
    part.mkdir(parents=True)
    (part / "models.yaml").write_text("models: {}\n")
    begun = [sys.executable, "-m", "workbench", "init", str(part), "--workflow", "gitlab"]
    done = subprocess.run(begun, capture_output=True, text=True, timeout=60)
    assert done.stderr.startswith(
        "next: move the job to the root of the repository, where its host reads it, and let its "
        "steps run in apps/triage (`cd apps/triage`; what it uploads is in apps/triage/gate), then "
    )


@pytest.mark.parametrize("kind", ["github", "github-live"])
def test_each_project_of_one_repository_has_a_workflow_at_its_root_that_runs_in_its_folder(
    kind, tmp_path
):
    git(tmp_path, "init", "-b", "main")
    parts = ["apps/triage", "apps/Übersetzung neu"]
    for part in parts:
        (tmp_path / part).mkdir(parents=True)
    paths = [add_workflow(tmp_path / part, kind) for part in parts]
    names = ["prompts-apps-triage.yml", "prompts-apps-Übersetzung-neu.yml"]
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f".github/workflows/{name}" for name in names
    ]
    for part, path in zip(parts, paths, strict=True):
        status, said = checked("vendor.github-workflows", path)
        assert status == 0, said
        written = yaml.safe_load(path.read_text("utf-8"))
        gate, comment = written["jobs"]["gate"], written["jobs"]["comment"]
        assert written["name"] == f"prompts of {part}"
        assert gate["name"] == f"gate of {part}"
        assert gate["defaults"] == {"run": {"working-directory": part}}
        left = [each["with"]["path"] for each in gate["steps"] if "path" in each.get("with", {})]
        assert {*left} <= {f"{part}/gate/", f"{part}/.workbench/store.db*"} and left
        assert "defaults" not in comment and comment["steps"][2]["with"]["path"] == "gate"
    with pytest.raises(WorkbenchError, match=r"prompts-apps-triage\.yml exists already"):
        add_workflow(tmp_path / "apps/triage", kind)
