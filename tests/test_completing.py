"""A shell completes commands, options and the names of a project's things."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from two_days import both_days

from workbench.cli import main
from workbench.cli.completing import SHELLS

argcomplete = pytest.importorskip("argcomplete", reason="argcomplete is not installed here")

MODELS = 'models: {fast: {id: f, base_url: "http://127.0.0.1:9/v1"}}\nroles: {actor: fast}\n'


def completed(line: str, **environment: str) -> list[str]:
    """What the shell is told for a line that is being typed."""
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARC_DEBUG": ""}
    asked |= {"_ARGCOMPLETE_SUPPRESS_SPACE": "1", "_ARGCOMPLETE_IFS": "\n", **environment}
    reader, writer = os.pipe()
    # the words go to descriptor 8
    redirected = ["bash", "-c", f'exec "$@" 8>&{writer}', "-", sys.executable, "-m", "workbench"]
    subprocess.run(
        redirected, env={**os.environ, **asked}, pass_fds=[writer], check=True, capture_output=True
    )
    os.close(writer)
    with open(reader) as told:
        return sorted(word.strip() for word in told.read().split("\n") if word.strip())


def test_commands_options_and_names_are_completed(days):
    yesterday, today = both_days(days)
    Path("models.yaml").write_text(MODELS)
    Path("prompts/parity/odd \x1b[31m.prompty").write_text("user:\nhi\n")
    assert completed("workbench ru") == ["run", "runs"]
    assert completed("workbench runs --de") == ["--delete"]
    assert completed("workbench runs p") == ["parity"]
    assert completed(f"workbench runs {today.id[:3]}") == [today.id]
    assert completed(f"workbench runs {today.id} --compare {yesterday.id[:3]}") == [yesterday.id]
    assert completed("workbench runs x --critic ") == ["exact"]
    assert completed("workbench prompts parity/") == ["parity/v1", "parity/v2"]
    assert completed("workbench models ") == ["actor", "fast"]


def test_what_is_not_there_completes_nothing_and_makes_no_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: [\n")
    for line in ("workbench models ", "workbench runs "):
        assert [word for word in completed(line) if word[0] != "-"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models.yaml"]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_its_script(shell, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["completion", shell])
    script = capsys.readouterr().out
    assert ended.value.code == 0
    assert script.split() == argcomplete.shellcode(["workbench"], shell=shell).split()
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
