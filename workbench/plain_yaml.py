"""YAML as plain data, as people expect it, with the line where it is broken."""

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

MAX_NESTING = 40  # of lists and mappings
ALIASES = "aliases are not used in a prompt file or models.yaml: write the value out"


class YamlFault(ValueError):
    """What is wrong, and the line of it, counted from 0."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def plain_yaml(text: str) -> Any:
    """What a YAML text says; YamlFault where it cannot be read."""
    try:
        return _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise YamlFault(
            str(error.problem), error.problem_mark.line if error.problem_mark else 0
        ) from None
    except yaml.reader.ReaderError as error:  # characters that YAML forbids carry no mark
        raise YamlFault(error.reason, text.count("\n", 0, error.position)) from None


class _Loader(yaml.SafeLoader):
    """YAML as people expect it: only true and false are booleans, dates are text, no key twice, no
    aliases.
    """

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):  # a few lines of them make gigabytes
            raise ComposerError(None, None, ALIASES, self.peek_event().start_mark)
        if self.depth == MAX_NESTING:
            raise ComposerError(None, None, "nested too deeply", self.peek_event().start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        seen: set[str] = set()
        for key in keys:
            if key.value in seen:
                raise ConstructorError(
                    None, None, f"{key.value!r} is there twice: keep one", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)

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


_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag in _KEPT]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)
