"""Prompts: Prompty files read, checked, rendered and written."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from workbench import words
from workbench.arguments import expect, expect_each
from workbench.errors import PromptError
from workbench.files import fingerprint, leads_out, no_project, resolve, shown_path, write_whole
from workbench.meant import instead, lacks
from workbench.printing import printed
from workbench.prompts.declared import Misfit, as_declared
from workbench.prompts.pieces import (
    RICH,
    Piece,
    PieceFault,
    Text,
    Writer,
    cut,
    surely_fills,
    with_threads,
)
from workbench.prompts.prepare import Preparation, PrepareFault, read_preparation
from workbench.prompts.prompt_file import (
    SUFFIX,
    check_names,
    check_overwriting,
    file_of,
    next_step,
    read_text,
)
from workbench.prompts.prompty import (
    ROLES,
    Message,
    check_json,
    check_parameters,
    in_single_braces,
    marker,
    parse,
    write,
)
from workbench.prompts.properties import Property, json_schema
from workbench.prompts.templates import MAX_SOURCE, SCALARS, odd_type
from workbench.prompts.tools import Tool
from workbench.turns import Image, images_in


@printed
@dataclass(frozen=True)
class Prompt:
    """One variant: messages with Jinja templates, sampling parameters, inputs and outputs; checked
    when it is made.

    Every message is rendered on its own, so text from an example can never open a role; an input
    of kind thread holds turns of a user and an assistant, each of which becomes a message.
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
    tools: tuple[Tool, ...] = ()
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        expect_each(self.messages, Message, "messages", "read a prompt with wb.load_prompt(file)")
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
        assert self.pieces
        assert self.preparation is None or self.preparation.plain

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: not the compiled templates, which are made there."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __repr__(self) -> str:
        about = f", {self.description}" if self.description else ""
        count = words.count(len(self.messages), "message")
        return f"Prompt {self.name} ({self.fingerprint}): {count}{words.brief(about)}"

    @property
    def _where(self) -> str:
        return shown_path(self.path) if self.path else f"prompt {self.name!r}"

    @cached_property
    def _rich(self) -> dict[str, str]:
        """The kinds of inputs that are conversations or images."""
        return {each.name: each.kind for each in self.inputs if each.kind in RICH}

    @cached_property
    def pieces(self) -> tuple[tuple[Piece, ...], ...]:
        made = tuple(cut(message, self._rich, self._where) for message in self.messages)
        return with_threads(made, self._rich, self._where)

    @cached_property
    def preparation(self) -> Preparation | None:
        """What is done to inputs before they are read, by `prepare` in the metadata."""
        try:
            return read_preparation(self.metadata.get("prepare"))
        except PrepareFault as fault:
            raise PromptError(f"{self._where}: {fault}") from None

    @cached_property
    def _texts(self) -> tuple[Text, ...]:
        return tuple(each for pieces in self.pieces for each in pieces if isinstance(each, Text))

    @cached_property
    def _slots(self) -> frozenset[str]:
        """Names of the conversations and images that are written."""
        return frozenset(
            each.name for pieces in self.pieces for each in pieces if not isinstance(each, Text)
        )

    @property
    def images(self) -> frozenset[str]:
        """Names of the inputs that are shown as images."""
        return frozenset(name for name in self._slots if self._rich[name] == "image")

    @property
    def threads(self) -> frozenset[str]:
        """Names of the inputs whose turns become messages."""
        return self._slots - self.images

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {each.name: each.default for each in self.inputs if each.default is not None}

    @cached_property
    def needed(self) -> frozenset[str]:
        """Names without which rendering fails."""
        needs = self._slots.union(*(text.template.needs for text in self._texts))
        return needs - self.optional.keys()

    @property
    def optional(self) -> dict[str, str]:
        """Names that examples may lack, and what stands in their place."""
        absent = (
            each for each in self.inputs if each.required is False and each.name in self._rich
        )
        left_out = {each.name: "left out" for each in absent}
        return left_out | dict.fromkeys(self._defaults, "its default")

    @cached_property
    def variables(self) -> frozenset[str]:
        """Names of the inputs that the templates read."""
        return self._slots.union(*(text.template.reads for text in self._texts))

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """JSON schema of the reply, from the outputs; None where the reply is free text."""
        return json_schema(self.outputs) if self.outputs else None

    @cached_property
    def fingerprint(self) -> str:
        """Stands for what determines the reply."""
        messages = [[message.role, message.template] for message in self.messages]
        about = [messages, self._defaults, dict(self.parameters), self.schema, self.model_id]
        more = [self._rich, [tool.wire for tool in self.tools]] if self.tools else [self._rich]
        prepared = [{"prepare": self.preparation.plain}] if self.preparation else []
        return fingerprint([*about, *(more if any(more) else []), *prepared])

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
            "tools": [tool.front for tool in self.tools],
        }
        return write(front, self.parameters, self.messages)

    def check(
        self, inputs: Mapping[str, Any], where: str, *, mark: Callable[[str], str] | None = None
    ) -> None:
        """Refuse inputs that could not be rendered (with `mark` as a critic reads them); `where`
        names the example, as in `example 'd-001'`.
        """
        if fault := in_single_braces(self.messages, inputs.keys() - self.variables):
            raise PromptError(f"{where}: {self._where}: {fault}")
        read = self._read(inputs, f"{where}: ")
        if mark not in (None, str) or not surely_fills(self.pieces, read):
            self._written(read, f"{where}: ", mark)

    def render(
        self, inputs: Mapping[str, Any], *, mark: Callable[[str], str] | None = None
    ) -> list[dict[str, Any]]:
        """The messages with inputs filled in; PromptError names every input that is missing.

        A message that shows images has a list of parts as its content, as endpoints take it. `mark`
        is applied to the text of every expression, whatever its filters, and to every text of a
        conversation, whose turns are then no messages: so a critic fences what it judges.
        """
        return self._written(self._read(inputs, ""), "", mark)

    def _written(
        self, read: Mapping[str, Any], where: str, mark: Callable[[str], str] | None
    ) -> list[dict[str, Any]]:
        writer = Writer(read, mark)
        made: list[dict[str, Any]] = []
        for message, pieces in zip(self.messages, self.pieces, strict=True):
            try:
                made += writer.messages(message.role, pieces)
            except PieceFault as fault:
                line = f", line {fault.line}" if fault.line else ""
                raise PromptError(f"{where}{self._where}{line}: {fault}") from None
        if not made:
            raise PromptError(f"{where}{self._where}: there is no message: every input is empty")
        return made

    def _read(self, inputs: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The inputs that the templates read, with defaults; none is missing, all are plain."""
        expect(inputs, Mapping, "what a prompt is rendered with", "give its inputs by their names")
        values = {**self._defaults, **inputs} if self._defaults else inputs
        if not self.needed <= values.keys():
            raise PromptError(f"{where}prompt {self.name!r} {lacks(self.needed, values)}")
        read = {name: values[name] for name in self.variables if name in values}
        for each in self._declared:
            if each.name in read and not (each.kind == "string" and type(read[each.name]) is str):
                read[each.name] = self._converted(each, read[each.name], where)
        self._refuse_odd(read, where)
        if not self.preparation:
            return read
        return {name: self.prepared(value) for name, value in read.items()}

    def prepared(self, value: Any) -> Any:
        """A value as the templates read it."""
        return self.preparation.value(value) if self.preparation else value

    def _refuse_odd(self, read: Mapping[str, Any], where: str) -> None:
        """Refuse what is no plain data; conversations and images were read as such."""
        for name, value in read.items():
            plain = type(value) in SCALARS or name in self._rich
            if not plain and (odd := odd_type(value)):
                raise PromptError(
                    f"{where}input {name!r} of prompt {self.name!r} holds {odd}: "
                    "inputs are plain data"
                )

    @cached_property
    def _declared(self) -> tuple[Property, ...]:
        """The inputs whose kind asks something of a value."""
        return tuple(each for each in self.inputs if each.declared or each.kind in RICH)

    def _converted(self, each: Property, value: Any, where: str) -> Any:
        try:
            return as_declared(each, value)
        except Misfit as misfit:
            raise PromptError(
                f"{where}input {each.name!r} of prompt {self.name!r} {misfit}"
            ) from None

    def shown(self, inputs: Mapping[str, Any]) -> Iterator[Image]:
        """The images that it shows of an example, those of conversations too."""
        if self._slots:
            read = self._read(inputs, "")
            for name in sorted(self._slots & read.keys()):
                yield from images_in(read[name])

    def save(self, folder: str | Path, name: str, *, overwrite: bool = False) -> Path:
        """Write `<folder>/<name>.prompty`; another prompt there is kept unless `overwrite`, a
        released one always.
        """
        folder = resolve(folder)
        path = file_of(folder, name)
        prompt = replace(self, name=path.stem, path=path)
        if path.exists():
            if _holds(path, prompt):
                return path
            check_overwriting(path, overwrite=overwrite)
        return write_whole(path, prompt.text)


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
            raise PromptError(f"no prompt {key!r} in {self._folder}: {instead(key, self.names)}")
        return self._prompts[self.names.index(key)]

    def __len__(self) -> int:
        return len(self._prompts)

    def __iter__(self) -> Iterator[Prompt]:
        return iter(self._prompts)

    def _ipython_key_completions_(self) -> list[str]:
        """What Tab offers between the brackets in a notebook."""
        return self.names

    def __contains__(self, key: object) -> bool:
        return key in self.names if isinstance(key, str) else key in self._prompts

    def __repr__(self) -> str:
        return f"Prompts({self.names})"


def load_prompt(path: str | Path) -> Prompt:
    """The prompt in a .prompty file, named like the file; a relative path counts from the project
    root.
    """
    path = resolve(path)
    where = shown_path(path)
    if path.suffix != SUFFIX:
        raise PromptError(
            f"{where} is not a {SUFFIX} file: rename it, or load the folder with load_prompts"
        )
    if not path.is_file():
        raise PromptError(f"{where} is not there: {next_step(path)}{no_project()}")
    if leads_out(path):
        raise PromptError(
            f"{where} is a link that leads out of the project: put a copy of the file there"
        )
    return Prompt(name=path.stem, path=path, **parse(read_text(path, where), where))


def read_prompt(name: str, text: str) -> Prompt:
    """The prompt that a file of this text would hold."""
    return Prompt(name, **parse(text, f"prompt {name!r}"))


def load_prompts(folder: str | Path) -> Prompts:
    """The prompts of a folder, sorted by name; a relative path counts from the project root."""
    folder = resolve(folder)
    where = shown_path(folder)
    if not folder.is_dir():
        step = "load one file with load_prompt" if folder.is_file() else next_step(folder)
        raise PromptError(f"{where} is not a folder: {step}{no_project()}")
    files = sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    if not files:
        raise PromptError(f"{where} holds no {SUFFIX} file: write one, such as {where}/v1{SUFFIX}")
    check_names((path.stem for path in files), where)
    return Prompts([load_prompt(path) for path in files], where)


def _check_message(message: Message, where: str) -> None:
    """Refuse a message that its file could not hold, or a role that no endpoint knows."""
    if message.role not in ROLES:
        raise PromptError(
            f"{where}: unknown role {message.role!r}: {instead(message.role, ROLES, 'use')}"
        )
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
