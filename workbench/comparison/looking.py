"""The ledger of a run's store: which look a comparison is, and what is written of it."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.comparison.evidence import Evidence
from workbench.comparison.holding import after_claims, is_claim
from workbench.comparison.looks import Content, Look, next_tail, take
from workbench.runs import Run
from workbench.runs.heldout import rows_of
from workbench.runs.seen import prompt_identity
from workbench.store import Store
from workbench.store.ledger import Entry

FURTHER = (1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128)  # times the rows, that a next look may have


def with_look(run: Run, evidence: Evidence) -> Evidence:
    """The evidence with the look that this is, and the prompts written on these rows."""
    content, tail = content_of(run, evidence), (1 - evidence.rules.level) / 2
    entries = run.store.looks_at(content.critic, content.baseline) if run.store else []
    in_the_open = [entry for entry in entries if not is_claim(entry)]
    counted = take(content, in_the_open, tail)
    look = after_claims(counted, content, entries)
    if run.store is None and look.kind != "too few":
        look = replace(look, kind="uncounted", number=0, is_new=False)
    return replace(
        evidence,
        rules=replace(evidence.rules, look=look),
        content=content,
        written=frozenset() if look.kind == "opened" else _written(run, content),
        further=_further(counted, content.scored, tail, len(evidence.challengers)),
    )


def _written(run: Run, content: Content) -> frozenset[int]:
    """The variants whose prompt is younger than the first answer to one of the rows."""
    if run.store is None:
        return frozenset()
    named = {prompt.name: prompt_identity(prompt) for prompt in run.prompts}
    prompts = {v: named[key.prompt] for v, key in enumerate(run.variants)}
    late = run.store.written_after(content.rows, sorted(set(prompts.values())))
    return frozenset(v for v, prompt in prompts.items() if prompt in late)


def _further(look: Look, scored: int, tail: float, challengers: int) -> dict[int, float]:
    """Tails of a next look for each challenger, by the rows it may have."""
    rows = [round(times * max(scored, 1)) for times in FURTHER]
    return {n: next_tail(look, tail, n) / max(challengers, 1) for n in rows}


def content_of(run: Run, evidence: Evidence) -> Content:
    """What a comparison is a look at."""
    chosen = evidence.challengers
    pairs = (~np.isnan(evidence.with_failures[chosen])).sum(axis=1)
    labelled = [c for c in chosen if evidence.decider(c) == "labels"]
    judge = run.meta.critics[evidence.judge].fingerprint
    return Content(
        critic=evidence.judge,
        baseline=evidence.identities[evidence.base],
        rows=rows_of(run.examples),
        scored=int(pairs.max(initial=0)),
        challengers=tuple(evidence.identities[c] for c in chosen),
        decider=f"{judge}+labels" if labelled else judge,
        rules=evidence.rules.named,
        labels=max((evidence.labels.shared(c, evidence.base, None) for c in labelled), default=0),
        repeats=evidence.deciding.score.shape[2],
    )


def remember(store: Store, content: Content, claims: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a new look to the ledger."""
    kept = {name: {**claim, "examples": content.scored} for name, claim in claims.items()}
    record = {**content.record, "claims": kept}
    entry = Entry(content.critic, content.baseline, content.rows, record, time.time())
    store.add_look(entry)
