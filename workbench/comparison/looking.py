"""The ledger of a run's store: which look a comparison is, and what is written of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.comparison.around import left_out
from workbench.comparison.evidence import Evidence
from workbench.comparison.holding import after_claims
from workbench.comparison.looks import LABELLED, Content, Look, is_claim, take
from workbench.comparison.other_questions import of_question, paid_for, told_of
from workbench.comparison.result import Comparison
from workbench.comparison.schedule import read_plan
from workbench.runs import Run
from workbench.runs.heldout import rows_of
from workbench.store import Store
from workbench.store.ledger import Entry


def with_look(run: Run, evidence: Evidence, looks: int | Sequence[int] | None) -> Evidence:
    """The evidence with the look that this is, and the prompts written on these rows."""
    content, store = content_of(run, evidence), run.store
    every = store.looks_on(content.rows) if store else []
    look = _taken(content, every, evidence.rules.tail, read_plan(looks))
    if store is None and look.is_new:
        look = replace(look, kind="uncounted", number=0, is_new=False)
    evidence = replace(evidence, rules=replace(evidence.rules, look=look), content=content)
    if store is None or look.kind == "opened":  # there nothing new is claimed
        return evidence
    around = store.around(run.id, content.rows)
    return replace(
        evidence,
        told=told_of(content, every, look.others),
        written=_written(store, run.id, evidence, content),
        unregistered=around.unregistered,
        left_out=left_out(run, evidence, around),
    )


def _written(store: Store, run: str, evidence: Evidence, content: Content) -> frozenset[int]:
    """The variants whose prompt is younger than the first answer to one of the rows."""
    prompts = [each.prompt for each in evidence.identities]
    late = store.written_after(run, content.rows, sorted(set(prompts)))
    return frozenset(v for v, prompt in enumerate(prompts) if prompt in late)


def _taken(content: Content, every: Sequence[Entry], tail: float, planned: tuple[int, ...]) -> Look:
    """The look, after those in the open and the claims on rows that were held back; other questions
    that were asked before share its tail.
    """
    others = paid_for(content.question, content.challengers, every)
    entries = of_question(every, content.question)
    in_the_open = [entry for entry in entries if not is_claim(entry)]
    look = take(content, in_the_open, tail / (others.count + 1), planned)
    return replace(after_claims(look, content, entries), others=others)


def content_of(run: Run, evidence: Evidence) -> Content:
    """What a comparison is a look at."""
    chosen = evidence.challengers
    pairs = (~np.isnan(evidence.with_failures[chosen])).sum(axis=1)
    labelled = [c for c in chosen if evidence.decider(c) == "labels"]
    judge = run.meta.critics[evidence.judge].fingerprint
    return Content(
        critic=evidence.judge,
        baseline=evidence.identities[evidence.base].asked,
        rows=rows_of(run.examples),
        scored=int(pairs.max(initial=0)),
        challengers=tuple(evidence.identities[c].asked for c in chosen),
        decider=f"{judge}{LABELLED}" if labelled else judge,
        rules=evidence.rules.named,
        examples=len(run.examples),
        available=run.meta.dataset.available,
        labels=max((evidence.labels.shared(c, evidence.base, None) for c in labelled), default=0),
        repeats=evidence.deciding.score.shape[2],
    )


def remember(store: Store, evidence: Evidence, claims: Mapping[str, str]) -> None:
    """Write to the ledger a new plan of looks and a new look, with the words claimed at it."""
    content, look = evidence.content, evidence.rules.look
    if content is None:
        return
    records: list[Mapping[str, Any]] = []
    if look.new_plan:
        records.append({"plan": list(look.new_plan), "available": content.available})
    if look.is_new:
        kept = {name: {"word": word, "examples": content.scored} for name, word in claims.items()}
        records.append({**content.record, "claims": kept})
    for record in records:
        store.add_look(Entry(content.critic, content.baseline, content.rows, record, time.time()))


def keep_said(choice: Comparison) -> None:
    """Keep the sentence with the run: it stays said, whatever is said later."""
    run, lead = choice.run, choice.lead
    if run.store is None:
        return
    record = {
        "critic": choice.critic,
        "baseline": choice.baseline,
        "look": choice.claim.number if choice.claim else choice.looks,
        "decision": lead.decision if lead else "",
        "ship": choice.ship.name,
        "sentence": choice.sentence,
    }
    run.store.say(run.id, record)
