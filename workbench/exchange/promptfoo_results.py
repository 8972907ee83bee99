"""Results of promptfoo (`promptfoo eval -o results.json`): its rows, its assertions as critics.

Source: promptfoo 0.123, src/types: OutputFile with an EvaluateSummary of version 3 (or 2). A row
whose `failureReason` is 2 is an error, never a fail.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import DatasetError
from workbench.exchange.gathered import LARGEST, Gathered, end_of, measures
from workbench.exchange.within_bounds import json_of, lines_of
from workbench.files import fingerprint
from workbench.json_values import listed, mapping
from workbench.models.tool_calls import as_text

VERSIONS = (1, 2, 3)
NOTHING, ASSERTION, ERROR = 0, 1, 2  # failureReason
PASS = "pass"  # a critic's name
LONGEST_NAME = 60


def is_row(value: Any) -> bool:
    """Whether a value is a row of results."""
    row = mapping(value)
    return "vars" in row and ("promptIdx" in row or {"prompt", "provider"} <= row.keys())


def read(document: Mapping[str, Any]) -> Gathered:
    """The rows of a file of results; old releases wrote them without what the file is of."""
    found = Gathered("promptfoo")
    held = document["results"]
    summary = document if isinstance(held, list) else held
    if summary.get("version") not in VERSIONS:
        found.miss("results.version", f"version {summary.get('version')!r} is not known")
    return _read(listed(summary.get("results")), found)


def read_lines(path: Path) -> Gathered:
    """The rows of a file of JSON Lines, a row each."""
    found = Gathered("promptfoo")
    rows: list[Any] = []
    for number, line in lines_of(path):
        try:
            rows.append(json_of(line, ""))
        except DatasetError as error:
            found.miss(f"line {number}", f"{str(error).lstrip(',: ')}: the row is lacking")
    return _read(rows, found)


def _read(given: list[Any], found: Gathered) -> Gathered:
    rows = [row for row in map(mapping, given) if row]
    names, ids = _prompts(rows), _examples(rows, found)
    taken: Counter[tuple[str, ...]] = Counter()
    for number, (row, id) in enumerate(zip(rows, ids, strict=True)):
        key = (names[_index(row)], _model(row), id)
        made = dict(zip(("prompt", "model", "example"), key, strict=True))
        found.rows.append(_row({**made, "repeat": taken[key]}, row, f"results[{number}]", found))
        taken[key] += 1
    return found


def _row(
    made: dict[str, Any], row: Mapping[str, Any], place: str, found: Gathered
) -> dict[str, Any]:
    """A row with its answer and its scores."""
    made |= _answer(row, place, found)
    _judge(made, row, place, found)
    return made


def _index(row: Mapping[str, Any]) -> str:
    """What stands for a row's prompt: its text where an old release gave no number."""
    prompt = mapping(row.get("prompt"))
    return str(row.get("promptIdx", row.get("promptId", (prompt.get("raw"), prompt.get("label")))))


def _prompts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """A short name for each prompt: its label, unless that is the whole prompt."""
    names: dict[str, str] = {}
    for row in rows:
        prompt = mapping(row.get("prompt"))
        label = str(prompt.get("label") or prompt.get("display") or "")
        short = 0 < len(label) <= LONGEST_NAME and "\n" not in label
        name = label if short else f"prompt {len(names) + 1}"
        if _index(row) not in names:
            names[_index(row)] = name if name not in names.values() else f"{name} {len(names) + 1}"
    return names


def _model(row: Mapping[str, Any]) -> str:
    provider = row.get("provider")
    named = provider if isinstance(provider, dict) else {"id": provider}
    return str(named.get("label") or named.get("id") or "unknown")


def _examples(rows: list[dict[str, Any]], found: Gathered) -> list[str]:
    """An id for each row's test: repeats of one test are rows that say the same of it."""
    known: dict[str, str] = {}
    used: set[str] = set()
    return [_example(number, row, known, used, found) for number, row in enumerate(rows)]


