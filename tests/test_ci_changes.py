"""What a revision changed, by fingerprint, and what each changed prompt is held against."""

from pathlib import Path

import pytest
from revisions import CELLS, commit, git, repository, write_prompt
from test_gate_files import notebook

from workbench.ci.called_for import gates_of
from workbench.ci.changes import changes
from workbench.ci.lost import lost_gates
from workbench.ci.pairs import pairs
from workbench.ci.revised import gate_revision
from workbench.ci.revision import revision
from workbench.ci.tasks import gated_tasks
from workbench.errors import WorkbenchError

V2 = "prompts/notes/v2.prompty"


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    return repository(tmp_path)


def found(base="main", **given):
    """The changes since a revision, and the gates that they call for."""
    (task,) = gated_tasks([], given, "")
    since = revision(Path.cwd(), base)
    changed = changes(task, since)
    return changed, list(pairs(task, changed, since))


def test_nothing_changed_calls_for_no_gate(place):
    changed, gates = found()
    assert (changed.prompts, changed.shared, gates) == ((), (), [])
    assert [each.name for each in changed.same] == ["v1", "v2"]


def test_a_changed_prompt_is_held_against_its_own_text_at_the_base(place):
    write_prompt(place, "v2", "?")
    _, (gate,) = found()
    assert (gate.name, gate.path) == ("notes-v2", V2)
    assert {name: each.messages[0].template.strip() for name, each in gate.texts.items()} == {
        "v2": "{{ text }} ?",
        "base": "{{ text }} !",
    }
    assert gate.parameters == {"variant": "v2", "baseline": "base"}
    assert gate.against.startswith("its own text at main (")


def test_the_base_is_where_the_branch_left_it(place):
    git(place, "checkout", "-q", "-b", "change")
    write_prompt(place, "v1", "mine")
    commit(place)
    git(place, "checkout", "-q", "main")
    write_prompt(place, "v2", "theirs")
    commit(place)
    git(place, "checkout", "-q", "change")
    assert [gate.path for gate in found()[1]] == ["prompts/notes/v1.prompty"]


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_names_and_descriptions_are_no_change(place, ends):
    text = (place / V2).read_text().replace("name: v2", "name: other\ndescription: said anew")
    (place / V2).write_bytes(text.replace("\n", ends).encode())
    rows = place / "datasets/notes.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b"\n", b"\r\n"))
    changed, gates = found()
    assert (changed.prompts, changed.shared, gates) == ((), (), [])


def test_a_new_prompt_is_held_against_the_released_one_else_the_notebooks_baseline(place):
    write_prompt(place, "v3", "?")
    _, (gate,) = found()
    assert sorted(gate.texts) == ["v1", "v3"]
    assert gate.against.startswith("v1, the notebook's baseline, at main (")
    released = place / "prompts/released/notes"
    released.mkdir(parents=True)
    for name, started in (("old", "2026-01-01"), ("new", "2026-02-01")):
        (released / f"{name}.prompty").write_text(
            f"---\nname: x\n---\nuser:\n{{{{ text }}}} {name}\n"
        )
        (released / f"{name}.card.json").write_text(f'{{"started": "{started}"}}')
    assert sorted(found()[1][0].texts) == ["v1", "v3"]  # a release that nobody merged is none
    (place / "prompts/notes/v3.prompty").rename(place / "kept")
    commit(place)
    (place / "kept").rename(place / "prompts/notes/v3.prompty")
    _, (gate,) = found()
    assert gate.against == "the released prompt new"
    assert "new" in gate.texts["released"].messages[0].template
    (released / "aliases.json").write_text('{"released": {"prompt": "old.prompty"}}')
    (place / "prompts/notes/v3.prompty").rename(place / "kept")
    commit(place)
    (place / "kept").rename(place / "prompts/notes/v3.prompty")
    _, (gate,) = found()
    assert gate.against == "the released prompt old"


def test_lines_that_ask_for_the_released_prompt_get_it_beside(place):
    rules = place / "prompts/notes/requirements.yaml"
    rules.write_text(rules.read_text().replace("baseline: baseline", "baseline: released"))
    released = place / "prompts/released/notes"
    released.mkdir(parents=True)
    (released / "v1.prompty").write_text((place / V2).read_text().replace("!", "released"))
    commit(place)
    write_prompt(place, "v2", "?")
    _, (gate,) = found()
    assert sorted(gate.texts) == ["base", "released", "v2"]


