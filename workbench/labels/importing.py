"""What an import of labels did: which were new, and what a reader must know of the others."""

import logging
import math
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from workbench import words
from workbench.labels.records import FIELDS, Answer, Record, answer_of, newest
from workbench.printing import in_line
from workbench.runs import Run
from workbench.store import Store, output_hash

MOST_NAMED = 3  # examples
_log = logging.getLogger("workbench.labels")


def filled(given: Record, *, skipped: bool) -> dict[str, Any]:
    """A record with every field; its id stands for what it says, so that it is known again."""
    parts = ("critic", "example", "output_hash", "rater", "value", "at")
    identity = "\0".join(str(given.get(name, "")) for name in parts)
    readable = identity.encode("utf-8", "backslashreplace").decode()
    defaults = {
        "at": "",
        "purpose": "estimate",
        "blind": True,
        "shown_score": None,
        "selection": {},
        "context": {},
        "id": uuid.uuid5(uuid.NAMESPACE_OID, readable).hex,
    }
    said = defaults | {name: given[name] for name in FIELDS if name in given}
    return said | {"skipped": skipped, "value": math.nan if skipped else float(given["value"])}


def keep(name: str, records: Sequence[Record], store: Store, run: Run | None) -> int:
    """Keep the labels of a file that are new, and log what was read; how many were new."""
    critics = {record["critic"] for record in records}
    known = [record for critic in critics for record in store.labels(critic)]
    new = unknown(records, known)
    store.add_labels(new)
    tell(name, records, new, known, run)
    return len(new)


def unknown(records: Iterable[Record], known: Sequence[Record]) -> list[Record]:
    """Those that are not in the store: no id of theirs, and no label that says the same."""
    seen = {record["id"] for record in known} | {_said(record) for record in known}
    new: list[Record] = []
    for record in records:
        if record["id"] not in seen and _said(record) not in seen:
            new.append(record)
            seen |= {record["id"], _said(record)}
    return new


def _said(record: Record) -> tuple[object, ...]:
    """What a label says, whenever: of two with the same words and times one is a double."""
    value = None if record["skipped"] else record["value"]
    return (record["critic"], *answer_of(record), record["rater"], value, record["at"])


def tell(
    name: str, records: Sequence[Record], new: Sequence[Record], known: Sequence[Record],
    run: Run | None,
) -> None:  # fmt: skip
    """Log what was read, as a warning where not every label counts."""
    every = [*known, *new]
    faults = [
        _line(_corrected(new, every), "{} given anew by the same rater: the newest counts"),
        _line(_differing(new, every), "{} on which raters differ: their mean counts"),
        _line(_strays(new, run), "{} for no answer of this run"),
    ]
    doubles = len(records) - len(new)
    parts = [f"{name}: {words.count(len(records), 'label')}, {len(new):,} new"]
    parts += [f"{doubles:,} known already"] if doubles else []
    parts += [fault for fault in faults if fault]
    _log.log(logging.WARNING if any(faults) else logging.INFO, "%s", in_line("; ".join(parts)))


def _line(examples: Sequence[str], said: str) -> str:
    """How many labels, and the first examples they are on."""
    if not examples:
        return ""
    more = len(examples) - MOST_NAMED
    named = ", ".join(examples[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return f"{said.format(words.count(len(examples), 'label'))} ({named})"


def _corrected(new: Iterable[Record], every: Iterable[Record]) -> list[str]:
    """The examples of new labels beside which the same rater gave another one."""
    given: dict[tuple[str, Answer, str], set[object]] = {}
    for record in every:
        given.setdefault(_key(record), set()).add(_said(record)[4])
    changed = {_key(record): record for record in new if len(given[_key(record)]) > 1}
    return [record["example"] for record in changed.values()]


def _key(record: Record) -> tuple[str, Answer, str]:
    return record["critic"], answer_of(record), record["rater"]


def _differing(new: Iterable[Record], every: Sequence[Record]) -> list[str]:
    """The examples of new labels on which another rater's newest says otherwise."""
    values: dict[tuple[str, Answer], set[float]] = {}
    for critic in {record["critic"] for record in every}:
        of_critic = [record for record in every if record["critic"] == critic]
        for (answer, _), record in newest(of_critic).items():
            if not record["skipped"]:
                values.setdefault((critic, answer), set()).add(record["value"])
    here = {(record["critic"], answer_of(record)): record["example"] for record in new}
    return [example for key, example in here.items() if len(values.get(key, ())) > 1]


def _strays(new: Iterable[Record], run: Run | None) -> list[str]:
    """The examples of new labels whose answer the run does not hold."""
    if run is None:
        return []
    columns = zip(run.columns["example"], run.columns["output"], strict=True)
    answers = {(example, output_hash(output)) for example, output in columns}
    return [record["example"] for record in new if answer_of(record) not in answers]
