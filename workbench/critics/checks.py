"""Checks: critics in code, which ask no model."""

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from functools import cached_property
from typing import Any

from workbench import words
from workbench.arguments import misfit
from workbench.critics.in_time import in_time
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.errors import DatasetError
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.prompts.invisible import alike, folded
from workbench.stats.scale import Scale


class Check:
    """What all checks share: they request nothing and score from 0 to 1."""

    scale = Scale()
    against = ""
    parts = ()

    @property
    def fingerprint(self) -> str:
        return fingerprint([type(self).__name__, asdict(self)])  # pyright: ignore[reportArgumentType]

    def check(self, example: Example) -> None:
        """Refuse an example that this check could not judge, before the first paid call."""

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        return ()


def _passed(passed: bool, reason: str) -> Verdict:
    return Verdict(float(passed), "yes" if passed else "no", reason, "check")


def _expected(example: Example, name: str) -> Any:
    """`expected` itself, or its part `name`."""
    if not name:
        value = example.expected
    else:
        value = example.expected.get(name) if isinstance(example.expected, Mapping) else None
    if value is None or value == "" or (isinstance(value, list | tuple) and not value):
        wanted = f"expected.{name}" if name else "expected"
        parts = list(example.expected) if isinstance(example.expected, Mapping) else []
        there = f", or compare with {words.listed(parts)}, which it has" if parts else ""
        raise DatasetError(
            f"example {example.id!r} has no {wanted}, which a check compares with: add it to the "
            f"dataset{there}"
        )
    return value


def _part(output: str, name: str) -> Any:
    """The JSON field `name` of an output that is a JSON object, else the whole text."""
    if name and output.lstrip().startswith("{"):
        try:
            return json.loads(output).get(name, output)
        except (ValueError, RecursionError):
            return output
    return output


