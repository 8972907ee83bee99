"""Results of DeepEval: its test cases as rows, its metrics as critics.

Source: deepeval 4.3.1, test_run/test_run.py and test_run/api.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.exchange.gathered import Gathered, measures
from workbench.files import fingerprint
from workbench.json_values import listed, mapping
from workbench.models.tool_calls import as_text

WRAPPED = "testRunData"
NO_ANSWER = "no answer is recorded"


def read(document: Mapping[str, Any]) -> Gathered:
    """The cases of a file of its results, or of the run that it keeps as the latest."""
    document = mapping(document.get(WRAPPED)) or document
    found, settings = Gathered("DeepEval"), mapping(document.get("hyperparameters"))
    names = {
        "prompt": str(document.get("identifier") or settings.get("prompt") or "prompt"),
        "model": str(settings.get("model") or "unknown"),
    }
    seen = _Seen()
    for number, case in enumerate(listed(document.get("testCases"))):
        _case(names, case, seen, f"testCases[{number}]", found)
    for number, talk in enumerate(listed(document.get("conversationalTestCases"))):
        _talk(names, talk, seen, f"conversationalTestCases[{number}]", found)
    if document.get("traceMetricsScores"):
        found.miss("traceMetricsScores", "scores of parts of a trace are not read")
    return found


class _Seen:
    """Ids of examples, and how often each was answered."""

    def __init__(self) -> None:
        self.ids: dict[tuple[str, str], str] = {}  # by the case's name and what it is of
        self.named: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()

    def id(self, name: str, inputs: Mapping[str, Any]) -> str:
        """The case's name; a number behind it where another input has that name."""
        key = name, fingerprint(dict(inputs))
        while key not in self.ids:
            self.named[name] += 1
            id = name if self.named[name] == 1 else f"{name}-{self.named[name]}"
            if id not in self.answers:
                self.ids[key] = id
        return self.ids[key]

    def repeat(self, id: str) -> int:
        """How often an example was answered before."""
        self.answers[id] += 1
        return self.answers[id] - 1


def _case(names: Mapping[str, str], case: Any, seen: _Seen, place: str, found: Gathered) -> None:
    if not isinstance(case, dict) or not isinstance(case.get("input"), str):
        found.miss(place, "it is no test case: it has no input")
        return
    row: dict[str, Any] = {**names, "example": _example(case, seen, found), **_answer(case)}
    sizes = {
        "seconds": "completionTime", "cost": "tokenCost", "prompt_tokens": "inputTokenCount",
        "completion_tokens": "outputTokenCount",
    }  # fmt: skip
    row |= measures({name: case.get(key) for name, key in sizes.items()})
    _keep(row, case, seen, place, found)


def _keep(
    row: dict[str, Any], case: Mapping[str, Any], seen: _Seen, place: str, found: Gathered
) -> None:
    """Keep the row of a case with what its metrics say."""
    row["repeat"] = seen.repeat(row["example"])
    for metric in listed(case.get("metricsData")):
        _metric(row, metric, place, found)
    found.rows.append(row)


def _answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Status and output: what was answered, else the tools that were called."""
    output, calls = case.get("actualOutput"), listed(case.get("toolsCalled"))
    if calls and not output:
        output = _called(calls)
    if not isinstance(output, str):
        return {"status": "error", "error": NO_ANSWER}
    return {"status": "ok" if output else "malformed", "output": output}


def _called(calls: Sequence[Any]) -> str:
    """Calls of tools as a reply that makes them."""
    known = ("inputParameters", "input_parameters")
    made = [
        {"name": each.get("name"), "arguments": each.get(known[0], each.get(known[1]))}
        for each in map(mapping, calls)
    ]
    return as_text(made, "")[0]


def _talk(names: Mapping[str, str], talk: Any, seen: _Seen, place: str, found: Gathered) -> None:
    """A conversation as a row: what was given is its inputs, and what was judged, all that was
    said, its output.
    """
    turns = [mapping(each) for each in listed(mapping(talk).get("turns"))]
    if not turns or not all(isinstance(each.get("content"), str) for each in turns):
        found.miss(place, "it is no conversation: it has no turns, or one without a text")
        return
    answered = any(each.get("role") == "assistant" for each in turns)
    made = {"status": "ok", "output": _said(turns)}
    row: dict[str, Any] = {
        **names,
        "example": _opening(talk, turns, seen, found),
        **(made if answered else {"status": "error", "error": NO_ANSWER}),
    }
    if any(each.get("toolsCalled") or each.get("retrievalContext") for each in turns):
        found.miss(place, "tools and texts of single turns are not read")
    _keep(row, talk, seen, place, found)


def _said(turns: Sequence[Mapping[str, Any]]) -> str:
    """What was said, turn by turn; the one answer alone where a user spoke and was answered."""
    if [each.get("role") for each in turns] == ["user", "assistant"]:
        return str(turns[-1]["content"])
    return "\n\n".join(f"{each.get('role')}: {each['content']}" for each in turns)


def _opening(
    talk: Mapping[str, Any], turns: Sequence[Mapping[str, Any]], seen: _Seen, found: Gathered
) -> str:
    """The example of a conversation: its scenario, else what the user says."""
    given = {"scenario": "scenario", "user": "userDescription", "context": "context"}
    inputs = {name: talk[key] for name, key in given.items() if talk.get(key)}
    if not talk.get("scenario"):
        spoken = [each for each in turns if each.get("role") != "assistant"]
        inputs["messages"] = [{"role": "user", "content": each["content"]} for each in spoken]
    id = seen.id(str(talk.get("name") or "conversation"), inputs)
    return found.example(id, inputs, talk.get("expectedOutcome"))


def _example(case: Mapping[str, Any], seen: _Seen, found: Gathered) -> str:
    """The example of a case, by its name and inputs."""
    inputs = {"input": case["input"]}
    for name in ("context", "retrievalContext"):
        if case.get(name):
            inputs[name] = case[name]
    id = seen.id(str(case.get("name") or "case"), inputs)
    asks = case["input"]  # what was retrieved may differ between variants
    return found.example(id, inputs, case.get("expectedOutput"), asks)


def _metric(row: dict[str, Any], metric: Any, place: str, found: Gathered) -> None:
    """A metric's score; one that failed has none, whatever it says of success."""
    if not isinstance(metric, dict) or not metric.get("name"):
        found.miss(place, "a metric without a name")
        return
    name = str(metric["name"])
    place = f"{place}, metric {name}"
    if metric.get("error"):
        found.miss(place, f"unscored: {str(metric['error'])[:120]}")
    if metric.get("flaky"):
        found.miss(place, "it is marked as flaky: DeepEval does not count it as a failure")
    score = None if metric.get("error") else metric.get("score")
    found.judge(row, name, score, metric.get("reason"), place)
