# pyright: strict
"""A requirements file: every line checked by what its measure takes, before anything is asked."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from workbench.errors import RequirementError
from workbench.files import resolve
from workbench.models.yaml_files import read_yaml
from workbench.release.measures import QUANTILE
from workbench.requirements.lines import (
    FITTING,
    GateRules,
    Requirement,
    Requirements,
    Task,
    UseCase,
)

LARGEST = 1e12  # of any number of a line
NEVER = "no number of rows can show it"


@dataclass(frozen=True)
class _Kind:
    """What a field holds, in code and in words; a bound on a share that no rows can show is
    refused.
    """

    fits: Callable[[Any], bool]
    meaning: str
    unshowable: Callable[[Any], bool] = lambda value: False


def _number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and abs(value) < LARGEST
    )


def _within(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: _number(value) and low <= value <= high


def _inside(value: Any) -> bool:
    """Between 0 and 1, without both."""
    return _number(value) and 0 < value < 1


def _whole(value: Any) -> bool:
    return _number(value) and isinstance(value, int) and value > 0


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


_TEXT = _Kind(_text, "a text")
_AMOUNT = _Kind(lambda value: _number(value) and value > 0, "a number above 0")
_COUNT = _Kind(_whole, "a whole number above 0")
_QUANTILE = _Kind(_inside, "between 0 and 1: 0.95")
_LEAST = _Kind(_within(0, 1), "a share from 0 to 1", lambda value: value == 1)
_MOST = _Kind(_within(0, 1), "a share from 0 to 1", lambda value: value == 0)
_MARGIN = _Kind(_inside, "a share of the scale between 0 and 1")
_UNKNOWN = _Kind(lambda value: value in ("block", "warn"), "block or warn")


@dataclass(frozen=True)
class _Measure:
    """The fields of a line with this measure."""

    needs: Mapping[str, _Kind]
    may: Mapping[str, _Kind] = field(default_factory=dict[str, _Kind])
    on_unknown: str = "block"  # warn where the run itself does not measure it


_WORSE = {"worse_by": _Kind(_inside, "between 0 and 1: 0.05")}
_QUANTILES = _Measure({"quantile": _QUANTILE, "at_most": _AMOUNT})
_RATE = _Measure({"at_most": _MOST}, _WORSE)
_STAGED = _Measure({"at_most": _MOST}, on_unknown="warn")
_RELEASED = _Measure({"at_most": _MOST}, _WORSE, on_unknown="warn")
MEASURES: Mapping[str, _Measure] = {
    "quality": _Measure({"at_least": _LEAST}, {"critic": _TEXT}),
    "not_worse_than": _Measure({"baseline": _TEXT, "margin": _MARGIN}, {"critic": _TEXT}),
    "slice": _Measure(
        {"tag": _TEXT, "not_worse_than": _TEXT, "margin": _MARGIN}, {"critic": _TEXT}
    ),
    "latency": _Measure(_QUANTILES.needs, _WORSE),
    "first_token": _QUANTILES,
    "malformed": _RATE,
    "prompt_tokens": _QUANTILES,
    "language_coverage": _Measure({"at_least": _COUNT}, {"tag": _TEXT}),
    "attack_success": _STAGED,
    "unsafe_output": _RELEASED,
    "errors": _RELEASED,
    "satisfaction": _Measure({"at_least": _LEAST}, _WORSE, on_unknown="warn"),
    "rate": _Measure({"mean": _AMOUNT, "peak": _AMOUNT}, on_unknown="warn"),
    "cost": _Measure({"per": _COUNT, "at_most": _AMOUNT}, _WORSE),
}
_GATE = {
    "level": _Kind(lambda value: _within(0.5, 1)(value) and 0.5 < value < 1, "between 0.5 and 1"),
    "on_inconclusive": _UNKNOWN,
    "opinion": _Kind(lambda value: value in ("allow", "forbid"), "allow or forbid"),
    "extend_to": _COUNT,
    "budget": _AMOUNT,
    "max_age": _AMOUNT,
    "kept_for": _AMOUNT,
    "cluster": _TEXT,
}
_TRUTH = _Kind(lambda value: isinstance(value, bool), "true or false")
_USE_CASE = {
    "what": _TEXT,
    **dict.fromkeys(FITTING, _TEXT),
    "unstructured_text": _TRUTH,
    "against": _Kind(
        lambda value: isinstance(value, list) and all(map(_text, cast(list[Any], value))),
        "a list of texts",
    ),
}
_TASK = {
    "complexity": _TEXT,
    "domain": _TEXT,
    "languages": _Kind(
        lambda value: (
            isinstance(value, dict)
            and all(_text(name) for name in cast(dict[Any, Any], value))
            and all(_within(0, 1)(share) for share in cast(dict[Any, Any], value).values())
        ),
        "`language: share` pairs, shares from 0 to 1",
    ),
}
_PARTS = {"use_case": _USE_CASE, "task": _TASK, "requirements": {}, "gate": _GATE}


def load_requirements(path: str | Path) -> Requirements:
    """The requirements of a task (`prompts/<task>/requirements.yaml`); a relative path counts from
    the project root.

    Raises RequirementError, naming the line, for a measure or field that is unknown, a bound that
    does not fit, and one that no number of rows can show (never malformed, always right).
    """
    document = _mapping(_read(resolve(path), str(path)), str(path))
    for name in document:
        if name not in _PARTS:
            raise RequirementError(f"{path}: unknown part {name!r}: it holds {_listed(_PARTS)}")
    parts = {
        name: _fields(document.get(name), kinds, f"{path}: {name}")
        for name, kinds in _PARTS.items()
        if kinds
    }
    parts["use_case"]["against"] = tuple(parts["use_case"].get("against", ()))
    return Requirements(
        name=str(path),
        lines=_lines(document.get("requirements"), str(path)),
        use_case=UseCase(**parts["use_case"]),
        task=Task(**parts["task"]),
        gate=GateRules(**parts["gate"]),
    )


def _lines(given: Any, where: str) -> tuple[Requirement, ...]:
    if not isinstance(given, list) or not given:
        raise RequirementError(f"{where}: add `requirements:`, a list of lines with a measure each")
    numbered = enumerate(cast(list[Any], given), start=1)
    return tuple(_line(line, f"{where}: requirement {number}") for number, line in numbered)


def _read(file: Path, where: str) -> Any:
    if not file.is_file():
        raise RequirementError(f"{where}: there is no such file of requirements")
    return read_yaml(file, where, RequirementError)


def _line(given: Any, where: str) -> Requirement:
    line = dict(_mapping(given, where))
    name = str(line.pop("measure", ""))
    if name not in MEASURES:
        raise RequirementError(f"{where}: measure {name!r} is not known: {_listed(MEASURES)}")
    measure, where = MEASURES[name], f"{where} ({name})"
    kinds = {**measure.needs, **measure.may, "on_unknown": _UNKNOWN}
    fields: dict[str, Any] = {"on_unknown": measure.on_unknown, **_fields(line, kinds, where)}
    if missing := [each for each in measure.needs if each not in fields]:
        raise RequirementError(f"{where}: add {_listed(missing)}")
    if "not_worse_than" in fields:
        fields["baseline"] = fields.pop("not_worse_than")
    return _fitting(Requirement(name, **fields), where)


def _fitting(line: Requirement, where: str) -> Requirement:
    """A line whose fields go together."""
    if line.peak is not None and line.mean is not None and line.peak < line.mean:
        raise RequirementError(f"{where}: the peak lies below the mean")
    if line.worse_by and line.quantile not in (None, QUANTILE):
        raise RequirementError(f"{where}: worse_by is of quantile {QUANTILE}, not of another")
    return line


def _fields(given: Any, kinds: Mapping[str, _Kind], where: str) -> dict[str, Any]:
    """The `name: value` lines of a part, every one known and fitting."""
    found = dict(_mapping(given, where))
    for name, value in found.items():
        if name not in kinds:
            raise RequirementError(f"{where}: unknown field {name!r}: it takes {_listed(kinds)}")
        kind = kinds[name]
        if not kind.fits(value):
            raise RequirementError(f"{where}: {name} must be {kind.meaning}")
        if kind.unshowable(value):
            nearer = "0.999" if value else "0.001"
            raise RequirementError(f"{where}: {name} {value:g}: {NEVER}: write {nearer}, say")
    return found


def _mapping(given: Any, where: str) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise RequirementError(f"{where}: expected `name: value` lines")
    return {str(name): value for name, value in cast(dict[Any, Any], given).items()}


def _listed(names: Any) -> str:
    return ", ".join(names)
