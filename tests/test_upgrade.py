"""A store that an older workbench left is opened, upgraded and used; one of a newer is refused.

tests/stores/ holds the store of the first version as SQL: a run of two prompts on three examples,
one call that failed, labels (one taken back, one skipped), spending and a look.
"""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, inspect

import workbench as wb
from workbench.errors import StoreError
from workbench.store import Store, schema

PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{0}: {{{{ text }}}}\n"
CRITIC = "---\nname: good\nmetadata: {scale: yes/no}\n---\nuser:\n{{ text }} {{ output }} good?\n"
HERE = Path(__file__).parent
RUN = "58230dffdb56"
FILES = {
    "models.yaml": """models:
  a: {id: a, base_url: "http://127.0.0.1:18555/v1", price: {input: 2, output: 8}}
  c: {id: c, base_url: "http://127.0.0.1:18555/v1", price: {input: 2, output: 8}}
""",
    "prompts/v1.prompty": PROMPT.format("v1"),
    "prompts/v2.prompty": PROMPT.format("v2"),
    "critics/good.prompty": CRITIC,
    "notes.jsonl": "".join(
        json.dumps({"id": f"e00{i}", "inputs": {"text": f"note {i} é"}, "expected": expected,
                    "tags": {"language": language}}) + "\n"
        for i, (expected, language) in enumerate([("no", "de"), ("yes", "en"), ("yes", "de")])
    ),
}  # fmt: skip
SHAPES = {3: "34a4e993dea40415"}  # the tables of each version, as a hash of what makes them
OPENED = "import sys, test_upgrade as t; t.opened(sys.argv[1])"
KILLED = "import sys, test_upgrade as t; t.killed_on_the_way(sys.argv[1])"


def opened(where: str) -> None:
    """What a process among many does."""
    print(len(list(Store(where).cells(RUN))))


def killed_on_the_way(where: str) -> None:
    """End this process, without a word to the database, once a table was made."""

    @event.listens_for(Engine, "after_cursor_execute")
    def kill(connection, cursor, statement, *rest):
        if "CREATE TABLE" in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    Store(where)


def started(script: str, where: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, where]
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)


def bare(where: str) -> Engine:
    """The database itself, without a store around it."""
    if "://" not in where:
        return create_engine(f"sqlite:///{where}")
    return create_engine(where.replace("postgresql:", "postgresql+psycopg:"))


@pytest.fixture
def old(store_url):
    """A store of the first version, of each kind."""
    kind = "postgresql" if "://" in store_url else "sqlite"
    Path(store_url).parent.mkdir(exist_ok=True) if kind == "sqlite" else None
    text = (HERE / "stores" / f"version_1.{kind}.sql").read_text()
    engine = bare(store_url)
    connection = engine.raw_connection()
    script = connection.cursor().executescript if kind == "sqlite" else connection.cursor().execute
    script(text)
    connection.commit()
    connection.close()
    engine.dispose()
    return store_url


def columns(where: str) -> dict[str, set[str]]:
    engine = bare(where)
    found = {name: {column["name"] for column in inspect(engine).get_columns(name)}
             for name in inspect(engine).get_table_names()}  # fmt: skip
    engine.dispose()
    return found


def version(where: str) -> str:
    engine = bare(where)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT value FROM meta").scalar_one()
    engine.dispose()
    return found


def test_what_an_older_store_held_is_there(old):
    store = Store(old)
    frame = wb.load_run("last", store).frame
    assert list(frame["prompt"]) == ["v1", "v1", "v1", "v2", "v2", "v2"]
    assert list(frame["output"]) == ["yes", "yes", "no", "no", "yes", ""]
    assert list(frame["status"]) == ["ok"] * 5 + ["error"]
    assert list(frame["error"])[5] == "HTTP 400: too long"
    assert list(frame["exact"])[:5] == [0, 1, 0, 1, 1]
    assert list(frame["good"])[:5] == [1, 0, 1, 0, 0]
    assert sum(frame["cost"]) == pytest.approx(5 * 2.8e-5)
    assert store.spent(RUN) == pytest.approx(0.000252)
    given = [(label["critic"], label["rater"], label["skipped"]) for label in store.labels("good")]
    assert given == [("good", "anna", False), ("good", "anna", True)]
    store.close()


