"""The ledger of looks: it travels in recordings, and its lack is said."""

import json

import pytest
from notes import examples, talk
from sqlalchemy import create_engine, text

import workbench as wb
from workbench import testing
from workbench.errors import StoreError
from workbench.files import canonical
from workbench.store.ledger import Entry, lineage, row_content, row_hashes

RECORD = {"scored": 60, "challengers": ["b"], "decider": "c", "rules": "0.05", "labels": 0,
          "repeats": 1, "claims": {"b": {"word": "better", "examples": 60}}}  # fmt: skip
WRONG = {"critic": "c", "baseline": "b", "rows": "", "record": RECORD | {"claims": {"b": 1}}}


def look(rows, at=1.0, **record):
    return Entry("good", "a", row_hashes(rows), RECORD | record, at)


def write_some(store):
    """Two datasets that were run, with prompts of their own, and a look at each."""
    for number, rows in enumerate(([b"a", b"b"], [b"c"])):
        store.register(row_hashes(rows), [f"p{number}"])
        store.add_look(look(rows, at=1.0 + number))


def even_or_second(ask):
    """Answers notes with their text; a critic says Yes to even ones, and to all of v2."""
    if ask.system.startswith("CRITIC") and "v2" in ask.text:
        return "Yes"
    return talk(ask)


@pytest.fixture
async def judged(prompt, critic, tmp_path):
    """Arguments of a run of two prompts on 40 notes, and the decision it led to in its store."""
    with testing.serve(even_or_second) as server:
        model = server.model()
        asked = ([prompt("v1"), prompt("v2")], examples(40), model, [critic(model)])
        store = wb.Store(tmp_path / "here.db")
        run = await wb.run(*asked, store=store)
        choice = wb.compare(run, "good", baseline="v1", looks=(30, 80))
    return asked, store, run, choice


async def test_a_decision_made_again_from_recordings_is_the_same_byte_for_byte(judged, tmp_path):
    asked, store, run, choice = judged
    there = wb.Store(tmp_path / "there.db")
    there.read_calls(store.write_calls(tmp_path / "calls.jsonl", run.id))
    again = await wb.run(*asked, store=there, offline=True)
    made = wb.compare(again, "good", baseline="v1")
    assert (choice.looks, choice.winner, made.planned) == (1, "v2", (30, 80))
    assert canonical(made.decision()) == canonical(choice.decision())


async def test_looks_that_came_with_recordings_are_paid_for(judged, tmp_path):
    asked, store, run, _ = judged
    there = wb.Store(tmp_path / "there.db")
    there.read_calls(store.write_calls(tmp_path / "calls.jsonl", run.id))
    again = await wb.run(*asked, store=there, offline=True)
    with pytest.raises(wb.WorkbenchError, match="planned at 30 and 80 examples before"):
        wb.compare(again, "good", baseline="v1", looks=1)


async def test_a_run_from_before_the_ledger_is_compared_and_says_so(judged, tmp_path):
    _, store, run, choice = judged
    assert "before the ledger" not in [note.kind for note in choice.notes]
    store.close()
    engine = create_engine(f"sqlite:///{tmp_path}/here.db")
    with engine.begin() as connection:
        for table in ("sighting", "registration", "looked"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    old = wb.load_run(run.id, tmp_path / "here.db")
    [note] = [
        note
        for note in wb.compare(old, "good", baseline="v1").notes
        if note.kind == "before the ledger"
    ]
    assert note.text == (
        "This run was made before looks were counted: it is compared by the rules of now, and "
        "what was decided on its rows before is not known."
    )


def test_a_recording_of_a_store_carries_its_whole_ledger_once(tmp_path):
    store, other = wb.Store(tmp_path / "one.db"), wb.Store(tmp_path / "two.db")
    write_some(store)
    path = store.write_calls(tmp_path / "calls.jsonl")
    for _ in range(2):
        assert other.read_calls(path) == 0
    assert other.looks_at("good", "a") == store.looks_at("good", "a")
    assert len(other.looks_at("good", "a")) == 2
    assert other.written_after("r", row_hashes([b"a"]), ["p0", "p1", "p2"]) == {"p1", "p2"}
    assert other.write_calls(tmp_path / "again.jsonl").read_bytes() == path.read_bytes()


def test_of_two_stores_the_earlier_sight_of_a_row_and_a_prompt_counts(tmp_path, store_url):
    early, late = wb.Store(tmp_path / "early.db"), wb.Store(store_url)
    early.register(row_hashes([b"a"]), ["p1"])
    late.register(row_hashes([b"a"]), ["p2"])
    assert late.written_after("r", row_hashes([b"a"]), ["p2"]) == frozenset()
    late.read_calls(early.write_calls(tmp_path / "calls.jsonl"))
    assert late.written_after("r", row_hashes([b"a"]), ["p1", "p2"]) == {"p2"}
    late.close()


def test_looks_are_in_the_order_in_which_they_were_taken_wherever(tmp_path):
    here, there = wb.Store(tmp_path / "here.db"), wb.Store(tmp_path / "there.db")
    here.add_look(look([b"a"], at=5.0))
    there.add_look(look([b"a"], at=2.0, scored=30))
    here.read_calls(there.write_calls(tmp_path / "calls.jsonl"))
    assert [entry.record["scored"] for entry in here.looks_at("good", "a")] == [30, 60]


@pytest.mark.parametrize(
    "line",
    [
        {"sighting": "00", "at": 1},
        {"sighting": "00" * 8, "at": "soon"},
        {"registration": 5, "at": 1},
        {"look": {"critic": "good"}, "at": 1},
        {"wish": "p", "at": 1},
        {"look": {"critic": "c", "baseline": "b", "rows": "", "record": {"plan": ["x"]}}, "at": 1},
        {"look": WRONG, "at": 1},
    ],
)  # fmt: skip
def test_a_ledger_that_was_damaged_is_refused_whole(tmp_path, line):
    store = wb.Store(tmp_path / "store.db")
    good = {"registration": "p", "at": 1}
    path = tmp_path / "calls.jsonl"
    path.write_text(json.dumps(good) + "\n" + json.dumps(line) + "\n")
    with pytest.raises(StoreError, match="line 2: not a recorded call"):
        store.read_calls(path)
    assert store.write_calls(tmp_path / "out.jsonl").read_text() == ""


def test_rows_are_of_one_lineage_through_others_that_they_share():
    rows = [row_hashes(each) for each in ([b"b", b"c"], [b"x"], [b"c", b"d"], [b"d"])]
    assert lineage(row_hashes([b"a", b"b"]), rows) == [0, 2, 3]
    assert lineage(row_hashes([b"x"]), rows) == [1]


def test_a_row_of_lists_in_lists_is_known_as_it_stands():
    deep = " said "
    for _ in range(600):
        deep = [deep]
    assert row_content("e1", {"x": deep}) != row_content("e1", {"x": [deep]})
    assert row_content("e1", {"x": [" said "]}) == row_content("e2", {"x": ["said"]})
