"""The database below the store: what cannot be opened, read or written is one line."""

import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from test_store import answer, keep, request

from workbench.errors import StoreError
from workbench.models.completion import Completion
from workbench.store import Store


def filled(path: Path) -> Store:
    store = Store(path)
    for number in range(200):
        keep(store, request(f"{number} " + "x" * 500), Completion("y" * 500))
    store.close()
    return store


def test_a_truncated_file_is_an_error_and_stays_as_it_is(tmp_path):
    path = tmp_path / "store.db"
    filled(path)
    cut = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(cut)
    with pytest.raises(StoreError, match=r"store\.db: .*(damaged|malformed)"):
        store = Store(path)
        store.answers([request(f"{number} " + "x" * 500).key() for number in range(200)])
    assert path.read_bytes() == cut


def test_a_file_that_is_no_database_is_an_error_and_stays_as_it_is(tmp_path):
    path = tmp_path / "store.db"
    path.write_text("my thesis " * 1000)
    with pytest.raises(StoreError, match=r"store\.db: file is not a database; .*move it away"):
        Store(path)
    assert path.read_text() == "my thesis " * 1000


def test_a_full_disk_is_an_error_and_what_was_committed_is_kept(tmp_path):
    store = filled(tmp_path / "store.db")
    with (
        store._database.engine.connect() as connection
    ):  # a limit on the file's size stands in for the disk's
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    store._database.engine.dispose()
    from sqlalchemy import event

    @event.listens_for(store._database.engine, "connect")
    def fill(connection, _):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StoreError, match=r"store\.db: database or disk is full; free some space"):
        for number in range(1000):
            keep(store, request(f"more {number}"), Completion("z" * 5000))
    assert answer(store, request("0 " + "x" * 500).key()).text == "y" * 500


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"store\.db: .*a file stands where its folder should be"):
        Store(tmp_path / "file" / "store.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write in read-only folders")
def test_a_read_only_folder_is_an_error(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreError, match="make its folder writable"):
        Store(folder / "store.db")


def test_many_may_open_a_new_store_at_once(tmp_path):
    def opened(place: Path, start: threading.Barrier) -> str | None:
        start.wait()
        try:
            Store(place).close()
        except StoreError as error:
            return str(error)

    for n in range(40):
        start = threading.Barrier(6)
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(opened, [tmp_path / f"{n}.db"] * 6, [start] * 6)) == [None] * 6


def test_a_database_server_that_is_down_is_an_error_without_the_password():
    with pytest.raises(StoreError, match="is the database server running") as failed:
        Store("postgresql://user:hush@127.0.0.1:9/db?connect_timeout=2")
    assert "hush" not in str(failed.value)


@pytest.mark.parametrize("where", ["mysql://host/db", "http://host/x", "postgres//host"])
def test_other_kinds_of_store_are_refused(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "://" in where:
        with pytest.raises(StoreError, match="a store is"):
            Store(where)
    else:
        assert Store(where).location == str(tmp_path / where)


def test_the_default_store_lies_in_the_projects_root(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert Store().location == str(tmp_path / ".workbench" / "store.db")
    assert (tmp_path / ".workbench" / ".gitignore").read_text() == "*\n"  # texts stay out of git


def test_a_writer_waits_for_another_process_and_readers_do_not(tmp_path):
    store = Store(tmp_path / "store.db")
    key = keep(store, request("hi"), Completion("there"))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store._database.write() as connection:
            connection.execute(text("UPDATE meta SET value = value"))
            held.set()
            done.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    began = time.monotonic()
    assert answer(store, key).text == "there"
    assert time.monotonic() - began < 1
    writer = threading.Thread(target=keep, args=[store, request("later"), Completion("kept")])
    writer.start()
    time.sleep(0.2)
    done.set()
    holder.join(5)
    writer.join(5)
    assert answer(store, request("later").key()).text == "kept"
