"""A prompt as one file of plain Python, which needs nothing but itself."""

import ast
import json
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pprint import pformat
from typing import Any

from workbench.errors import WorkbenchError
from workbench.exchange import standalone
from workbench.exchange.carrying import Carried, Lost
from workbench.exchange.trees import spoken
from workbench.key_shapes import KEY_VALUE
from workbench.prompts import Prompt
from workbench.prompts.personal_kinds import KINDS
from workbench.prompts.prepare import Preparation

SAMPLES: Mapping[str, Any] = {
    "string": "some text", "integer": 3, "float": 2.5, "number": 2.5, "boolean": True,
    "array": ["one", "two"], "object": {"name": "value"},
    "thread": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}],
    "image": "data:image/png;base64,iVBORw0KGgo=",
}  # fmt: skip
_RUNTIME = ("fitting_replies", "expressions", "standalone")
_PLACES = ("PROMPT: dict[str, Any] = {}", "STEPS: tuple[Callable[[str], str], ...] = ()")


def python_module(prompt: Prompt) -> Carried:
    """The file, `<prompt>.py`; what it does not do as the workbench does is said."""
    return Carried({".py": module_text(prompt)}, tuple(_lost(prompt)))


def module_text(prompt: Prompt) -> str:
    """The text of the file: what prepares inputs, the runtime, and the prompt as data."""
    parts = [_parted(source) for source in _sources(prompt.preparation)]
    imports = "".join(_together([node for nodes, _ in parts for node in nodes]))
    bodies = [text.rstrip() for _, text in parts]
    shown = re.sub(r"[^\w .-]", "_", prompt.name)
    head = f'"""Prompt {shown} ({prompt.fingerprint}). {_first_words()}"""\n'
    bodies[-1] = _filled(bodies[-1], prompt)
    given = _from_elsewhere(prompt.preparation)
    return "\n\n\n".join([f"{head}\n{imports}", *given, *bodies, MAIN])


MAIN = """\
if __name__ == "__main__":
    print(check(), "checks passed")
"""


def _filled(runtime: str, prompt: Prompt) -> str:
    """The runtime with the prompt and its preparation in their places."""
    data = pformat(data_of(prompt), width=96, sort_dicts=False)
    filled = runtime.replace(_PLACES[0], f"{_PLACES[0].removesuffix('{}')}{data}", 1)
    return filled.replace(
        _PLACES[1], f"{_PLACES[1].removesuffix('()')}({_steps(prompt.preparation)})", 1
    )


def _first_words() -> str:
    return str(standalone.__doc__).partition(" in plain Python: ")[2]


