"""Runs of the past, read back from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.critics.verdict import Verdict
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.runs.meta import read_examples
from workbench.runs.plan import Plan
from workbench.runs.record import Run
from workbench.store import Store
from workbench.store.text import or_nan


@dataclass(frozen=True)
class PastPrompt:
    """A prompt as it was in a run; load its file to render it."""

    name: str
    fingerprint: str
    description: str
    text: str
    model_id: str = ""


@dataclass(frozen=True)
class PastCritic:
    """A critic as it was in a run: what its scores mean, without the power to give any."""

    name: str
    fingerprint: str
    scale: tuple[float, float]
    higher_is_better: bool
    kind: str
    model: Mapping[str, Any] | None
    against: str
    parts: tuple[str, ...]
    description: str = ""


def load_run(id: str = "last", store: Store | str | Path | None = None) -> Run:
    """A run that was made before, by its id; "last" is the newest. Its critics are kept by what
    they said.
    """
    store = store if isinstance(store, Store) else Store(store)
    record = store.run_record(id)
    meta = record["meta"]
    run = Run(record["id"], _plan(meta, store), store)
    run.meta = meta | {"seconds": record["seconds"]}
    run.started, run.seconds = (
        datetime.fromisoformat(meta["started"]).timestamp(),
        or_nan(record["seconds"]),
    )
    counts = record["counts"]
    run.calls, run.requests, run.hits = (
        counts.get(name, 0) for name in ("calls", "requests", "cached")
    )
    run.cost, run.stopped = or_nan(counts.get("cost", 0.0)), counts.get("stopped", "")
    for cell in store.cells(run.id):
        _fill(run, cell)
    return run


def _plan(meta: Mapping[str, Any], store: Store) -> Plan:
    digests = [bytes.fromhex(digest) for digest in meta["examples"]]
    documents = store.documents(digests)
    return Plan(
        prompts=tuple(PastPrompt(name, **prompt) for name, prompt in meta["prompts"].items()),  # pyright: ignore[reportArgumentType]
        models=tuple(_model(name, model) for name, model in meta["models"].items()),
        examples=read_examples([documents[digest] for digest in digests]),
        critics=tuple(_critic(name, critic) for name, critic in meta["critics"].items()),
        repeats=meta["repeats"],
    )


def _model(name: str, model: Mapping[str, Any]) -> Model:
    price = model["price"] and Price(**model["price"])
    return Model(name, model["id"], model["endpoint"], parameters=model["parameters"], price=price)


def _critic(name: str, critic: Mapping[str, Any]) -> Any:
    return PastCritic(
        name, **{**critic, "scale": tuple(critic["scale"]), "parts": tuple(critic["parts"])}
    )


def _fill(run: Run, cell: Mapping[str, Any]) -> None:
    """A row as the run left it."""
    row, completion = cell["row"], cell["completion"]
    if completion is None:
        return  # lost or damaged: it stays unsent until it is asked for again
    run.set_completion(row, completion, cell["status"], cell["detail"]["error"])
    run.columns["cost"][row] = or_nan(cell["cost"])
    run.columns["cached"][row] = cell["cached"]
    for critic in run.critics:
        if critic.name in cell["detail"]["verdicts"]:
            score, label, reason, mode, missing_mass, parts = cell["detail"]["verdicts"][
                critic.name
            ]["verdict"]
            verdict = Verdict(
                or_nan(score), label, reason, mode, or_nan(missing_mass), tuple(map(or_nan, parts))
            )
            run.set_verdict(row, critic, verdict)
