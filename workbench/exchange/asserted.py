"""Assertions that each test of another tool has of its own, as checks."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.critics.checks import Check
from workbench.critics.in_time import in_time
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.models.completion import Completion
from workbench.printing import printed

NOT = "not-"
MOST_PATTERN = 1_000  # characters
_REFERS = re.compile(r'"\$(?:ref|dynamicRef|id)"')


@printed
@dataclass(frozen=True)
class Asserted(Check):
    """Does the output meet what the example's own test asserts (a `kind` of promptfoo's)? The share
    of its assertions that hold; unscored where the test has none.
    """

    kind: str
    values: Mapping[str, Sequence[Any]]  # by the example's id, a value an assertion
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.kind)

    def __repr__(self) -> str:
        return f"Asserted {self.name}: {len(self.values):,} tests"

    @in_time
    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion] = ()
    ) -> Verdict:
        wanted = self.values.get(example.id, ())
        if not wanted:
            return Verdict(math.nan, "", f"its test asserts no {self.kind}", "check")
        held = [holds(self.kind, completion.text, value) for value in wanted]
        missed = [str(value)[:80] for value, each in zip(wanted, held, strict=True) if not each]
        reason = f"fails {self.kind} {', '.join(missed)}" if missed else f"meets {self.kind}"
        return Verdict(sum(held) / len(held), "no" if missed else "yes", reason, "check")


def holds(kind: str, output: str, value: Any) -> bool:
    """Whether an output meets one assertion."""
    if kind.startswith(NOT):
        return not KINDS[kind.removeprefix(NOT)](output, value)
    return KINDS[kind](output, value)


def is_known(kind: str, value: Any) -> bool:
    """Whether an assertion of this kind and value can be checked here."""
    bare = kind.removeprefix(NOT)
    if bare == "regex":
        return isinstance(value, str) and len(value) <= MOST_PATTERN and _compiles(value)
    return bare in KINDS and (bare != "is-json" or _is_schema(value))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _texts(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]


def _equals(output: str, value: Any) -> bool:
    """The text itself; an object is compared as JSON."""
    if isinstance(value, dict | list):
        return _json(output) == value
    return output == str(value)


def _json(output: str) -> Any:
    try:
        return json.loads(output)
    except (ValueError, RecursionError):
        return None


def _fits(output: str, value: Any) -> bool:
    """Whether it is JSON, of a schema where one is given."""
    found = _json(output)
    if found is None and output.strip() != "null":
        return False
    if not isinstance(value, dict):
        return True
    from workbench.schemas import Draft202012Validator

    return not any(Draft202012Validator(value).iter_errors(found))


def _is_schema(value: Any) -> bool:
    """Whether a value is no schema at all, or one that needs no other: nothing is fetched."""
    from workbench.schemas import Draft202012Validator, SchemaError

    if not isinstance(value, dict):
        return True
    try:
        Draft202012Validator.check_schema(value)
    except (SchemaError, RecursionError):
        return False
    return not _REFERS.search(json.dumps(value))


def _folded(check: Callable[[str, Any], bool]) -> Callable[[str, Any], bool]:
    return lambda output, value: check(output.lower(), [each.lower() for each in _texts(value)])


def _all(output: str, value: Any) -> bool:
    return all(each in output for each in _texts(value))


def _any(output: str, value: Any) -> bool:
    return any(each in output for each in _texts(value))


KINDS: dict[str, Callable[[str, Any], bool]] = {
    "equals": _equals,
    "contains": _all,
    "contains-all": _all,
    "contains-any": _any,
    "icontains": _folded(_all),
    "icontains-all": _folded(_all),
    "icontains-any": _folded(_any),
    "starts-with": lambda output, value: any(output.startswith(each) for each in _texts(value)),
    "regex": lambda output, value: re.search(value, output) is not None,
    "is-json": _fits,
}
