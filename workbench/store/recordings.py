"""Calls, and the ledger of their rows, as JSON Lines, so that a run can be replayed, and a decision
made again, without a network or a database.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from workbench.errors import StoreError
from workbench.models.call import asked_body, body_bytes, call_key
from workbench.models.completion import STATUSES
from workbench.store import (
    calls,
    cell_table,
    document_table,
    evidence_table,
    ledger,
    ledger_lines,
    run_table,
)
from workbench.store.inserting import insert, parts
from workbench.store.schema import call
from workbench.store.sealing import damaged, reading
from workbench.store.text import pack, unpack

BATCH = 500


def lines(connection: Connection, runs: Sequence[str] | None) -> Iterator[bytes]:
    """A line for each call of runs (every call, if None): what was sent, and the reply; the ledger
    of their rows, and the newest of what later stages measured of prompts of their names.
    """
    yield from _calls(connection, runs)
    rows = None if runs is None else b"".join(rows_of(connection, run) for run in runs)
    yield from ledger_lines.lines(connection, rows)
    metas = None if runs is None else [run_table.meta_of(connection, run) for run in runs]
    prompts = None if metas is None else {name for meta in metas for name in meta["prompts"]}
    for each in evidence_table.newest_of(connection, prompts):
        yield pack({"evidence": each.plain, "at": each.at}) + b"\n"


def _calls(connection: Connection, runs: Sequence[str] | None) -> Iterator[bytes]:
    wanted = (
        None
        if runs is None
        else {each for run in runs for each in cell_table.calls_of(connection, run)}
    )
    for row in connection.execution_options(yield_per=BATCH).execute(
        select(call).order_by(call.c.id)
    ):
        chosen = wanted is None or (row.key, row.digest) in wanted
        if chosen and calls.read(row.key, row.digest, row.status, row.reply):
            with reading(f"call {row.key.hex()}", ledger.COPY):
                line = _line(row)
            yield line


def _line(row: Any) -> bytes:
    """A call as a line: request and reply as they are stored."""
    head = {"key": row.key.hex()}
    head |= {name: getattr(row, name) for name in ("endpoint", "repeat", "at", "status")}
    parts = orjson.dumps(head)[:-1], row.request, row.reply
    return b'%b,"request":%b,"reply":%b}\n' % parts


def rows_of(connection: Connection, run: str) -> bytes:
    """The rows of a run's dataset, as the ledger keeps them; Damaged where one is lost."""
    digests = [bytes.fromhex(digest) for digest in run_table.meta_of(connection, run)["examples"]]
    found = document_table.read(connection, digests)
    if lost := set(digests) - found.keys():
        raise damaged(f"run {run}", f"{len(lost)} documents of its examples are lost")
    examples = [example for body in found.values() for example in unpack(body)]
    return ledger.row_hashes(ledger.row_content(id, inputs) for id, inputs, *_ in examples)


def take(connection: Connection, path: Path) -> int:
    """Add what a file of lines holds and is not there yet; how many calls that were."""
    new, read = 0, _read(path)
    while batch := list(islice(read, BATCH)):
        new += _insert(connection, [each for each in batch if isinstance(each, dict)])
        for each in batch:
            if not isinstance(each, dict):
                ledger_lines.add(connection, *each)
    return new


def otherwise(connection: Connection, paths: Sequence[Path]) -> int:
    """How many calls of files of lines are answered here, and by no line of the first file that
    holds the call.
    """
    held: dict[bytes, set[bytes]] = {}
    for path in paths:
        answers: dict[bytes, set[bytes]] = {}
        for each in _read(path):
            if isinstance(each, dict):
                answers.setdefault(each["key"], set()).add(each["digest"])
        held = answers | held
    found = (calls.find(connection, part) for part in parts(list(held)))
    return sum(each.digest not in held[key] for some in found for key, each in some.items())


def add(connection: Connection, made: Sequence[Mapping[str, Any]]) -> int:
    """Add calls, as `call_row` writes them, that are not there yet; how many that were."""
    left = (dict(each) for each in made)
    return sum(_insert(connection, batch) for batch in iter(lambda: list(islice(left, BATCH)), []))


