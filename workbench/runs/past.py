"""Runs of the past, read back from the store: the same things as runs just made."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.arguments import expect
from workbench.critics import Critic, Verdict
from workbench.critics.recorded import Recorded
from workbench.models.entry import ELSEWHERE
from workbench.models.model import Model
from workbench.models.servers import SERVERS
from workbench.prompts import read_prompt
from workbench.runs.filtering import read
from workbench.runs.meta import CriticFacts, ModelFacts, RunMeta, read_examples, read_meta
from workbench.runs.plan import Plan
from workbench.runs.record import Run
from workbench.runs.sources import Source, critic_from, model_from
from workbench.store import Store
from workbench.store.opening import opened
from workbench.store.sealing import reading
from workbench.store.text import or_nan


def load_run(id: str = "last", store: Store | str | Path | None = None) -> Run:
    """A run that was made before, by its id; "last" is the newest.

    A critic that is a function, or a class of your own, is kept by the scores it gave.
    """
    expect(id, str, "the run to load", "name it by its id, as in wb.history()")
    store = opened(store)
    record = store.run_record(id)
    seconds = record["seconds"]
    meta = replace(
        read_meta(record["meta"], record["id"]),
        seconds=None if seconds is None else round(seconds, 3),
    )
    with reading(f"run {record['id']}"):
        run = Run(record["id"], _plan(meta, record["meta"], store), store, meta=meta)
        run.started = datetime.fromisoformat(meta.started).timestamp()
        run.seconds = or_nan(seconds)
        _count(run, record["counts"])
    for cell in store.cells(run.id):
        with reading(f"row {cell['row']} of run {run.id}"):
            fill(run, cell)
    return run


def _count(run: Run, counts: Mapping[str, Any]) -> None:
    """What the run came to; nothing where it did not end."""
    run.calls = counts.get("calls", 0)
    run.requests = counts.get("requests", 0)
    run.hits = counts.get("cached", 0)
    run.cost = or_nan(counts.get("cost", 0.0))
    run.unpriced = counts.get("unpriced", 0)
    run.stopped = counts.get("stopped", "")


def _plan(meta: RunMeta, stored: Mapping[str, Any], store: Store) -> Plan:
    digests = [bytes.fromhex(digest) for digest in stored["examples"]]
    documents = store.documents(digests)
    sources = stored.get("sources", {"models": {}, "critics": {}})  # none in older stores
    return Plan(
        prompts=tuple(read_prompt(name, facts.text) for name, facts in meta.prompts.items()),
        models=tuple(
            _model(name, facts, sources["models"].get(name)) for name, facts in meta.models.items()
        ),
        examples=read_examples(
            [documents[digest] for digest in digests], meta.dataset.name, held=meta.dataset.held
        ),
        critics=tuple(
            _critic(name, facts, sources["critics"].get(name))
            for name, facts in meta.critics.items()
        ),
        repeats=meta.repeats,
        anew=meta.anew,
    )


def _model(name: str, facts: ModelFacts, source: Source | None) -> Model:
    if source is None:
        return Model(
            name, facts.id, **_reached(facts), parameters=facts.parameters, price=facts.price
        )
    model = model_from(source)
    return replace(model, price=model.price or facts.price)


def _reached(facts: ModelFacts) -> dict[str, Any]:
    """How a model was reached, from its endpoint's identity."""
    server, _, served = facts.endpoint.partition(":")
    if server not in SERVERS:
        return {"base_url": facts.endpoint}
    if server in ELSEWHERE:
        return {"server": server, "base_url": served}
    return {"server": server, "args": tuple(served.split(" ")[1:])}


def _critic(name: str, facts: CriticFacts, source: Source | None) -> Critic:
    if source is not None:
        return critic_from(source)
    return Recorded(
        name,
        facts.scale,
        kind=facts.kind,
        parts=facts.parts,
        against=facts.against,
        description=facts.description,
        model=facts.model,
        fingerprint=facts.fingerprint,
    )


def fill(run: Run, cell: Mapping[str, Any]) -> None:
    """A row as the run left it."""
    row, completion = cell["row"], cell["completion"]
    for side, looked in cell["detail"].get("filters", {}).items():
        run.set_ruling(row, side, read(looked))
    if cell["key"] is None:  # a filter blocked its input
        run.set_unsent(row, cell["status"], cell["detail"]["error"])
    if completion is None:
        return  # lost or damaged: it stays unsent until it is asked for again
    run.set_completion(row, completion, cell["status"], cell["detail"]["error"])
    run.columns["cost"][row] = or_nan(cell["cost"])
    run.columns["cached"][row] = cell["cached"]
    _judge(run, row, cell["detail"]["verdicts"])


def _judge(run: Run, row: int, kept: Mapping[str, Any]) -> None:
    """What critics said of a row."""
    for critic in run.critics:
        if critic.name in kept:
            run.set_verdict(row, critic, _verdict(kept[critic.name]["verdict"]))


def _verdict(stored: list[Any]) -> Verdict:
    score, label, reason, mode, missing_mass, parts = stored
    return Verdict(
        or_nan(score), label, reason, mode, or_nan(missing_mass), tuple(map(or_nan, parts))
    )
