"""Figures 3 and 7 of METHODS 4.11 on the ledger itself: whole comparisons of runs in a store."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

import workbench as wb
from benchmarks.labelled import CRITICS, TRUTHS
from benchmarks.simulation import Bench, Line, limit, two_verdicts
from workbench import stats
from workbench.comparison import Comparison
from workbench.stats import Decision
from workbench.store import output_hash

LOOKS = 10
START, MOST = 40, 320  # examples at the first look, and the most that they grow to
LABELS = (0, 30, 60, 120)
NOISE = 0.15  # of a critic's scores that are not people's
MARGIN = 0.05


@dataclass
class Task:
    """What is known of a task: its answers as people would score them `(2, rows)`, what is looked
    at by now, and the words that were said.
    """

    name: str
    truth: np.ndarray
    examples: int = START
    labels: int = 0
    repeats: int = 1
    critic: int = 0

    def grow(self, kind: str) -> bool:
        """More of a kind, or False where there is no more."""
        if kind == "examples" and self.examples < MOST:
            self.examples = -int(-1.5 * self.examples // 1)
        elif kind == "labels" and 2 * max(self.labels, 15) <= min(self.examples, LABELS[-1]):
            self.labels = 2 * max(self.labels, 15)
        elif kind == "repeats" and self.repeats < 3:
            self.repeats += 1
        elif kind == "critic":
            self.critic += 1
        else:
            return False
        return True

    @property
    def decider(self) -> tuple[int, bool]:
        return self.critic, self.labels >= LABELS[1]


@contextmanager
def stores() -> Iterator[wb.Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = wb.Store(f"{folder}/store.db")
        yield store
        store.close()


def run_of(name: str, store: wb.Store, columns: dict[str, np.ndarray], mark: str = "") -> wb.Run:
    """A run of prompts; columns of scores `(prompts, examples, repeats)` by the critic's name."""
    some = next(iter(columns.values()))
    rows = [
        {"prompt": f"{name} {v}", "example": f"{name} {e}", "repeat": r, "output": str(v)}
        | {critic: float(column[v, e, r]) for critic, column in columns.items()}
        for v, e, r in np.ndindex(*some.shape)
    ]
    run = wb.Run.of(rows, critics=dict.fromkeys(columns, wb.Scale()))
    critics = {
        key: replace(about, fingerprint=mark + key) for key, about in run.meta.critics.items()
    }
    run.meta, run.store = replace(run.meta, critics=critics), store
    return run


def label(store: wb.Store, name: str, critic: str, truth: np.ndarray, start: int, stop: int):
    """People's labels of both answers to some of the examples."""
    same = {"critic": critic, "rater": "A", "at": "", "purpose": "estimate", "blind": True}
    same |= {"shown_score": None, "selection": {}, "context": {}, "skipped": False}
    store.add_labels(
        {"id": f"{name} {v} {e}", "example": f"{name} {e}", "value": float(truth[v, e])}
        | {"output_hash": output_hash(str(v))}
        | same
        for v, e in product((0, 1), range(start, stop))
    )


def judged(random: np.random.Generator, task: Task, other: np.ndarray) -> np.ndarray:
    """A critic's scores `(2, examples, repeats)`: people's, but for some that are others'."""
    shape = (2, task.examples, task.repeats)
    strays = random.random(shape) < NOISE
    return np.where(strays, other[:, : task.examples, None], task.truth[:, : task.examples, None])


def story(random: np.random.Generator, store: wb.Store, task: Task, draw) -> Iterator[Comparison]:
    """Ten looks of any kind at one task."""
    critic, looks = f"good {task.name}", 0
    while looks < LOOKS:
        if looks and not task.grow(str(random.choice(["examples", "labels", "repeats", "critic"]))):
            continue
        before = 0 if task.labels <= LABELS[1] else task.labels // 2
        if task.labels:
            label(store, task.name, critic, task.truth, before, task.labels)
        scores = judged(np.random.default_rng([task.critic, looks]), task, draw(random))
        run = run_of(task.name, store, {critic: scores}, mark=f"{task.critic} ")
        yield wb.compare(run, critic, baseline=f"{task.name} 0", margin=MARGIN)
        looks += 1


def mixed_looks(bench: Bench) -> Iterator[Line]:
    """Figure 3: ten looks of any kind through the ledger."""
    names, times = list(bench.patterns.PATTERNS), bench.screen // 2
    wrong, most = 0, 2 * MOST
    for number in range(times):
        random = bench.random(3, 1, number)
        name = names[number % len(names)]

        def draw(random, name=name):
            return bench.shares(name, random, 1, 2, most)[0]

        with stores() as store:
            said = [words(each) for each in story(random, store, Task("t", draw(random)), draw)]
        wrong += any(word in ("better", "worse") for word in said)
    fine = limit(wrong, times, "low") <= 0.05
    yield Line(3, "false words over ten looks of any kind", wrong / times, "<= 0.05", fine)
    yield from _claims_kept(bench)