def _read(path: Path) -> Iterator[dict[str, Any] | tuple[str, Any, float]]:
    """Rows of calls and what the ledger holds, each line checked; StoreError names the line."""
    if not path.is_file():
        raise StoreError(
            f"{path.name} is not there: name a file that store.write_calls has written"
        )
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _row(line, f"{path.name}, line {number}")


def _row(line: bytes, where: str) -> dict[str, Any] | tuple[str, Any, float]:
    try:
        line.decode()  # JSON in UTF-16 is no line of text, which reviews and counts would pass over
        record = unpack(line)
        return _call(record, where) if "request" in record else ledger_lines.read(record)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        fault = f"{type(error).__name__}: {str(error)[:120]}"
        raise StoreError(
            f"{where}: not a recorded call ({fault}): export it again; nothing was taken"
        ) from None


def _call(record: Mapping[str, Any], where: str) -> dict[str, Any]:
    request = body_bytes(record["request"])
    left_out, bounded = (record["reply"].get(name) for name in ("left_out", "bounded"))
    asked = asked_body(record["request"], left_out or {}, bounded=bool(bounded))
    key = call_key(record["endpoint"], record["repeat"], body_bytes(asked))
    reply = calls.written(calls.from_fields(record["status"], record["reply"]))
    rest = {name: record[name] for name in ("endpoint", "repeat", "at", "status")}
    _check(record["status"], record["at"], record["reply"])
    if key.hex() != record["key"]:
        raise StoreError(
            f"{where}: the request was edited, so it is another call: record it again; "
            "nothing was taken"
        )
    digest = calls.digest(key, record["status"], reply)
    return {"key": key, "digest": digest, "request": request, "reply": reply, **rest}


_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("text", "thinking", "finish_reason", "error", "model", "session"), (str,)),
    **dict.fromkeys(("batched", "bounded", "calls_tools"), (bool,)),
    **dict.fromkeys(("tokens", "gap_seconds"), (list,)),
    "left_out": (dict,),
}
_NUMBER = (int, float)
MOST = 10**12  # tokens, seconds or requests of a call
LAST = 253_402_300_800.0  # the year 10,000, which no date can say


def _check(status: Any, at: Any, reply: dict[str, Any]) -> None:
    """Whether what no key stands for is of the right kind; ValueError where not."""
    wrong = [name for name, value in reply.items() if not _fits(value, _KINDS.get(name, _NUMBER))]
    wrong += [name for name in ("gap_seconds",) if not all(map(_fits, reply.get(name, ())))]
    wrong += ["tokens"] * any(map(_is_no_token, reply.get("tokens", ())))
    if status not in STATUSES or not (_fits(at) and 0 <= at < LAST) or wrong:
        raise ValueError(f"status {status!r}, at {at!r}, reply with wrong {wrong}")


def _fits(value: Any, kinds: tuple[type, ...] = _NUMBER) -> bool:
    """Whether a value is of a kind; a number also of a size that a call may have, or -1."""
    return type(value) in kinds and (kinds is not _NUMBER or -1 <= value <= MOST)


def _is_no_token(token: Any) -> bool:
    """Whether a token, or an alternative to it, is no text with its log probability."""
    text, logprob, top = token
    pairs = [(text, logprob), *top]
    return not all(isinstance(text, str) and _is_log(p) for text, p in pairs)


def _is_log(value: Any) -> bool:
    """Whether it is a log probability, null for that of the impossible (rounding may put 0 above
    itself).
    """
    return value is None or (type(value) in _NUMBER and value <= 1)


_DIGESTS = select(call.c.key, call.c.digest).where(
    call.c.key.in_(bindparam("keys", expanding=True))
)


def _insert(connection: Connection, batch: list[dict[str, Any]]) -> int:
    """Add the calls of a batch that are not there yet; how many that were."""
    known = {
        (row.key, row.digest)
        for row in connection.execute(_DIGESTS, {"keys": [row["key"] for row in batch]})
    }
    new = [row for row in batch if (row["key"], row["digest"]) not in known]
    if new:
        insert(connection, call, new)
    return len(new)