def test_a_renamed_prompt_is_the_same_and_a_deleted_one_is_only_named(place):
    git(place, "mv", V2, "prompts/notes/sorted.prompty")
    changed, gates = found()
    assert changed.notes == (f"prompts/notes/sorted.prompty was {V2}, by the same text.",)
    assert (changed.deleted, gates) == ((), [])
    git(place, "rm", "-q", "-f", "prompts/notes/sorted.prompty")
    changed, gates = found()
    assert (changed.deleted, gates) == ((V2,), [])
    assert [each.name for each in changed.same] == ["v1"]


def test_a_prompt_that_changed_its_name_and_its_text_is_held_against_its_own_text(place):
    """Else a worse one passed where it was no worse than the notebook's baseline."""
    words = "Say in one word whether the writer asks, complains or gives thanks"
    write_prompt(place, "v2", words)
    write_prompt(place, "v3", "An older wording that is taken away")
    commit(place)
    git(place, "mv", V2, "prompts/notes/best.prompty")
    git(place, "rm", "-q", "prompts/notes/v3.prompty")
    write_prompt(place, "best", words.replace("one word", "a poem"))
    write_prompt(place, "other", "Nothing alike")
    changed, (best, other) = found()
    assert best.against.endswith(f" as {V2}") and best.against.startswith("its own text at main (")
    assert {name: each.messages[0].template.strip() for name, each in best.texts.items()} == {
        "best": f"{{{{ text }}}} {words.replace('one word', 'a poem')}",
        "base": f"{{{{ text }}}} {words}",
    }
    assert other.against.startswith("v1, the notebook's baseline, at main (")
    assert changed.deleted == ("prompts/notes/v3.prompty",)


def test_a_baseline_that_is_gone_is_trouble_for_the_notebook_would_hold_nothing_against_it(place):
    git(place, "mv", "prompts/notes/v1.prompty", "prompts/notes/first.prompty")
    (task,) = gated_tasks([], {}, "")
    said = r"v1\.prompty is gone, and notebooks/gate\.ipynb .*another baseline .* \(first, v2\)"
    with pytest.raises(WorkbenchError, match=said):
        gates_of(task, revision(place, "main"))


def test_a_base_that_cannot_be_read_makes_a_prompt_a_new_one_and_says_so(place):
    (place / V2).write_bytes(b"---\nname: [\n---\nuser:\n{{ text }}\n")
    commit(place)
    write_prompt(place, "v2", "?")
    _, (gate,) = found()
    assert sorted(gate.texts) == ["v1", "v2"]
    assert "prompts/notes/v2.prompty: its text at main (" in gate.note
    assert gate.note.endswith("so it is held like a new prompt.")
    (place / V2).write_bytes(b"---\nname: x\n---\nuser:\n\xff\n")
    commit(place)
    write_prompt(place, "v2", "?")
    assert "is not UTF-8 text" in found()[1][0].note


def test_a_link_is_followed_within_the_project_and_not_out_of_it(place, tmp_path_factory):
    (place / V2).unlink()
    (place / V2).symlink_to("v1.prompty")
    commit(place)
    assert found()[1] == []
    write_prompt(place, "v1", "?")
    assert [gate.path for gate in found()[1]] == ["prompts/notes/v1.prompty", V2]
    outside = tmp_path_factory.mktemp("outside") / "secret.prompty"
    outside.write_text("---\nname: x\n---\nuser:\n{{ text }}\n")
    (place / V2).unlink()
    (place / V2).symlink_to(outside)
    commit(place)
    (place / V2).unlink()
    write_prompt(place, "v2", "!")
    assert "a link that leads out of the project" in found()[1][0].note


