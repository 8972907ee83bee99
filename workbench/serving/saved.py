"""Load tests read from files: our own, and those of other tools."""

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.files import resolve
from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution
from workbench.serving.guidellm_reports import of_guidellm
from workbench.serving.level import Block, Level
from workbench.serving.tested import KIND, TIMES, VERSION, LoadTest
from workbench.serving.vllm_results import is_of_vllm, of_vllm
from workbench.stats.streamed_times import Times


def read_load(path: str | Path) -> LoadTest:
    """A load test that its `save` wrote, or a result of `vllm bench serve` or GuideLLM; of a folder
    all results of `vllm bench serve` in it, as one test.

    Theirs keep their own definitions, which `definitions` names where they differ. WorkbenchError
    for a file that is none of these.
    """
    file = resolve(path)
    if not file.exists():
        raise WorkbenchError(f"{path} is not there: check the path")
    found = [each for one in _files(file) for each in _documents(one)]
    if len(found) == 1 and found[0].get("kind") == KIND:
        return _read_ours(found[0], str(path))
    if all(map(is_of_vllm, found)):
        return of_vllm(found, str(path))
    if len(found) == 1 and isinstance(found[0].get("benchmarks"), list):
        return of_guidellm(found[0], str(path))
    raise WorkbenchError(
        f"{path} is no load test: write one with `save`, or with `vllm bench serve --save-result "
        "--save-detailed`, or give a JSON report of GuideLLM; results of others (k6, Locust, wrk, "
        "GenAI-Perf) are not read"
    )


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json")) if path.is_dir() else [path]


def _documents(file: Path) -> list[dict[str, Any]]:
    """What a file holds: one object, or one a line."""
    text = file.read_text("utf-8", errors="replace")
    try:
        found = [json.loads(text)]
    except ValueError:
        found = [_line(line, file.name) for line in text.splitlines() if line.strip()]
    except RecursionError:
        found = []
    if not found or not all(isinstance(each, dict) for each in found):
        raise WorkbenchError(f"{file.name} holds no JSON object: it is no result of a load test")
    return found


def _line(line: str, name: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise WorkbenchError(f"{name} is not JSON: it is no result of a load test") from None


def _read_ours(document: dict[str, Any], where: str) -> LoadTest:
    if document.get("version") != VERSION:
        raise WorkbenchError(f"{where} is of a newer version: update the workbench to read it")
    try:
        known = {each.name for each in fields(LoadTest)}
        given = {name: value for name, value in document.items() if name in known}
        given["bounds"] = _bounds(given["bounds"])
        given["levels"] = tuple(_level(each) for each in given["levels"])
        given["told"] = tuple(Caution(**_numbers(each, Caution)) for each in given["told"])
        return LoadTest(**_numbers(given, LoadTest))
    except (KeyError, TypeError, ValueError) as error:
        raise WorkbenchError(f"{where} is no load test that was saved here: {error}") from error


def _bounds(given: dict[str, Any]) -> Bounds:
    seconds = {name: math.inf if given[name] is None else given[name] for name in _SECONDS}
    return Bounds(**seconds, share=given["share"], also=tuple(map(tuple, given["also"])))


_SECONDS = ("first_token", "latency")


def _level(given: dict[str, Any]) -> Level:
    times = {name: Times(**_numbers(given[name], Times)) for name in TIMES}
    blocks = tuple(_block(each) for each in given["blocks"])
    return Level(**{**_numbers(given, Level), **times, "blocks": blocks})


def _block(given: dict[str, Any]) -> Block:
    return Block(**{**_numbers(given, Block), "kept": tuple(given.get("kept", ()))})


def _numbers(given: dict[str, Any], kind: type) -> dict[str, Any]:
    """The fields of a class; a number that was not known is NaN again."""
    floats = {each.name for each in fields(kind) if each.type in (float, "float")}
    return {
        name: math.nan if value is None and name in floats else value
        for name, value in given.items()
    }
