"""A prompt as a dotprompt file: YAML front matter and a Handlebars template (google/dotprompt)."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.exchange.carrying import JSON_OTHERWISE, MISSING, Carried, Lost, Untold, lost_by_all
from workbench.exchange.trees import Part, ends_in_a_block, spoken, values_in
from workbench.parameters import WIRE
from workbench.plain_yaml import yaml_text
from workbench.prompts import Prompt
from workbench.prompts.properties import KINDS, json_schema
from workbench.prompts.syntax import Tree

ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "model"}
INJECTED = (
    "a value that holds <<<dotprompt:role:system>>> opens a message of that role where dotprompt "
    "renders it: take <<<dotprompt: out of values first"
)
_PATH = re.compile(r"[A-Za-z]\w*", re.ASCII)
_LOOP = {"index0": "@index", "first": "@first", "last": "@last"}
# Handlebars takes the line break of a tag that stands alone in its line; beside what writes nothing
# it does not stand alone
_NOTHING = "{{__}}"
_ONLY_TAGS = re.compile(r"\s*(?:\{\{[^{}]*\}\}\s*)+")


def dotprompt(prompt: Prompt) -> Carried:
    """The file `<prompt>.prompt`; none where its messages would be others there."""
    lost = [*lost_by_all(prompt), *_lost(prompt)]
    body, untold = [], False
    for role, parts in spoken(prompt):
        body.append(f'{{{{role "{ROLES[role]}"}}}}')
        for part in parts:
            try:
                body.append(_part(part, len(parts) > 1))
            except Untold as fault:
                untold = True
                lost.append(Lost("template", str(fault), part.line + max(fault.line - 1, 0)))
    files = {} if untold else {".prompt": f"---\n{_front(prompt)}---\n{_kept(''.join(body))}\n"}
    return Carried(files, tuple(lost))


def _kept(body: str) -> str:
    """A body whose lines all stay lines."""
    lines = body.split("\n")
    return "\n".join(line + _NOTHING if _ONLY_TAGS.fullmatch(line) else line for line in lines)


def _lost(prompt: Prompt) -> Iterator[Lost]:
    if prompt.variables:
        yield Lost("role", INJECTED)
        yield Lost("missing", MISSING)
    if any(message.role == "developer" for message in prompt.messages):
        yield Lost("role", "a developer's message is a system message there")
    for tool in prompt.tools:
        yield Lost("tool", f"the tool {tool.name} is named, and defined where the file is used")
    for message in spoken(prompt):
        for part in message.parts:
            yield from _loose(part) if part.kind == "text" else ()


def _loose(part: Part) -> Iterator[Lost]:
    """What is written a little otherwise."""
    for line, (kind, *rest) in values_in(part.what):
        at = part.line + line - 1
        if kind == "filter" and rest[0] in ("d", "default"):
            yield Lost("text", "default also stands for 0, false and empty text", at)
        elif kind == "filter" and rest[0] == "tojson":
            yield Lost("text", JSON_OTHERWISE, at)
        elif kind == "test":
            yield Lost("text", "is defined also asks that the value is not empty", at)
    if part.what and part.what[-1][0] == "text" and part.what[-1][1] != part.what[-1][1].rstrip():
        yield Lost("text", "blanks at the end of the last message are not sent", part.line)
    if ends_in_a_block(part.what):
        yield Lost("text", "line breaks of a block at an end of the message are sent", part.line)


def _front(prompt: Prompt) -> str:
    names = {wire: option for wire, (option, _) in WIRE.items()}
    config = {names.get(name, name): value for name, value in prompt.parameters.items()}
    schema = json_schema([each for each in prompt.inputs if each.kind in KINDS])
    front = {
        "model": prompt.model_id,
        "description": prompt.description,
        "config": config,
        "tools": [tool.name for tool in prompt.tools],
        "input": {
            "schema": {**schema, "required": _required(prompt), "additionalProperties": True},
            "default": {e.name: e.default for e in prompt.inputs if e.default is not None},
        },
        "output": {"format": "json", "schema": prompt.schema} if prompt.schema else {},
    }
    if not schema["properties"]:
        del front["input"]
    return yaml_text({name: value for name, value in front.items() if value})


def _required(prompt: Prompt) -> list[str]:
    return [e.name for e in prompt.inputs if e.kind in KINDS and e.name not in prompt.optional]


def _part(part: Part, several: bool) -> str:
    if part.kind == "thread":
        return "{{history}}"
    if part.kind == "image":
        return f"{{{{media url={part.what}}}}}"
    text = _Writer().statements(part.what, ())
    return f"{text.strip()}\n" if several else text


class _Writer:
    """Writes statements as Handlebars; Untold names what it has no words for."""

    def statements(self, found: Sequence[Tree], bound: Sequence[str]) -> str:
        made = ""
        for number, (kind, *parts) in enumerate(found):
            if kind == "text":
                made += _literal(parts[0], at_end=number + 1 == len(found))
            else:
                made += self._statement(kind, parts, bound)
        return made

    def _statement(self, kind: str, parts: list[Any], bound: Sequence[str]) -> str:
        line = parts[0]
        try:
            if kind == "write":
                return _written(parts[1], bound)
            if kind == "if":
                then, otherwise = (self.statements(body, bound) for body in parts[2:])
                return _if(parts[1], then, otherwise, bound)
            return self._loop(parts, bound)
        except Untold as fault:
            raise Untold(str(fault), fault.line or line) from None

    def _loop(self, parts: list[Any], bound: Sequence[str]) -> str:
        _, names, over, test, body, otherwise = parts
        if test:
            raise Untold("a loop with a condition of its own has no counterpart")
        named, path = _named(names, over, bound)
        inner = self.statements(body, (*bound, *named, "loop"))
        rest = self.statements(otherwise, bound)
        end = f"{{{{else}}}}{rest}{{{{/each}}}}" if rest else "{{/each}}"
        return f"{{{{#each {path} as |{' '.join(named)}|}}}}{inner}{end}"


def _named(names: Any, over: Tree, bound: Sequence[str]) -> tuple[list[str], str]:
    """The names of a loop's values and keys, and what it runs over."""
    if over[0] == "filter" and over[1] == "items" and isinstance(names, list) and len(names) == 2:
        return [names[1], names[0]], _path(over[2], bound)
    if isinstance(names, list):
        raise Untold("a loop that takes its values apart has no counterpart")
    return [names], _path(over, bound)


