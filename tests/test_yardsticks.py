"""What decides about a prompt, changed by the branch that changes the prompt: a person is asked."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from revisions import CELLS, answer, commit, git, repository, write_prompt
from test_ci_changes import place
from test_gate_files import RULES, notebook

from workbench import testing
from workbench.ci.called_for import gates_of
from workbench.ci.revised import gate_since
from workbench.ci.revision import revision
from workbench.ci.tasks import gated_tasks
from workbench.ci.yardsticks import Yardstick, review, workflows
from workbench.errors import WorkbenchError
from workbench.requirements import load_requirements
from workbench.requirements.stricter import asks_no_less

__all__ = ["place"]

GATE, ROWS = "prompts/notes/requirements.yaml", "datasets/notes.jsonl"
LOOSER = RULES.replace("0.10}", "0.95}").replace("0.80", "0.01")


def called_for():
    (task,) = gated_tasks([], {}, "")
    return gates_of(task, revision(Path.cwd(), "main"))


def found():
    return [str(each) for each in called_for().yardsticks]


def change(path, old, new):
    path = Path(path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


CHANGES = {
    "looser requirements": (GATE, "0.80", "0.60", "asks for less"),
    "a requirement less": (GATE, "  - {measure: quality, critic: exact, at_least: 0.80}\n", "",
                           "asks for less"),
    "a warning in place of a block": (GATE, "opinion: allow", "on_inconclusive: warn",
                                      "asks for less"),
    "other right answers": (ROWS, '"ok"', '"wrong"', "60 right answers changed"),
    "fewer rows": (ROWS, '{"id": "n7", "inputs": {"text": "Note 7"}, "expected": "ok"}\n', "",
                   "1 of 60 rows gone"),
    "another notebook": ("notebooks/gate.ipynb", "wb.Exact()", "wb.Contains()", "gate.ipynb"),
    "its own code": ("checks.py", "a", "b", "checks.py"),
    "a host's file": (".github/workflows/gate.yml", "ci", "ci || true", ""),
    "a script that it calls": ("ci/gate.sh", "ci", "ci || true", ""),
    "a workbench where none was named": ("constraints.txt", "numpy", "prompt-workbench==1", ""),
    "another workbench": ("requirements.txt", "workbench==2", "workbench==1", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_each_yardstick_is_named_beside_a_changed_prompt_and_not_alone(place, kind):
    path, old, new, said = CHANGES[kind]
    Path("checks.py").write_text("a")
    host = place / ".github/workflows/gate.yml"
    host.parent.mkdir(parents=True)
    host.write_text("run: workbench ci")
    Path("requirements.txt").write_text("numpy==1\nprompt-workbench==2\n")
    Path("constraints.txt").write_text("numpy")
    Path("ci").mkdir()
    Path("ci/gate.sh").write_text("workbench ci")
    Path("ci/README.md").write_text("workbench ci")
    Path("notebooks/gate.ipynb").write_text(notebook(CELLS[0], "import checks\n" + CELLS[1]))
    commit(place, "all that decides")
    change("requirements.txt", "numpy==1", "numpy==3")
    change("ci/README.md", "ci", "run")
    write_prompt(place, "v2", "?")
    assert found() == []
    change(path, old, new)
    if said:
        (one,) = found()
        assert path in one and said in one
    else:
        assert [each.path for each in workflows(revision(place, "main"))] == [path]
    write_prompt(place, "v2", "!")
    assert found() == []


def test_what_says_the_same_in_other_bytes_or_asks_for_more_asks_nobody(place):
    write_prompt(place, "v2", "?")
    change(GATE, "0.80}", "0.85}\n  - {measure: malformed, at_most: 0.02}  # a comment")
    book = json.loads(Path("notebooks/gate.ipynb").read_text())
    book["metadata"]["seen"] = 1
    Path("notebooks/gate.ipynb").write_text(json.dumps(book, indent=1))
    assert found() == []


def test_a_task_that_is_gated_for_the_first_time_asks_nobody_and_one_under_another_name_does(place):
    write_prompt(place, "v2", "?")
    Path(GATE).rename("prompts/notes/gate.yaml")
    change("prompts/notes/gate.yaml", "0.80", "0.10")
    (task,) = gated_tasks([], {}, "prompts/notes/gate.yaml")
    since = revision(place, "main")
    (one,) = gates_of(task, since).yardsticks
    assert str(one).startswith("prompts/notes/gate.yaml (it asks for less")
    git(place, "rm", "-q", "--cached", "notebooks/gate.ipynb")
    git(place, "commit", "-qm", "nothing is gated yet")
    first = gates_of(task, revision(place, "HEAD"))
    assert first.changed.prompts and first.yardsticks == ()


def test_prices_count_where_a_requirement_is_on_cost(place):
    entry = (
        "models: {actor: {id: m, base_url: 'https://a.example/v1', price: {input: 9, output: 9}}}"
    )
    Path("models.yaml").write_text(entry)
    commit(place)
    write_prompt(place, "v2", "?")
    change("models.yaml", "output: 9", "output: 1")
    assert found() == []
    change(GATE, "requirements:", "requirements:\n  - {measure: cost, per: 1000, at_most: 1}")
    assert found() == ["models.yaml (prices)"]


@pytest.mark.parametrize(
    ("old", "new", "no_less"),
    [
        ("at_least: 0.80", "at_least: 0.90", True),
        ("at_least: 0.80", "at_least: 0.70", False),
        ("margin: 0.10", "margin: 0.05", True),
        ("margin: 0.10", "margin: 0.20", False),
        ("margin: 0.10}", "margin: 0.10, on_unknown: warn}", False),
        ("critic: exact, ", "critic: kind, ", False),
        ("opinion: allow", "opinion: forbid", True),
        ("opinion: allow", "opinion: allow, level: 0.99", True),
        ("opinion: allow", "opinion: allow, level: 0.90", False),
        ("extend_to: 60", "extend_to: 600", False),
        ("baseline: baseline", "baseline: released", False),
    ],
)
def test_requirements_are_compared_line_by_line(tmp_path, old, new, no_less):
    for name, text in (("old", RULES), ("new", RULES.replace(old, new))):
        (tmp_path / name).write_text(text)
    files = [load_requirements(tmp_path / name) for name in ("new", "old")]
    assert asks_no_less(*files) is no_less


@pytest.fixture
def live(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    with testing.serve(answer) as server:
        yield repository(tmp_path, server)


def gated(place, **given):
    return gate_since(
        "main", lambda: gated_tasks([], {}, ""), place / "out", offline=False, **given
    )


def test_a_prompt_must_meet_the_requirements_of_the_base_too(live):
    write_prompt(live, "v2", "Be sloppy.")
    Path(GATE).write_text(LOOSER)
    assert gated(live, reviewed="") == 100
    text = Path("out/summary.md").read_text()
    assert text.index("**Needs a person:**") < text.index("### ") < text.index("**Fail:**")
    heads = [line for line in text.splitlines() if line.startswith("### ")]
    assert len(heads) == 2 and ", by the requirements of main (" in heads[0]
    suites = ElementTree.parse("out/junit.xml").findall("testsuite")
    assert (suites[0].get("name"), suites[0].get("failures")) == ("what decides", "1")


def test_a_prompt_that_passes_by_rows_of_its_own_branch_waits_for_a_person(live, capsys):
    write_prompt(live, "v2", "Be brief.")
    change(ROWS, '"Note 50"', '"Note fifty"')
    assert gated(live) == 0  # nobody is asked, and it is named
    named = "note: What decides changed together with what it decides about: datasets/notes.jsonl"
    assert named in capsys.readouterr().out
    assert "**Needs a person" not in Path("out/summary.md").read_text()
    assert gated(live, reviewed="") == 102
    said = capsys.readouterr().out
    assert said.splitlines()[-1].endswith("A person has to look: what decides changed too.")
    (word,) = set(re.findall(r"--reviewed (gate-[0-9a-f]{8}) ", said))
    base = revision(live, "main")
    one, about = Yardstick(ROWS), ["prompts/notes/v2.prompty"]
    assert not review([one], about, base, f"bug, {word}").is_due
    assert not review([one], about, base, "anything").is_due
    write_prompt(live, "v2", "Be very brief.")  # the rows may have been fit for the other text
    assert review([one], about, base, word).is_due
    write_prompt(live, "v2", "Be brief.")
    change(ROWS, '"Note 9"', '"Note nine"')
    assert review([one], about, base, word).is_due


def test_what_decides_changed_alone_stops_nothing_and_is_said(place, capsys):
    host = place / ".github/workflows/gate.yml"
    host.parent.mkdir(parents=True)
    host.write_text("run: workbench ci --reviewed x")
    commit(place)
    host.write_text("run: workbench ci")
    assert gate_since("main", lambda: gated_tasks([], {}, ""), place / "out", offline=True) == 0
    note = "note: .github/workflows/gate.yml changed: it runs this gate."
    assert note in capsys.readouterr().out.splitlines()
    change(GATE, "0.80", "0.60")
    gate_since("main", lambda: gated_tasks([], {}, ""), place / "out", offline=True)
    said = capsys.readouterr().out
    assert f"note: {GATE} changed (it asks for less than it did, or for other things): both" in said


def test_of_a_project_in_a_folder_the_hosts_file_at_the_root_counts_and_its_comment_is_its_own(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    inner = tmp_path / "team/shop"
    inner.mkdir(parents=True)
    repository(inner)
    (inner / ".git").rename(tmp_path / ".git")
    (tmp_path / ".gitlab-ci.yml").write_text("cd team/shop; workbench ci")
    commit(tmp_path, "moved")
    monkeypatch.chdir(inner)
    write_prompt(inner, "v2", "?")
    assert [*workflows(revision(inner, "main"))] == []
    (tmp_path / ".gitlab-ci.yml").write_text("true")
    (one,) = workflows(revision(inner, "main"))
    assert str(one) == "../../.gitlab-ci.yml (it runs this gate)"
    word = review([one], [], revision(inner, "main"), "").word
    (tmp_path / ".gitlab-ci.yml").write_text("false")
    assert review([one], [], revision(inner, "main"), word).is_due  # it is of what was changed
    status = gate_since(
        "main", lambda: gated_tasks([], {}, ""), inner / "out", offline=True, reviewed=""
    )
    assert status == 1  # nothing is recorded
    text = (inner / "out/summary.md").read_text()
    assert text.startswith("<!-- workbench gate: ci team/shop -->\nteam/shop: 1 gate since main (")


def test_whatever_keeps_a_gate_from_being_begun_stands_in_the_files(place, capsys):
    def none():
        raise WorkbenchError("no notebook gates a task")

    out = place / "out"
    for path in (GATE, "notebooks/gate.ipynb"):
        Path(path).unlink()
    assert gate_since("main", none, out, offline=True) == 1
    text = (out / "summary.md").read_text()
    assert "no notebook gates a task" in text and "### prompts/notes\n" in text
    assert 'errors="1"' in (out / "junit.xml").read_text()
    with pytest.raises(WorkbenchError, match="no commit 'nowhere'"):
        gate_since("nowhere", none, place / "other", offline=True)
    assert "git has no commit" in (place / "other/junit.xml").read_text()
    assert "1 gate since nowhere: 1 in trouble." in capsys.readouterr().out


def test_a_prompt_that_does_not_load_is_trouble_in_the_files(place):
    (place / "prompts/notes/v2.prompty").write_text("---\nname: [\n---\nuser:\n")
    assert gate_since("main", lambda: gated_tasks([], {}, ""), place / "out", offline=True) == 1
    assert "v2.prompty" in (place / "out/junit.xml").read_text()


def test_a_gate_that_is_lost_beside_a_named_notebook_is_trouble_too(place):
    (place / "prompts/other").mkdir()
    write_prompt(place, "../other/v1", "")
    (place / "prompts/other/requirements.yaml").write_text(RULES)
    cells = [CELLS[0].replace('"notes"', '"other"'), CELLS[1]]
    (place / "notebooks/second.ipynb").write_text(notebook(*cells))
    commit(place)
    (place / "notebooks/second.ipynb").unlink()
    named = [place / "notebooks/gate.ipynb"]
    assert gate_since("main", lambda: gated_tasks(named, {}, ""), place / "out", offline=True) == 1
    assert "### prompts/other" in (place / "out/summary.md").read_text()


MODELS = """models:
  actor: {id: m, base_url: 'https://a.example/v1', price: {input: 9, output: 9}}
  judge: {id: j, base_url: 'https://a.example/v1'}
"""


def test_a_yes_to_the_model_of_a_critic_is_none_to_the_next_one(place):
    Path("models.yaml").write_text(MODELS)
    critic = CELLS[0] + '\ncritic = "judge"  # who judges'
    Path("notebooks/gate.ipynb").write_text(notebook(critic, CELLS[1]))
    commit(place)
    write_prompt(place, "v2", "?")
    asked = []
    for id in ("k", "l"):
        Path("models.yaml").write_text(MODELS.replace("id: j", f"id: {id}"))
        (one,) = called_for().yardsticks
        assert str(one) == "models.yaml (judge)"
        asked.append(review([one], [], revision(place, "main"), "").word)
    assert asked[0] != asked[1]


def test_another_price_alone_is_gated_where_a_requirement_is_on_cost(place):
    Path("models.yaml").write_text(MODELS)
    change(GATE, "requirements:", "requirements:\n  - {measure: cost, per: 1000, at_most: 1}")
    commit(place)
    assert called_for().pairs == ()
    change("models.yaml", "output: 9", "output: 99")
    (pair,) = called_for().pairs
    assert (pair.path, found()) == ("", [])
