"""A run's columns as arrays: variants by examples by repeats."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.comparison.intervals import EQUAL
from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.labels.joined import finite
from workbench.runs import Run

OWN_FAILURES = (
    "malformed",
    "truncated",
    "filtered",
)  # answers that failed by the variant's own doing


@dataclass(frozen=True)
class Scores:
    """Scores of one critic `(variants, examples, repeats)`, NaN = unscored, with each row's status
    beside them.

    `sign` is -1 where less is better; the scores themselves stay on the critic's scale.
    """

    variants: tuple[tuple[str, str, str], ...]  # name, prompt, model
    examples: tuple[str, ...]
    score: np.ndarray
    status: np.ndarray  # of str; "" where the run has no such row
    why: np.ndarray  # of str: a row's error, or what the critic says of a row without a score
    row: np.ndarray  # index into the run's columns, -1 where there is none
    scale: tuple[float, float]
    sign: int
    identities: tuple[str, ...]  # per variant: what determines its answers
    asks: bool  # the critic asks a model, and is no check in code

    @cached_property
    def dead(self) -> bool:
        """Whether a critic that asks a model gave every answer the same score, and so tells nothing
        apart.
        """
        scored = self.score[~np.isnan(self.score)]
        return (
            self.asks
            and len(scored) > 1
            and float(np.ptp(scored)) <= EQUAL * (self.scale[1] - self.scale[0])
        )

    @cached_property
    def bottomed(self) -> np.ndarray:
        """The scores with the variants' own failures at the bad end of the scale."""
        bottom = self.scale[0] if self.sign > 0 else self.scale[1]
        return np.where(np.isin(self.status, OWN_FAILURES), bottom, self.score)

    def index(self, variant: str) -> int:
        """The position of a variant by its name, or by its prompt's name where that is enough."""
        if not self.variants:
            raise WorkbenchError(
                "this run has no rows, so there is nothing to compare: run it on an example or more"
            )
        hits = [i for i, (name, prompt, _) in enumerate(self.variants) if variant in (name, prompt)]
        if len(hits) != 1:
            names = ", ".join(name for name, _, _ in self.variants)
            trouble = "names more than one variant" if hits else "is no variant of this run"
            raise WorkbenchError(f"baseline {variant!r} {trouble}: use one of {names}")
        return hits[0]


def per_example(scores: np.ndarray) -> np.ndarray:
    """Means over repeats `(..., examples)`, of the scored ones; NaN where none is scored."""
    counts = np.sum(~np.isnan(scores), axis=-1)
    return np.where(counts > 0, np.nansum(scores, axis=-1) / np.maximum(counts, 1), np.nan)


def read_scores(run: Run, critic: str) -> Scores:
    """The scores that `critic` gave in `run`; one that is no finite number is unscored."""
    columns, critics = run.columns, run.meta.critics
    if critic not in critics:
        raise WorkbenchError(
            f"critic {critic!r} did not judge this run: use one of {', '.join(critics) or 'none'}"
        )
    position = {(key.prompt, key.model): i for i, key in enumerate(run.variants)}
    v = np.array(
        [position[pair] for pair in zip(columns["prompt"], columns["model"], strict=True)],
        dtype=int,
    )
    examples = {example: i for i, example in enumerate(dict.fromkeys(columns["example"]))}
    e = np.array([examples[example] for example in columns["example"]], dtype=int)
    r = np.array(columns["repeat"], dtype=int)
    shape = (len(run.variants), len(examples), int(r.max()) + 1 if len(r) else 1)
    score, row = np.full(shape, np.nan), np.full(shape, -1)
    status = np.full(shape, "", dtype="<U9")
    score[v, e, r] = finite(columns[critic])
    status[v, e, r] = columns["status"]
    why = np.full(shape, "", dtype=object)
    why[v, e, r] = [
        error or reason
        for error, reason in zip(columns["error"], columns[f"{critic}.reason"], strict=True)
    ]
    row[v, e, r] = np.arange(len(v))
    scale = critics[critic].scale
    return Scores(
        run.variants,
        tuple(examples),
        score,
        status,
        why,
        row,
        (scale.low, scale.high),
        1 if scale.higher_is_better else -1,
        _identities(run),
        critics[critic].model is not None or critics[critic].kind in ("panel", "recorded"),
    )


def _identities(run: Run) -> tuple[str, ...]:
    prompts, models = run.meta.prompts, run.meta.models
    return tuple(
        fingerprint([prompts[prompt].fingerprint, *asked])
        for _, prompt, model in run.variants
        for asked in [(models[model].endpoint, models[model].id, dict(models[model].parameters))]
    )


def tag_values(run: Run, scores: Scores, key: str) -> np.ndarray:
    """The value of a tag per example, "" where an example lacks it."""
    column = run.columns.get(f"tag.{key}")
    if column is None:
        tags = [name.removeprefix("tag.") for name in run.columns if name.startswith("tag.")]
        raise WorkbenchError(f"no tag {key!r} in this run: use one of {', '.join(tags) or 'none'}")
    rows = scores.row.max(axis=(0, 2))
    return np.array([str(column[row] or "") for row in rows])