def _literal(text: str, *, at_end: bool) -> str:
    """Text that no tag is read in; a backslash before a tag would hide the tag."""
    if "<<<dotprompt:" in text:
        raise Untold("<<<dotprompt: in a message would be read as a sign")
    if "\\{{" in text:
        raise Untold("a backslash before {{ has no counterpart")
    text = text.replace("{{", "\\{{")
    return text if at_end or not text.endswith("\\") else f"{text}\\"


def _written(value: Tree, bound: Sequence[str]) -> str:
    kind, *parts = value
    if kind == "value" and isinstance(parts[0], str):
        return _literal(parts[0], at_end=False)
    if kind == "filter":
        return _filtered(value, bound)
    if kind == "choose":
        otherwise = _written(parts[2], bound) if parts[2] else ""
        return _if(parts[0], _written(parts[1], bound), otherwise, bound)
    return f"{{{{{_path(value, bound)}}}}}"


def _filtered(value: Tree, bound: Sequence[str]) -> str:
    _, name, of, given, _ = value
    if name == "tojson":
        return f"{{{{json {_path(of, bound)}}}}}"
    if name in ("d", "default"):
        path, other = _path(of, bound), (given or [["value", ""]])[0]
        return _block("if", path, f"{{{{{path}}}}}", _written(other, bound))
    raise Untold(f"the filter {name} has no counterpart")


def _if(test: Tree, then: str, otherwise: str, bound: Sequence[str]) -> str:
    """A condition, whose parts are conditions within it."""
    kind, *parts = test
    if kind in ("and", "or"):
        inner = _if(parts[1], then, otherwise, bound)
        ends = (inner, otherwise) if kind == "and" else (then, inner)
        return _if(parts[0], *ends, bound)
    if kind == "not":
        return _if(parts[0], otherwise, then, bound)
    if kind == "test" and parts[0] in ("defined", "undefined"):
        ends = (then, otherwise) if parts[0] == "defined" else (otherwise, then)
        return _block("if", _path(parts[1], bound), *ends)
    if kind == "compare":
        return _compared(parts, then, otherwise, bound)
    return _block("if", _path(test, bound), then, otherwise)


def _compared(parts: list[Any], then: str, otherwise: str, bound: Sequence[str]) -> str:
    first, [(word, other), *more] = parts
    if more or word not in ("eq", "ne"):
        raise Untold("this comparison has no counterpart")
    ends = (then, otherwise) if word == "eq" else (otherwise, then)
    return _block("ifEquals", f"{_operand(first, bound)} {_operand(other, bound)}", *ends)


def _block(word: str, what: str, then: str, otherwise: str) -> str:
    ends = f"{{{{else}}}}{otherwise}" if otherwise else ""
    return f"{{{{#{word} {what}}}}}{then}{ends}{{{{/{word}}}}}"


def _operand(value: Tree, bound: Sequence[str]) -> str:
    """A path, or a text, number or truth."""
    if value[0] != "value" or value[1] is None:
        return _path(value, bound)
    if isinstance(value[1], bool):
        return str(value[1]).lower()
    if isinstance(value[1], str):
        if '"' in value[1] or "\\" in value[1] or "}}" in value[1]:
            raise Untold(f"the text {value[1]!r} cannot be compared with")
        return f'"{value[1]}"'
    return str(value[1])


def _path(value: Tree, bound: Sequence[str]) -> str:
    """Where a value stands among the inputs; within a loop other names count from the root."""
    kind, *parts = value
    if kind == "name" and _PATH.fullmatch(parts[0]):
        return parts[0] if parts[0] in bound or not bound else f"@root.{parts[0]}"
    if kind == "get" and parts[0] == ["name", "loop"]:
        return _of_loop(parts[1][1])
    if kind == "get" and parts[1][0] == "value":
        return f"{_path(parts[0], bound)}.{_step(parts[1][1])}"
    raise Untold(f"{_in_words(value)} has no counterpart")


def _of_loop(key: str) -> str:
    if key not in _LOOP:
        raise Untold(f"loop.{key} has no counterpart")
    return _LOOP[key]


def _step(key: Any) -> str:
    """A key or a position, as a part of a path."""
    if isinstance(key, str) and _PATH.fullmatch(key):
        return key
    if isinstance(key, int) and not isinstance(key, bool) and key >= 0:
        return f"[{key}]"
    raise Untold(f"the key {key!r} has no counterpart")


def _in_words(value: Tree) -> str:
    if value[0] in ("filter", "test"):
        return f"the {value[0]} {value[1]}"
    return {"slice": "a slice", "get": "this key"}.get(value[0], "this expression")
