"""What a run was made of, as plain data, and the way back from it."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from workbench.critics.verdict import Critic
from workbench.datasets import Example
from workbench.files import root
from workbench.models.model import Model
from workbench.models.prices import Prices
from workbench.runs.plan import Plan, examples_fingerprint
from workbench.store.text import pack, unpack

CHUNK = 500  # examples in a document
LIBRARIES = ("prompt-workbench", "aiohttp", "sqlalchemy")


def describe(
    plan: Plan, prices: Prices | None = None, chunks: Sequence[bytes] = ()
) -> dict[str, Any]:
    """The run's meta: prompts, dataset, models, critics, versions, time and git state."""
    prices = prices or Prices()
    return {
        "prompts": {
            prompt.name: {
                "fingerprint": prompt.fingerprint,
                "description": prompt.description,
                "text": prompt.text,
                "model_id": prompt.model_id,
            }
            for prompt in plan.prompts
        },
        "dataset": {
            "name": getattr(plan.examples, "name", "examples"),
            "fingerprint": examples_fingerprint(plan.examples),
            "n": len(plan.examples),
        },
        "models": {model.name: _model(model, prices) for model in plan.models},
        "critics": {critic.name: _critic(critic, prices) for critic in plan.critics},
        "repeats": plan.repeats,
        "versions": {
            "python": sys.version.split()[0],
            **{name: version(name) for name in LIBRARIES},
        },
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": None,
        "git": git_state(),
        "examples": [digest.hex() for digest in chunks],
    }


def _model(model: Model, prices: Prices) -> dict[str, Any]:
    price = prices[model]
    dollars = price and {"input": price.input, "output": price.output}
    return {
        "id": model.id,
        "endpoint": model.endpoint,
        "parameters": dict(model.parameters),
        "price": dollars,
    }


def _critic(critic: Critic, prices: Prices) -> dict[str, Any]:
    asked = getattr(critic, "model", None)
    return {
        "fingerprint": critic.fingerprint,
        "scale": list(critic.scale),
        "higher_is_better": critic.higher_is_better,
        "kind": getattr(critic, "kind", "") or type(critic).__name__.lower(),
        "model": _model(asked, prices) if isinstance(asked, Model) else None,
        "against": critic.against,
        "parts": list(critic.parts),
        "description": getattr(getattr(critic, "prompt", None), "description", ""),
    }


def git_state() -> str | None:
    """The commit at hand, with `-dirty` where files differ from it; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=root(), capture_output=True, text=True, timeout=2, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def write_examples(examples: Sequence[Example]) -> Iterator[tuple[bytes, bytes]]:
    """Documents of examples, each with the digest that names it."""
    for start in range(0, len(examples), CHUNK):
        chunk = [
            [e.id, dict(e.inputs), e.expected, dict(e.tags)]
            for e in examples[start : start + CHUNK]
        ]
        body = pack(chunk)
        yield hashlib.blake2b(body, digest_size=16).digest(), body


def read_examples(bodies: Sequence[bytes]) -> list[Example]:
    return [Example(*fields) for body in bodies for fields in unpack(body)]
