"""`--verbose` says what one line leaves out; every help page says what its command does."""

import argparse
import json

import pytest

from workbench import testing
from workbench.cli import _parser, main
from workbench.cli.unknown import refuse_unknown
from workbench.testing import Reply

REFUSES = Reply("Unsupported parameter: 'temperature' is not supported with this model", status=400)
CELLS = [
    "import workbench as wb",
    "prompt = wb.load_prompt('p.prompty')\n"
    "rows = [wb.Example('a', {'text': 'one'})]\n"
    "model = wb.Model('m', 'm', 'URL', parameters={'temperature': 0})",
    "run = await wb.run(prompt, rows, model)",
]


def notebook(url: str) -> str:
    cells = [
        {
            "cell_type": "code", "id": f"c{at}", "metadata": {}, "outputs": [],
            "execution_count": None, "source": source.replace("URL", url),
        }
        for at, source in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def script(ask: testing.Ask) -> Reply:
    if "temperature" in ask.body:
        return REFUSES
    return Reply("busy", status=500) if ask.attempt < 3 else Reply("fine")


def commands() -> dict[str, argparse.ArgumentParser]:
    [found] = [each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return dict(found.choices)


def test_a_run_says_what_was_sent_again_and_what_was_learnt(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "p.prompty").write_text("user:\n{{ text }}\n")
    with testing.serve(script) as server:
        url = server.model().base_url
        (tmp_path / "n.ipynb").write_text(notebook(url))
        with pytest.raises(SystemExit):
            main(["run", "n.ipynb", "--verbose"])
    said = capsys.readouterr().err.splitlines()
    requests = len(server.log)
    assert requests > 1
    assert f"1 call in {requests} requests, {requests - 1} sent again; 0 answers" in " ".join(said)
    assert f"learnt of {url}: model m does not take temperature" in said


def test_an_error_says_where_it_comes_from_where_asked_and_else_is_one_line(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "decision.json").write_text("::error::no json")
    for verbose in ([], ["--verbose"]):
        with pytest.raises(SystemExit) as ended:
            main(["explain", "decision.json", *verbose])
        assert ended.value.code == 1
        said = capsys.readouterr().err.splitlines()
        assert said[-1].startswith("workbench: decision.json: no decision can be read")
        assert len(said) == 1 if not verbose else said[0].startswith("Traceback")
        assert not any(line.startswith("::") for line in said)


def test_every_command_says_what_it_does_in_sentences():
    for name, command in commands().items():
        about = command.description or ""
        assert about[:1].isupper() and about.endswith("."), name
        bare = [each.dest for each in command._actions if not each.help]
        assert bare == [], name


def test_every_option_of_a_command_is_known_by_its_long_name():
    parser, known = _parser(), commands()
    options = [
        (name, option)
        for name, command in known.items()
        for each in command._actions
        for option in each.option_strings
    ]
    assert ("run", "--output") in options and ("ci", "--verbose") in options
    for name, option in options:
        refuse_unknown(parser, known, [name, option])  # it would end the process
