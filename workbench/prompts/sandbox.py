"""The Jinja that templates are rendered in: plain data, harmless filters, and limits on what a
rendering makes.
"""

import json
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import soft_str

from workbench.prompts.conversations import FLATTENED
from workbench.turns import is_conversation, named, read_turns, told

# characters that one rendering may write, and as many that it may make on the way
MAX_OUTPUT = 10_000_000
MAX_STEPS = 1_000_000  # turns of all loops in one rendering, and values in one input
SMALL = 100  # characters that need not be counted: the limits on tokens and steps bound them
PAIR = 8  # characters that a pair, or a value compared, counts for, by what it takes

# keys of the steps and of the characters left; no template can name them
STEPS, ROOM = "\0steps", "\0room"
LOOP = {"index", "index0", "revindex", "revindex0", "first", "last", "length"}
FILTER_ARGUMENTS = {  # name: the most arguments
    "capitalize": 0, "count": 0, "d": 2, "default": 2, "first": 0, "items": 0, "join": 1,
    "last": 0, "length": 0, "lower": 0, "title": 0, "tojson": 0, "trim": 0, "upper": 0,
}  # fmt: skip
TEST_NAMES = {
    "boolean", "defined", "even", "false", "float", "integer", "iterable", "mapping", "none",
    "number", "odd", "sequence", "string", "true", "undefined",
}  # fmt: skip


class _PlainData(ImmutableSandboxedEnvironment):
    """Reads the keys and positions of plain data, never a Python attribute."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, LoopContext):
            return getattr(obj, argument)  # one of LOOP: the check saw to it
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            return self.undefined(obj=obj, name=argument)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)


def _charge(context: Context, size: int) -> None:
    """Take what is made on the way to the output from the rendering's allowance; what is small
    costs nothing.
    """
    if size > SMALL:
        _take(context, size, "its filters would make")


def _take(context: Context, size: int, what: str) -> None:
    context.parent[ROOM] -= size
    if context.parent[ROOM] < 0:
        raise ValueError(f"{what} more than {MAX_OUTPUT:,} characters")


def _size(value: Any, most: int) -> int:
    """About how many characters nested data has as text, counted no further than `most`."""
    size, stack = 0, [value]
    while stack and size <= most:
        item = stack.pop()
        size += 1
        if isinstance(item, str):
            size += len(item)
        elif isinstance(item, list | tuple | dict):
            stack += item
            stack += item.values() if isinstance(item, dict) else ()
    return size


@pass_context
def _held(context: Context, value: Any) -> Any:
    """A list or mapping of the template's own: it may hold one text many times, and is longer
    written than held.
    """
    _charge(context, _size(value, MAX_OUTPUT))
    return value


@pass_context
def _compared(context: Context, value: Any) -> Any:
    """What a comparison reads, as far as it has to: in a loop it reads it at every turn."""
    if isinstance(value, list | tuple | dict):
        _take(context, PAIR * _size(value, MAX_OUTPUT // PAIR), "its comparisons would read")
    elif isinstance(value, str) and len(value) > SMALL:
        _take(context, len(value), "its comparisons would read")
    return value


@pass_context
def _searched(context: Context, value: Any) -> Any:
    """What `in` looks into; a mapping is not read for that."""
    return value if isinstance(value, dict) else _compared(context, value)


@pass_context
def _copied(context: Context, value: Any) -> Any:
    _charge(context, len(value))
    return value


def _changing(change: Callable[[str], str]) -> Callable[[Context, Any], str]:
    """A filter of text whose result is about as long as what it reads."""

    @pass_context
    def changed(context: Context, value: Any) -> str:
        text = "" if value is None else soft_str(value)
        if len(text) > SMALL:
            _charge(context, len(text))
        return change(text)

    return changed


@pass_context
def _join(context: Context, values: Any, separator: Any = "") -> str:
    if isinstance(values, str):
        _charge(context, len(values))
    texts = ["" if value is None else str(value) for value in values]
    separator = str(separator)
    _charge(context, sum(map(len, texts)) + (len(separator) + 1) * len(texts))
    return separator.join(texts)


@pass_context
def _tojson(context: Context, value: Any) -> str:
    text = FILTERS["tojson"](context.eval_ctx, value)
    _charge(context, len(text))
    return text


@pass_context
def _items(context: Context, value: Any) -> list[tuple[Any, Any]]:
    if not isinstance(value, dict):
        raise TypeError("items reads a mapping")
    _charge(context, PAIR * len(value))
    return list(value.items())


@pass_context
def _each(context: Context, values: Any) -> Any:
    """What a loop runs over, its turns counted against the rendering's before the first."""
    if isinstance(values, Undefined):
        return iter(values)  # raises, and names what is missing
    if not isinstance(values, list | tuple | dict):
        raise TypeError(f"a loop reads a list or a mapping, not {type(values).__name__}")
    context.parent[STEPS] -= len(values) + 1
    if context.parent[STEPS] < 0:
        raise ValueError(f"its loops would turn more than {MAX_STEPS:,} times")
    return values


@pass_context
def _marked(context: Context, value: Any) -> Any:
    """What an expression writes, null as empty text, through the caller's mark where one is given
    (no template can name it).
    """
    value = "" if value is None else value
    mark = context.parent.get("_mark")
    if type(value) in (list, tuple) and is_conversation(value):
        return _told(value, mark)
    return value if mark is None else mark(str(value))


def _told(value: Any, mark: Callable[[str], str] | None) -> str:
    """A conversation as a critic reads it; elsewhere it would be flattened."""
    if mark is None:
        raise ValueError(FLATTENED)
    try:
        turns = read_turns(value)
    except ValueError:  # turns of other roles: the whole is material
        return mark(json.dumps(value, ensure_ascii=False, default=str))
    return "\n".join(named(told(turns, mark), mark))


# Not optimized: nothing may be computed from the text of a template before it is checked.
ENVIRONMENT = _PlainData(
    undefined=StrictUndefined, optimized=False, keep_trailing_newline=True, finalize=_marked
)
ENVIRONMENT.globals.clear()
ENVIRONMENT.filters = {name: FILTERS[name] for name in FILTER_ARGUMENTS} | {
    "compared": _compared,
    "copied": _copied,
    "each": _each,
    "held": _held,
    "items": _items,
    "join": _join,
    "searched": _searched,
    "tojson": _tojson,
    "capitalize": _changing(str.capitalize),
    "lower": _changing(str.lower),
    "title": _changing(FILTERS["title"]),
    "trim": _changing(str.strip),
    "upper": _changing(str.upper),
}
ENVIRONMENT.tests = {name: TESTS[name] for name in TEST_NAMES}
