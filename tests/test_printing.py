"""Nothing that a model, an endpoint or a file says commands a terminal or the job of a CI."""

import ast
import asyncio
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench import testing
from workbench.cli import main
from workbench.exchange.winners import Release
from workbench.headless import Progress
from workbench.printing import in_line, printable
from workbench.prompts import Message

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = [
    "::set-output name=a::b",
    "\u2003\t::error::gone",
    "##vso[task.setvariable variable=a]b",
    "##[error]gone",
    "##teamcity[buildStatus text='fine']",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "over\rwritten",
    "abc\u202edef\u2066",
    "line\u2028line\x85line",
    "half \ud83d",
]
HOSTILE = "\n".join(["fine", *COMMANDS, "fine"])
COMMANDING = re.compile(
    r"^\s*::|##\w*\[|[^\n\t -~\xa0-\U0010ffff]"
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]",
    re.MULTILINE,
)


def test_commands_are_spelled_out_and_what_people_write_stays():
    assert [printable(each) for each in COMMANDS] == [
        "\\::set-output name=a::b",
        "\u2003\t\\::error::gone",
        "#\\#vso[task.setvariable variable=a]b",
        "#\\#[error]gone",
        "#\\#teamcity[buildStatus text='fine']",
        "\\x1b[31mred\\x1b[0m",
        "\\x1b]0;title\\x07",
        "\\x9b31m",
        "over\\rwritten",
        "abc\\u202edef\\u2066",
        "line\\u2028line\\x85line",
        "half \\ud83d",
    ]
    for text in [
        "## Title [1]",
        "std::vector",
        "a\tb\nc",
        "naïve 👩\u200d👩 日本 −\u202f%",
        "C# [x]",
    ]:
        assert printable(text) == text
    assert printable("a\r\n::b") == "a\n\\::b"
    assert in_line("a\n::b") == "a\\n\\::b"


@given(st.text(st.sampled_from(":#[vso \t\n\r\x1b\u202ea\\\u2028\ud800"), max_size=12))
def test_whatever_passes_the_gate_commands_nothing_and_passes_it_again_unchanged(text):
    once = printable(text)
    assert not COMMANDING.search(once)
    assert printable(once) == once


WAYS = {"print_exc", "print_exception", "lastResort", "StreamHandler", "basicConfig", "warn"}


def prints(path):
    """Where a module prints, in whatever way."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("print", "pprint"):
                yield node.lineno
        elif isinstance(node, ast.Attribute):
            named = f"{getattr(node.value, 'id', '')}.{node.attr}"
            if node.attr in WAYS or re.fullmatch(r"sys\._*std(out|err)_*|os\.write", named):
                yield node.lineno


def test_nothing_prints_but_through_the_gate():
    # a server's own log file, and the pipe that it is read from
    own_files = {"models/servers/supervision_child.py"}
    found = {
        str(path.relative_to(ROOT / "workbench"))
        for path in sorted((ROOT / "workbench").rglob("*.py"))
        if list(prints(path))
    }
    assert found - own_files == {"printing.py", "cli/__init__.py"}
    main_of = ast.parse((ROOT / "workbench/cli/__init__.py").read_text("utf-8"))
    streams = [
        node
        for node in ast.walk(main_of)
        if isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr")
    ]
    assert len(streams) == 2  # those that `main` puts behind the gate


def test_every_class_with_words_of_its_own_lets_them_through_the_gate():
    missing = []
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name != "WorkbenchError":
                own = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
                named = {each.id for each in node.decorator_list if isinstance(each, ast.Name)}
                if "__repr__" in own and "printed" not in named:
                    missing.append(node.name)
    assert missing == []


def test_nouns_say_of_themselves_what_may_be_printed():
    prompt = wb.Prompt(HOSTILE, (Message("user", "##vso[x]"),))
    nouns = [
        prompt,
        wb.Example("a", {"text": HOSTILE}),
        wb.Completion(HOSTILE, error=HOSTILE),
        wb.Verdict(1.0, reason=HOSTILE),
        wb.WorkbenchError(HOSTILE),
        Release(None, None, HOSTILE),
    ]
    assert [noun for noun in nouns if COMMANDING.search(repr(noun))] == []
    assert not COMMANDING.search(str(wb.WorkbenchError(HOSTILE)))
    assert not COMMANDING.search("\n".join(wb.WorkbenchError(HOSTILE)._render_traceback_()))


def notebook(folder, *sources):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [],
         "execution_count": None, "id": f"c{number}"}
        for number, source in enumerate(sources)
    ]  # fmt: skip
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path = folder / "n\n::error::name.ipynb"
    path.write_text(text)
    return path


def test_a_run_in_ci_prints_lines_of_its_own_only(tmp_path):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    said = (
        "import os, sys, subprocess",
        "os.write(1, b'::error::x\\n'); os.write(2, b'::error::x\\n')",
        "subprocess.run(['echo', '##vso[x]'])",
        "print('::error::x', file=sys.__stdout__, flush=True)",
        f"raise ValueError({HOSTILE!r})",
    )
    path = notebook(tmp_path, "\n".join(said))
    ran = subprocess.run(
        [sys.executable, "-m", "workbench", "run", str(path)],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert ran.returncode == 1
    printed = (ran.stdout + ran.stderr).decode()
    assert not COMMANDING.search(printed)
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        "starting the notebook",
        "running cell 1 of the notebook",
        "workbench",
    ]


@pytest.mark.parametrize(
    "arguments",
    [["run", "::x\n::error::x"], ["run", "n", "--odd\n::error::x"], ["new", "a\n##vso[x]"]],
)
def test_arguments_reach_no_line_of_their_own(capsys, tmp_path, monkeypatch, arguments):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(arguments)
    assert not COMMANDING.search(capsys.readouterr().err)


def test_an_exception_that_nobody_expected_is_told_through_the_gate(tmp_path):
    script = (
        "import sys\n"
        "from workbench.printing import gated\n"
        "with gated(sys.stdout, sys.stderr):\n"
        f"    sys.stderr.write('##v'); sys.stderr.write('so[x]')\n"
        f"    raise ValueError({HOSTILE!r})\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    printed = ran.stderr.decode()
    assert "ValueError: fine" in printed
    assert not COMMANDING.search(printed)


async def test_what_an_endpoint_says_of_an_error_is_told_through_the_gate():
    with testing.serve(lambda asked: testing.Reply(HOSTILE, status=401)) as server:
        asked = wb.complete(server.model(), [{"role": "user", "content": "x"}])
        raised = (await asyncio.gather(asked, return_exceptions=True))[0]
    assert "set-output" in str(raised)
    assert not COMMANDING.search(str(raised))


def test_progress_on_a_terminal_rewrites_its_line_and_nothing_else(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    progress = Progress()
    progress._write("\x1b[2Ka\nb")
    progress.close()
    assert sys.stderr.getvalue() == ("\r\x1b[Kstarting the notebook\r\x1b[K\\x1b[2Ka\\nb\n")


@pytest.mark.skipif(os.name == "nt", reason="its shell closes no stream")
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_command_whose_stream_is_closed_ends_without_a_traceback(closed):
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m workbench explain "need more" {closed}', sys.executable],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
