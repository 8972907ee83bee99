"""YAML as plain data, as people expect it, with the line where it is broken."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.scanner import ScannerError

MAX_NESTING = 40  # of lists and mappings
MAX_TEXT = 1_000_000  # characters, which take some seconds
_TAG = "tag:yaml.org,2002:"
MERGE = f"{_TAG}merge"  # the key <<, where a reader knows it
ALIASES = "aliases are not used in a prompt file or models.yaml: write the value out"


class YamlFault(ValueError):
    """What is wrong, and the line of it, counted from 0."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def plain_yaml(text: str) -> Any:
    """What a YAML text says; YamlFault where it cannot be read."""
    if len(text) > MAX_TEXT:
        raise YamlFault(f"longer than {MAX_TEXT:,} characters: rows go into a dataset", 0)
    try:
        return _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise YamlFault(
            str(error.problem), error.problem_mark.line if error.problem_mark else 0
        ) from None
    except yaml.reader.ReaderError as error:  # characters that YAML forbids carry no mark
        raise YamlFault(error.reason, text.count("\n", 0, error.position)) from None


def _is_number(node: Any) -> bool:
    return node.tag in (f"{_TAG}int", f"{_TAG}float")


def _is_bare(key: Any, value: Any) -> bool:
    """Whether a key stands without a colon."""
    return ":" not in key.end_mark.buffer[key.end_mark.pointer : value.end_mark.pointer]


def _parted(before: Any, behind: Any) -> ConstructorError:
    """A number that its comma parts, as in `{default: 1,000}`."""
    number = f"{before.value},{behind.value}"
    problem = f"{number} has a comma, which ends an entry: write 1000 or 0.5, or put it in quotes"
    return ConstructorError(None, None, problem, behind.start_mark)


class PlainConstructor(yaml.constructor.SafeConstructor):
    """Values as people expect them: no key twice, and a fault that says what to write instead."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):  # `!!map [1]`
            return super().construct_mapping(node, deep)
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        seen: set[Any] = set()
        for (_, before), (key, value) in pairwise(node.value) if node.flow_style else ():
            if _is_number(before) and _is_number(key) and _is_bare(key, value):
                raise _parted(before, key)
        for key in keys:
            if key.tag == MERGE:
                continue
            names = {key.value, self.construct_object(key)}  # 1 and 0x1, ~ and null are one
            if names & seen:
                raise ConstructorError(
                    None, None, f"{key.value!r} is there twice: keep one", key.start_mark
                )
            seen |= names
        return super().construct_mapping(node, deep)

    def construct_sequence(self, node: Any, deep: bool = False) -> list[Any]:
        for before, item in pairwise(node.value) if node.flow_style else ():
            follows = before.end_mark.index + 1 == item.start_mark.index  # [1,000], not [1, 0]
            if (
                follows
                and _is_number(before)
                and _is_number(item)
                and re.match("0[0-9]", item.value)
            ):
                raise _parted(before, item)
        return super().construct_sequence(node, deep)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (
            ValueError,
            LookupError,
            AttributeError,
        ) as error:  # a number of 5,000 digits, `!!bool perhaps`
            problem = f"{str(error)[:80]}: write it in quotes, as text"
            raise ConstructorError(None, None, problem, node.start_mark) from None


class PlainResolver(yaml.resolver.Resolver):
    """What words without quotes are by YAML 1.2's core schema."""


class _Loader(PlainConstructor, PlainResolver, yaml.SafeLoader):
    """YAML as people expect it: scalars as YAML 1.2 has them, no key twice, no aliases."""

    depth = 0

    def scan_flow_scalar(self, style: str) -> Any:
        try:
            return super().scan_flow_scalar(style)
        except ValueError:  # "\U00110000"
            raise ScannerError(None, None, "no such character", self.get_mark()) from None

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):  # a few lines of them make gigabytes
            raise ComposerError(None, None, ALIASES, self.peek_event().start_mark)
        if self.depth == MAX_NESTING:
            raise ComposerError(None, None, "nested too deeply", self.peek_event().start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_CORE: dict[str, tuple[re.Pattern[str], str, Callable[[str], Any]]] = {
    # tag: pattern, characters that one begins with, how it is read (YAML 1.2.2, section 10.3.2)
    "null": (re.compile(r"|~|null|Null|NULL"), "~nN", lambda text: None),
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF", lambda text: text[0] in "tT"),
    "int": (
        re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        "-+0123456789",
        lambda text: _whole(int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))),
    ),
    "float": (
        re.compile(
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        "-+.0123456789",
        lambda text: float(re.sub(r"\.([a-zA-Z])", r"\1", text)),
    ),
}


def _whole(number: int) -> int:
    """A number, if it can be written out; ValueError where it has more digits than Python shows."""
    str(number)
    return number


def core_scalar(text: str) -> Any:
    """What a word without quotes says by YAML 1.2's core schema: nothing, a truth, a number or
    itself.
    """
    for pattern, _, read in _CORE.values():
        if pattern.fullmatch(text):
            return read(text)
    return text


def _constructor(kind: str) -> Callable[[yaml.SafeLoader, Any], Any]:
    pattern, _, read = _CORE[kind]

    def construct(loader: yaml.SafeLoader, node: Any) -> Any:
        text = str(loader.construct_scalar(node))
        if not pattern.fullmatch(text):
            raise ValueError(repr(text))
        return read(text)

    return construct


def yaml_text(value: Any) -> str:
    """Plain data as YAML that readers of 1.1 and of 1.2 read alike: a text that either would take
    for something else is in quotes.
    """
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)


class _Dumper(yaml.SafeDumper):
    """Writes text in double quotes where a run of dashes or pluses, which may end a front matter,
    or a rare line break has to be escaped.
    """

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = text.isprintable() and "---" not in text and "+++" not in text
    return dumper.represent_scalar(f"{_TAG}str", text, None if plain else '"')


_Dumper.add_representer(str, _text)
# one letter is a truth in YAML 1.1, though PyYAML does not read it so
_Dumper.add_implicit_resolver(f"{_TAG}bool", re.compile(r"[yYnN]\Z"), list("yYnN"))
PlainConstructor.yaml_constructors = {  # without bytes, sets and dates
    tag: read
    for tag, read in yaml.constructor.SafeConstructor.yaml_constructors.items()
    if tag is None or tag.removeprefix(_TAG) in (*_CORE, "str", "seq", "map")
}
PlainResolver.yaml_implicit_resolvers = {}
for _kind, (_pattern, _first, _) in _CORE.items():
    whole = re.compile(rf"(?:{_pattern.pattern})\Z")  # PyYAML only matches
    begins = [*_first, ""] if _kind == "null" else list(_first)
    PlainResolver.add_implicit_resolver(_TAG + _kind, whole, begins)
    _Dumper.add_implicit_resolver(_TAG + _kind, whole, begins)
    PlainConstructor.add_constructor(_TAG + _kind, _constructor(_kind))
