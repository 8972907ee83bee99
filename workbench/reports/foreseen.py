"""What will fail in a notebook, said before its kernel starts: only what its code says plainly."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.models.catalogue import load_models, unknown
from workbench.models.keys import key_for
from workbench.prompts import load_prompts
from workbench.reports.settings import code_of, settings

MODEL = re.compile(r"\bwb\.model\((\w+)\)")
PROMPTS = re.compile(r"""\bwb\.load_prompts\((?:(\w+) or )?f?["']([^"']+)["']\)""")
MODELS_FILE = "WORKBENCH_MODELS"  # the variable that names another file of models
BASELINE = re.compile(r"\bbaseline=(\w+)\b")


def refuse_early(
    notebook: Path,
    parameters: Mapping[str, Any],
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Raise WorkbenchError for a model that models.yaml lacks, a key that nothing stored can stand
    in for, a folder without prompts, or a baseline that is none of them.

    `folder` is the one that the kernel starts in, `environment` what it gets beside its own. What
    is not written in the usual words (`wb.model(actor)`, `wb.load_prompts(folder or
    f"prompts/{task}")`, `baseline=baseline`) is left to the notebook.
    """
    values, code = {**settings(notebook), **parameters}, code_of(notebook)
    project = root(folder)
    _check_models({values.get(name) for name in MODEL.findall(code)}, project, environment or {})
    for given, pattern in PROMPTS.findall(code)[:1]:
        prompts = values.get(given) or _filled(pattern, values)
        variants = [prompt.name for prompt in load_prompts(project / prompts)]
        for name in set(BASELINE.findall(code)) & values.keys():
            if str(values[name]).partition(" @ ")[0] not in variants:
                have = f"{prompts} has {', '.join(variants)}"
                raise WorkbenchError(f"{name} is {values[name]!r}, and {have}")


def _filled(pattern: str, values: Mapping[str, Any]) -> str:
    """A path with its parameters put in, as an f-string has them."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), pattern)


def _check_models(names: set[Any], project: Path, environment: Mapping[str, str]) -> None:
    asked = sorted(name for name in names if name and isinstance(name, str))
    file = Path(environment.get(MODELS_FILE) or project / "models.yaml")
    if not asked or os.environ.get(MODELS_FILE) or not file.is_file():
        return
    answered = environment.get("WORKBENCH_STORE") or project / ".workbench" / "store.db"
    known = load_models(file)
    for name in asked:
        if name not in known:
            raise WorkbenchError(unknown(file.name, name, known))
        if not Path(answered).exists():  # else answers may be there
            key_for(known[name])
