"""`server: vllm`: any model that vLLM serves, for a machine with a GPU."""

import os
import shutil
import sys
from pathlib import Path

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.servers.kind import Kind

# Variables named like keys that it gets: its own, and those of places that hold weights.
KEYS = frozenset({
    "VLLM_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS",
})  # fmt: skip
OURS = frozenset({"--host", "--port", "--served-model-name"})  # arguments that are given here


def _command(model: ModelEntry, port: int) -> list[str]:
    taken = OURS.intersection(part.partition("=")[0] for part in model.args)
    if taken:
        raise ModelError(
            f"model {model.name!r}: take {min(taken)} out of its args: the workbench gives it"
        )
    ours = ("--host", "127.0.0.1", "--port", str(port), "--served-model-name", model.id)
    return [_program(model), "serve", model.id, *ours, *model.args]


def _program(model: ModelEntry) -> str:
    """Where the command `vllm` lies: a kernel's PATH often lacks its own environment's commands."""
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join((beside, os.environ.get("PATH", os.defpath)))
    found = shutil.which("vllm", path=path)
    if not found:
        raise ModelError(
            f"model {model.name!r} needs the command vllm: run `pip install 'vllm>=0.30'`, best in "
            "an environment of its own, and put that environment's bin folder on PATH"
        )
    return found


VLLM = Kind(
    command=_command,
    defaults={"constrain": "choice"},
    start_seconds=600,
    takes_args=True,
    environment={"VLLM_NO_USAGE_STATS": "1"},
    keys=KEYS,
)
