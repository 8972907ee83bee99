"""The command line: values as they were meant, progress that says something, errors in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import testing
from workbench.cli import main
from workbench.cli.typed import typed
from workbench.headless import Progress, own_name

ROOT = Path(__file__).resolve().parents[1]


def test_parameters_are_numbers_lists_and_truths_where_they_read_so_else_text():
    pairs = [
        ["limit", "40"],
        ["margin", "0.05"],
        ["task", "triage"],
        ["flag", "true"],
        ["seed", "None"],
    ]
    assert typed(pairs) == {
        "limit": 40,
        "margin": 0.05,
        "task": "triage",
        "flag": True,
        "seed": None,
    }
    assert typed([["id", '"40"']]) == {"id": "40"}


def test_a_number_may_begin_or_end_with_its_point():
    assert typed([["margin", ".05"], ["at", "-5."]]) == {"margin": 0.05, "at": -5.0}


def test_parameters_are_read_as_the_scalars_of_yaml_1_2():
    read = {"1e-3": 0.001, "0o17": 15, "0x1F": 31, ".5": 0.5, "TRUE": True, "~": None, "01": 1}
    assert typed([[text, text] for text in read]) == read


def test_parameters_in_pythons_own_spelling_are_read_too():
    pairs = [
        ["draft", "False"],
        ["final", "True"],
        ["tags", "['a', None]"],
        ["id", "'40'"],
        ["pair", "{'a': 1}"],
    ]
    assert typed(pairs) == {
        "draft": False,
        "final": True,
        "tags": ["a", None],
        "id": "40",
        "pair": {"a": 1},
    }
    texts = ["1_000", "it's", "(1, 2)", "v1", "", "[" * 100_000, "9" * 5000]
    texts += ["12:30", "no", "on", "y", "2024-10-21", "NaN", "Infinity", "1+2j", "0b1"]
    assert list(typed([[str(number), text] for number, text in enumerate(texts)]).values()) == texts


def test_every_option_after_lab_is_passed_to_jupyter(tmp_path):
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab" / "__init__.py").touch()
    (tmp_path / "jupyterlab" / "__main__.py").write_text(
        "import json, sys; print(json.dumps(sys.argv[1:]))"
    )
    (tmp_path / "models.yaml").write_text("models: {}\n")
    options = ["--no-browser", "--allow-root", "--port", "8889", "--version"]
    said = subprocess.run(
        [sys.executable, "-m", "workbench", "lab", *options],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        },
    )
    assert (said.stderr, said.returncode) == ("", 0)
    own = [
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.default_url=/lab",
        "--ContentsManager.allow_hidden=True",
    ]
    assert json.loads(said.stdout) == [*own, *options]


def test_the_help_says_what_lab_passes_on_and_how_values_are_read(capsys):
    for command, words in [
        ("lab", "passed to jupyter lab, e.g. --no-browser"),
        ("run", "read as YAML 1.2, JSON or Python"),
    ]:
        with pytest.raises(SystemExit) as ended:
            main([command, "-h"])
        assert ended.value.code == 0
        assert words in " ".join(capsys.readouterr().out.split())


def test_a_task_given_by_hand_keeps_a_folder_of_its_own():
    notebook = Path("notebooks/2_evaluate.ipynb")
    assert own_name(notebook, {"limit": 3}) == "2_evaluate"
    assert own_name(notebook, {"task": ""}) == "2_evaluate"
    assert own_name(notebook, {"task": "digest"}) == "2_evaluate-digest"
    assert own_name(notebook, {"task": "../my tasks/x"}) == "2_evaluate-.._my_tasks_x"


def test_a_run_leaves_what_it_made_in_the_folder_of_its_task(tmp_path, monkeypatch, capsys):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": "task = 'a'",
        "outputs": [],
        "execution_count": None,
        "id": "a",
    }
    (tmp_path / "n.ipynb").write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["run", "n.ipynb", "-p", "task", "b"])
    assert ended.value.code == 0
    assert f"report: {tmp_path}/.workbench/reports/n-b/n.html" in capsys.readouterr().out


def test_calls_are_summed_over_the_runs_of_a_notebook(capsys):
    progress = Progress()
    tick = {"done": 1, "total": 4, "failed": 0, "spent": None, "seconds": 0.5}
    progress({"run": "a", "calls": 1, **tick})
    progress({"run": "a", "calls": 3, **tick, "done": 4, "failed": 1})
    progress({"run": "b", "calls": 2, **tick})
    assert progress.calls == 5
    assert "4 of 4 answers · 3 calls · 1 failed · 0.50 s" in capsys.readouterr().err
    there = {"in_batches": 40, "answered_there": 10}
    Progress()({"run": "c", "calls": 0, **tick, **there})
    assert "1 of 4 answers · 0 calls · 10 of 40 answered in batches" in capsys.readouterr().err


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
    (tmp_path / "n.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    assert refusal(capsys, "run", "models.yaml").startswith("workbench: models.yaml is no notebook")
    assert refusal(capsys, "run", "n.ipynb", "-o", "models.yaml").endswith(
        "File exists: give another folder"
    )
    assert refusal(capsys, "run", "n.ipynb", "-o", "models.yaml/b").endswith(
        "Not a directory: give another folder"
    )
    assert refusal(capsys, "run", "n.ipynb", "-o", ".").endswith("give another folder than its own")
    assert refusal(capsys, "run", "n.ipynb", "--join", "night", "--offline") == (
        "workbench: --offline asks nobody: there is nothing to join"
    )
    assert "choose another name" in refusal(capsys, "new", "critics")
    (tmp_path / "models.yaml").unlink()
    assert refusal(capsys, "new", "refunds").endswith("begin a project with workbench init")


def test_a_new_task_is_named_file_by_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "models.yaml").write_text((ROOT / "models.yaml").read_text())
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "2_evaluate.ipynb").write_text(
        (ROOT / "notebooks" / "2_evaluate.ipynb").read_text()
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["new", "refunds"])
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert "prompts/refunds/v1.prompty" in said.out.splitlines()
    assert said.err == (
        "next: write your examples into datasets/refunds.jsonl, then workbench run "
        "notebooks/refunds.ipynb\n"
    )


def test_the_command_is_there_and_starts_without_the_heavy_libraries():
    heavy = "{'pandas', 'numpy', 'papermill'}"
    code = f"import sys, workbench.cli; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(said.stdout.replace("'", '"')) == []


def test_a_notebook_shows_things_without_waiting_for_what_releases_and_curves_need():
    heavy = "{'pandas', 'scipy.optimize', 'plotly', 'workbench.views.show'}"
    code = f"import sys, workbench.views; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == "['workbench.views.show']\n"


def test_models_lists_what_endpoints_offer_and_warns_of_an_end(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with testing.serve(lambda ask: '{"answer": "yes"}') as server:
        server.offers = [{"id": "big", "shutdown_date": "2020-01-01"}, {"id": "\x1b[2Jsmall"}]
        monkeypatch.setenv("WORKBENCH_MODELS", str(server.models_file("m.yaml", "big")))
        with pytest.raises(SystemExit) as ended:
            main(["models"])
        printed = capsys.readouterr()
        with pytest.raises(SystemExit) as tested:
            main(["models", "big"])
    assert (ended.value.code, tested.value.code) == (0, 0)
    assert printed.out.splitlines() == [
        server.url,
        "  \\x1b[2Jsmall",
        "  big (model 'big'): was to be shut down on 2020-01-01",
    ]
    assert printed.err == (
        "workbench: model 'big': big was to be shut down on 2020-01-01: choose its successor and "
        "compare them\n"
    )
    assert "log probabilities: given" in capsys.readouterr().out


def test_models_says_of_an_endpoint_that_cannot_be_asked_why_and_fails(
    models_file, monkeypatch, capsys
):
    monkeypatch.delenv("GATE_KEY", raising=False)
    models_file("models: {m: {id: x, base_url: 'http://127.0.0.1:9/v1', api_key_env: GATE_KEY}}\n")
    with pytest.raises(SystemExit) as ended:
        main(["models"])
    assert ended.value.code == 1
    assert "  model 'm' needs a key: run `export GATE_KEY=...`" in capsys.readouterr().out


def test_a_damaged_decision_is_said_in_one_line(tmp_path, capsys):
    path = tmp_path / "decision.json"
    path.write_text('{"version": 1, "sentence": "\\n::error::x", "models": 3}')
    with pytest.raises(SystemExit) as ended:
        main(["explain", str(path)])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"workbench: {path} is no decision of this workbench\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("nwe mails", "no command 'nwe': is 'new' meant? There are run, record"),
        (
            "new mails --form x",
            "no option --form (is --from meant?): workbench new --help lists them",
        ),
        ("ci --bse=x", "no option --bse (is --base meant?): "),
        ("runs --zzzz", "no option --zzzz: workbench runs --help lists them"),
        ("--verzion", "no option --verzion (is --version meant?): "),
    ],
)
def test_an_unknown_command_or_option_says_what_is_meant(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["run --offl missing.ipynb", "lab --help", "new --he"])
def test_beginnings_of_options_and_what_follows_two_dashes_are_left_to_argparse(capsys, arguments):
    with pytest.raises(SystemExit):
        main(arguments.split())
    assert "no option" not in capsys.readouterr().err
