"""Logs of Inspect (.eval and .json): their samples as rows.

Source: inspect_ai 0.3.285, log/_recorders/eval.py and chunked/format.py. Members are packed with
Zstandard since 2026; the header is written last, and is missing after a crash.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.exchange.gathered import LARGEST, Gathered, end_of, measures
from workbench.exchange.inspect_messages import inputs_of, reply
from workbench.exchange.not_held import Damaged, Key, add_damaged, add_lacking
from workbench.exchange.within_bounds import Archive, BrokenMember
from workbench.json_values import listed, mapping
from workbench.runs.record import Unread

TOOL = "Inspect"
HEADER, START = "header.json", "_journal/start.json"
VALUES = {
    "C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0,
}  # fmt: skip
_WHOLE = re.compile(r"samples/.+_epoch_[0-9]{1,9}\.json", re.DOTALL)
_SHELL = re.compile(r"samples/(.+_epoch_[0-9]{1,9})/sample\.json", re.DOTALL)
_NAMED = re.compile(r"samples/(.+)_epoch_([0-9]{1,9})", re.DOTALL)
VERSIONS = (1, 2, 3)
MOST_LISTED = 500_000  # answers that a header may list
LONGEST_TAG = 80


def read_archive(path: Path) -> Gathered:
    """The samples of an .eval file: those whose members are damaged, and those that it lists and
    does not hold, as rows without an answer.
    """
    found = Gathered(TOOL)
    with Archive(path) as archive:
        names = set(archive.names)
        header = _header(archive, names, found)
        damaged = [
            Damaged(place, _key(place), fault)
            for place in archive.names
            if (fault := _member(archive, names, place, header, found))
        ]
    _complete(header, damaged, found)
    return found


def _member(
    archive: Archive, names: set[str], place: str, header: Mapping[str, Any], found: Gathered
) -> str:
    """Read a member that holds a sample; why it cannot be read, empty where it is."""
    shell = _SHELL.fullmatch(place)
    if not (shell or _WHOLE.fullmatch(place)):
        return ""
    try:
        sample = archive.json(place)
        if shell:
            sample = {**_beside(archive, names, shell[1], found), **mapping(sample)}
        _sample(header, sample, place, found)
    except BrokenMember as fault:
        return fault.what
    except RecursionError:
        return "nested deeper than what is read"
    return ""


def _key(place: str) -> Key:
    """The sample and epoch of a member's name."""
    id, epoch = _NAMED.findall(place)[0]
    return id, max(int(epoch) - 1, 0)


def _beside(archive: Archive, names: set[str], stem: str, found: Gathered) -> dict[str, Any]:
    """The metadata of a sample in chunks."""
    place = f"samples/{stem}/metadata.json"
    try:
        return {"metadata": archive.json(place)} if place in names else {}
    except BrokenMember as fault:
        found.miss(place, f"{fault.what}: its tags are left out")
        return {}


def read_whole(log: Mapping[str, Any]) -> Gathered:
    """The samples of a log that is one JSON file."""
    found = Gathered(TOOL)
    _check(log, "status", found)
    for number, sample in enumerate(listed(log.get("samples"))):
        _sample(log, sample, f"samples[{number}]", found)
    _complete(log, (), found)
    return found


def _header(archive: Archive, names: set[str], found: Gathered) -> Mapping[str, Any]:
    """What the log says of itself, in its header or, where that cannot be read, as it began."""
    if HEADER not in names:
        found.miss(HEADER, "it is missing: the evaluation was cut off, and rows may be missing")
    for place in (HEADER, START):
        if place in names:
            try:
                header = mapping(archive.json(place))
            except BrokenMember as fault:
                found.miss(place, fault.what)
            else:
                _check(header, place, found)
                return header
    return {}


def _complete(header: Mapping[str, Any], damaged: Sequence[Damaged], found: Gathered) -> None:
    """Rows for the answers that are damaged and for those that are listed and not there."""
    if found.rows:
        add_damaged(_variant(header), damaged, found)
        add_lacking(_variant(header), list(_listed_keys(header)), found)
        return
    none = Unread("samples", "it holds none: let Inspect log samples (log_samples)")
    found.unread[:0] = [Unread(each.place, each.fault) for each in damaged] or [none]


def _listed_keys(header: Mapping[str, Any]) -> Iterator[Key]:
    """Every sample and epoch that the evaluation was to answer, as far as its header says."""
    about = mapping(header.get("eval"))
    ids = listed(mapping(about.get("dataset")).get("sample_ids"))
    epochs = int(_number(mapping(about.get("config")).get("epochs"), 1)) or 1
    if len(ids) * epochs <= MOST_LISTED:
        for id in dict.fromkeys(str(each) for each in ids if isinstance(each, str | int)):
            yield from ((id, repeat) for repeat in range(epochs))