def test_a_critic_or_dataset_that_changed_is_for_both_sides(place):
    rows = place / "datasets/notes.jsonl"
    rows.write_text(rows.read_text().replace("Note 7", "Note seven"))
    changed, (gate,) = found()
    assert changed.shared == ("datasets/notes.jsonl",)
    assert (gate.path, gate.texts, gate.parameters) == ("", {}, {"variant": ""})
    write_prompt(place, "v2", "?")
    assert [gate.path for gate in found()[1]] == [V2]
    (place / "datasets/notes.md").write_text("A card.")
    (place / "datasets/others.jsonl").write_text("{}")
    assert found()[0].shared == ("datasets/notes.jsonl",)


def test_a_changed_model_has_every_prompt_against_itself_on_the_old_one(place):
    (place / "models.yaml").write_text(
        'models: {gpt: {id: new, base_url: "http://127.0.0.1:1/v1"}}\nroles: {actor: gpt}\n'
    )
    write_prompt(place, "v2", "?")
    changed, gates = found()
    assert changed.actor.entry == {"server": "embedded"}
    first, second = gates
    assert (sorted(first.texts), sorted(second.texts)) == (["v1"], ["base", "v2"])
    assert first.parameters == {
        "variant": "v1 @ gpt", "baseline": "v1 @ gpt-base", "beside": "gpt-base",
    }  # fmt: skip
    assert second.parameters["baseline"] == "base @ gpt-base"
    assert first.models["models"]["gpt-base"] == {"server": "embedded"}


def test_a_price_is_no_change_of_a_model_and_a_broken_file_is_said(place):
    price = "models: {actor: {server: embedded, price: {input: 1, output: 1}}}\n"
    (place / "models.yaml").write_text(price)
    assert found()[0].actor is None
    (place / "models.yaml").write_text("models: 3\n")
    commit(place)
    (place / "models.yaml").write_text(price)
    assert "models.yaml at main (" in found()[0].notes[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("--output=x", "a revision is a branch, a tag or a commit"),
        ("", "a revision is a branch, a tag or a commit"),
        ("nowhere", "git has no commit 'nowhere' here: fetch it, or where a forced push"),
        ("0" * 40, "the host knows no commit before this one"),
    ],
)
def test_a_revision_that_is_none_is_refused_by_name(place, name, said):
    with pytest.raises(WorkbenchError, match=said):
        revision(place, name)


def test_a_shallow_clone_says_how_to_fetch_the_rest(place, tmp_path):
    commit(place, "second")
    first = git(place, "rev-parse", "HEAD~1")
    clone = tmp_path / "clone"
    git(place, "clone", "-q", "--depth=1", place.as_uri(), str(clone))
    with pytest.raises(WorkbenchError, match=r"clone is shallow: fetch it .*fetch-depth: 0"):
        revision(clone, first)


def test_no_repository_is_said(tmp_path):
    with pytest.raises(WorkbenchError, match="lies in no git repository"):
        revision(tmp_path, "main")


def test_prompts_in_a_submodule_are_gated_in_their_own_repository(place, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    commit(other)
    git(place, "rm", "-q", "-r", "prompts/notes")
    git(
        place,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        str(other),
        "prompts/notes",
    )
    write_prompt(place, "v1", "")
    rules = "requirements:\n  - {measure: quality, critic: exact, at_least: 0.80}\n"
    (place / "prompts/notes/requirements.yaml").write_text(rules)
    with pytest.raises(WorkbenchError, match="prompts/notes is a submodule"):
        found()


def test_a_project_below_the_root_of_its_repository_is_read_from_there(tmp_path, monkeypatch):
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    inner = tmp_path / "team" / "prompts project"
    inner.mkdir(parents=True)
    repository(inner)
    (inner / ".git").rename(tmp_path / ".git")
    commit(tmp_path, "moved")
    monkeypatch.chdir(inner)
    assert found()[1] == []
    write_prompt(inner, "v2", "?")
    assert [gate.path for gate in found()[1]] == [V2]


def test_what_ships_is_moved_by_no_gate_and_by_no_recording(place):
    released = CELLS[0] + '\nrelease_to = "prompts/released"  # folder for the winner'
    (place / "notebooks/gate.ipynb").write_text(notebook(released, CELLS[1]))
    write_prompt(place, "v2", "?")
    (task,) = gated_tasks([], {}, "")
    gates = gates_of(task, revision(place, "main"))
    assert gates.as_it_stands(place / "out").parameters["release_to"] == "out/released"
    ((_, gate, _),) = gates.tasks(place / "out")
    assert gate.parameters["release_to"] == "out/notes-v2/released"


def test_reading_a_base_touches_no_file(place):
    def contents():
        return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}

    write_prompt(place, "v2", "?")
    before = contents()
    assert len(found()[1]) == 1
    assert contents() == before


