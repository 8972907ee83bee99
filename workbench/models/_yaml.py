"""A YAML file of the user's as plain data, with the line where it is broken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import ModelError


def read_yaml(path: Path, where: str) -> Any:
    """The plain data of a YAML file that exists; `where` names it in errors."""
    import yaml  # here, so that `import workbench` stays with the standard library

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{where} cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ModelError(f"{where}{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:  # characters that YAML forbids carry no mark
        raise ModelError(f"{where}: not valid YAML: {' '.join(str(error).split())}") from error


def mapping(value: Any, where: str) -> Mapping[Any, Any]:
    """The value as `name: value` pairs; nothing at all counts as none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelError(f"{where}: expected `name: value` lines, found {type(value).__name__}")
    return value
