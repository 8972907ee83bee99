"""A prompt with its examples and checks as a promptfoo configuration."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch
from typing import Any

from workbench.critics.checks import Contains, Exact, JSONSchema, Length, Regex
from workbench.datasets import Example
from workbench.exchange.carrying import MISSING, Carried, Lost, Untold, lost_by_all
from workbench.exchange.nunjucks import loose, nunjucks
from workbench.exchange.trees import TEMPLATE_SIGNS, ends_in_a_block, spoken
from workbench.models.entry import ModelEntry
from workbench.plain_yaml import yaml_text
from workbench.prompts import Prompt

MOST_TESTS = 1_000
OTHERWISE = "what is no text is written as JavaScript writes it: true, null, lists without brackets"
_LOADS = ("file://", "package:")
CONFIGURED = ("temperature", "max_tokens", "top_p", "seed", "stop", "frequency_penalty",
              "presence_penalty", "reasoning_effort", "tools", "response_format")  # fmt: skip


def promptfoo(
    prompt: Prompt,
    stem: str,
    model: ModelEntry,
    critics: Iterable[Any] = (),
    examples: Iterable[Example] = (),
) -> Carried:
    """The files `<stem>.promptfoo.yaml`, `.promptfoo.json` (the messages) and
    `.promptfoo.tests.json`; none where the messages would be others there.
    """
    lost = [*lost_by_all(prompt), *_lost(prompt)]
    messages = list(_messages(prompt, lost))
    if len(messages) < len(prompt.messages):
        return Carried({}, tuple(lost))
    asserts = [each for critic in critics for each in _asserts(critic, lost)]
    tests = list(_tests(examples, prompt, asserts, lost))
    files = {
        ".promptfoo.yaml": yaml_text(_config(prompt, stem, model)),
        ".promptfoo.json": json.dumps(messages, indent=2, ensure_ascii=False) + "\n",
        ".promptfoo.tests.json": json.dumps(tests, indent=2, ensure_ascii=False) + "\n",
    }
    return Carried(files, tuple(lost))


def _lost(prompt: Prompt) -> Iterator[Lost]:
    if prompt.variables:
        yield Lost("missing", MISSING)
    declared = {each.name: each.kind for each in prompt.inputs if each.declared}
    if any(declared.get(name) != "string" for name in prompt.variables):
        yield Lost("text", OTHERWISE)
    for message in spoken(prompt):
        for part in message.parts:
            yield from loose(part) if part.kind == "text" else ()
            if part.kind == "text" and ends_in_a_block(part.what):
                said = "line breaks of a block at an end of the message are sent"
                yield Lost("text", said, part.line)


def _messages(prompt: Prompt, lost: list[Lost]) -> Iterator[dict[str, str]]:
    for role, parts in spoken(prompt):
        try:
            if len(parts) != 1 or parts[0].kind != "text":
                raise Untold("a conversation or an image within a message has no counterpart")
            yield {"role": role, "content": nunjucks(parts[0].what)}
        except Untold as fault:
            line = min(part.line for part in parts) + max(fault.line - 1, 0)
            lost.append(Lost("template", str(fault), line))


def _config(prompt: Prompt, stem: str, model: ModelEntry) -> dict[str, Any]:
    name = f"{stem}.promptfoo"
    return {
        "description": prompt.description or prompt.name,
        "prompts": [{"id": f"file://{name}.json", "label": prompt.name}],
        "providers": [{"id": f"openai:chat:{model.id}", "config": _provider(prompt, model)}],
        "defaultTest": {"options": {"disableVarExpansion": True}},
        "tests": f"file://{name}.tests.json",
    }


def _provider(prompt: Prompt, model: ModelEntry) -> dict[str, Any]:
    """How the model is asked; the key stays in the variable that holds it."""
    asked = {**model.parameters, **prompt.parameters}
    if prompt.tools:
        asked["tools"] = [tool.wire for tool in prompt.tools]
    if prompt.schema is not None:
        named = {"name": "reply", "strict": True, "schema": prompt.schema}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    place = {"apiBaseUrl": model.base_url, "apiKeyEnvar": model.api_key_env}
    return {
        **{name: value for name, value in place.items() if value},
        **{name: value for name, value in asked.items() if name in CONFIGURED},
        "omitDefaults": True,
        "passthrough": {name: value for name, value in asked.items() if name not in CONFIGURED},
    }


def _tests(
    examples: Iterable[Example], prompt: Prompt, asserts: list[Any], lost: list[Lost]
) -> Iterator[dict[str, Any]]:
    kept = left = 0
    for example in examples:
        inputs = {name: example.inputs[name] for name in prompt.variables & example.inputs.keys()}
        if kept == MOST_TESTS or any(_acts(value, prompt) for value in inputs.values()):
            left += 1
            continue
        kept += 1
        found = [each for make in asserts for each in make(example)]
        yield {"description": example.id, "vars": inputs, "assert": found}
    if left:
        about = f"{left:,} of them: a value would be read as a file or a template there"
        lost.append(Lost("example", f"{about}, or they are more than {MOST_TESTS:,}"))


def _acts(value: Any, prompt: Prompt) -> bool:
    """Whether promptfoo would read a value as more than text: as a file, or as the place of
    another variable.
    """
    if not isinstance(value, str):
        return False
    named = (found[1] for found in re.finditer(r"\{\{\s*(\w+)\s*\}\}", value))
    return (
        value.startswith(_LOADS)
        or value.endswith("\n")
        or any(name in prompt.variables for name in named)
    )


def _asserts(critic: Any, lost: list[Lost]) -> list[Any]:
    """What makes an example's assertions of a critic, where it has a counterpart."""
    try:
        return [_counterpart(critic)]
    except Untold as fault:
        lost.append(Lost("critic", f"{critic.name}: {fault}"))
        return []


