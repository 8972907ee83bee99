"""No key and no password lies in anything that is left behind: every file is opened, unpacked and
searched.
"""

import base64
import gzip
import html
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from echo_server import Echo
from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.models.keys import key_for
from workbench.reports.execute import execute
from workbench.reports.lean import lean

ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-" + "canary-A1b2C3d4E5f6G7h8I9j0",
    # no known shape, and characters that every notation writes differently
    "LAB_KEY": 'q+Zr/8"cnry\\w=7&k<2Jx0vT',
    "VLLM_API_KEY": "vl-cAnArY-zxcvbnm-0987654321",
    "HF_TOKEN": "hf_" + "cAnArYqwertyuiop0123456789",
    "GATEWAY_PASSWORD": "canary horse battery staple",
}
LATE = "canary-late-1029384756-mnb"  # a key that only the notebook's own process comes to hold
TYPED = "canary-typed-Tr0ub4dor-and-3"  # what a password widget holds
CANARIES = {**ENVIRONMENT, "late": LATE, "typed": TYPED}
HINT = 14  # characters of a key that are as bad as the whole

NOTEBOOK = (
    "import json, logging, os, pathlib, ipywidgets, pandas\nimport workbench as wb",
    'typed = ipywidgets.Password(description="Key", '
    'value=pathlib.Path(os.environ["TYPED_FILE"]).read_text())\ntyped',
    "print(typed, [typed], typed.value)\nipywidgets.HBox([typed])",
    'os.environ["LATE_API_KEY"] = pathlib.Path(os.environ["LATE_FILE"]).read_text()\n'
    "dict(os.environ)",
    'keys = {n: v for n, v in os.environ.items() if n.endswith(("KEY", "TOKEN", "PASSWORD"))}\n'
    "print(json.dumps(keys), keys, *keys.values())\n"
    "for key in keys.values():\n    logging.warning(key)\n"
    "    os.write(2, key.encode())\npandas.DataFrame({'key': keys})",
    'prompts = wb.load_prompts("prompts/echo")\n'
    'examples = wb.load_examples("datasets/echo.jsonl")\n'
    "found = wb.Contains(texts=('RIGHT',))\n"
    'judge = wb.Rubric.load("prompts/critics/right_queue.prompty", wb.model("lab"))',
    'plain = wb.load_examples("datasets/echo.jsonl", where={"way": "plain"})\n'
    'run = await wb.run(prompts, plain, wb.model("gpt"), [judge, found])\nwb.show(run)',
    'choice = wb.compare(run, "contains", baseline="v1")\nwb.show(choice)',
    'wb.report(choice, rows="all")\nwb.export(choice)',
    'models = [wb.model("gpt"), wb.model("lab"), wb.model("big")]\n'
    'every = await wb.run(prompts["v2"], examples, models)\nwb.show(every)',
    'again = await wb.run(prompts, plain, wb.model("gpt"), [judge, found], offline=True)\n'
    "assert again.frame.output.equals(run.frame.output) and all(again.frame.cached)",
    'wb.report(every, "every", rows="all")\nevery.frame.to_csv("frame.csv")\n'
    "print(every.frame.to_string(), *every.frame.error, every.meta, every.counts)",
    'run.store.write_calls("calls.jsonl")\nfor row in range(3):\n    print(run.details(row))\n'
    '    wb.labels.add(run, "contains", row, 1, rater="me")\n'
    'wb.labels.write("contains", "labels.jsonl", run.store)',
)
FAILING = (
    "import os\nimport workbench as wb",
    'try:\n    await wb.model("lab").complete([{"role": "user", "content": "refused"}])\n'
    "except wb.WorkbenchError as error:\n    print(error, repr(error))",
    "# fails\nasync def ask(key):\n"
    '    said = await wb.model("lab").complete([{"role": "user", "content": "plain"}])\n'
    "    raise RuntimeError(f\"{said.text}\\n{os.environ!r}\\n{470 * 'x'} the key is {key}\")\n"
    'await ask(os.environ["OPENAI_API_KEY"])',
)