def _variant(header: Mapping[str, Any]) -> dict[str, str]:
    about = mapping(header.get("eval"))
    return {
        "prompt": str(about.get("task") or "task"),
        "model": str(about.get("model") or "unknown"),
    }


def _check(header: Mapping[str, Any], place: str, found: Gathered) -> None:
    if not any(header.get("version") == version for version in VERSIONS):
        found.miss(place, f"version {header.get('version')!r} is not known: read like version 3")
    if str(header.get("status")) in ("error", "cancelled", "started"):
        found.miss(place, f"the evaluation ended as {header['status']}: rows may be missing")
    if header.get("invalidated"):
        found.miss(place, "samples were invalidated")


def _sample(header: Mapping[str, Any], sample: Any, place: str, found: Gathered) -> None:
    """A sample as a row."""
    if not isinstance(sample, dict) or "id" not in sample:
        found.miss(place, "it is no sample: it has no id")
        return
    row = {
        **_variant(header),
        "example": str(sample["id"]),
        "repeat": max(int(_number(sample.get("epoch"), 1)) - 1, 0),
        **_answer(sample, place, found),
        **_size(sample),
        **_tags(sample.get("metadata")),
    }
    found.example(row["example"], inputs_of(sample), sample.get("target") or None)
    if sample.get("invalidation"):
        found.miss(place, "it was invalidated: its scores are left out")
    else:
        _scores(row, sample, _first_scorer(header), place, found)
    found.rows.append(row)


def _number(value: Any, missing: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and abs(value) < LARGEST else missing


def _answer(sample: Mapping[str, Any], place: str, found: Gathered) -> dict[str, Any]:
    """Output, status and error."""
    error = sample.get("error")
    if error:
        said = error.get("message") if isinstance(error, dict) else error
        return {"status": "error", "error": str(said)[:500]}
    if sample.get("limit"):
        found.miss(place, "it met a limit of the evaluation, and its answer may be cut")
    output = mapping(sample.get("output"))
    choice = mapping(next(iter(listed(output.get("choices"))), None))
    text, thought = reply(output, mapping(choice.get("message")), sample)
    status = end_of(choice.get("stop_reason"))
    status = "malformed" if status == "ok" and not text else status
    return {"status": status, "output": text, **({"thinking": thought} if thought else {})}


def _size(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Tokens of all models together, and seconds without what was waited; of older logs those of
    the answer alone.
    """
    output = mapping(sample.get("output"))
    every = list(map(mapping, mapping(sample.get("model_usage")).values()))
    every = every or list(filter(None, [mapping(output.get("usage"))]))
    seconds = math.nan
    for known in (output.get("time"), sample.get("total_time"), sample.get("working_time")):
        seconds = _number(known, seconds)
    made: dict[str, Any] = {"seconds": seconds}
    for name, key in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")):
        made[name] = sum(_number(each.get(key), math.nan) for each in every) if every else None
    return measures(made)


def _tags(metadata: Any) -> dict[str, str]:
    """Short values of a sample's metadata."""
    return {
        f"tag.{name}": str(value)
        for name, value in mapping(metadata).items()
        if isinstance(value, str | int | float | bool) and len(str(value)) <= LONGEST_TAG
    }


def _first_scorer(header: Mapping[str, Any]) -> str:
    """The name of the one scorer of a log of the first version."""
    return str(mapping(mapping(header.get("results")).get("scorer")).get("name") or "score")


def _scores(
    row: dict[str, Any], sample: Mapping[str, Any], scorer: str, place: str, found: Gathered
) -> None:
    first = {scorer: sample["score"]} if sample.get("score") else {}  # of the first version
    for name, score in (mapping(sample.get("scores")) or first).items():
        if not isinstance(score, dict):
            found.miss(f"{place}, scores.{name}", "it is no score")
            continue
        if score.get("history"):
            found.miss(f"{place}, scores.{name}", "it was edited: the last value is read")
        for critic, value in _values(str(name), score.get("value")):
            reason = score.get("explanation") or score.get("reason")
            found.judge(row, critic, _as_number(value), reason, f"{place}, scores.{name}")


def _values(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A score's value, or each of its values by name."""
    if isinstance(value, dict):
        yield from ((f"{name}_{key}", each) for key, each in value.items())
    elif isinstance(value, list):
        yield from ((f"{name}_{number}", each) for number, each in enumerate(value, 1))
    else:
        yield name, value


def _as_number(value: Any) -> Any:
    """Correct, incorrect, partial and no answer, yes and no, and numbers in text, as numbers."""
    if not isinstance(value, str):
        return value
    if value in VALUES or value.lower() in VALUES:
        return VALUES.get(value, VALUES.get(value.lower()))
    try:
        return float(value)
    except ValueError:
        return value