def _claims_kept(bench: Bench) -> Iterator[Line]:
    """Of a true gain: claimed, and taken back by the same judge."""
    times, claimed, back = bench.screen // 4, 0, 0
    for number in range(times):
        random = bench.random(3, 2, number)

        def draw(random):
            return np.array(two_verdicts(random, 1, 2 * MOST, 0.7, 0.85, 0.5), dtype=float)[:, 0]

        task, better, lost = Task("t", draw(random)), set(), False
        with stores() as store:
            for choice in story(random, store, task, draw):
                found = words(choice) == "better"
                lost |= task.decider in better and not found
                better |= {task.decider} if found else set()
        claimed, back = claimed + bool(better), back + lost
    fine = limit(back, times, "low") <= 0.02
    yield Line(3, "a true gain claimed, then taken back", back / times, "<= 0.02", fine)
    what = "a true gain claimed in ten looks of any kind"
    yield Line(3, what, claimed / times, ">= 0.3", limit(claimed, times, "high") >= 0.3)


def words(choice: Comparison) -> str:
    return choice.differences[0].decision


ROWS = 200
PARTIAL = 40  # rows with a right answer, too few to decide


@dataclass
class Tally:
    """Decisions on people's word, and on the critic's where something contradicts it."""

    by_people: int = 0
    wrong: int = 0
    right: int = 0
    contradicted: int = 0
    shipped: int = 0

    def people(self, choice: Comparison, truth: str) -> None:
        if choice.decided_by == "labels":
            word = words(choice)
            self.by_people += 1
            self.right += word == truth
            self.wrong += word in ("better", "worse") and word != truth

    def critic(self, choice: Comparison, people: np.ndarray, scores: np.ndarray) -> None:
        if choice.decided_by == "critic" and contradicted(people, scores):
            self.contradicted += 1
            self.shipped += choice.ship.name != choice.baseline


def deciders(bench: Bench) -> Iterator[Line]:
    """Figure 7: no critic brings a wrong word from 30 labels on, and nothing ships against labels
    or right answers.
    """
    tally = Tally()
    cells = product(CRITICS, TRUTHS, (15, 30, 60), range(max(1, bench.screen // 50)))
    for number, (critic, truth, labels, _) in enumerate(cells):
        people, scores = critics_scores(bench.random(7, number), critic, truth)
        with stores() as store:
            label(store, "t", "good", people, 0, labels)
            run = run_of("t", store, {"good": scores[..., None]})
            choice = wb.compare(run, "good", baseline="t 0")
            tally.people(choice, truth)
            tally.critic(choice, people[:, :labels], scores[:, :labels])
            known = people[:, :PARTIAL], scores[:, :PARTIAL]
            tally.critic(_with_gold(store, people, scores), *known)
    count, wrong = tally.by_people, tally.wrong
    fine = limit(wrong, count, "low") <= 0.05 and tally.right > 0
    yield Line(7, f"wrong words of {count} by people, six critics", wrong / count, "<= 0.05", fine)
    what = f"ships against labels or right answers, of {tally.contradicted} contradictions"
    fine = tally.shipped == 0 < tally.contradicted
    yield Line(7, what, float(tally.shipped), "0", fine)


def critics_scores(random, critic: str, truth: str) -> tuple[np.ndarray, np.ndarray]:
    """People's and a critic's scores `(2, rows)`, the baseline's first."""
    challenger, baseline = TRUTHS[truth]
    people = np.array(two_verdicts(random, 1, ROWS, baseline, challenger, 0.5), dtype=float)[:, 0]
    rates = CRITICS[critic][::-1]  # the baseline's first
    scores = [
        np.where(each > 0, random.random(ROWS) < right, random.random(ROWS) >= fails)
        for each, (right, fails) in zip(people, rates, strict=True)
    ]
    return people, np.array(scores, dtype=float)


def _with_gold(store: wb.Store, people: np.ndarray, scores: np.ndarray) -> Comparison:
    """The decision where right answers are known for some of the rows, and nobody labelled."""
    known = np.where(np.arange(ROWS) < PARTIAL, people, np.nan)
    columns = {"critic": scores[..., None], "right": known[..., None]}
    return wb.compare(run_of("g", store, columns), "critic", baseline="g 0", gold="right")


def contradicted(people: np.ndarray, scores: np.ndarray) -> bool:
    """Whether what people say of some rows contradicts that the challenger is better."""
    return stats.contradiction(
        Decision.BETTER, scores[1] - scores[0], people[1] - people[0], margin=MARGIN
    ).blocks


def whole_decision(bench: Bench) -> Iterator[Line]:
    """Figure 10 for all of it: 12 variants compared on 200 rows in a store, the best of five."""
    scores, took = bench.random(10, 2).random((12, ROWS, 1)) < 0.7, []
    for _ in range(5):
        with stores() as store:
            run = run_of("t", store, {"good": scores})
            start = time.process_time()
            wb.compare(run, "good", baseline="t 0")
            took.append(1000 * (time.process_time() - start))
    yield Line(
        10, "a comparison in a store, milliseconds of a core", min(took), "< 50", min(took) < 50
    )