@pytest.fixture
def endpoint():
    """The telling endpoint, on a thread."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def project(tmp_path, monkeypatch, endpoint):
    """A project whose models all tell their keys, in a home of its own, with canaries in the
    environment.
    """
    folder = tmp_path / "project"
    for part in ("prompts/echo", "prompts/critics", "datasets", "notebooks", "bin", "../home/tmp"):
        (folder / part).mkdir(parents=True)
    url = f"http://{endpoint}/v1"
    models = {
        "gpt": {
            "id": "echo",
            "base_url": url,
            "api_key_env": "OPENAI_API_KEY",
            "price": {"input": 1, "output": 1},
        },
        "lab": {"id": "other", "base_url": url, "api_key_env": "LAB_KEY"},
        "big": {"id": "echo", "server": "vllm", "api_key_env": "VLLM_API_KEY"},
    }
    (folder / "models.yaml").write_text(json.dumps({"models": models}))
    files(folder)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name, value in (("LATE", LATE), ("TYPED", TYPED)):
        (tmp_path / name).write_text(value)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", f"OPENAI_API_KEY={endpoint}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "home" / "tmp"))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    return folder


def files(folder):
    """Prompts, critic, examples, notebooks, and the telling endpoint as a vllm command."""
    for name in ("v1", "v2"):
        prompt_file(folder / "prompts" / "echo", name, f"You are {name}.")
    (folder / "prompts" / "critics" / "right_queue.prompty").write_text(CRITIC)
    ways = ["plain"] * 24 + ["escaped", "error", "broken", "page"]
    wb.datasets.Dataset(
        [
            wb.Example(f"e{n:02d}", {"message": f"{way} {n}"}, tags={"way": way})
            for n, way in enumerate(ways)
        ],
        "echo",
    ).save(folder / "datasets" / "echo.jsonl")
    notebook(folder / "notebooks" / "whole.ipynb", *NOTEBOOK)
    notebook(folder / "notebooks" / "failing.ipynb", *FAILING)
    vllm = folder / "bin" / "vllm"
    vllm.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("echo_server.py")}" "$@"\n'
    )
    vllm.chmod(0o755)


CRITIC = """---
name: right_queue
metadata:
  scale: yes/no
---
user:
{{ message }} {{ output }} Right?
"""


def notebook(path, *cells, parameters='task = "echo"'):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, path)


def executed(name):
    """A notebook run by the workbench command in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "workbench",
        "run",
        f"notebooks/{name}.ipynb",
        "-o",
        f"out/{name}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def notations(value):
    """A text as files may hold it: as it is, in JSON, HTML, a URL, Python's notation and base64 at
    each offset.
    """
    found = {
        value,
        value.replace('"', '""'),
        json.dumps(value)[1:-1],
        html.escape(value),
        quote(value),
        quote(value, safe=""),
        repr(value)[1:-1],
    }
    found |= {json.dumps(one)[1:-1] for one in list(found)}
    for offset in range(3):
        whole = base64.b64encode(b"x" * offset + value.encode())
        found.add(whole[4 if offset else 0 : -4].decode())
    return {one.encode() for one in found}


NEEDLES = {name: notations(value) | notations(value[:HINT]) for name, value in CANARIES.items()}


def canaries_in(content):
    return sorted(
        name for name, written in NEEDLES.items() if any(one in content for one in written)
    )


def contents(path):
    """What a file holds: its bytes, the texts of its JSON, the packed blocks of a page, the rows of
    a database.
    """
    raw = path.read_bytes()
    yield raw
    if raw and path.suffix in (".json", ".jsonl", ".ipynb"):
        lines = raw.splitlines() if path.suffix == ".jsonl" else [raw]
        yield from (text.encode() for line in lines for text in texts(json.loads(line)))
    for block in re.findall(rb"H4sI[\w+/=]+", raw):
        yield gzip.decompress(base64.b64decode(block))
    if raw.startswith(b"SQLite format 3"):
        yield from rows(path)


def texts(value):
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    for item in (
        value.items()
        if isinstance(value, dict)
        else value
        if isinstance(value, list | tuple)
        else ()
    ):
        yield from texts(item)


