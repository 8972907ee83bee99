"""`server: vllm`: any model that vLLM serves, for a machine with a GPU."""

import os
import re
import shutil
import sys
from pathlib import Path

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.servers import vllm_arguments
from workbench.models.servers.kind import Cause, Kind

# Variables named like keys that it gets: its own, and those of places that hold weights.
KEYS = frozenset({
    "VLLM_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS",
})  # fmt: skip
QUIET = ("--uvicorn-log-level", "warning")  # no line for every request
MATTERS = re.compile(r"(VLLM|HF|CUDA|NVIDIA|HIP|ROCR|TORCH|TRANSFORMERS)_")


def _cause(kind: str, pattern: str, says: str) -> Cause:
    return Cause(kind, re.compile(pattern), says)


CAUSES = (
    _cause(
        "memory",
        r"out of memory|OutOfMemoryError|Free memory on device|No available memory for the cache"
        r"|larger than the (maximum number of tokens|available KV cache memory)"
        r"|KV cache is needed, which is larger|Not enough memory|Cannot allocate memory"
        r"|is less than (requested|desired)",
        "there is too little memory for it: end what else uses the GPU (nvidia-smi lists it), take "
        "a smaller or quantised model, or give args a smaller --max-model-len",
    ),
    _cause(
        "bfloat16",
        r"[Bb]float16 is only supported on GPUs",
        "this GPU has no bfloat16: give args --dtype half",
    ),
    _cause(
        "gated",
        r"[Gg]ated ?[Rr]epo|gated repo|401 Client Error|403 Client Error",
        "its weights are not for everybody: accept their licence at Hugging Face, and export "
        "HF_TOKEN",
    ),
    _cause(
        "model",
        r"Repository ?Not ?Found|is not a local folder and is not a valid model identifier"
        r"|Repo id must|not a valid model identifier|Can't load the configuration of"
        r"|does not appear to have a file named config\.json|Invalid repository ID"
        r"|LocalEntryNotFoundError|couldn't find them in the cached files"
        r"|Cannot find the requested files|Cannot find any model weights",
        "no such model is known, or its weights cannot be had from here: correct its id (a "
        "repository at Hugging Face, or a folder), and see that the machine is online or has them",
    ),
    _cause(
        "length",
        r"max_model_len \(\d+\) is greater than the derived",
        "the model takes fewer tokens than --max-model-len says: leave it out of args",
    ),
    _cause(
        "unsupported",
        r"Model architectures \[.*\] (are not supported|failed to be inspected)"
        r"|does not recognize this architecture",
        "this vLLM does not know the model's architecture: take a newer one",
    ),
    _cause(
        "gpu",
        r"Failed to infer device type|No CUDA GPUs are available|NVIDIA driver|libcuda\.so"
        r"|no CUDA-capable device|CUDA driver version is insufficient",
        "it finds no GPU that it can use: see what nvidia-smi says, or use `server: embedded`",
    ),
    _cause(
        "port",
        r"[Aa]ddress already in use|EADDRINUSE",
        "another process took its port in the meantime: start again",
    ),
    _cause(
        "arguments",
        r"unrecognized arguments|error: argument |invalid choice|expected one argument",
        "it does not understand its args: `vllm serve --help=all` lists them",
    ),
)


def program(model: ModelEntry) -> str:
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


def arguments(model: ModelEntry) -> list[str]:
    """What the model and this machine ask for, then what the user does."""
    taken = vllm_arguments.OURS & vllm_arguments.named(model.args)
    if taken:
        raise ModelError(
            f"model {model.name!r}: take --{min(taken)} out of its args: the workbench gives it"
        )
    chosen = vllm_arguments.chosen(model.max_concurrency, model.args)
    return ["--served-model-name", model.id, *chosen, *model.args]


def _command(model: ModelEntry, port: int) -> list[str]:
    address = ["--host", "127.0.0.1", "--port", str(port)]
    quiet = () if QUIET[0] in model.args else QUIET
    return [program(model), "serve", model.id, *address, *quiet, *arguments(model)]


def batch_command(model: ModelEntry, lines: Path, answers: Path) -> list[str]:
    """The command that answers the lines of a file in another, which it writes at its end."""
    files = ["-i", str(lines), "-o", str(answers)]
    return [program(model), "run-batch", *files, "--model", model.id, *arguments(model)]


def environment() -> dict[str, str]:
    """Variables of every vLLM that is started here."""
    return {"VLLM_NO_USAGE_STATS": "1", **vllm_arguments.environment()}


VLLM = Kind(
    command=_command,
    defaults={"constrain": "choice"},
    start_seconds=1200,
    takes_args=True,
    keeps_prefixes=True,
    tells_load=True,
    takes_batches=True,
    environment=environment,
    matters=MATTERS,
    keys=KEYS,
    causes=CAUSES,
)
