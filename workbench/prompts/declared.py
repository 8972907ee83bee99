"""Values of examples as the kinds that a prompt declares for its inputs: files of cells hold text
where numbers and booleans are meant.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from workbench.prompts.properties import Property
from workbench.turns import Image, Turn, read_image, read_turns

TRUE, FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
MOST_SHOWN = 40  # characters of a value
READ_AS = {
    "boolean": "true or false, yes or no, 1 or 0",
    "integer": "a whole number such as 12",
    "float": "a number such as 3.5, with a point",
    "number": "a number such as 3.5, with a point",
    "array": "a list, in cells of a file as JSON",
    "object": "a mapping, in cells of a file as JSON",
    "image": "the path of a file in the project, or a data URL",
    "string": "text: write a list or a mapping with kind: array or object",
}


class Misfit(ValueError):
    """A value that is none of its declared kind; its text says what would be."""


def as_declared(each: Property, value: Any) -> Any:
    """A value as the kind that is declared; Misfit where it is none, or is blank and must not be.

    An undeclared kind asks nothing, and blank text is text.
    """
    if each.kind in _RICH:
        return _RICH[each.kind](each, value)
    if not each.declared or (each.kind == "string" and value is None):
        return value
    if each.kind != "string" and (value is None or (isinstance(value, str) and not value.strip())):
        if each.nullable or each.required is False:
            return None
        raise Misfit(f"is blank and declared {each.kind}: fill it in, or declare nullable: true")
    try:
        return _CONVERT[each.kind](value)
    except (ValueError, TypeError, RecursionError):
        shown = str(value)[:MOST_SHOWN]
        raise Misfit(f"is {shown!r} and declared {each.kind}: give {READ_AS[each.kind]}") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if isinstance(value, str | int) and text in TRUE | FALSE:
        return text in TRUE
    raise ValueError


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    if not isinstance(value, str | int | float) or "_" in str(value):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or "_" in value or not math.isfinite(number := float(value)):
        raise ValueError
    return int(value) if value.strip().lstrip("+-").isdigit() else number


def _nested(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        found = json.loads(value) if isinstance(value, str) else value
        if not isinstance(found, kind | tuple if kind is list else kind):
            raise ValueError
        return found

    return read


def _thread(each: Property, value: Any) -> tuple[Turn, ...]:
    """The turns of a conversation; none where it is blank and may be."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if each.nullable or each.required is False:
            return ()
        raise Misfit("is blank and declared thread: give [], or declare required: false")
    try:
        return read_turns(json.loads(value) if isinstance(value, str) else value)
    except json.JSONDecodeError:
        shown = str(value)[:MOST_SHOWN]
        step = "give a list of {role, content}, in cells of a file as JSON"
        raise Misfit(f"is {shown!r} and declared thread: {step}") from None
    except (ValueError, RecursionError) as error:
        raise Misfit(str(error)) from None


def _image(each: Property, value: Any) -> Image | None:
    if value is None or value == "":
        if each.nullable or each.required is False:
            return None
        raise Misfit("is blank and declared image: give one, or declare required: false")
    try:
        return read_image(value)
    except ValueError:
        shown = str(value)[:MOST_SHOWN]
        raise Misfit(f"is {shown!r} and declared image: give {READ_AS['image']}") from None


def _text(value: Any) -> Any:
    if not isinstance(value, str) and isinstance(value, Mapping | list | tuple):
        raise ValueError
    return value


_RICH: dict[str, Callable[[Property, Any], Any]] = {"thread": _thread, "image": _image}
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "float": _number,
    "number": _number,
    "array": _nested(list),
    "object": _nested(dict),
    "string": _text,
}
