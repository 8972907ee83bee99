"""Prompts: Prompty files read, checked, rendered and written."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from workbench import words
from workbench.errors import PromptError
from workbench.files import fingerprint, inside, leads_out, no_project, resolve, root, write_whole
from workbench.printing import printed
from workbench.prompts.declared import Misfit, as_declared
from workbench.prompts.prompty import (
    ROLES,
    Message,
    check_json,
    check_parameters,
    marker,
    parse,
    write,
)
from workbench.prompts.properties import Property, json_schema
from workbench.prompts.templates import (
    FAULTS,
    MAX_OUTPUT,
    MAX_SOURCE,
    SCALARS,
    MessageTemplate,
    compile_message,
    context_of,
    odd_type,
)

SUFFIX = ".prompty"
MAX_FILE = 4 * MAX_SOURCE  # bytes


@printed
@dataclass(frozen=True)
class Prompt:
    """One variant: messages with Jinja templates, sampling parameters, inputs and outputs; checked
    when it is made.

    Every message is rendered on its own, so text from an example can never open a role.
    `parameters` have their names on the wire (`max_tokens`, `top_p`, `stop`, ...).
    """

    name: str
    messages: tuple[Message, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Property, ...] = ()
    outputs: tuple[Property, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    model_id: str = ""
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.messages:
            raise PromptError(
                f"{self._where}: there is no message: write a line user: and the prompt below it"
            )
        if sum(len(message.template) for message in self.messages) > MAX_SOURCE:
            raise PromptError(
                f"{self._where}: the messages are longer than {MAX_SOURCE:,} characters: "
                "shorten them"
            )
        for message in self.messages:
            _check_message(message, self._where)
        check_parameters(self.parameters, self._where)
        check_json([self._defaults, self.schema], f"{self._where}: a default or an output")
        assert self._templates

    def __repr__(self) -> str:
        about = f", {self.description}" if self.description else ""
        count = words.count(len(self.messages), "message")
        return f"Prompt {self.name} ({self.fingerprint}): {count}{words.brief(about)}"

    @property
    def _where(self) -> str:
        return _shown(self.path) if self.path else f"prompt {self.name!r}"

    @cached_property
    def _templates(self) -> tuple[MessageTemplate, ...]:
        return tuple(
            compile_message(message.template, self._where, message.line)
            for message in self.messages
        )

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {each.name: each.default for each in self.inputs if each.default is not None}

    @cached_property
    def _needed(self) -> frozenset[str]:
        """Names without which rendering fails."""
        return (
            frozenset().union(*(template.needs for template in self._templates))
            - self._defaults.keys()
        )

    @cached_property
    def variables(self) -> frozenset[str]:
        """Names of the inputs that the templates read."""
        return frozenset().union(*(template.reads for template in self._templates))

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """JSON schema of the reply, from the outputs; None where the reply is free text."""
        return json_schema(self.outputs) if self.outputs else None

    @cached_property
    def fingerprint(self) -> str:
        """Stands for what determines the reply."""
        messages = [[message.role, message.template] for message in self.messages]
        return fingerprint(
            [messages, self._defaults, dict(self.parameters), self.schema, self.model_id]
        )

    @property
    def text(self) -> str:
        """The text of this prompt's file, in one fixed form."""
        front = {
            "name": self.name,
            "description": self.description,
            "metadata": dict(self.metadata),
            "model": {"id": self.model_id} if self.model_id else {},
            "inputs": [each.front for each in self.inputs],
            "outputs": [each.front for each in self.outputs],
        }
        return write(front, self.parameters, self.messages)

    def check(self, inputs: Mapping[str, Any], where: str) -> None:
        """Refuse inputs that could not be rendered; `where` names the example, as in `example
        'd-001'`.
        """
        self._written(inputs, f"{where}: ")

    def render(
        self, inputs: Mapping[str, Any], *, mark: Callable[[str], str] | None = None
    ) -> list[dict[str, str]]:
        """The messages with inputs filled in; PromptError names every input that is missing.

        `mark` is applied to the text of every expression, whatever its filters: so a critic fences
        what it judges.
        """
        texts = self._written(inputs, "", mark)
        return [
            {"role": message.role, "content": text}
            for message, text in zip(self.messages, texts, strict=True)
        ]

    def _written(
        self, inputs: Mapping[str, Any], where: str, mark: Callable[[str], str] | None = None
    ) -> list[str]:
        read = self._read(inputs, where)
        context = context_of(read if mark is None else {**read, "_mark": mark})
        room, texts = MAX_OUTPUT, list[str]()
        for message, template in zip(self.messages, self._templates, strict=True):
            try:
                texts.append(template.write(context, room))
            except FAULTS as error:
                line = message.line + template.line_of(error) - 1
                raise PromptError(f"{where}{self._where}, line {line}: {error}") from None
            room -= len(texts[-1])
        return texts

    def _read(self, inputs: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The inputs that the templates read, with defaults; none is missing, all are plain."""
        values = {**self._defaults, **inputs} if self._defaults else inputs
        if not self._needed <= values.keys():
            missing = ", ".join(sorted(self._needed - values.keys()))
            raise PromptError(
                f"{where}prompt {self.name!r} lacks {missing}: add to the inputs, or give defaults"
            )
        read = {name: values[name] for name in self.variables if name in values}
        for each in self._declared:
            if each.name in read:
                read[each.name] = self._converted(each, read[each.name], where)
        for name, value in read.items():
            if type(value) not in SCALARS and (odd := odd_type(value)):
                raise PromptError(
                    f"{where}input {name!r} of prompt {self.name!r} holds {odd}: "
                    "inputs are plain data"
                )
        return read

    @cached_property
    def _declared(self) -> tuple[Property, ...]:
        """The inputs whose kind asks something of a value."""
        return tuple(each for each in self.inputs if each.declared)

    def _converted(self, each: Property, value: Any, where: str) -> Any:
        try:
            return as_declared(each, value)
        except Misfit as misfit:
            raise PromptError(
                f"{where}input {each.name!r} of prompt {self.name!r} {misfit}"
            ) from None

    def save(self, folder: str | Path, name: str, *, overwrite: bool = False) -> Path:
        """Write `<folder>/<name>.prompty`; another prompt there is kept unless `overwrite`, a
        released one always.
        """
        folder = resolve(folder)
        path = _path(folder, name)
        prompt = replace(self, name=path.stem, path=path)
        if path.exists():
            if _holds(path, prompt):
                return path
            _check_overwriting(path, overwrite=overwrite)
        return write_whole(path, prompt.text)


def _path(folder: Path, name: str) -> Path:
    """The file of a prompt in a folder."""
    if not re.fullmatch(r"\w[\w. -]{0,99}", name) and "/" not in name:
        raise PromptError(
            f"{name!r} cannot name a prompt file: use letters, digits, - and _, as in 'v2'"
        )
    path = inside(folder, name.removesuffix(SUFFIX) + SUFFIX)
    if path.parent != folder.resolve():
        raise PromptError(
            f"{name!r} names a folder: use a plain name such as 'v2' and give the folder apart"
        )
    return path


def _check_overwriting(path: Path, *, overwrite: bool) -> None:
    """Refuse to write over a released prompt, or over another without being told to."""
    if "released" in (path.relative_to(root()) if path.is_relative_to(root()) else path).parts:
        raise PromptError(
            f"{_shown(path)} is released and never overwritten: save under a new name"
        )
    if not overwrite:
        raise PromptError(
            f"{_shown(path)} holds another prompt: choose a new name, or pass overwrite=True"
        )


@printed
class Prompts(Sequence[Prompt]):
    """The variants of one folder, by position or by name."""

    def __init__(self, prompts: Sequence[Prompt], folder: str = "") -> None:
        self._prompts = tuple(prompts)
        self._folder = folder

    @property
    def names(self) -> list[str]:
        return [prompt.name for prompt in self._prompts]

    @overload
    def __getitem__(self, key: int | str) -> Prompt: ...
    @overload
    def __getitem__(self, key: slice) -> "Prompts": ...
    def __getitem__(self, key: int | str | slice) -> "Prompt | Prompts":
        if isinstance(key, slice):
            return Prompts(self._prompts[key], self._folder)
        if isinstance(key, int):
            return self._prompts[key]
        if key not in self.names:
            raise PromptError(
                f"no prompt {key!r} in {self._folder}: there are {', '.join(self.names)}"
            )
        return self._prompts[self.names.index(key)]

    def __len__(self) -> int:
        return len(self._prompts)

    def __iter__(self) -> Iterator[Prompt]:
        return iter(self._prompts)

    def __contains__(self, key: object) -> bool:
        return key in self.names if isinstance(key, str) else key in self._prompts

    def __repr__(self) -> str:
        return f"Prompts({self.names})"


def load_prompt(path: str | Path) -> Prompt:
    """The prompt in a .prompty file, named like the file; a relative path counts from the project
    root.
    """
    path = resolve(path)
    where = _shown(path)
    if path.suffix != SUFFIX:
        raise PromptError(
            f"{where} is not a {SUFFIX} file: rename it, or load the folder with load_prompts"
        )
    if not path.is_file():
        raise PromptError(f"{where} is not there: {_next_step(path)}{no_project()}")
    if leads_out(path):
        raise PromptError(
            f"{where} is a link that leads out of the project: put a copy of the file there"
        )
    return Prompt(name=path.stem, path=path, **parse(_read(path, where), where))


def read_prompt(name: str, text: str) -> Prompt:
    """The prompt that a file of this text would hold."""
    return Prompt(name, **parse(text, f"prompt {name!r}"))


def load_prompts(folder: str | Path) -> Prompts:
    """The prompts of a folder, sorted by name; a relative path counts from the project root."""
    folder = resolve(folder)
    where = _shown(folder)
    if not folder.is_dir():
        step = "load one file with load_prompt" if folder.is_file() else _next_step(folder)
        raise PromptError(f"{where} is not a folder: {step}{no_project()}")
    files = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not files:
        raise PromptError(f"{where} holds no {SUFFIX} file: write one, such as {where}/v1{SUFFIX}")
    return Prompts([load_prompt(path) for path in files], where)


def _read(path: Path, where: str) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise PromptError(
                f"{where} is larger than {MAX_FILE:,} bytes: move text into the examples"
            )
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PromptError(f"{where}, line {line}: not UTF-8 text: save the file as UTF-8") from None
    except OSError as error:
        raise PromptError(f"{where} cannot be read: {error.strerror}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_message(message: Message, where: str) -> None:
    """Refuse a message that its file could not hold, or a role that no endpoint knows."""
    if message.role not in ROLES:
        raise PromptError(f"{where}: unknown role {message.role!r}: use {', '.join(ROLES)}")
    opening = next((line.strip() for line in message.template.splitlines() if marker(line)), None)
    if opening:
        raise PromptError(
            f"{where}, line {message.line}: a line {opening!r} would open a message: reword it"
        )
    if re.search("[\ud800-\udfff]", message.template):
        raise PromptError(
            f"{where}, line {message.line}: the message holds half a character (a surrogate): "
            "remove it"
        )


def _holds(path: Path, prompt: Prompt) -> bool:
    """Whether a file holds the same prompt already; a file that cannot be read does not."""
    try:
        return load_prompt(path) == prompt
    except PromptError:
        return False


def _shown(path: Path) -> str:
    """A path as errors show it: from the project root where it lies inside."""
    return str(path.relative_to(root()) if path.is_relative_to(root()) else path)


def _next_step(path: Path) -> str:
    """What there is instead of a path that is missing."""
    names = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    near = get_close_matches(path.name, names, n=1) or get_close_matches(
        f"{path.name}{SUFFIX}", names, n=1
    )
    if near:
        return f"is {near[0]} meant?"
    if names:
        return f"{_shown(path.parent)} holds {', '.join(names[:8])}"
    return "check the path, or create it"
