"""Prompt after prompt on the same rows, through the ledger itself (figure 4 of METHODS 4.11).

Every decision is `compare` on rows in a store: nothing here knows a tail. A world has rows to write
prompts on and rows that are held back. Prompts are patched on the first until they do well there,
or are written independently, and then claimed on the others until a claim says better.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

import workbench as wb
from benchmarks.simulation import Bench, Line, at_least, limit
from workbench.runs.heldout import rows_of
from workbench.runs.seen import prompt_identity

RATE, ALIKE = 0.70, 0.5  # of right answers; share of the rows on which one draw decides for all
PATCHES, MENDED = 3, 0.5  # before a claim; share of the wrong answers that a patch puts right
CLAIMS = 6
Scores = np.ndarray  # (prompts, rows) of 0 and 1
_worlds = count()


@dataclass(frozen=True)
class World:
    """Rows to write prompts on and rows held back, with names that no other world has."""

    store: wb.Store
    name: str

    def run(self, side: str, scores: Scores, names: Sequence[str]) -> wb.Run:
        """Prompts of this world on one side of its rows."""
        rows = [
            {"prompt": f"{prompt} of {self.name}", "example": f"{self.name} {side} {i}", "good": s}
            for prompt, row in zip(names, scores.tolist(), strict=True)
            for i, s in enumerate(row)
        ]
        run = wb.Run.of(rows, critics={"good": wb.Scale()})
        run.store = self.store
        held = side == "held"
        run.meta = replace(run.meta, dataset=replace(run.meta.dataset, held=held))
        return run

    def begin(self, run: wb.Run) -> None:
        """What `wb.run` makes known before its first call."""
        rows = b"" if run.meta.dataset.held else rows_of(run.examples)
        run.store.register(rows, [prompt_identity(prompt) for prompt in run.prompts])

    def better(self, side: str, pair: Scores, challenger: str) -> bool:
        """Whether a challenger is called better than v1."""
        run = self.run(side, pair, ["v1", challenger])
        self.begin(run)
        choice = wb.compare(run, "good", baseline=f"v1 of {self.name}")
        return choice.differences[0].decision == "better"


def new_world(store: wb.Store) -> World:
    return World(store, f"w{next(_worlds)}")


def answers(random: np.random.Generator, rates: Sequence[float], rows: int) -> Scores:
    """Right and wrong answers of prompts with these true rates."""
    common, alike = random.random(rows), random.random(rows) < ALIKE
    own = random.random((len(rates), rows))
    return (np.where(alike, common, own) < np.array(rates)[:, None]).astype(float)


def patched(random: np.random.Generator, store: wb.Store, rows: int, held: int) -> tuple[bool, int]:
    """Whether the first prompt is called better on the rows that it was patched on, and which claim
    on the held rows says so of one (0: none); they gain nothing but what they were patched for.
    """
    world = new_world(store)
    search, kept = answers(random, [RATE], rows), answers(random, [RATE] * (CLAIMS + 1), held)
    world.begin(world.run("search", search, ["v1"]))
    mended = np.maximum(search[0], random.random(rows) < 1 - (1 - MENDED) ** PATCHES)
    fooled = world.better("search", np.stack([search[0], mended]), "v2")
    claims = (world.better("held", kept[[0, k]], f"v{k + 1}") for k in range(1, CLAIMS + 1))
    return fooled, next((claim for claim, better in enumerate(claims, 1) if better), 0)


def false_claims(bench: Bench, times: int) -> Iterator[Line]:
    """No true gain, on 60 rows to patch and 40 held back, over claim after claim."""
    with tempfile.TemporaryDirectory() as folder:
        store, random = wb.Store(Path(folder) / "patched.db"), bench.random(4, 1)
        ends = [patched(random, store, 60, 40) for _ in range(times)]
        store.close()
    claimed, fooled = sum(claim > 0 for _, claim in ends), sum(each for each, _ in ends)
    fine = limit(claimed, times, "low") <= 0.03
    what = f"patched, {CLAIMS} claims through the ledger, false better on"
    yield Line(4, f"{what} held rows", claimed / times, "<= 0.03", fine)
    yield Line(4, "patched, false better on the rows patched on", fooled / times, "0", not fooled)


FOUND = {60: (1 / 2, 0.14), 120: (2 / 3, 0.57), 300: (2 / 3, 0.94)}  # rows: share held, found


def independent(
    random: np.random.Generator, store: wb.Store, search: int, held: int
) -> tuple[bool, bool, bool]:
    """Whether any of some prompts is truly better, whether a better one is claimed, and whether one
    that is not: the best five on the search rows, claimed in turn.
    """
    world, prompts = new_world(store), int(random.choice([5, 10]))
    gains = random.choice([0.15, -0.10, 0.0], prompts, p=[0.10, 0.15, 0.75])
    rates = [RATE, *(RATE + gains)]
    seen, kept = answers(random, rates, search), answers(random, rates, held)
    names = [f"v{number}" for number in range(1, prompts + 2)]
    world.begin(world.run("search", seen, names))
    for best in 1 + np.argsort(-seen[1:].mean(axis=1), kind="stable")[:5]:
        if world.better("held", kept[[0, best]], names[best]):
            return bool((gains > 0).any()), bool(gains[best - 1] > 0), bool(gains[best - 1] <= 0)
    return bool((gains > 0).any()), False, False


def found_claims(bench: Bench, times: int) -> Iterator[Line]:
    """Independent prompts, 10 % of them better by 15 points, 15 % worse by 10."""
    for rows, (share, goal) in FOUND.items():
        held = round(rows * share)
        with tempfile.TemporaryDirectory() as folder:
            store, random = wb.Store(Path(folder) / "prompts.db"), bench.random(4, rows)
            ends = [independent(random, store, rows - held, held) for _ in range(times)]
            store.close()
        there, found, wrong = (sum(each) for each in zip(*ends, strict=True))
        fine = limit(wrong, times, "low") <= 0.01
        what = f"independent prompts, {held} of {rows} rows held"
        yield Line(4, f"{what}: one that is not better claimed", wrong / times, "<= 0.01", fine)
        yield at_least(4, f"{what}: a better one found", found, there, goal - 0.03)


def prompt_after_prompt(bench: Bench) -> Iterator[Line]:
    """Figure 4, by decisions as users make them."""
    yield from false_claims(bench, bench.screen)
    yield from found_claims(bench, bench.screen // 4)
