"""Back into the loop: the rows behind a bad number as a dataset for the next iteration, and
critics on logged answers against what users said.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench import labels
from workbench.critics.verdict import Critic
from workbench.datasets import Dataset, Example
from workbench.datasets.dataset import tag_text
from workbench.errors import WorkbenchError
from workbench.files import fingerprint, json_fault
from workbench.labels.joined import records_of
from workbench.meant import instead
from workbench.release.released_logs import TAG, Logs
from workbench.runs import Run
from workbench.runs.as_logged import judge_logged
from workbench.stats.scale import Scale
from workbench.store import Store, output_hash

if TYPE_CHECKING:
    import pandas as pd

Mask = NDArray[np.bool_]
RATER = "users"  # of labels that are users' feedback
SLOWEST = 0.95
PICKS: Mapping[str, str] = {  # what may be asked for -> the column that says so
    "thumbs down": "feedback", "thumbs up": "feedback", "errors": "error",
    "malformed": "malformed", "flags": "flag", "asked again": "regenerate",
    "not resolved": "resolved", "slow": "seconds", "all": "user",
}  # fmt: skip


@dataclass(frozen=True)
class Picked:
    """Messages of a release, by what was asked for; `of` is how many there are to take from."""

    rows: "pd.DataFrame"
    about: str
    of: int


def picked(
    logs: Logs,
    what: str,
    arms: Sequence[str],
    *,
    arm: str = "",
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Picked:
    """The messages of the arms that are `what` (a key of PICKS), of an arm or a slice ({tag:
    value}); of more than `limit` a sample drawn at random, in the order of time.
    """
    if arm and arm not in arms:
        raise WorkbenchError(f"no arm {arm!r} in this release: {instead(arm, arms)}")
    frame = logs.frame.iloc[np.flatnonzero(logs.frame["arm"].isin([arm] if arm else list(arms)))]
    at = np.flatnonzero(_chosen(frame, what, where or {}))
    of = len(at)
    if limit is not None and of > limit:
        at = np.sort(np.random.default_rng(seed).choice(at, limit, replace=False))
    return Picked(frame.iloc[at], _told(what, arm, where), of)


def _chosen(frame: "pd.DataFrame", what: str, where: Mapping[str, Any]) -> Mask:
    masks = [_mask(frame, what), *(_in_slice(frame, *each) for each in where.items())]
    return np.logical_and.reduce(masks)


def _mask(frame: "pd.DataFrame", what: str) -> Mask:
    """Which messages are what was asked for; WorkbenchError where the logs cannot say."""
    if what not in PICKS:
        raise WorkbenchError(f"no rows are {what!r}: {instead(what, PICKS, 'ask for one of')}")
    column = PICKS[what]
    if column not in frame:
        raise WorkbenchError(f"the logs hold no {column}: map it with load_logs(columns=...)")
    if what == "all":
        return np.ones(len(frame), bool)
    values = frame[column].to_numpy(float)
    if what == "slow":
        return values > np.nanquantile(values, SLOWEST)
    if column in ("feedback", "resolved"):
        return values > 0.5 if what == "thumbs up" else values < 0.5
    return values == 1


def _in_slice(frame: "pd.DataFrame", tag: str, value: Any) -> Mask:
    name = f"{TAG}{tag.removeprefix(TAG)}"
    if name not in frame:
        tags = [each.removeprefix(TAG) for each in frame.columns if each.startswith(TAG)]
        raise WorkbenchError(f"no tag {tag!r} in the logs: {instead(tag, tags)}")
    values = [value] if isinstance(value, str) else list(value)
    return frame[name].isin(values).to_numpy()


def _told(what: str, arm: str, where: Mapping[str, Any] | None) -> str:
    slices = [f"{tag} {value}" for tag, value in (where or {}).items()]
    return " ".join([what, *([arm] if arm else []), *slices])


def as_dataset(found: Picked, name: str, field: str) -> Dataset:
    """The messages as examples: ids and inputs as logged, and tags for the arm, the slices and
    what users said. A text is the input `field`, an object is the inputs as it is.
    """
    if "input" not in found.rows:
        raise WorkbenchError(
            'the logs hold no input: say which column does, load_logs(columns={"input": ...})'
        )
    if not len(found.rows):
        raise WorkbenchError(f"no message of {name} is {found.about}")
    records = found.rows.to_dict("records")
    ids = _ids(records)
    examples = [
        Example(id, _inputs(record["input"], field), None, _tags(record))
        for id, record in zip(ids, records, strict=True)
    ]
    return Dataset(examples, f"{name} {found.about}")


def _ids(records: Sequence[Mapping[Any, Any]]) -> list[str]:
    """The id of each message, else a fingerprint of its user, time and text, which shows none of
    them; a double gets a count.
    """
    seen: dict[str, int] = {}
    ids: list[str] = []
    for record in records:
        content = [str(record[name]) for name in ("user", "timestamp", "input")]
        id = str(record.get("id") or "") or fingerprint(content)
        seen[id] = seen.get(id, 0) + 1
        ids.append(id if seen[id] == 1 else f"{id}-{seen[id]}")
    return ids


def _inputs(given: Any, field: str) -> dict[str, Any]:
    if isinstance(given, dict) and not json_fault(given):
        return {str(name): value for name, value in given.items()}
    if isinstance(given, list) and not json_fault(given):
        return {field: given}
    return {field: str(given)}


def _tags(record: Mapping[Any, Any]) -> dict[str, str]:
    """The arm, what the user said, and the slices; what is empty has no tag."""
    tags = {"arm": record["arm"], "feedback": _said(record.get("feedback", math.nan))}
    tags |= {
        name.removeprefix(TAG): value for name, value in record.items() if str(name).startswith(TAG)
    }
    return {name: tag_text(name, str(value)) for name, value in tags.items() if str(value)}


def _said(feedback: float) -> str:
    return "" if math.isnan(feedback) else f"{feedback:.3g}"


async def judge_sample(
    found: Picked,
    critics: Sequence[Critic],
    name: str,
    field: str,
    *,
    seed: int,
    store: Store | str | Path | None,
    budget: float | None,
    offline: bool = False,
) -> Run:
    """Critics on a sample of logged answers, with what users said as labels of the rater "users"
    on each critic's scale; so `trust(run, critic)` is how far critic and users agree.
    """
    if "output" not in found.rows:
        raise WorkbenchError(
            'the logs hold no output: say which column does, load_logs(columns={"output": ...})'
        )
    there = np.flatnonzero(found.rows["output"].astype(str) != "")
    rows = Picked(found.rows.iloc[there], found.about, found.of)
    examples = as_dataset(rows, name, field)
    outputs = [str(each) for each in rows.rows["output"]]
    run = await judge_logged(
        examples, outputs, critics, name=name, store=store, budget=budget, offline=offline
    )
    if "feedback" in rows.rows:
        selection = {"method": "random", "seed": seed, "of": found.of, "among": found.about}
        _label(run, rows.rows["feedback"].to_numpy(float), selection)
    return run


def _label(run: Run, feedback: NDArray[np.float64], selection: Mapping[str, Any]) -> None:
    """Users' feedback as labels of every critic; what was labelled before stays as it is."""
    for critic in run.critics:
        known = {
            (record["example"], record["output_hash"])
            for record in records_of(run, critic.name)
            if record["rater"] == RATER
        }
        for row, share in enumerate(feedback):
            answer = run.columns["example"][row], output_hash(run.columns["output"][row])
            if not math.isnan(share) and answer not in known:
                value = on_scale(critic.scale, share)
                labels.add(run, critic.name, row, value, rater=RATER, selection=selection)


def on_scale(scale: Scale, share: float) -> float:
    """A share of good as a value of a critic's scale."""
    upward = share if scale.higher_is_better else 1 - share
    return scale.low + upward * (scale.high - scale.low)