def asked_again(store: Store, folder: Path, rows: int) -> wb.Run:
    """The run, of its first examples, from the store alone."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    critics = [wb.Rubric.load("critics/good.prompty", wb.model("c")), wb.Exact()]
    given = wb.load_prompts("prompts"), wb.load_examples("notes.jsonl", limit=rows)
    return asyncio.run(wb.run(*given, wb.model("a"), critics, store=store, offline=True))


def test_a_run_asked_again_of_an_older_store_costs_nothing(old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store(old)
    run = asked_again(store, tmp_path, rows=2)
    assert (run.counts["calls"], run.counts["cached"], run.counts["ok"]) == (0, 7, 4)
    assert list(run.frame["exact"]) == [0, 1, 1, 1]
    store.close()


def test_the_decision_on_an_older_run_is_that_on_the_run_made_now(old):
    store = Store(old)
    choice = wb.compare(wb.load_run(RUN, store), "exact", baseline="v1")
    assert choice.sentence.startswith("Keep v1 for now. v2: inconclusive. No score for 1 of 3.")
    store.close()


def test_an_upgraded_store_has_the_tables_of_a_new_one(old, tmp_path):
    Store(old).close()
    Store(tmp_path / "new.db").close()
    upgraded, new = columns(old), columns(str(tmp_path / "new.db"))
    assert upgraded.keys() - new.keys() == {"look"}  # nobody reads it; what is there stays there
    assert {name: upgraded[name] for name in new} == new
    assert version(old) == version(str(tmp_path / "new.db")) == "3"


def test_a_store_that_was_upgraded_is_refused_by_what_knows_the_older(old, monkeypatch):
    Store(old).close()
    monkeypatch.setattr(schema, "VERSION", 1)
    with pytest.raises(StoreError) as refused:
        Store(old)
    text = str(refused.value).rpartition(": newer schema")
    assert text[1:] == (
        ": newer schema",
        " (3) than this workbench reads (1): update prompt-workbench, or name another store",
    )


def test_processes_that_upgrade_at_once_all_find_the_rows(old):
    others = [started(OPENED, old) for _ in range(3)]
    assert [process.communicate()[0] for process in others] == ["6\n"] * 3
    assert version(old) == "3"


def test_an_upgrade_killed_on_its_way_did_nothing_and_is_made_when_next_opened(old):
    before = columns(old)
    with started(KILLED, old) as process:
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert (columns(old), version(old)) == (before, "1")
    opened(old)
    assert version(old) == "3"


@pytest.mark.parametrize(
    ("pragma", "said"),
    [("max_page_count = 1", "disk is full; free some space"), ("query_only = ON", "writable")],
)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_store_that_cannot_be_upgraded_is_told_and_stays(old, pragma, said):
    before = columns(old)

    def limit(connection, _):
        connection.execute(f"PRAGMA {pragma}")

    event.listen(Engine, "connect", limit)
    try:
        with pytest.raises(StoreError, match=said):
            Store(old)
    finally:
        event.remove(Engine, "connect", limit)
    assert (columns(old), version(old)) == (before, "1")
    opened(old)


def test_a_changed_table_has_a_version_of_its_own():
    """Raise schema.VERSION, and add its hash: older code then refuses what it would read wrong."""
    columns = [
        f"{table.name}.{column.name} {column.type!r} {column.nullable} {column.primary_key}"
        for table in schema.tables.sorted_tables
        for column in table.columns
    ]
    assert hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16] == SHAPES[schema.VERSION]
