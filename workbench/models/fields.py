"""What the fields of a model may hold, each by itself and beside each other."""

import re
from collections.abc import Mapping
from typing import Any

from workbench.errors import ModelError
from workbench.files import json_fault
from workbench.models import keys
from workbench.models.servers import SERVERS
from workbench.parameters import NOT_PARAMETERS, parameter_fault

CONSTRAINTS = ("schema", "grammar", "choice", "none")
LARGEST = 1e12  # of any number of an entry: beyond it arithmetic with seconds and tokens fails

_SECRET = re.compile(
    r"key$|secret|passw|credential|authori[sz]ation|bearer|(^|[_-])token$", re.IGNORECASE
)
_NO_SECRET = ("api_key_env", "prompt_cache_key")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def _is_price(value: Any) -> bool:
    numbers = isinstance(value, dict) and all(
        _is_number(dollars) and dollars >= 0 for dollars in value.values()
    )
    return numbers and set(value) == {"input", "output"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0


FIELDS = {  # name: what it takes, in code and in words
    "id": (lambda value: isinstance(value, str), "a text"),
    "base_url": (lambda value: isinstance(value, str), "a text"),
    "api_key_env": (
        lambda value: isinstance(value, str) and _VARIABLE.fullmatch(value),
        "the name of an environment variable in capitals, never the key itself",
    ),
    "server": (lambda value: isinstance(value, str) and value in SERVERS, " or ".join(SERVERS)),
    "parameters": (
        lambda value: isinstance(value, dict) and all(isinstance(name, str) for name in value),
        "`name: value` lines, every name a text",
    ),
    "price": (_is_price, "{input: dollars, output: dollars} per million tokens"),
    "constrain": (lambda value: value in CONSTRAINTS, "one of " + ", ".join(CONSTRAINTS)),
    "logprobs": (lambda value: isinstance(value, bool), "true or false"),
    "max_concurrency": (lambda value: _is_whole(value) and value > 0, "a whole number above 0"),
    "requests_per_minute": (_is_whole, "a whole number"),
    "tokens_per_minute": (_is_whole, "a whole number"),
    "deadline_seconds": (
        lambda value: _is_number(value) and value > 0,
        "a number of seconds above 0",
    ),
    "attempts": (lambda value: _is_whole(value) and value > 0, "a whole number above 0"),
    "patience_seconds": (
        lambda value: _is_number(value) and value > 0,
        "a number of seconds above 0",
    ),
    "args": (
        lambda value: isinstance(value, list) and all(isinstance(part, str) for part in value),
        "a list of texts; put numbers in quotes",
    ),
}


def _check_parameters(parameters: Mapping[Any, Any], where: str) -> None:
    """Refuse what could not be sent, or would change the call; `stream: true` alone says how
    replies travel.
    """
    for name, value in parameters.items():
        fault = parameter_fault(name, value)
        if name == "stream":
            fault = "" if isinstance(value, bool) else "it must be true or false"
        elif name in NOT_PARAMETERS:
            fault = "it is no parameter of a model: remove it"
        if fault := fault or json_fault(value):
            raise ModelError(f"{where}: {name!r}: {fault}")


def _names(value: Any) -> list[str]:
    """What parameters, or the arguments of a command line, are called."""
    return [str(name).partition("=")[0] for name in value]


def check(key: str, value: Any, where: str) -> None:
    """ModelError for what a field may not hold; no message repeats a value, which may be a key."""
    if key in FIELDS:
        fits, meaning = FIELDS[key]
        if not fits(value):
            raise ModelError(f"{where}: {key} must be {meaning}")
    elif not _SECRET.search(key):
        raise ModelError(f"{where}: unknown field {key!r}: fields are {', '.join(FIELDS)}")
    if key == "base_url":
        keys.address(value, where)
    if key == "parameters":
        _check_parameters(value, f"{where}: parameters")
    for name in (key, *(_names(value) if key in ("parameters", "args") else ())):
        if name not in _NO_SECRET and _SECRET.search(name):
            raise ModelError(
                f"{where}: {name!r} must not stand in this file: export the key as an environment "
                "variable and name that variable with `api_key_env:`"
            )


def check_together(fields: Mapping[str, Any], where: str) -> None:
    """ModelError for fields that each are right, but not beside each other."""
    server = fields.get("server", "")
    if not fields.get("id"):
        raise ModelError(f"{where}: add `id:`, the model's name at its endpoint")
    if bool(server) == bool(fields.get("base_url")):
        raise ModelError(
            f"{where}: give either `base_url:` of an OpenAI-compatible endpoint or `server:`"
        )
    if fields.get("args") and not (server and SERVERS[server].takes_args):
        takers = [name for name, kind in SERVERS.items() if kind.takes_args]
        raise ModelError(f"{where}: `args:` belong to `server: {' or '.join(takers)}`")
