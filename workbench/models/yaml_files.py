"""A YAML file of the user's as plain data, with the line where it is broken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import ModelError, WorkbenchError
from workbench.plain_yaml import YamlFault, plain_yaml


def read_yaml(path: Path, where: str, broken: type[WorkbenchError] = ModelError) -> Any:
    """The plain data of a YAML file that exists; `broken`, naming it `where`, if it is."""
    try:
        return plain_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise broken(f"{where} cannot be read: {error}") from error
    except YamlFault as fault:
        raise broken(f"{where} line {fault.line + 1}: not valid YAML: {fault}") from None


def mapping(value: Any, where: str) -> Mapping[Any, Any]:
    """The value as `name: value` pairs; nothing at all counts as none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelError(f"{where}: expected `name: value` lines, found {type(value).__name__}")
    return value
