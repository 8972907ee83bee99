"""What decides wherever it lies, and gates that a branch takes away or goes around."""

import json
from pathlib import Path

import pytest
from revisions import commit, git, write_prompt
from test_ci_changes import place
from test_yardsticks import GATE, ROWS, called_for, change, found

from workbench.ci.revised import gate_since
from workbench.ci.revision import revision
from workbench.ci.tasks import gated_tasks
from workbench.ci.yardsticks import released
from workbench.errors import WorkbenchError

__all__ = ["place"]

V2 = "prompts/notes/v2.prompty"
STOOD_ON = {  # wherever it lies: what the notebook says of it, and what it held
    "datasets/eu/notes.jsonl": 'wb.load_examples(f"datasets/eu/{task}.jsonl")',
    "prompts/critics/eu/helpful.prompty": 'critic = "helpful"',
    "datasets/notes_eu.jsonl": 'wb.load_examples(f"datasets/{task}_eu.jsonl")',
    "datasets/notes-us.csv": 'wb.load_examples("datasets/" + task + "-us.csv")',
    "datasets/part3.jsonl": '[wb.load_examples(each) for each in here.glob("part*.jsonl")]',
    "datasets/of/may.jsonl": 'wb.load_examples(f"datasets/of/{month}.jsonl")',
    "prompts/critics/notes_good.prompty": 'wb.Rubric.load(f"prompts/critics/{task}_good.prompty")',
    "prompts/guards/a.prompty": 'guards = wb.load_prompts("prompts/guards")',
    "prompts/judges/strict.prompty": 'wb.Rubric.load(f"prompts/judges/{name}.prompty", "strict")',
    "guards/injection.json": 'wb.filters.load("guards/injection.json")',
    "limits.toml": 'open("../limits.toml")',
    "mychecks/rules.py": "from mychecks import rules",
    "helper.py": "import checks",  # which imports it
    "notebooks/scipy.py": "wb.compare(run)",  # which would be imported in place of SciPy
    "notebooks/workbench/__init__.py": "wb.settle(choice)",
    "pictures/n7.png": "wb.load_examples(path)",  # a row names it
}


@pytest.mark.parametrize("path", STOOD_ON)
def test_what_a_notebook_stands_on_is_a_yardstick_wherever_it_lies(place, path):
    Path("checks.py").write_text("import helper")
    change(ROWS, "Note 7", "n7.png")
    change("notebooks/gate.ipynb", "import workbench as wb", "import workbench as wb\\n# here")
    book = json.loads(Path("notebooks/gate.ipynb").read_text())
    book["cells"][1]["source"] = STOOD_ON[path] + "\n" + "".join(book["cells"][1]["source"])
    Path("notebooks/gate.ipynb").write_text(json.dumps(book))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("was")
    commit(place, "all that decides")
    write_prompt(place, "v2", "?")
    for other in ("README.md", "prompts/notes/README.md", "datasets/others.jsonl", "src/page.ts"):
        Path(other).parent.mkdir(exist_ok=True)
        Path(other).write_text("a file of no notebook")
    assert found() == []
    Path(path).write_text("is")
    assert found() == [path]


def test_what_a_notebook_says_between_its_cells_asks_nobody_and_how_they_run_does(place):
    def cells(kind="markdown", tags=(), text="As it was"):
        book = json.loads(Path("notebooks/gate.ipynb").read_text())
        metadata = {"tags": [*tags]} if tags else {}
        more = {"execution_count": None, "outputs": []} if kind == "code" else {}
        last = {"cell_type": kind, "id": "x", "metadata": metadata, "source": text, **more}
        book["cells"] = [*(each for each in book["cells"] if each["id"] != "x"), last]
        Path("notebooks/gate.ipynb").write_text(json.dumps(book))

    cells("code")
    commit(place, "a check at the end")
    write_prompt(place, "v2", "?")
    assert found() == []
    for kind, tags in (("markdown", ()), ("code", ["raises-exception"])):
        cells(kind, tags)
        assert found() == ["notebooks/gate.ipynb"]
    cells()
    commit(place, "words at the end")
    write_prompt(place, "v2", "!")
    cells(text="As it is")
    assert found() == []
    cells(tags=["parameters"])
    with pytest.raises(WorkbenchError, match="the parameters cell is no Python"):
        found()


def test_an_actor_that_is_another_parameter_is_held_against_the_one_of_the_base(place):
    Path("models.yaml").write_text(TWO_ACTORS)
    commit(place, "two models")
    change("notebooks/gate.ipynb", 'actor = \\"actor\\"', 'actor = \\"small\\"')
    gates = called_for()
    assert [pair.parameters["baseline"] for pair in gates.pairs] == [
        "v1 @ small-base",
        "v2 @ small-base",
    ]
    change("notebooks/gate.ipynb", 'beside = \\"\\"', 'besides = \\"\\"')
    assert "models.yaml (another model answers, and is held against nothing)" in found()