def _together(imports: Sequence[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    """Lines of imports, each module once."""
    plain = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    yield from (f"import {name}\n" for name in sorted(plain))
    named: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            named.setdefault(str(node.module), set()).update(each.name for each in node.names)
    yield from (f"from {name} import {', '.join(sorted(named[name]))}\n" for name in sorted(named))


def _sources(asked: Preparation | None) -> Iterator[str]:
    """The texts of the modules that the file is made of, the runtime last."""
    places = [("workbench.prompts", name) for name in _needed(asked)]
    places += [("workbench.exchange", name) for name in _RUNTIME]
    return (files(package).joinpath(f"{name}.py").read_text("utf-8") for package, name in places)


def _parted(source: str) -> tuple[list[ast.Import | ast.ImportFrom], str]:
    """The imports of a source, without those of the workbench, and what stands below them."""
    tops = ast.parse(source).body[1:]
    imports = [node for node in tops if isinstance(node, ast.Import | ast.ImportFrom)]
    below = source.splitlines(keepends=True)[max(node.end_lineno or 0 for node in imports) :]
    return [node for node in imports if not _is_ours(node)], "".join(below).lstrip("\n")


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and str(node.module).startswith("workbench")


def _needed(asked: Preparation | None) -> Iterator[str]:
    """The sources of what prepares inputs."""
    if asked and (asked.strip_invisible or asked.normalise or asked.mask):
        yield "invisible"
    if asked and asked.mask:
        yield "personal"
    if asked and asked.keep:
        yield "cutting"


def _from_elsewhere(asked: Preparation | None) -> list[str]:
    """What `personal` takes from elsewhere."""
    if asked is None or not asked.mask:
        return []
    return [f"KEY_VALUE = re.compile({KEY_VALUE.pattern!r})\nKINDS = {KINDS!r}"]


def _steps(asked: Preparation | None) -> str:
    """The steps of a preparation in their order, as Python."""
    if asked is None:
        return ""
    steps = [
        "strip_invisible" if asked.strip_invisible else "",
        "normalise" if asked.normalise else "",
        f"partial(mask_personal, kinds={asked.mask!r})" if asked.mask else "",
        "partial(cut, head={}, tail={})".format(*asked.keep) if asked.keep else "",
    ]
    return "".join(f"{step}, " for step in steps if step).rstrip()


def data_of(prompt: Prompt) -> dict[str, Any]:
    """What the runtime knows of the prompt: plain data that Python writes as it reads it."""
    return {
        "name": prompt.name,
        "fingerprint": prompt.fingerprint,
        "model": prompt.model_id,
        "parameters": dict(prompt.parameters),
        "schema": prompt.schema,
        "tools": [tool.wire for tool in prompt.tools],
        "inputs": [_input(each) for each in prompt.inputs if each.declared or each.kind in _RICH],
        "defaults": {each.name: each.default for each in prompt.inputs if each.default is not None},
        "reads": sorted(prompt.variables),
        "needs": sorted(prompt.needed),
        "messages": [
            [each.role, [[part.kind, part.what] for part in each.parts]] for each in spoken(prompt)
        ],
        "cases": list(_cases(prompt)),
        "misfits": list(_misfits(prompt)),
    }


_RICH = ("thread", "image")


def _input(each: Any) -> dict[str, Any]:
    optional = bool(each.nullable) or each.required is False
    return {"name": each.name, "kind": each.kind, "optional": optional}


def _samples(prompt: Prompt) -> dict[str, Any]:
    kinds = {each.name: each for each in prompt.inputs}
    made = {}
    for name in sorted(prompt.variables):
        each = kinds.get(name)
        given = each.example if each and each.example is not None else None
        made[name] = given if given is not None else SAMPLES[each.kind if each else "string"]
    return made


def _cases(prompt: Prompt) -> Iterator[dict[str, Any]]:
    """Inputs with the messages that the workbench makes of them, and the names of inputs whose
    text leaves the roles as they are, whatever it says.
    """
    inputs = _samples(prompt)
    try:
        messages = prompt.render(inputs)
    except WorkbenchError:
        return
    texts = [name for name, value in inputs.items() if isinstance(value, str)]
    roles = [each["role"] for each in messages]
    hostile = [name for name in texts if _stays(prompt, inputs, name, roles)]
    yield {"inputs": inputs, "messages": messages, "hostile": hostile}


def _stays(prompt: Prompt, inputs: Mapping[str, Any], name: str, roles: list[str]) -> bool:
    """Whether the prompt takes every hostile text here, and makes the same messages of it: a kind
    other than text takes none, and a message may be left out where its input is empty.
    """
    try:
        return all(
            [each["role"] for each in prompt.render({**inputs, name: text})] == roles
            for text in standalone.HOSTILE
        )
    except WorkbenchError:
        return False


def _misfits(prompt: Prompt) -> Iterator[str]:
    """Replies that do not fit what is asked for."""
    if prompt.schema is not None:
        yield from ("no JSON", "[]", json.dumps({"not asked for": 1}))


def _lost(prompt: Prompt) -> Iterator[Lost]:
    if prompt.images:
        yield Lost("kind", "an image is given as a data URL: the file reads no other files")
    kinds = {each.kind for each in prompt.inputs if each.declared} - {"string", *_RICH}
    if kinds:
        yield Lost("kind", "a text is not read as a number, a boolean, a list or a mapping")
    if not list(_cases(prompt)):
        yield Lost("example", "its tests hold no case: give its inputs examples, and export again")


def module_name(name: str) -> str:
    """A prompt's name as Python can import it."""
    plain = re.sub(r"\W", "_", name)
    usable = plain.isidentifier() and not keyword.iskeyword(plain)
    return plain if usable else f"prompt_{plain}"
