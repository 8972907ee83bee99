"""The ledger as lines of a recording: who replays a run knows what was seen and looked at."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from workbench.store import evidence_table, ledger
from workbench.store.inserting import insert_earliest
from workbench.store.ledger import HASH_BYTES, Entry
from workbench.store.schema import looked, registration, sighting
from workbench.store.text import pack


def lines(connection: Connection, rows: bytes | None) -> Iterator[bytes]:
    """A line for each prompt that was registered, and for each time that these rows (all, if None),
    or rows that were seen or looked at with them, were seen or looked at.
    """
    prompts = select(registration).order_by(registration.c.at, registration.c.prompt)
    for row in connection.execute(prompts):
        yield _line("registration", row.prompt, row.at)
    seen = connection.execute(select(sighting).order_by(sighting.c.at, sighting.c.digest))
    looks = connection.execute(select(looked).order_by(looked.c.at, looked.c.number))
    both = [*seen, *map(ledger.entry, looks)]
    wanted = range(len(both)) if rows is None else ledger.lineage(rows, [e.rows for e in both])
    for place in wanted:
        yield _line_of(both[place])


def _line_of(kept: Any) -> bytes:
    """A look or a sighting as a line."""
    rows = kept.rows.hex()
    if not isinstance(kept, Entry):
        return _line("sighting", rows, kept.at)
    named = {"critic": kept.critic, "baseline": kept.baseline, "record": dict(kept.record)}
    return _line("look", named | {"rows": rows}, kept.at)


def _line(kind: str, value: Any, at: float) -> bytes:
    return pack({kind: value, "at": at}) + b"\n"


def read(line: Mapping[str, Any]) -> tuple[str, Any, float]:
    """Kind, value and time of a line; ValueError, TypeError or KeyError where it is none."""
    [kind], at = line.keys() - {"at"}, line["at"]
    if not isinstance(at, int | float) or not math.isfinite(at):
        raise ValueError(f"at {at!r}")
    value = line[kind]
    if kind == "registration":
        return kind, _text(value), at
    if kind == "sighting":
        return kind, _rows(value), at
    if kind == "evidence":
        return kind, evidence_table.measurement(value, at), at
    if kind != "look":
        raise ValueError(f"a line of {kind!r}")
    record = value["record"]
    _check(record)
    look = Entry(_text(value["critic"]), _text(value["baseline"]), _rows(value["rows"]), record, at)
    return kind, look, at


def add(connection: Connection, kind: str, value: Any, at: float) -> None:
    """Add what a line says; of two times of one thing the earlier stays."""
    if kind == "look":
        ledger.append(connection, value)
    elif kind == "evidence":
        evidence_table.append(connection, value)
    elif kind == "sighting":
        row = {"digest": ledger.digest_of(value), "rows": value, "at": at}
        insert_earliest(connection, sighting, row)
    else:
        insert_earliest(connection, registration, {"prompt": value, "at": at})


def _rows(value: Any) -> bytes:
    rows = bytes.fromhex(_text(value))
    if len(rows) % HASH_BYTES:
        raise ValueError("rows are no row hashes")
    return rows


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _check(record: Any) -> None:
    """Whether a look's record is a plan, or can be compared with others."""
    if "plan" in record:
        _whole(*record["plan"], record["available"])
        return
    if ledger.DELETED in record:
        _text(record[ledger.DELETED])
        return
    if "gated" in record:
        _check_gated(record)
        return
    _whole(*(record[name] for name in ("scored", "labels", "repeats")))
    for text in (record["decider"], record["rules"], *record["challengers"]):
        _text(text)
    for name, claim in record["claims"].items():
        for text in (name, claim["word"]):
            _text(text)
        _whole(claim["examples"])


def _check_gated(record: Any) -> None:
    """Whether a gate's record names baseline and head, and what a look of it cost."""
    for text in record["gated"]:
        _text(text)
    _whole(*record.get("look", ()))
    if not isinstance(record.get("spent"), int | float | None):
        raise TypeError(f"{record['spent']!r} is no amount of dollars")


def _whole(*values: Any) -> None:
    wrong = [value for value in values if type(value) is not int and value is not None]
    if wrong:
        raise TypeError(f"{wrong[0]!r} is no whole number")
