"""The command line: values as they were meant, progress that says something, errors in one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import Progress, _values, main

ROOT = Path(__file__).resolve().parents[1]


def test_parameters_are_numbers_lists_and_truths_where_they_read_so_else_text():
    pairs = [["limit", "40"], ["margin", "0.05"], ["task", "triage"], ["flag", "true"], ["seed", "None"]]
    assert _values(pairs) == {"limit": 40, "margin": 0.05, "task": "triage", "flag": True, "seed": None}
    assert _values([["id", '"40"']]) == {"id": "40"}


def test_calls_are_summed_over_the_runs_of_a_notebook(capsys):
    progress = Progress()
    tick = {"done": 1, "total": 4, "failed": 0, "spent": None, "seconds": 0.5}
    progress({"run": "a", "calls": 1, **tick})
    progress({"run": "a", "calls": 3, **tick, "done": 4, "failed": 1})
    progress({"run": "b", "calls": 2, **tick})
    assert progress.calls == 5
    assert "4 of 4 answers · 3 calls · 1 failed · 0.50 s" in capsys.readouterr().err


def test_what_a_user_can_mend_is_one_line_and_status_1(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["run", str(tmp_path / "missing.ipynb")])
    assert ended.value.code == 1
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("workbench: ")


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_commands_that_cannot_do_what_they_should_say_so_in_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "n.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    assert refusal(capsys, "run", "models.yaml").startswith("workbench: models.yaml is no notebook")
    assert refusal(capsys, "run", "n.ipynb", "-o", "models.yaml").endswith("File exists: give another folder")
    assert refusal(capsys, "run", "n.ipynb", "-o", "models.yaml/b").endswith("Not a directory: give another folder")
    assert refusal(capsys, "run", "n.ipynb", "-o", ".").endswith("give another folder than its own")
    assert refusal(capsys, "new", "refunds").endswith("bring it back, or work in its project")
    assert "choose another name" in refusal(capsys, "new", "critics")


def test_a_new_task_is_named_file_by_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "models.yaml").write_text((ROOT / "models.yaml").read_text())
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "2_evaluate.ipynb").write_text((ROOT / "notebooks" / "2_evaluate.ipynb").read_text())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["new", "refunds"])
    assert ended.value.code == 0
    assert "prompts/refunds/v1.prompty" in capsys.readouterr().out.splitlines()


def test_the_command_is_there_and_starts_without_the_heavy_libraries():
    code = "import sys, workbench.cli; print(sorted({'pandas', 'numpy', 'papermill'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(said.stdout.replace("'", '"')) == []
