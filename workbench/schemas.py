"""JSON schemas, as jsonschema knows them, without a second of reading grammars first."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType


def _is_valid_syntax(term: str, text: str) -> bool:
    """What rfc3987_syntax says, which is imported when a schema first asks for an IRI."""
    from rfc3987_syntax import is_valid_syntax

    return is_valid_syntax(term, text)


@contextmanager
def _grammars_later() -> Iterator[None]:
    """Whoever imports rfc3987_syntax meanwhile imports it when it is used: it compiles 39 grammars
    (1.3 s of CPU), of which jsonschema needs one, for a format that hardly any schema asks for.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or find_spec(name) is None:
        yield
        return
    later = ModuleType(name)
    later.__dict__["is_valid_syntax"] = _is_valid_syntax
    sys.modules[name] = later
    try:
        yield
    finally:
        del sys.modules[name]


with _grammars_later():
    from jsonschema import Draft202012Validator, SchemaError

__all__ = ["Draft202012Validator", "SchemaError"]
