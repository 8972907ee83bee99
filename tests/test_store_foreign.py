"""SQLite files that are no store of a workbench, or one that somebody put more into."""

import sqlite3

import pytest

from workbench.errors import StoreError
from workbench.store import Store


def execute(path, *statements):
    connection = sqlite3.connect(path)
    for each in statements:
        connection.execute(each)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "store.db"
    Store(path).close()
    return path


def test_a_database_of_another_application_is_refused_and_left_as_it_is(tmp_path):
    path = execute(tmp_path / "places.db", "CREATE TABLE places (id INT)", "CREATE TABLE a (b INT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"places\.db is a database of something else: name anoth"):
        Store(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["places.db"]


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        (["CREATE TRIGGER t AFTER INSERT ON call BEGIN DELETE FROM run; END"], "trigger t"),
        (["ALTER TABLE run RENAME TO other", "CREATE VIEW run AS SELECT * FROM other"], "view run"),
    ],
)
def test_a_store_with_triggers_or_views_is_refused(store, odd, named):
    execute(store, *odd)
    with pytest.raises(
        StoreError, match=rf"holds what no workbench makes \({named}\): use a store"
    ):
        Store(store)


def test_an_empty_file_and_a_store_that_was_analysed_are_stores(tmp_path, store):
    (tmp_path / "new.db").write_bytes(b"")
    execute(store, "ANALYZE")
    for name in ("new.db", "store.db"):
        opened = Store(tmp_path / name)
        assert list(opened.runs()) == []
        opened.close()