TWO_ACTORS = """\
models:
  actor: {server: embedded}
  small: {base_url: "http://127.0.0.1:1/v1", id: small}
"""


def replayed(place, reviewed=""):
    out = place / "out"
    return gate_since("main", lambda: gated_tasks([], {}, ""), out, offline=True, reviewed=reviewed)


@pytest.mark.parametrize("name", ["v1.prompty", "aliases.json", "v1.card.json"])
def test_what_ships_replaced_by_hand_waits_for_a_person(place, capsys, name):
    path = place / "prompts/released/notes" / name
    path.parent.mkdir(parents=True)
    path.write_text("was")
    commit(place, "a release")
    path.write_text("is")
    assert replayed(place, None) == 0
    assert f"decided by is another: prompts/released/notes/{name}" in capsys.readouterr().out
    assert replayed(place) == 102


def test_a_person_is_told_whether_what_ships_is_a_prompt_that_the_gate_knows(place):
    folder = place / "prompts/released/notes"
    folder.mkdir(parents=True)
    text = Path(V2).read_text()
    (folder / "v2.prompty").write_text(text)
    (folder / "aliases.json").write_text("{}")
    ships = (
        "prompts/released/notes/v2.prompty (it ships, with the text of prompts/notes/v2.prompty)"
    )
    assert [str(each) for each in released(revision(place, "main"))] == [
        "prompts/released/notes/aliases.json (what `released` means)",
        ships,
    ]
    (folder / "v2.prompty").write_text(text.replace("!", "Be sloppy."))
    assert "and prompts/notes holds no such text" in str([*released(revision(place, "main"))][1])
    commit(place, "released")
    (folder / "v2.prompty").unlink()
    (gone,) = released(revision(place, "main"))
    assert str(gone) == "prompts/released/notes/v2.prompty (it ships no more)"


def test_a_second_notebook_that_gated_a_folder_does_not_go_unseen(place, capsys):
    first, second = place / "notebooks/gate.ipynb", place / "notebooks/safety.ipynb"
    second.write_text(first.read_text())
    commit(place, "two gates")
    second.rename(second.with_name("safe.ipynb"))
    assert "it gated" not in capsys.readouterr().out
    (place / "notebooks/safe.ipynb").unlink()
    assert replayed(place) == 102
    said = "notebooks/safety.ipynb (it gated prompts/notes, and does so no more)"
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_task_that_goes_or_moves_with_its_gate_waits_for_a_person(place, elsewhere, capsys):
    Path(GATE).unlink()
    (place / "prompts/notes").rename(place / "prompts/mail")
    if not elsewhere:
        for path in (place / "prompts/mail").iterdir():
            path.unlink()
    assert replayed(place) == 102
    said = capsys.readouterr().out
    assert f"{GATE} (the prompts of prompts/notes are gone, with what gated them)" in said
    assert ("prompts/mail/v2.prompty changed: no notebook gates its task." in said) == elsewhere
    assert "note: prompts/notes/v2.prompty is gone: no notebook gates its task." in said


def test_a_tag_called_as_the_branch_it_goes_into_is_refused(place):
    git(place, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert revision(place, "origin/main").commit == git(place, "rev-parse", "HEAD")
    git(place, "tag", "origin/main")
    with pytest.raises(WorkbenchError, match="knows refs/remotes/origin/main and refs/tags/origin"):
        revision(place, "origin/main")
    assert revision(place, "refs/remotes/origin/main").shown.startswith("refs/remotes/origin/main")


def test_a_gate_that_is_killed_leaves_no_word_of_an_earlier_one(place):
    def killed():
        raise KeyboardInterrupt

    assert replayed(place) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["junit.xml", "summary.md"]
    with pytest.raises(KeyboardInterrupt):
        gate_since("main", killed, place / "out", offline=True)
    assert [*Path("out").iterdir()] == []
    (place / "out/junit.xml").mkdir()
    with pytest.raises(WorkbenchError, match=r"junit\.xml cannot be taken away"):
        replayed(place)


def test_a_store_that_came_with_the_branch_answers_nothing(place):
    (place / ".workbench").mkdir()
    (place / ".workbench/store.db").write_bytes(b"")
    git(place, "add", "-f", ".workbench/store.db")
    with pytest.raises(WorkbenchError, match="workbench/ is in git, and answers of its store"):
        gate_since("main", lambda: gated_tasks([], {}, ""), place / "out", offline=False)