def test_a_notebook_that_cannot_hold_a_pair_says_what_it_lacks(place):
    path = place / "notebooks/gate.ipynb"
    path.write_text(notebook(CELLS[0].replace('variant = ""  # who is gated\n', ""), CELLS[1]))
    (place / "notebooks/other.ipynb").write_text(notebook('task = "notes"  # the task'))
    with pytest.raises(WorkbenchError, match=r"gate.ipynb cannot hold .*: variant = \"\"  # who"):
        gated_tasks([], {}, "")


def test_no_gate_at_all_says_how_to_begin_one(place):
    (place / "prompts/notes/requirements.yaml").unlink()
    with pytest.raises(WorkbenchError, match="no notebook of notebooks/ gates a task"):
        gated_tasks([], {}, "")
    with pytest.raises(WorkbenchError, match=r"requirements.yaml is not there: name --gate FILE"):
        gated_tasks([place / "notebooks/gate.ipynb"], {}, "")


@pytest.mark.parametrize("gone", ["prompts/notes/requirements.yaml", "notebooks/gate.ipynb"])
def test_a_branch_that_takes_its_gate_away_does_not_pass(place, gone, capsys):
    (place / gone).unlink()
    write_prompt(place, "v2", "worse")
    base = revision(place, "main")
    assert [(folder, gone in why) for folder, why in lost_gates([], base)] == [
        ("prompts/notes", True)
    ]
    assert gate_revision([], base, place / "out", offline=True) == 1
    assert f"bring back {gone}, or take the prompts away" in capsys.readouterr().err
    assert 'errors="1"' in (place / "out/junit.xml").read_text()


def test_a_task_that_is_taken_away_whole_needs_no_gate(place):
    for path in (place / "prompts/notes").iterdir():
        path.unlink()
    (place / "notebooks/broken.ipynb").write_text("no notebook")
    commit(place, "one that gates nothing")
    assert list(lost_gates([], revision(place, "HEAD"))) == []
    assert list(lost_gates([], revision(place, "HEAD~"))) == []


def test_what_was_never_recorded_is_said_in_one_line_and_stands_in_the_files(place, capsys):
    write_prompt(place, "v2", "?")
    base, tasks = revision(place, "main"), gated_tasks([], {}, "")
    assert gate_revision(tasks, base, place / "out", offline=True) == 1
    assert "recordings/gate.jsonl is not there: record it with: " in capsys.readouterr().err
    assert 'name="prompts/notes/v2.prompty" tests="1"' in (place / "out/junit.xml").read_text()


def test_requirements_that_a_branch_changed_show_by_how_much(place):
    rules = place / "prompts/notes/requirements.yaml"
    rules.write_text(rules.read_text() + "# looser\n")
    base, tasks = revision(place, "main"), gated_tasks([], {}, "")
    gate_revision(tasks, base, place / "out", offline=True)
    text = (place / "out/summary.md").read_text()
    assert text.index("&#35;&#8203; looser") < text.index("### ")
    assert "prompts/notes/requirements.yaml changed: both sides stand on it" in text


def test_a_dataset_that_a_branch_changed_shows_new_right_answers_and_copies(place):
    file = place / "datasets/notes.jsonl"
    lines = file.read_text().replace('"expected": "ok"', '"expected": "no"', 2).splitlines()
    copies = [lines[9].replace('"n9"', f'"again{n}"') for n in range(3)]
    file.write_text("\n".join([*lines, *copies, "[" * 5_000, "1", ""]))
    base, tasks = revision(place, "main"), gated_tasks([], {}, "")
    gate_revision(tasks, base, place / "out", offline=True)
    said = "notes.jsonl changed (2 right answers changed; 3 of 63 rows copy the inputs of another)"
    assert said in (place / "out/summary.md").read_text()