def _example(
    number: int, row: Mapping[str, Any], known: dict[str, str], used: set[str], found: Gathered
) -> str:
    test = mapping(row.get("testCase"))
    inputs = mapping(row.get("vars")) or mapping(test.get("vars"))
    same = fingerprint([test.get("vars", inputs), test.get("assert"), test.get("description")])
    if same not in known:
        name = str(test.get("description") or f"test-{row.get('testIdx', number)}")
        known[same] = name if name not in used else f"{name}-{len(known) + 1}"
        used.add(known[same])
        found.example(known[same], inputs, _expected(test))
    return known[same]


def _expected(test: Mapping[str, Any]) -> Any:
    """What a test says that the answer equals."""
    for each in map(mapping, listed(test.get("assert"))):
        if each.get("type") == "equals":
            return each.get("value")
    return None


def _answer(row: Mapping[str, Any], place: str, found: Gathered) -> dict[str, Any]:
    """Output, status, error and what it took."""
    response = mapping(row.get("response"))
    text, error = _text(response.get("output")), row.get("error") or response.get("error")
    made: dict[str, Any] = {"output": text, **_size(row, response)}
    if row.get("failureReason", ERROR if error else NOTHING) == ERROR:
        if not text:
            return {**made, "status": "error", "error": str(error or "no reason is given")[:500]}
        if "failureReason" in row:  # old releases write there what an assertion says
            found.miss(place, f"an answer that could not be judged: {str(error)[:120]}")
    return {**made, "status": _end(response) if text else "malformed"}


def _end(response: Mapping[str, Any]) -> str:
    flagged = mapping(response.get("guardrails")).get("flagged")
    return "filtered" if flagged else end_of(response.get("finishReason"))


def _text(output: Any) -> str:
    if output is None or isinstance(output, str):
        return output or ""
    calls = [mapping(each) for each in listed(output)]
    if calls and all(mapping(each.get("function")).get("name") for each in calls):
        return as_text((each["function"] for each in calls), "")[0]
    return json.dumps(output, ensure_ascii=False)


def _size(row: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    """Tokens, seconds and cost, where they are said; what came from a cache took no time."""
    usage = mapping(response.get("tokenUsage")) or mapping(row.get("tokenUsage"))
    cached = bool(response.get("cached"))
    sizes = {
        "prompt_tokens": usage.get("prompt") or None,
        "completion_tokens": usage.get("completion") or None,
        "seconds": None if cached else _scaled(row.get("latencyMs"), 1000),
        "cost": response.get("cost"),  # a row's own is 0 where nobody knows the price
    }
    return {**measures(sizes), "cached": cached}


def _scaled(value: Any, by: float) -> float | None:
    return value / by if isinstance(value, int | float) and abs(value) < LARGEST else None


def _judge(made: dict[str, Any], row: Mapping[str, Any], place: str, found: Gathered) -> None:
    """What its assertions said: each by its metric or type, and all together."""
    if row.get("failureReason") == ERROR or made["status"] == "error":
        return
    grading = mapping(row.get("gradingResult"))
    if made["status"] != "ok":
        found.miss(place, f"the answer is {made['status']}: what assertions said is left out")
        return
    found.judge(made, PASS, bool(row.get("success")), grading.get("reason"), place)
    for name, score, reason in _components(grading):
        found.judge(made, name, score, reason, f"{place}, {name}")


def _components(grading: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Every assertion's name, score and reason; a second of a name is numbered."""
    seen: Counter[str] = Counter()
    for each in map(mapping, listed(grading.get("componentResults"))):
        asked = mapping(each.get("assertion"))
        name = str(asked.get("metric") or asked.get("type") or "assertion")
        seen[name] += 1
        numbered = name if seen[name] == 1 else f"{name} {seen[name]}"
        yield numbered, each.get("score"), each.get("reason")
