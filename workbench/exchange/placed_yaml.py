"""YAML of other tools: its values with their lines, quickly, and with aliases where these do not
make it far larger.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from workbench.plain_yaml import MAX_NESTING, MERGE, PlainConstructor, PlainResolver, YamlFault

MOST_VALUES = 500_000  # that aliases may make
TOO_DEEP = "nested too deeply"
TOO_MANY = f"its aliases make more than {MOST_VALUES:,} values"

Place = tuple[Any, ...]  # keys and positions on the way to a value
_HALF = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
_SURROGATES = re.compile(rf"(?<!\\)((?:\\\\)*)({_HALF}{_HALF}|{_HALF})")


class _InPython(Reader, Scanner, Parser):
    """The parser that is there without libyaml, ten times slower."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


_Parser: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else _InPython


def placed_yaml(text: str) -> tuple[Any, dict[Place, int]]:
    """What a YAML text says, and the line of each of its values, counted from 1; YamlFault where it
    cannot be read.
    """
    loader = _Loader(_SURROGATES.sub(_character, text) if text.lstrip()[:1] in "{[" else text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        if loader.has_aliases:
            _Sizes().take(node)
        return loader.construct_document(node), dict(_lines(node, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlFault(str(error.problem), mark.line if mark else 0) from None
    except yaml.reader.ReaderError as error:  # characters that YAML forbids carry no mark
        before = text.encode()[: error.position]
        raise YamlFault(error.reason, before.count(b"\n")) from None


def _character(found: re.Match[str]) -> str:
    """What JSON escapes as two halves, which no YAML does; a half without the other is lost."""
    units = bytes.fromhex(found[2].replace("\\u", ""))
    return found[1] + units.decode("utf-16-be", errors="replace")


def _lines(node: Any, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            yield from _lines(each, (*place, number))


class _Resolver(PlainResolver):
    """With the key << for what one mapping takes over from another."""


class _Loader(Composer, PlainConstructor, _Resolver, _Parser):
    """Nodes are composed here, of what the parser finds."""

    depth = 0
    has_aliases = False

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        Composer.__init__(self)
        PlainConstructor.__init__(self)
        _Resolver.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            self.has_aliases = True
        if self.depth == MAX_NESTING:
            raise ComposerError(None, None, TOO_DEEP, self.peek_event().start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Sizes:
    """How many values and levels each node stands for when its aliases are written out."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}

    def take(self, node: Any) -> tuple[int, int]:
        """Values and levels of a node; ComposerError where there are too many."""
        if id(node) not in self._known:
            self._known[id(node)] = (0, MAX_NESTING + 1)  # where it holds itself
            inner = [self.take(each) for each in _inner(node)]
            values = 1 + sum(each for each, _ in inner)
            levels = 1 + max((each for _, each in inner), default=0)
            if values > MOST_VALUES or levels > MAX_NESTING:
                problem = TOO_MANY if values > MOST_VALUES else TOO_DEEP
                raise ComposerError(None, None, problem, node.start_mark)
            self._known[id(node)] = (values, levels)
        return self._known[id(node)]


def _inner(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        yield from (each for pair in node.value for each in pair)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


_MERGES = yaml.resolver.Resolver.yaml_implicit_resolvers["<"][0][1]
_Resolver.yaml_implicit_resolvers = dict(PlainResolver.yaml_implicit_resolvers)
_Resolver.add_implicit_resolver(MERGE, _MERGES, "<")
