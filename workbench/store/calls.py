"""Calls as rows: how a completion is written, read back and checked."""

import hashlib
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, select

from workbench.models.call import Request
from workbench.models.completion import Completion, Token
from workbench.store.schema import call
from workbench.store.text import pack_finite, unpack

_log = logging.getLogger("workbench")
COMPLETED = ("ok", "malformed", "truncated", "filtered")  # the first of them decides
_FLOATS = ("queue_seconds", "seconds", "first_token_seconds", "token_seconds")
_FIELDS = (
    "text",
    "finish_reason",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "thinking",
    "thinking_tokens",
    "cached_tokens",
    "lost_prompt_tokens",
    "lost_completion_tokens",
    *_FLOATS,
    "model",
    "attempts",
    "session",
    "batched",
    "calls_tools",
    "bounded",
    "left_out",
)
_values = attrgetter(*_FIELDS)
_EMPTY = _values(Completion())


def call_row(
    key: bytes, request: Request, payload: bytes, completion: Completion
) -> dict[str, Any]:
    """The row of a call that was made."""
    reply = written(completion)
    return {
        "key": key,
        "digest": digest(key, completion.status, reply),
        "status": completion.status,
        "at": time.time(),
        "endpoint": request.model.endpoint,
        "repeat": request.repeat,
        "request": payload,
        "reply": reply,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A stored outcome: the digest names it among the outcomes of its key; `at` is when it came."""

    digest: bytes
    completion: Completion
    at: float


def digest(key: bytes, status: str, reply: bytes) -> bytes:
    """Sixteen bytes that a row changed by accident no longer matches."""
    return hashlib.blake2b(b"%b\0%b\0%b" % (key, status.encode(), reply), digest_size=16).digest()


def written(completion: Completion) -> bytes:
    """What is kept of a completion, as JSON: fields that say something."""
    fields: dict[str, Any] = {
        name: value
        for name, value, empty in zip(_FIELDS, _values(completion), _EMPTY, strict=True)
        if value is not empty and value == value and value != empty  # NaN is not itself
    }
    if completion.gap_seconds:
        fields["gap_seconds"] = completion.gap_seconds
    if completion.tokens:
        fields["tokens"] = [(token.text, token.logprob, token.top) for token in completion.tokens]
    return pack_finite(fields)


def read(key: bytes, stored: bytes, status: str, reply: bytes) -> Completion | None:
    """The completion that `written` was given; None, with a warning, where the row was changed
    since.
    """
    if digest(key, status, reply) == stored:
        return from_fields(status, unpack(reply))
    _log.warning(
        "store: the answer of call %s is damaged and not used; it will be made again", key.hex()
    )
    return None


def from_fields(status: str, fields: Mapping[str, Any]) -> Completion:
    """A completion from the fields of a stored reply."""
    tokens = fields.get("tokens", ())
    return Completion(
        **{name: fields[name] for name in _FIELDS if name in fields},
        status=status,
        cached=True,
        gap_seconds=tuple(fields.get("gap_seconds", ())),
        tokens=tuple([_token(*token) for token in tokens]),
    )


def _token(text: str, logprob: float | None, top: list[Any]) -> Token:
    """JSON has no infinity: a missing log probability is that of the impossible."""
    alternatives = [(other, -math.inf if p is None else p) for other, p in top]
    return Token(text, -math.inf if logprob is None else logprob, tuple(alternatives))


@dataclass(frozen=True, slots=True)
class Failures:
    """The calls that failed and count as answers all the same: those made since a time, or by a
    team, whose processes agree on all answers.
    """

    since: float = math.inf
    team: str = ""  # the names of its processes begin with it

    def count(self, at: float, reply: bytes) -> bool:
        if at >= self.since:
            return True
        return bool(self.team) and str(unpack(reply).get("session", "")).startswith(self.team)


NONE = Failures()

_BY_KEYS = (
    select(call.c.key, call.c.digest, call.c.status, call.c.reply, call.c.at)
    .where(call.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(call.c.id)
)


def find(
    connection: Connection,
    keys: Sequence[bytes],
    failures: Failures = NONE,
    *,
    bounded: bool = False,
) -> dict[bytes, Found]:
    """The stored answer of each key that has one: its first outcome that is complete, be it cut or
    filtered (asking again until it is whole would hide failures).

    Without one: a reply that a budget's bound has cut, for those who would send that bound too
    (`bounded`). Without that: the last failure. Both also where they count among `failures`.
    """
    found: dict[bytes, Found] = {}
    for key, stored, status, reply, at in connection.execute(_BY_KEYS, {"keys": keys}):
        known = _rank(found[key].completion) if key in found else _FAILED
        if known == _DECIDES:
            continue
        decides = status in COMPLETED and status != "truncated"
        counts = not decides and failures.count(at, reply)
        if not (counts or status in COMPLETED):
            continue
        if completion := read(key, stored, status, reply):
            rank = _rank(completion)
            taken = counts or rank == _DECIDES or (bounded and rank == _CUT_BY_BOUND)
            if taken and rank >= known:
                found[key] = Found(stored, completion, at)
    return found


_FAILED, _CUT_BY_BOUND, _DECIDES = range(3)


def _rank(completion: Completion) -> int:
    """How much an outcome weighs among those of its call."""
    if completion.status not in COMPLETED:
        return _FAILED
    is_cut = completion.status == "truncated" and completion.bounded
    return _CUT_BY_BOUND if is_cut else _DECIDES
