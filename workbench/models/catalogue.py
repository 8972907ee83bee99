"""Models and roles of models.yaml."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import ModelError
from workbench.files import json_fault, resolve, root
from workbench.models import keys
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.models.servers import SERVERS
from workbench.models.yaml_files import mapping, read_yaml
from workbench.parameters import NOT_PARAMETERS, parameter_fault

CONSTRAINTS = ("schema", "grammar", "choice", "none")
LARGEST = 1e12  # of any number of an entry: beyond it arithmetic with seconds and tokens fails

_SECRET = re.compile(
    r"key$|secret|passw|credential|authori[sz]ation|bearer|(^|[_-])token$", re.IGNORECASE
)
_NO_SECRET = ("api_key_env", "prompt_cache_key")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


def model(name: str) -> Model:
    """The model that models.yaml binds to a name or role."""
    path = _models_file()
    models, roles = _read(path)
    known = roles.get(name, name)
    if known not in models:
        raise ModelError(
            f"{path.name} has no model or role {name!r}: {_listed('models', models)}; "
            f"{_listed('roles', roles)}"
        )
    return models[known]


def load_models(path: str | Path | None = None) -> dict[str, Model]:
    """Every model by name and by role; `path` defaults to WORKBENCH_MODELS, then to the project's
    models.yaml.
    """
    models, roles = _read(resolve(path) if path else _models_file())
    return models | {role: models[name] for role, name in roles.items()}


def _models_file() -> Path:
    named = os.environ.get("WORKBENCH_MODELS")
    return resolve(named) if named else root() / "models.yaml"


def _listed(what: str, names: Mapping[str, Any]) -> str:
    return f"{what} are {', '.join(names)}" if names else f"it has no {what}"


def _read(path: Path) -> tuple[dict[str, Model], dict[str, str]]:
    """The models and the roles of a models file, every entry checked."""
    file = path.name
    if not path.is_file():
        raise ModelError(
            f"{file} is not in {path.parent} or a folder above it: work in the project's folder, "
            "or name a models file in WORKBENCH_MODELS"
        )
    document = mapping(read_yaml(path, file), file)
    for name in document:
        if name not in ("models", "roles"):
            raise ModelError(f"{file}: unknown entry {name!r}: it holds models and roles only")
    models = _models(document.get("models"), file)
    return models, _roles(document.get("roles"), models, file)


def _models(entries: Any, file: str) -> dict[str, Model]:
    return {
        str(name): _model(str(name), entry, f"{file}: model {name!r}")
        for name, entry in mapping(entries, f"{file}: models").items()
    }


def _roles(entries: Any, models: Mapping[str, Model], file: str) -> dict[str, str]:
    roles = mapping(entries, f"{file}: roles")
    for role, name in roles.items():
        if str(name) not in models:
            raise ModelError(
                f"{file}: role {str(role)!r} names the model {str(name)!r}, "
                f"but {_listed('models', models)}"
            )
    return {str(role): str(name) for role, name in roles.items()}


def _model(name: str, entry: Any, where: str) -> Model:
    """A model from its entry, with the defaults of its server."""
    given: dict[str, Any] = dict(mapping(entry, where))
    for key, value in given.items():
        _check(str(key), value, where)
    server = given.get("server", "")
    fields = {**(SERVERS[server].defaults if server else {}), **given}
    _check_together(fields, where)
    price = fields.get("price", {"input": 0, "output": 0} if server else None)
    fields["price"] = price and Price(float(price["input"]), float(price["output"]))
    fields["args"] = tuple(fields.get("args", ()))
    return Model(name=name, **fields)


def _check_together(fields: Mapping[str, Any], where: str) -> None:
    """Refuse fields that each are right, but not beside each other."""
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


def _check(key: str, value: Any, where: str) -> None:
    """Refuse what does not belong in models.yaml; no message repeats a value: it may be a key."""
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
