"""The text of a Prompty file: front matter and messages read into plain values, and written from
them.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from workbench import words
from workbench.errors import PromptError
from workbench.files import json_fault
from workbench.meant import instead
from workbench.parameters import NOT_PARAMETERS, OF_THE_MODEL, OPTIONS, WIRE, parameter_fault
from workbench.plain_yaml import YamlFault, plain_yaml, yaml_text
from workbench.printing import printed
from workbench.prompts.prepare import PrepareFault, read_preparation
from workbench.prompts.properties import read_properties
from workbench.prompts.templates import odd_type
from workbench.prompts.tools import read_tools

ROLES = ("system", "user", "assistant", "developer")
NOT_ROLES = frozenset(
    {"tool", "function", "human", "ai", "bot", "robot", "usr", "sytem", "asistant", "assistent"}
)
# how others open a first message
_OPENED_OTHERWISE = re.compile(
    rf"\s*(?:(?:{'|'.join(ROLES)})[ \t]*:[ \t]*\S|<\|(?:im_start|start_header_id)\|>"
    rf"|\[\s*\{{\s*\"role\"|[*_]{{1,2}}(?:{'|'.join(ROLES)})\s*:|<(?:{'|'.join(ROLES)}|message\b[^<>]*)>"
    r"|\[INST\]|<<SYS>>)",
    re.IGNORECASE,
)
_OTHER_FRONT = re.compile(r"\s*(?:\+\+\+\s*\n|```\w*\s*\n---\s*\n)")  # of TOML, or in a fence
# {name}, ${name}, { name }, %(name)s, <%= name %>
_BRACED = re.compile(r"(?:(?<!\{)\{ ?|%\(|<%= ?)(\w{1,80})(?: ?\}(?!\})|\)s| ?%>)")
_ROLE_LINE = re.compile(rf"#?\s*({'|'.join(ROLES)})(\[.*\])?\s*:", re.IGNORECASE)
MAX_FRONT = 64 * 1024  # characters of front matter
CHAT = ("chat", "responses")  # kinds of endpoint whose prompts are messages
KNOWN = {
    "name", "description", "metadata", "inputs", "outputs", "model", "template", "tools", "sample",
}  # fmt: skip


@printed
@dataclass(frozen=True)
class Message:
    """A role and the template of what it says; line breaks at the ends of a template never reach a
    model.
    """

    role: str
    template: str
    line: int = field(default=1, compare=False, repr=False)  # where the template begins

    def __post_init__(self) -> None:
        text = self.template.replace("\r\n", "\n").replace("\r", "\n")
        object.__setattr__(self, "line", self.line + len(text) - len(text.lstrip("\n")))
        object.__setattr__(self, "template", text.strip("\n"))


def parse(text: str, where: str) -> dict[str, Any]:
    """What a Prompty file says, as the arguments of Prompt; `where` names the file in errors."""
    front, body, first_line = _split_front(text.removeprefix("\ufeff"), where)
    _refuse_misplaced(front, where, known=KNOWN)
    _check_template(front.get("template"), where)
    metadata = _read_metadata(front, where)
    _check_preparation(metadata.get("prepare"), text, where)
    parameters, model_id = _read_model(front.get("model"), where)
    return {
        "messages": _split_roles(body, first_line, where),
        "parameters": parameters,
        "inputs": read_properties(front.get("inputs"), "input", where, front.get("sample")),
        "outputs": read_properties(front.get("outputs"), "output", where),
        "metadata": metadata,
        "description": str(front.get("description") or ""),
        "model_id": model_id,
        "tools": read_tools(front.get("tools"), where),
    }


def _read_metadata(front: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What is said under `metadata`, and beside it: authors, tags, version, displayName."""
    metadata = front.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise PromptError(f"{where}: metadata must be `name: value` lines")
    return {key: value for key, value in front.items() if key not in KNOWN} | metadata


def _check_preparation(given: Any, text: str, where: str) -> None:
    """Refuse what `prepare:` may not say, with its line."""
    try:
        read_preparation(given)
    except PrepareFault as fault:
        lines = text.split("\n")
        begins = next(at for at, line in enumerate(lines) if re.search(r"\bprepare\W*:", line))
        named = (at for at in range(begins, len(lines)) if fault.key in lines[at])
        raise PromptError(f"{where}, line {next(named, begins) + 1}: {fault}") from None