@singledispatch
def _counterpart(critic: Any) -> Any:
    raise Untold("no counterpart; a rubric asks its own model by its own prompt")


@_counterpart.register
def _(critic: Exact) -> Any:
    given = "output" if not critic.of else _field(critic.of)
    code = "{}.includes(String(" + given + ").trim().toLowerCase())"

    def made(example: Example) -> list[dict[str, Any]]:
        right = [each.lower() for each in critic.right(example)]
        return [_javascript(code.format(_quoted(right)), critic.name)] if right else []

    return made


def _field(name: str) -> str:
    """The field of an output that is JSON, which promptfoo may have read already."""
    return f"((typeof output === 'string') ? JSON.parse(output) : output)[{_quoted(name)}]"


@_counterpart.register
def _(critic: Contains) -> Any:
    def made(example: Example) -> list[dict[str, Any]]:
        expected = example.expected
        part = expected.get(critic.of) if critic.of and isinstance(expected, Mapping) else expected
        wanted = critic.texts or part or []
        texts = [wanted] if isinstance(wanted, str) else [str(text) for text in wanted]
        within = "t => String(output).toLowerCase().includes(t)"
        code = f"{_quoted([text.lower() for text in texts])}.every({within})"
        return [_javascript(code, critic.name)]

    return made


@_counterpart.register
def _(critic: Regex) -> Any:
    code = f"new RegExp({_quoted(critic.pattern)}).test(String(output))"
    return lambda example: [_javascript(code, critic.name)]


@_counterpart.register
def _(critic: JSONSchema) -> Any:
    if any(sign in json.dumps(dict(critic.schema)) for sign in TEMPLATE_SIGNS):
        raise Untold("its schema holds signs that promptfoo reads as a template")
    found = {"type": "is-json", "value": dict(critic.schema), "metric": critic.name}
    return lambda example: [found]


@_counterpart.register
def _(critic: Length) -> Any:
    counted = "output.trim().split(/\\s+/)" if critic.unit == "words" else "[...output]"
    most = "" if critic.at_most is None else f" && {counted}.length <= {critic.at_most}"
    code = f"{counted}.length >= {critic.at_least}{most}"
    return lambda example: [_javascript(code, critic.name)]


def _javascript(code: str, name: str) -> dict[str, Any]:
    return {"type": "javascript", "value": code, "metric": name}


def _quoted(value: Any) -> str:
    """A value as JavaScript reads it, in which no template and no end of a line can stand."""
    return json.dumps(value).replace("{", "\\u007b").replace("}", "\\u007d")
