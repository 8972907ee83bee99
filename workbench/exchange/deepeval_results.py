"""Results of DeepEval: its test cases as rows, its metrics as critics.

Source: deepeval 4.3.1, test_run/test_run.py and test_run/api.py.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from workbench.exchange.gathered import Gathered, listed, mapping, measures
from workbench.files import fingerprint

WRAPPED = "testRunData"


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
    if talks := listed(document.get("conversationalTestCases")):
        found.miss("conversationalTestCases", f"{len(talks):,} conversations are not read")
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
    output = case.get("actualOutput")
    row: dict[str, Any] = {
        **names,
        "example": _example(case, seen, found),
        "status": "ok" if isinstance(output, str) and output else "malformed",
        "output": output if isinstance(output, str) else "",
    }
    sizes = {
        "seconds": "completionTime", "cost": "tokenCost", "prompt_tokens": "inputTokenCount",
        "completion_tokens": "outputTokenCount",
    }  # fmt: skip
    row |= measures({name: case.get(key) for name, key in sizes.items()})
    row["repeat"] = seen.repeat(row["example"])
    for metric in listed(case.get("metricsData")):
        _metric(row, metric, place, found)
    found.rows.append(row)


def _example(case: Mapping[str, Any], seen: _Seen, found: Gathered) -> str:
    """The example of a case, by its name and inputs."""
    inputs = {"input": case["input"]}
    for name in ("context", "retrievalContext"):
        if case.get(name):
            inputs[name] = case[name]
    id = seen.id(str(case.get("name") or "case"), inputs)
    return found.example(id, inputs, case.get("expectedOutput"))


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
