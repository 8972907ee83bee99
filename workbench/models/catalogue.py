"""Models and roles of models.yaml."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.arguments import expect
from workbench.errors import ModelError
from workbench.files import resolve, root
from workbench.meant import instead
from workbench.models.entry import read_price
from workbench.models.fields import check, check_together
from workbench.models.model import Model
from workbench.models.servers import SERVERS
from workbench.models.yaml_files import mapping, read_yaml


def model(name: str) -> Model:
    """The model that models.yaml binds to a name or role."""
    expect(name, str, "the name of a model", 'give one of models.yaml, such as wb.model("actor")')
    path = _models_file()
    models, roles = _read(path)
    known = roles.get(name, name)
    if known not in models:
        raise ModelError(unknown(path.name, name, [*models, *roles]))
    return models[known]


def load_models(path: str | Path | None = None) -> dict[str, Model]:
    """Every model by name and by role; `path` defaults to WORKBENCH_MODELS, then to the project's
    models.yaml.
    """
    models, roles = _read(resolve(path) if path else _models_file())
    return models | {role: models[name] for role, name in roles.items()}


def only_models() -> dict[str, Model]:
    """Every model of the project's models file by its own name, without roles."""
    return _read(_models_file())[0]


def _models_file() -> Path:
    named = os.environ.get("WORKBENCH_MODELS")
    return resolve(named) if named else root() / "models.yaml"


def unknown(file: str, name: str, known: Iterable[str]) -> str:
    """That a file has no model or role of a name, and what it has."""
    return f"{file} has no model or role {name!r}: {instead(name, known, 'it has')}"


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
            known = instead(str(name), models, "it has")
            raise ModelError(f"{file} has no model {str(name)!r} for role {str(role)!r}: {known}")
    return {str(role): str(name) for role, name in roles.items()}


def _model(name: str, entry: Any, where: str) -> Model:
    """A model from its entry, with the defaults of its server."""
    given: dict[str, Any] = dict(mapping(entry, where))
    for key, value in given.items():
        check(str(key), value, where)
    server = given.get("server", "")
    fields = {**(SERVERS[server].defaults if server else {}), **given}
    check_together(fields, where)
    price = fields.get("price", {"input": 0, "output": 0} if server else None)
    fields["price"] = read_price(price and {name: float(each) for name, each in price.items()})
    fields["args"] = tuple(fields.get("args", ()))
    return Model(name=name, **fields)