def rows(path):
    """Every value of a database as bytes, and the texts of those that are JSON."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        values = [
            value
            for name in tables
            for row in database.execute(f'SELECT * FROM "{name}"')
            for value in row
        ]
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode()
        yield content
        with suppress(ValueError):  # not JSON
            yield from (text.encode() for text in texts(json.loads(content)))


def told(folder):
    """Which canaries lie in which files of a folder."""
    found = {
        str(path.relative_to(folder)): {
            name for content in contents(path) for name in canaries_in(content)
        }
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {path: sorted(names) for path, names in found.items() if names}


def test_no_key_or_password_lies_in_anything_that_notebooks_leave(project):
    with ThreadPoolExecutor() as threads:
        whole, failing = threads.map(executed, ("whole", "failing"))
    assert whole.returncode == 0, whole.stderr
    assert failing.returncode == 1 and "cell [4] `await ask(" in failing.stderr
    assert {str(path.relative_to(project)) for path in project.rglob("*")} >= LEFT
    assert len(list(project.glob(".workbench/logs/vllm-*.log"))) == 1
    (project / "said").write_text(whole.stdout + whole.stderr + failing.stdout + failing.stderr)
    assert {**told(project), **told(project.parent / "home")} == {}


@pytest.mark.parametrize(
    ("cell", "given"),
    [
        ("api_key = ''", {"api_key": "canary"}),
        ("task = ''", {"task": ENVIRONMENT["LAB_KEY"]}),
        ("task = ''", {"task": "sk-" + "another-0123456789abcdef"}),
        ("options = {}", {"options": {"retries": 3, "api_key": "canary"}}),
        ("password = 0", {"password": 1029384756}),
        ("task = 'echo'\napi_key: str = 'canary'", {"task": "echo"}),
        ("headers = ['hf_" + "0123456789abcdefghijkl']", {}),
    ],
)
def test_a_parameter_that_holds_a_key_is_refused_by_name_alone(tmp_path, monkeypatch, cell, given):
    monkeypatch.setenv("LAB_KEY", ENVIRONMENT["LAB_KEY"])
    notebook(tmp_path / "n.ipynb", parameters=cell)
    with pytest.raises(wb.WorkbenchError, match="looks like a key") as refused:
        execute(tmp_path / "n.ipynb", tmp_path / "out", given)
    assert not re.search("canary|0123456|1029384", str(refused.value))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "call",
    ["Password('{}')", 'w.Password(description="Key",\n value="{}")', "Password( value='{}' )"],
)
def test_a_password_written_into_a_widgets_code_is_not_in_the_executed_notebook(call):
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(f"x = {call.format(TYPED)}\ny = 1")]
    )
    (cell,) = json.loads(lean(nbformat.writes(made)))["cells"]
    assert (
        TYPED not in cell["source"]
        and '"[password]"' in cell["source"]
        and cell["source"].endswith("y = 1")
    )


def test_a_key_is_not_sent_from_a_variable_whose_value_nobody_would_take_out(monkeypatch):
    monkeypatch.setenv("LAB_ACCESS", "canary-of-no-known-name")
    with pytest.raises(wb.WorkbenchError, match="name it LAB_ACCESS_KEY") as refused:
        key_for(wb.Model("lab", id="x", base_url="http://127.0.0.1:9/v1", api_key_env="LAB_ACCESS"))
    assert "canary" not in str(refused.value)


async def test_an_endpoint_that_tells_another_key_of_the_environment_is_not_quoted(monkeypatch):
    monkeypatch.setenv("UPSTREAM_API_KEY", "upstream-canary-0192837465")
    monkeypatch.setenv("SORT_KEY", "customer")  # an ordinary word: answers are left as they are
    with testing.serve(lambda asked: "customer of upstream-canary-0192837465") as server:
        said = await server.model().complete([{"role": "user", "content": "hi"}], top_logprobs=1)
    assert (said.text, said.tokens) == ("customer of [key]", ())


LEFT = {
    "out/whole/whole.ipynb", "out/whole/whole.html", "out/whole/report.html",
    "out/whole/decision.json", "out/failing/failing.ipynb", "out/failing/failing.html",
    "every/report.html", ".workbench/store.db", "calls.jsonl", "labels.jsonl",
    "notebooks/frame.csv", "prompts/released/echo/v2.prompty",
    "prompts/released/echo/v2.card.json", "prompts/released/echo/aliases.json",
}  # fmt: skip