def _text(value: Any) -> str:
    """A value as an answer is written; tables make 1.0 of 1 where another cell is empty."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value) if whole else value).strip()


@dataclass(frozen=True)
class Exact(Check):
    """Is the output (or its JSON field `of`) the expected value (or its part `of`), case, outer
    space and what nobody sees aside? Where that is a list, any of its values is right.

    Not for answers that may be worded freely.
    """

    of: str = ""
    name: str = "exact"

    def check(self, example: Example) -> None:
        self._right(example)

    def expected(self, example: Example) -> str | None:
        """The right answer as text, or all of them; None where the example has none."""
        return " or ".join(self.right(example)) or None

    def right(self, example: Example) -> tuple[str, ...]:
        """Every right answer as text, the first of them first; empty where the example has none."""
        with suppress(DatasetError):
            return self._right(example)
        return ()

    def _right(self, example: Example) -> tuple[str, ...]:
        value = _expected(example, self.of)
        listed = value if isinstance(value, list | tuple) else [value]
        return tuple(map(_text, listed))

    def given(self, output: str) -> str:
        """What an output answers, as text."""
        return _text(_part(output, self.of))

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        right = self._right(example)
        same = alike(self.given(completion.text)) in {*map(alike, right)}
        return _passed(same, f"expected {' or '.join(right)}")


@dataclass(frozen=True)
class ToolCall(Check):
    """Does the reply call `tool`, with these `arguments` among its own? Without a tool the call is
    expected (or its part `of`), as a name or as `{name, arguments}`; any of a list is right.
    """

    tool: str = ""
    arguments: Mapping[str, Any] | None = None
    of: str = ""
    name: str = "tool_call"

    def check(self, example: Example) -> None:
        self._wanted(example)

    def _wanted(self, example: Example) -> list[tuple[str, Mapping[str, Any]]]:
        if self.tool:
            return [(self.tool, self.arguments or {})]
        value = _expected(example, self.of)
        return [_call(each, example) for each in (value if isinstance(value, list) else [value])]

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        calls = json.loads(completion.text)["tool_calls"] if completion.calls_tools else []
        wanted = self._wanted(example)
        for name, arguments in wanted:
            if any(each["name"] == name and _has(each, arguments) for each in calls):
                return _passed(True, f"calls {name}")
        called = ", ".join(json.dumps(each, ensure_ascii=False) for each in calls)[:200]
        missing = " or ".join(name for name, _ in wanted)
        return _passed(False, f"lacks {missing}: it calls {called or 'no tool'}")


def _call(value: Any, example: Example) -> tuple[str, Mapping[str, Any]]:
    """A call as examples expect it."""
    call = value if isinstance(value, Mapping) else {"name": value}
    name, arguments = call.get("name"), call.get("arguments") or {}
    if not isinstance(name, str) or not isinstance(arguments, Mapping):
        raise DatasetError(
            f"example {example.id!r} expects no tool call: write a tool's name, or "
            '{"name": ..., "arguments": {...}}'
        )
    return name, arguments


def _has(call: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    """Whether a call has arguments of these names and values."""
    given = call["arguments"]
    return all(name in given and given[name] == value for name, value in arguments.items())


@dataclass(frozen=True)
class Contains(Check):
    """The share of the strings in `expected` (or its part `of`, or `texts`) that the output
    contains, case aside.

    Not where a wrong answer may say them too ("not a complaint").
    """

    of: str = ""
    texts: tuple[str, ...] = ()
    name: str = "contains"

    def check(self, example: Example) -> None:
        if not self.texts:
            _expected(example, self.of)

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        wanted = self.texts or _expected(example, self.of)
        wanted = [wanted] if isinstance(wanted, str) else [str(text) for text in wanted]
        output = folded(completion.text)
        missing = [text for text in wanted if folded(text) not in output]
        reason = "lacks " + ", ".join(missing) if missing else "contains all"
        return Verdict(
            1 - len(missing) / max(len(wanted), 1), "no" if missing else "yes", reason, "check"
        )


@dataclass(frozen=True)
class Regex(Check):
    """Does the pattern occur in the output?

    Says nothing of the rest of the output.
    """

    pattern: str
    name: str = "regex"

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {self.pattern!r} ({error})") from None

    @in_time
    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        found = re.search(self.pattern, completion.text)
        return _passed(found is not None, f"found {found.group()[:80]!r}" if found else "not found")


@dataclass(frozen=True)
class JSONSchema(Check):
    """Is the output JSON that fits the schema?

    Form alone: what stands in it is not checked.
    """

    schema: Mapping[str, Any]
    name: str = "json_schema"

    @cached_property
    def _validator(self) -> Any:
        from workbench.schemas import Draft202012Validator

        return Draft202012Validator(dict(self.schema))

    @in_time
    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        try:
            value = json.loads(completion.text)
        except (ValueError, RecursionError) as error:
            return _passed(False, f"not JSON: {error}")
        error = next(self._validator.iter_errors(value), None)
        return _passed(
            error is None,
            "fits the schema" if error is None else f"{error.json_path}: {error.message}"[:200],
        )


@dataclass(frozen=True)
class Length(Check):
    """Has the output from `at_least` to `at_most` words (or characters)?

    For a limit, not as a score of quality.
    """

    at_least: int = 0
    at_most: int | None = None
    unit: str = "words"
    name: str = "length"

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        count = len(completion.text.split()) if self.unit == "words" else len(completion.text)
        fits = self.at_least <= count and (self.at_most is None or count <= self.at_most)
        return _passed(fits, f"{count} {self.unit}")


@printed
@dataclass(frozen=True)
class Function(Check):
    """A Python function `(output, example) -> bool or a number on the scale`, which is 0 to 1;
    where it raises or leaves the scale, the output is unscored.
    """

    function: Callable[[str, Example], bool | float]
    name: str = ""
    scale: Scale = Scale()  # noqa: RUF009  a frozen value

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise misfit(self.function, "what a Function calls", "give (output, example) -> number")
        object.__setattr__(self, "name", self.name or self.function.__name__)

    def __repr__(self) -> str:
        return f"Function {self.name}"

    @property
    def fingerprint(self) -> str:
        source = ["Function", self.name, inspect.getsource(self.function)]
        return fingerprint(source if self.scale == Scale() else [*source, astuple(self.scale)])

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        try:
            score = float(self.function(completion.text, example))
        except Exception as error:  # noqa: BLE001  a crash of the user's code is a missing score
            return Verdict(reason=f"{type(error).__name__}: {error}")
        low, high = self.scale.low, self.scale.high
        if not low <= score <= high:
            off = f"not on the scale from {low:g} to {high:g}"
            return Verdict(reason=f"{self.name} gave {score:g}, which is {off}")
        return Verdict(score, f"{score:g}", "", "check")
