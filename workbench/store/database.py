"""Opens the database behind a store, safely, and says what is wrong with it in words a user can act
on.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from workbench.errors import StoreError
from workbench.files import make_folder, resolve
from workbench.store import schema
from workbench.store.inserting import replace
from workbench.store.sealing import Damaged

DEFAULT = ".workbench/store.db"
BUSY_SECONDS = 30.0  # a writer waits that long for another process's transaction


class Database:
    """An engine with the store's tables in it, and one way each to read and to write."""

    def __init__(self, where: str | Path | None = None) -> None:
        self.url = _url(where or os.environ.get("WORKBENCH_STORE"))
        self.location = (
            self.url.database or ""
            if self.sqlite
            else self.url.render_as_string(hide_password=True)
        )
        with self._explained():
            self.engine = _sqlite_engine(self.url) if self.sqlite else create_engine(self.url)
            self._set_up()

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with; what it reads is one state of the store."""
        with self._explained(), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that takes the write lock at its start and is committed at its end."""
        with self._explained(), self._file_lock(), self.engine.connect() as bare:
            connection = bare.execution_options(write=True)
            with connection.begin():
                yield connection

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file as far as nobody reads it, so that a copy of the
        file is whole.
        """
        if self.sqlite:
            with (
                self._explained(),
                self._file_lock(),
                contextlib.closing(self.engine.raw_connection()) as connection,
            ):
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def size(self) -> int:
        """Bytes that the store takes."""
        if self.sqlite:
            files = (Path(f"{self.location}{end}") for end in ("", "-wal"))
            return sum(file.stat().st_size for file in files if file.exists())
        with self.read() as connection:
            tables = inspect(connection).get_table_names()
            sizes = (func.pg_total_relation_size(f'"{table}"') for table in tables)
            return sum(connection.execute(select(size)).scalar_one() for size in sizes)

    def vacuum(self) -> None:
        """Give the room of what was deleted back: SQLite to the disk, PostgreSQL to new rows."""
        with self._explained(), self._file_lock(), self.engine.connect() as connection:
            if self.sqlite:
                driver = connection.connection.cursor()
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))

    def close(self) -> None:
        with (
            self._file_lock()
        ):  # the last connection to leave moves the write-ahead log into the file
            self.engine.dispose()

    def _set_up(self) -> None:
        with self.read() as connection:
            known, lacks_tables = _version(connection), _lacks_tables(connection)
        if known > schema.VERSION:
            raise StoreError(
                f"{self.location}: newer schema ({known}) than this workbench reads "
                f"({schema.VERSION}): update prompt-workbench, or name another store"
            )
        if known < schema.VERSION or lacks_tables:
            self._upgrade()

    def _upgrade(self) -> None:
        """Make the tables that are not there and say so, both or neither; rows stay as they are."""
        with self.write() as connection:
            if not self.sqlite:  # two processes that create a table at once would collide
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtext('workbench schema'))")
                )
            if _version(connection) <= schema.VERSION:  # no newer workbench was sooner
                schema.tables.create_all(connection)
                version = {"name": "schema_version", "value": str(schema.VERSION)}
                replace(connection, schema.meta, [version])

    @contextlib.contextmanager
    def _file_lock(self) -> Iterator[None]:
        """Writers one at a time, where the SQLite in use can lose commits of several (3.7.0 to
        3.51.2).
        """
        if not self.sqlite or _driver().sqlite_version_info >= _SAFE_SQLITE:
            yield
            return
        import fcntl

        with open(f"{self.location}.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn a database's error into one that names the store and the next step."""
        try:
            yield
        except Damaged as error:
            raise Damaged(f"store {self.location}: {error}") from error
        except (DBAPIError, OSError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            fault = str(cause).strip().splitlines()[0]
            step = next((step for part, step in _NEXT_STEPS.items() if part in fault), _OTHERWISE)
            raise StoreError(f"store {self.location}: {fault}; {step}") from error


_SAFE_SQLITE = (3, 51, 3)
_OTHERWISE = "nothing in it was deleted"
_NEXT_STEPS = {
    "disk is full": "free some space and run again: what was committed is kept",
    "readonly": "make the file and its folder writable, or name another store",
    "unable to open": "make its folder writable, or name another store",
    "Permission denied": "make its folder writable, or name another store",
    "File exists": "a file stands where its folder should be: name another store",
    "Not a directory": "a file stands where its folder should be: name another store",
    "Read-only": "make its folder writable, or name another store",
    "malformed": "the file is damaged: put a copy of it back, or move it away to begin anew; "
    "nothing was deleted",
    "not a database": "the file is damaged or something else: move it away to begin anew; "
    "nothing was deleted",
    "locked": "another process has held it for half a minute: end that one, then run again",
    "disk I/O error": "check the disk, then run again: what was committed is kept",
    "onnect": "is the database server running, and are user, password and name right?",
}


def _url(where: str | Path | None) -> URL:
    """A database URL; a path means a SQLite file, and a bare postgresql:// the psycopg driver."""
    if where == ":memory:":
        raise StoreError("a store in memory would lose what was paid for: name a file")
    if isinstance(where, str) and "://" in where:
        try:
            url = make_url(where)
        except ArgumentError:
            raise StoreError(
                "a store is a path, or a URL like postgresql://user@host/name"
            ) from None
        if url.drivername.startswith("postgres"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(f"a store is SQLite or PostgreSQL, not {url.get_backend_name()}")
        if url.drivername.startswith("postgresql") or not url.database:
            return url if url.password else url._replace(password=None)
        where = url.database
    return URL.create("sqlite", database=str(resolve(where or DEFAULT)))


def _driver() -> ModuleType:
    """pysqlite3, which carries a newer SQLite than most systems, else the standard library's."""
    try:
        import pysqlite3 as driver
    except ImportError:
        import sqlite3 as driver
    return driver


def _sqlite_engine(url: URL) -> Engine:
    make_folder(Path(url.database or "").parent)
    engine = create_engine(
        url, module=_driver(), connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        _refuse_others(connection, url.database)
        _write_ahead(connection)
        connection.execute(
            "PRAGMA synchronous = NORMAL"
        )  # kill -9 loses nothing; a power cut at most the last commits
        connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages; fewer, longer checkpoints

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN"
        )

    return engine


def _refuse_others(connection: Any, location: str | None) -> None:
    """StoreError for a database of another application, which is left as it is, and for one with
    triggers or views, which no workbench makes: they change what is read and written.
    """
    found = connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\'"
    ).fetchall()
    if found and ("table", "meta") not in found:
        raise StoreError(f"{location} is a database of something else: name another file")
    if odd := sorted(f"{kind} {name}" for kind, name in found if kind != "table"):
        raise StoreError(
            f"{location} holds what no workbench makes ({odd[0]}): use a store that you know, or "
            "its calls as store.write_calls writes them"
        )


def _write_ahead(connection: Any) -> None:
    """Switch the file to a write-ahead log; SQLite refuses, without waiting, a second process that
    does so at once.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except _driver().OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _lacks_tables(connection: Connection) -> bool:
    """Whether tables are not there, whatever the version says."""
    return not set(schema.tables.tables) <= set(inspect(connection).get_table_names())


def _version(connection: Connection) -> int:
    """The schema's version, 0 where there are no tables yet."""
    if not inspect(connection).has_table("meta"):
        return 0
    value = connection.execute(
        select(schema.meta.c.value).where(schema.meta.c.name == "schema_version")
    ).scalar()
    if value is not None and not str(value).isdecimal():
        raise StoreError(
            f"the store's schema version reads {value!r}: it is damaged or something else; "
            "move it away"
        )
    return int(value or 0)
