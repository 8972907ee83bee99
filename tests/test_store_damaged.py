"""What was changed in a store behind our back is said with its run and row, and never used; what
stands beside it stays usable.
"""

import contextlib
import json

import pytest
from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.errors import StoreError
from workbench.store.ledger import Entry, row_hashes

FIRST = "SELECT id FROM run ORDER BY started LIMIT 1"
RUN = f"WHERE id = ({FIRST})"
ROW = f"WHERE run = ({FIRST}) AND row = 1"


def change(path, statement: str, **values):
    """Change the database behind the store's back, with its own SQLite; the first row found."""
    store = wb.Store(path)
    with contextlib.closing(store._database.engine.raw_connection()) as connection:
        found = connection.cursor().execute(statement, values).fetchone()
    store.close()
    return found


def stored(path, query: str):
    return change(path, query)[0]


def edited(document: bytes, *names, value) -> bytes:
    """A document as an editor writes it that changed one value."""
    whole = place = json.loads(document)
    for name in names[:-1]:
        place = place[name]
    place[names[-1]] = value
    return json.dumps(whole).encode()


@pytest.fixture
async def two(tmp_path, monkeypatch):
    """A store of two runs on three examples, made anew by calling what comes with it."""
    monkeypatch.chdir(tmp_path)
    examples = wb.Dataset(
        [wb.Example(f"e{n}", {"message": f"note {n}"}, {"answer": f"note {n}"}) for n in range(3)],
        "notes",
    )
    prompts = [wb.load_prompt(prompt_file(tmp_path, name, name)) for name in ("v1", "v2")]
    path = tmp_path / "s.db"

    with testing.serve(lambda ask: ask.text.splitlines()[-1]) as server:

        async def again():
            asked = examples, server.model("m"), [wb.Exact("answer")]
            return [await wb.run(each, *asked, store=path) for each in (prompts, prompts[:1])]

        yield path, await again(), again


def spoil(path, what: str, value) -> None:
    document = stored(path, f"SELECT {what} FROM run {RUN}")
    change(path, f"UPDATE run SET {what} = :value {RUN}", value=value(document))


SPOILT = {
    "cut": lambda document: document[: len(document) // 2],
    "no JSON": lambda document: b"\xff\xfe",
    "empty": lambda document: b"",
    "another kind": lambda document: b"[1]",
    "text": lambda document: document.decode() + " ",
    "deep": lambda document: b"[" * 200_000,
    "edited": lambda document: edited(document, "calls", value=1),
    "a newer one's": lambda document: edited(document, "newer", value={"a": 1}),
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("what", ["meta", "counts"])
async def test_a_damaged_run_is_named_and_the_others_stay_usable(two, what, how, caplog):
    path, (first, second), _ = two
    spoil(path, what, SPOILT[how])
    said = rf"s\.db: run {first.id} is damaged and not used \(.*\): run it again"
    with pytest.raises(StoreError, match=said):
        wb.load_run(first.id, path)
    assert list(wb.history(store=path).run) == [second.id]
    assert f"run {first.id} is damaged" in caplog.text
    assert wb.load_run(second.id, path).columns["exact"] == [1.0, 1.0, 1.0]
    with pytest.raises(StoreError, match=said):  # nobody knows what it stands on
        wb.Store(path).discarding.foresee([second.id])


async def test_a_damaged_run_is_written_anew_when_it_is_run_again(two):
    path, (first, _), again = two
    spoil(path, "meta", SPOILT["cut"])
    change(path, "UPDATE document SET body = :value", value=b"[]")
    with pytest.raises(StoreError, match="damaged"):
        wb.load_run(first.id, path)
    await again()
    assert wb.load_run(first.id, path).columns["exact"] == [1.0] * 6
    assert len(wb.history(store=path)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE cell SET detail = CAST(replace(CAST(detail AS TEXT), '1.0', '0.0') AS BLOB) {ROW}",
        f"UPDATE cell SET status = 'error' {ROW}",
        f"UPDATE cell SET cost = 9.5 {ROW}",
        f"UPDATE cell SET detail = CAST('{{}}, \"verdicts' AS BLOB) {ROW}",
    ],
)
async def test_a_row_that_was_changed_is_unsent_and_said_until_it_is_run_again(
    two, statement, caplog
):
    path, (first, _), again = two
    change(path, statement)
    past = wb.load_run(first.id, path)
    assert past.columns["status"] == ["ok", "unsent", "ok", "ok", "ok", "ok"]
    assert f"row 1 of run {first.id} is damaged and not used" in caplog.text
    with pytest.raises(StoreError, match=rf"row 1 of run {first.id} is damaged"):
        wb.Store(path).write_calls("calls.jsonl", first.id)
    await again()
    assert wb.load_run(first.id, path).columns["exact"] == [1.0] * 6


async def test_an_example_that_was_changed_is_no_example(two):
    path, (first, _), _ = two
    body = stored(path, "SELECT body FROM document").replace(b"note 1", b"note 7")
    change(path, "UPDATE document SET body = :body", body=body)
    with pytest.raises(StoreError, match="has lost 1 documents of a run's examples"):
        wb.load_run(first.id, path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE looked SET record = CAST('{}' AS BLOB)", "look 1 of its ledger"),
        ("UPDATE looked SET baseline = 'v2'", "look 1 of its ledger"),
        ("UPDATE looked SET rows = 'x'", "what its ledger holds of rows"),
        ("UPDATE sighting SET rows = zeroblob(24)", "what its ledger holds of rows"),
    ],
)
def test_a_look_that_was_changed_is_no_look_fewer(tmp_path, statement, said):
    path, rows = tmp_path / "s.db", row_hashes([b"a", b"b"])
    store = wb.Store(path)
    store.register(rows, ["v1"])
    store.add_look(Entry("exact", "v1", rows, {"plan": [10], "available": 20}, 1.0))
    assert len(store.looks_on(rows)) == len(store.looks_at("exact", "v1")) == 1
    change(path, statement)
    said = rf"s\.db: {said} is damaged .*: put a copy of the store back"
    with pytest.raises(StoreError, match=said):
        store.looks_on(rows)
        store.written_after("r", rows, ["v1"])


async def test_what_was_said_and_changed_since_is_not_told(two, caplog):
    path, (first, _), _ = two
    wb.compare(first, "exact", baseline="v1")
    change(path, 'UPDATE said SET record = CAST(\'{"decision": "better"}\' AS BLOB)')
    assert list(wb.history(store=path).decision) == ["", ""]
    assert f"what was said of run {first.id} is damaged" in caplog.text


async def test_a_run_without_a_seal_as_old_ones_are_is_read_or_named(two):
    path, (first, _), _ = two
    plain = json.loads(stored(path, f"SELECT meta FROM run {RUN}"))
    del plain["seal"]
    change(path, f"UPDATE run SET meta = :value {RUN}", value=json.dumps(plain).encode())
    assert wb.load_run(first.id, path).columns["exact"] == [1.0] * 6
    plain["prompts"] = None
    change(path, f"UPDATE run SET meta = :value {RUN}", value=json.dumps(plain).encode())
    with pytest.raises(StoreError, match=rf"run {first.id} is damaged and not used \(AttributeE"):
        wb.load_run(first.id, path)
