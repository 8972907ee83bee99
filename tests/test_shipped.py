"""A project begun anywhere, and a new user's way from an Excel export to a verdict."""

import json
import re
from pathlib import Path

import pytest
from workbooks import write_workbook

import workbench as wb
from workbench import testing
from workbench.cli import main
from workbench.errors import WorkbenchError
from workbench.shipped import TASKS, begin

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("Frage", "Beschwerde", "Dank")


def test_a_project_begins_with_the_two_tasks_or_empty_and_touches_nothing(tmp_path):
    names = {path.relative_to(tmp_path / "a").as_posix() for path in begin(tmp_path / "a")}
    assert {"models.yaml", "prompts/triage/v1.prompty", "datasets/digest.jsonl"} < names
    assert {"notebooks/1_prototype.ipynb", "prompts/critics/helpful.prompty"} < names
    empty = begin(tmp_path / "b", empty=True)
    assert [path.name for path in empty] == ["models.yaml", ".gitignore", ".gitattributes"]
    with pytest.raises(
        WorkbenchError, match=r"models\.yaml exists already in .*: begin in another"
    ):
        begin(tmp_path / "b")
    there = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert there == [".gitattributes", ".gitignore", "models.yaml"]


def test_the_wheel_is_told_to_carry_every_file_that_a_project_begins_with():
    told = (ROOT / "pyproject.toml").read_text("utf-8")
    carried = re.findall(r'^"([\w./]+)" = "workbench/project/\1"$', told, re.MULTILINE)
    for path in (path for pattern in TASKS for path in ROOT.glob(pattern)):
        name = path.relative_to(ROOT).as_posix()
        assert name in carried
    assert '"docs/decisions" = "workbench/project/docs/decisions"' in told


def answer(ask):
    """Labels by a word of the message; the second variant is right more often."""
    if "yes or no" in ask.text:
        return "yes"
    number = int(re.findall(r"Nr\. (\d+)", ask.text)[0])
    right = LABELS[number % 3]
    slip = "Read the whole message" not in ask.text and number % 2
    return json.dumps({"label": LABELS[(number + 1) % 3] if slip else right})


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with testing.serve(answer) as server:
        scripted = server.models_file("scripted.yaml", "embedded")
        text = json.loads(scripted.read_text()) | {
            "roles": {"actor": "embedded", "critic": "embedded"}
        }
        scripted.write_text(json.dumps(text))
        monkeypatch.setenv("WORKBENCH_MODELS", str(scripted.absolute()))
        yield tmp_path


def typed(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    return said.out


def write_export(place, kind):
    header = ["Ticket-Nr", "Nachricht", "Kategorie"]
    rows = [[n, f"Grüß Gott,\nPfanne; Nr. {n} ist groß.", LABELS[n % 3]] for n in range(1, 121)]
    if kind == "xlsx":
        write_workbook(place / "export.xlsx", {"Tickets": [header, *rows, []], "Notizen": [["x"]]})
        return
    lines = [f'{number};"{text}";{label}' for number, text, label in rows]
    text = "\r\n".join([";".join(header), *lines, ";;", ""])
    (place / "export.csv").write_bytes(text.encode("utf-8-sig"))


SAID = (
    "120 examples; inputs nachricht (text); expected label (text)",
    "taken for a classification with 3 labels: Beschwerde, Dank, Frage",
    "notebooks/tickets.ipynb",
)


def test_an_export_becomes_a_verdict_with_no_file_edited_by_hand(place, capsys):
    write_export(place, "csv")
    typed(capsys, "init", "--empty")
    said = typed(capsys, "new", "tickets", "--from", "export.csv")
    assert [words for words in SAID if words not in said] == []
    done = typed(capsys, "run", "notebooks/tickets.ipynb", "-p", "hold", "0")
    assert done.startswith("Ship v2: better than v1 by 50.0 points")
    run = wb.load_run()
    assert len(run.examples) == 120
    assert set(run.columns["exact"]) == {0.0, 1.0}


def test_a_workbook_begins_a_task_as_well(place, capsys):
    write_export(place, "xlsx")
    typed(capsys, "init", "--empty")
    said = typed(capsys, "new", "tickets", "--from", "export.xlsx")
    assert [words for words in (*SAID, "the one called 'Tickets'") if words not in said] == []
    assert len(wb.load_examples("datasets/tickets.jsonl")) == 120