def _split_front(text: str, where: str) -> tuple[dict[str, Any], str, int]:
    """Front matter, body, and the body's first line in the file."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[start].strip() != "---":
        _refuse_open_front(lines, where)
        return {}, text, 1
    end = next(
        (
            number
            for number, line in enumerate(lines[start + 1 :], start + 1)
            if line.rstrip() == "---"
        ),
        None,
    )
    if end is None:
        raise PromptError(
            f"{where}, line {start + 1}: the front matter has no end: write --- before the messages"
        )
    front = _read_front("\n".join(lines[start + 1 : end]), start + 2, where)
    return front, "\n".join(lines[end + 1 :]), end + 2


def _refuse_open_front(lines: list[str], where: str) -> None:
    """Refuse front matter without the line that begins it: it would be sent as a message."""
    end = next((number for number, line in enumerate(lines) if line.rstrip() == "---"), None)
    if end and all(
        re.match(r"\s|#|- |[\w-]+:|$", line) and line.strip(" :") not in ROLES
        for line in lines[:end]
    ):
        raise PromptError(
            f"{where}, line 1: the front matter has no beginning: write --- before it"
        )


def _read_front(text: str, first_line: int, where: str) -> dict[str, Any]:
    if len(text) > MAX_FRONT:
        raise PromptError(
            f"{where}: front matter above {MAX_FRONT:,} characters: move text into the messages"
        )
    try:
        front = plain_yaml(text)
    except YamlFault as fault:
        raise PromptError(
            f"{where}, line {first_line + fault.line}: not valid YAML: {fault}"
        ) from None
    if not isinstance(front, dict | None):
        raise PromptError(f"{where}, line {first_line}: front matter must be `name: value` lines")
    if odd := odd_type(front):
        raise PromptError(
            f"{where}: the front matter holds {odd}: write text, numbers, lists or mappings"
        )
    return front or {}


def marker(line: str) -> str:
    """The word by which a line opens a message, or looks as if it should; an empty string for all
    other lines.
    """
    if not line.rstrip().endswith(":"):
        return ""
    role = _ROLE_LINE.fullmatch(line.strip())
    word = role[1].lower() if role else line.rstrip()[:-1]
    return word if role or word in NOT_ROLES else ""


def _split_roles(body: str, first_line: int, where: str) -> tuple[Message, ...]:
    """The messages of a body; text before the first role is the system's."""
    lines = body.removesuffix("\n").split("\n")
    marks = [number for number, line in enumerate(lines) if marker(line)]
    _check_roles(lines, marks, first_line, where)
    _check_opening(body, bool(marks), first_line, where)
    messages = [
        Message(marker(lines[mark]), "\n".join(lines[mark + 1 : end]), first_line + mark + 1)
        for mark, end in pairwise([*marks, len(lines)])
        if end > mark + 1
    ]
    before = "\n".join(lines[: marks[0]] if marks else lines)
    return (Message("system", before, first_line), *messages) if before.strip() else tuple(messages)


def _check_opening(body: str, is_marked: bool, first_line: int, where: str) -> None:
    """Refuse text that begins as others write front matter or, without marks of messages, messages:
    all of it would be the system's.
    """
    if _OTHER_FRONT.match(body):
        step = "begin the file with a line ---, YAML, and a line ---"
        raise PromptError(f"{where}, line {first_line}: no front matter: {step}")
    if not is_marked and _OPENED_OTHERWISE.match(body):
        shown = words.brief(body.strip().split("\n")[0])
        step = "opens no message: write a line user: and the message below it"
        raise PromptError(f"{where}, line {first_line}: {shown!r} {step}")


def in_single_braces(messages: Iterable[Message], unread: Set[str]) -> str:
    """What is wrong where a text names an input that no template reads in single braces, as
    Python's formats and LangChain do; empty where none does.
    """
    named = (min(_braced(each.template) & unread, default="") for each in messages if unread)
    name = next(filter(None, named), "")
    return f"{{{name}}} is sent as it stands: write {{{{ {name} }}}}" if name else ""


@lru_cache(256)  # asked for every example
def _braced(template: str) -> set[str]:
    return set(_BRACED.findall(template))


def _check_roles(lines: list[str], marks: list[int], first_line: int, where: str) -> None:
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if first not in marks and re.fullmatch("[a-z]+:", lines[first].rstrip()):
        marks = [first, *marks]
    for mark in marks:
        word = marker(lines[mark]) or lines[mark].rstrip()[:-1]
        if word not in ROLES:
            known = instead(word, ROLES, "use")
            place = f"{where}, line {first_line + mark}"
            raise PromptError(f"{place}: unknown role {word!r}: {known}")
        if "[" in lines[mark]:
            raise PromptError(
                f"{where}, line {first_line + mark}: attributes of a role are not read: "
                f"write {word}:"
            )


