"""People's labels joined to a run's rows by example and output."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.labels.records import Answer, Record, answer_of, label_scale, lies_on, newest
from workbench.prompts import Prompt
from workbench.runs.record import Run
from workbench.stats.scale import Scale
from workbench.store import output_hash

BY_CHANCE = ("uniform", "stratified", "random")  # methods of a selection


@dataclass(frozen=True)
class Circumstances:
    """How the labels of a run's answers came about: how many there are, of how many it is not
    written down who chose the answer, how many were picked by other than chance, given with the
    critic's score in sight, or lie off its scale; and how many that are left out were given by a
    model. Also how many answers a rater skipped and nobody labelled.
    """

    given: int = 0
    unrecorded: int = 0
    picked: int = 0
    in_sight: int = 0
    by_models: int = 0
    off_scale: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Rated:
    """What one rater said of a run: the label of each row, NaN where there is none; how many
    answers to each example are labelled, and how many of them no row of the run gives.
    """

    rows: Sequence[float]
    asked: Mapping[str, int]
    strays: Mapping[str, int]


@dataclass(frozen=True)
class Given:
    """Every label given for a critic of a run, read from its store once. One off the critic's
    scale, from another run or an older version, enters none of the figures.
    """

    run: Run
    critic: str
    records: Sequence[Record]

    @classmethod
    def of(cls, run: Run, critic: str) -> "Given":
        return cls(run, critic, records_of(run, critic))

    @cached_property
    def usable(self) -> list[Record]:
        """People's labels that may enter an estimate."""
        return by_people(self.run, self.critic, usable(self.records))

    @property
    def rows(self) -> list[float]:
        """The label of each row of the run (the mean over its raters), NaN where there is none."""
        return self._by_row({a: sum(values) / len(values) for a, values in self._values.items()})

    @property
    def votes(self) -> list[float]:
        """Whether most of its raters pass each row of the run (1) or fail it (0); NaN where there
        is no label, or where they are split evenly.
        """
        votes = dict[Answer, float]()
        for answer, values in self._values.items():
            share = sum(self._scale.passes(value) for value in values) / len(values)
            votes[answer] = math.nan if share == 0.5 else float(share > 0.5)
        return self._by_row(votes)

    @property
    def by_rater(self) -> list[Rated]:
        """What each rater said of the run's answers, in the order of their names."""
        values = dict[str, dict[Answer, float]]()
        for rater, answer, value in self._on_scale:
            values.setdefault(rater, {})[answer] = value
        answers = self._answers(answer for given in values.values() for answer in given)
        return [_rated(values[rater], answers) for rater in sorted(values)]

    @property
    def circumstances(self) -> Circumstances:
        """How the labels came about that may enter an estimate of this run."""
        every = usable(self.records)
        here = set(self._answers(map(answer_of, every)))
        count = sum(answer_of(record) in here for record in every)
        mine = [record for record in self.usable if answer_of(record) in here]
        methods = [record["selection"].get("method") for record in mine]
        return Circumstances(
            given=len(mine),
            unrecorded=methods.count(None),
            picked=sum(method not in (None, *BY_CHANCE) for method in methods),
            in_sight=sum(not record["blind"] for record in mine),
            by_models=count - len(mine),
            off_scale=sum(not lies_on(record["value"], self._scale) for record in mine),
            skipped=self.skipped,
        )

    @property
    def skipped(self) -> int:
        """How many answers of the run a rater skipped and nobody labelled."""
        records = [record for record in self.records if record["purpose"] == "estimate"]
        passed = {answer_of(r) for r in records if r["skipped"]} - {
            answer_of(r) for r in records if not r["skipped"]
        }
        return len(passed & set(self._answers(passed)))

    @property
    def _scale(self) -> Scale:
        return label_scale(self.run.meta.critics, self.critic)

    @cached_property
    def _on_scale(self) -> list[tuple[str, Answer, float]]:
        """People's labels on the critic's scale: by whom, of which answer, and what they say."""
        return [
            (str(record["rater"]), answer_of(record), record["value"])
            for record in self.usable
            if lies_on(record["value"], self._scale)
        ]

    @cached_property
    def _values(self) -> dict[Answer, list[float]]:
        """The labels of each answer, one a rater."""
        values = dict[Answer, list[float]]()
        for _, answer, value in self._on_scale:
            values.setdefault(answer, []).append(value)
        return values

    def _by_row(self, values: Mapping[Answer, float]) -> list[float]:
        """The value of each row's answer, NaN where there is none."""
        answers = self._answers(values)
        return [math.nan if each is None else values.get(each, math.nan) for each in answers]

    def _answers(self, wanted: Iterable[Answer]) -> list[Answer | None]:
        """The answer in each row of the run; None where there is none, or none to an example of
        those wanted.
        """
        examples, columns = {example for example, _ in wanted}, self.run.columns
        rows = zip(columns["example"], columns["status"], columns["output"], strict=True)
        return [
            (example, output_hash(output)) if status == "ok" and example in examples else None
            for example, status, output in rows
        ]


def _rated(given: Mapping[Answer, float], answers: Sequence[Answer | None]) -> Rated:
    rows = [math.nan if answer is None else given.get(answer, math.nan) for answer in answers]
    strays = given.keys() - set(answers)
    return Rated(rows, *(Counter(example for example, _ in each) for each in (given, strays)))


def records_of(run: Run, critic: str) -> Sequence[Record]:
    """Every label given for a critic of a run, under this name or another that it had with the same
    prompt, and not taken back; none where the run has no store.
    """
    return run.store.labels(critic, critic_prompt(run, critic)) if run.store else []


def critic_prompt(run: Run, critic: str) -> str:
    """The fingerprint of a critic's prompt; empty where it has none."""
    found = next((each for each in run.critics if each.name == critic), None)
    rubric = getattr(found, "critic", found)  # a canary's own critic
    prompt = getattr(rubric, "prompt", None)
    return prompt.fingerprint if isinstance(prompt, Prompt) else ""


def usable(records: Iterable[Record]) -> list[Record]:
    """The labels that may enter an estimate: the last one each rater gave an answer, no skip, none
    given to debug.
    """
    given = [
        record for record in records if record["purpose"] == "estimate" and not record["skipped"]
    ]
    return list(newest(given).values())


def by_people(run: Run, critic: str, records: Iterable[Record]) -> list[Record]:
    """The records whose rater is not called what the critic, its model or a model of the run is: a
    model's word is no yardstick of a model.
    """
    meta = run.meta
    judge = meta.critics[critic].model if critic in meta.critics else None
    models = [each.id for each in (*meta.models.values(), judge) if each]
    names = {name.strip().casefold() for name in (critic, *meta.models, *models)}
    return [each for each in records if str(each["rater"]).strip().casefold() not in names]


def finite(scores: Sequence[float]) -> np.ndarray:
    """Scores of a critic with NaN (unscored) for every one that is no finite number."""
    values = np.array(scores, dtype=float)
    return np.where(np.isfinite(values), values, math.nan)
