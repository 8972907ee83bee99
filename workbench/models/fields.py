"""What the fields of a model may hold, each by itself and beside each other."""

import re
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from workbench.errors import ModelError
from workbench.files import json_fault
from workbench.meant import instead
from workbench.models import keys, sent_headers
from workbench.models.entry import ELSEWHERE, ModelEntry, Price
from workbench.models.servers import SERVERS
from workbench.parameters import NOT_PARAMETERS, parameter_fault
from workbench.secrets import SHORTEST, is_secret_name

CONSTRAINTS = ("schema", "grammar", "choice", "none")
LARGEST = 1e12  # of any number of an entry: beyond it arithmetic with seconds and tokens fails

_SECRET = re.compile(
    r"key$|secret|passw|pwd|credential|authori[sz]ation|bearer|cookie|(^|[_-])(token|auth|sig)$",
    re.IGNORECASE,
)
_NO_SECRET = ("api_key_env", "prompt_cache_key")
_NO_KEY = (
    "must not stand here: export the key as an environment variable and name that variable with "
    "`api_key_env:`; `key_header:` says in which header it goes"
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def _is_price(value: Any) -> bool:
    numbers = isinstance(value, dict) and all(
        _is_number(dollars) and dollars >= 0 for dollars in value.values()
    )
    return numbers and set(value) - {"cached"} == {"input", "output"}


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
    "price": (
        _is_price,
        "{input: dollars, output: dollars} per million tokens, if known with `cached: dollars`",
    ),
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
    "key_header": (sent_headers.is_name, "the name of the header that carries the key, as api-key"),
    "query": (sent_headers.is_query, "`name: value` lines of texts or whole numbers"),
    "headers": (
        sent_headers.are_headers,
        "`Name: text` lines, or `Name: {env: VARIABLE}`, of headers that are not the connection's",
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


def _names(key: str, value: Any) -> list[str]:
    """What a field calls what it carries, and the variables that a header's value comes from."""
    if key not in ("parameters", "args", "query", "headers"):
        return []
    held = value.values() if key == "headers" else ()
    variables = [each["env"] for each in held if isinstance(each, dict)]
    return [*(str(name).partition("=")[0] for name in value), *variables]


def _values(key: str, value: Any) -> list[Any]:
    """What a field carries to the endpoint."""
    if key == "base_url":
        return value.split("/")[3:]
    if key == "key_header":
        return [value]
    carried = value if key in ("parameters", "query", "headers") else {}
    return [each for name, each in carried.items() if name not in _NO_SECRET]


def _check_secrets(key: str, value: Any, where: str) -> None:
    """ModelError where a field carries a key, by its name or its shape."""
    for name in (key, *_names(key, value)):
        if name not in _NO_SECRET and (_SECRET.search(name) or is_secret_name(name)):
            raise ModelError(f"{where}: {name!r} {_NO_KEY}")
    carried = [each for each in _values(key, value) if len(str(each)) >= SHORTEST]
    if not carried:
        return
    from workbench.key_shapes import holds_key  # here: few entries carry what could be one

    if any(map(holds_key, carried)):
        raise ModelError(f"{where}: what looks like a key in {key!r} {_NO_KEY}")


def check(key: str, value: Any, where: str) -> None:
    """ModelError for what a field may not hold; no message repeats a value, which may be a key."""
    if key in FIELDS:
        fits, meaning = FIELDS[key]
        if not fits(value):
            raise ModelError(f"{where}: {key} must be {meaning}")
    elif not _SECRET.search(key):
        raise ModelError(f"{where}: unknown field {key!r}: {instead(key, FIELDS, 'fields are')}")
    if key == "base_url":
        keys.address(value, where)
    if key == "parameters":
        _check_parameters(value, f"{where}: parameters")
    _check_secrets(key, value, where)


def check_together(fields: Mapping[str, Any], where: str) -> None:
    """ModelError for fields that each are right, but not beside each other."""
    server = fields.get("server", "")
    if not fields.get("id"):
        raise ModelError(f"{where}: add `id:`, the model's name at its endpoint")
    _check_place(server, fields.get("base_url", ""), where)
    if fields.get("args") and not (server and SERVERS[server].takes_args):
        takers = [name for name, kind in SERVERS.items() if kind.takes_args]
        raise ModelError(f"{where}: `args:` belong to `server: {' or '.join(takers)}`")
    _check_reaching(fields, where)


def _check_place(server: str, base_url: str, where: str) -> None:
    """ModelError where it is not said where the model is, or said twice."""
    if server in ELSEWHERE:
        if not base_url:
            raise ModelError(
                f"{where}: `server: {server}` is not started here: say in `base_url:` where it "
                "answers, as http://localhost:8000"
            )
    elif bool(server) == bool(base_url):
        raise ModelError(
            f"{where}: give either `base_url:` of an OpenAI-compatible endpoint or `server:`"
        )


def _check_reaching(fields: Mapping[str, Any], where: str) -> None:
    """ModelError for a query or headers that would not be sent."""
    reaching = [name for name in ("query", "headers", "key_header") if fields.get(name)]
    if reaching and fields.get("server", "") not in ("", *ELSEWHERE):
        raise ModelError(f"{where}: `{reaching[0]}:` belongs to a `base_url:`, not to `server:`")
    carries_key = str(fields.get("key_header") or "Authorization").lower()
    if carries_key in (name.lower() for name in fields.get("headers") or ()):
        raise ModelError(f"{where}: {carries_key} carries the key: take it out of `headers:`")


def check_entry(entry: ModelEntry, where: str) -> None:
    """ModelError for a field of an entry, made in code, that models.yaml could not hold."""
    for field in dataclass_fields(ModelEntry):
        value = getattr(entry, field.name)
        if field.name != "name" and value not in ("", None, ()):
            check(field.name, _as_written(value), where)


def _as_written(value: Any) -> Any:
    """A field's value as models.yaml has it."""
    if isinstance(value, Price):
        cached = {} if value.cached is None else {"cached": value.cached}
        return {"input": value.input, "output": value.output, **cached}
    if isinstance(value, Mapping):
        return {name: _as_written(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value