def _check_template(template: Any, where: str) -> None:
    """Refuse another template language than Jinja2, in either format's way to name it."""
    kinds = template if isinstance(template, dict) else {"format": template}
    for key, known in (("format", "jinja2"), ("type", "jinja2"), ("parser", "prompty")):
        kind = kinds.get(key)
        kind = kind.get("kind") if isinstance(kind, dict) else kind
        if kind not in (None, "", "*", known):
            raise PromptError(
                f"{where}: template {key} {kind!r} is not supported: write the messages for {known}"
            )


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise PromptError(f"{where} must be `name: value` lines")
    return value or {}


def _refuse_misplaced(data: Mapping[str, Any], where: str, known: Iterable[str]) -> None:
    for key in data:
        if key not in known and (key in OPTIONS or key in WIRE or key in ("options", "parameters")):
            raise PromptError(f"{where}: {key} does not belong here: write it under model.options")


def _read_model(model: Any, where: str) -> tuple[dict[str, Any], str]:
    """Parameters under their wire names, and the model's id; connections are not read."""
    model = {"id": model} if isinstance(model, str) else _mapping(model, f"{where}: model")
    _refuse_misplaced(model, f"{where}: model", known=("options", "parameters"))
    _check_api(model, where)
    # the first format has wire names
    first = _mapping(model.get("parameters"), f"{where}: model.parameters")
    parameters = _read_options(model.get("options"), f"{where}: model.options") | first
    parameters.pop("stream", None)  # how replies travel is not the prompt's to say
    configured = _mapping(model.get("configuration"), f"{where}: model.configuration")
    name = str(model.get("id") or configured.get("name") or "")
    given = {name: value for name, value in parameters.items() if value is not None}
    return given, "" if name.startswith("${") else name


def _check_api(model: Mapping[str, Any], where: str) -> None:
    for key in ("api", "apiType"):
        if model.get(key) not in (None, "", *CHAT):
            raise PromptError(
                f"{where}: model.{key} is {model[key]!r}: only prompts for chat are run: "
                f"write chat, or leave {key} out"
            )


def _read_options(options: Any, where: str) -> dict[str, Any]:
    """Prompty's options under their wire names."""
    parameters: dict[str, Any] = {}
    for option, value in _mapping(options, where).items():
        if option == "additionalProperties":
            parameters |= _mapping(value, f"{where}.additionalProperties")
        elif option in OPTIONS:
            parameters[OPTIONS[option][0]] = value
        else:
            known = WIRE[option][0] if option in WIRE else "it under additionalProperties"
            raise PromptError(f"{where} knows no {option!r}: write {known}")
    return parameters


def check_parameters(parameters: Mapping[str, Any], where: str) -> None:
    """Refuse what an endpoint would refuse, or what would change the call behind the workbench's
    back.
    """
    check_json(dict(parameters), f"{where}: model.options")
    for name, value in parameters.items():
        if name in NOT_PARAMETERS:
            raise PromptError(f"{where}: {name} is not a parameter of a prompt: remove it")
        if name in OF_THE_MODEL:
            step = "set it in models.yaml, beside its price"
            raise PromptError(f"{where}: {name} changes what a call costs: {step}")
        if fault := parameter_fault(name, value):
            option = WIRE[name][0] if name in WIRE else name
            raise PromptError(f"{where}: model.options.{option} is {value!r}: {fault}")


def check_json(value: Any, where: str) -> None:
    """Refuse what has no form in JSON: it could not be sent, nor stand in a fingerprint."""
    if fault := json_fault(value):
        raise PromptError(f"{where} {fault}")


def write(
    front: Mapping[str, Any], parameters: Mapping[str, Any], messages: Iterable[Message]
) -> str:
    """The text of a Prompty file."""
    options = _options(parameters)
    model = {**front.get("model", {}), **({"options": options} if options else {})}
    front = {name: value for name, value in {**front, "model": model}.items() if value}
    block = yaml_text(front)
    # prompty ends the front matter at the first run of three; all are in double quotes here
    block = re.sub(r"-(?=--)", r"\\x2d", re.sub(r"\+(?=\+\+)", r"\\x2b", block))
    body = "\n".join(f"{message.role}:\n{message.template}\n" for message in messages)
    return f"---\n{block}template: {{format: jinja2, parser: prompty}}\n---\n{body}"


def _options(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters under Prompty's names; those that it has none for apart."""
    options = {WIRE[name][0]: value for name, value in parameters.items() if name in WIRE}
    others = {name: value for name, value in parameters.items() if name not in WIRE}
    return options | ({"additionalProperties": others} if others else {})
