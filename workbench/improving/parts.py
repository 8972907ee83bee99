"""Which rows an improvement searches on, selects on and confirms on."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench import words
from workbench.comparison.schedule import FEWEST_ROWS
from workbench.datasets import Dataset, Example
from workbench.datasets.splitting import position
from workbench.errors import WorkbenchError
from workbench.files import fingerprint, write_whole
from workbench.runs.heldout import rows_of
from workbench.runs.plan import examples_fingerprint
from workbench.store import Store
from workbench.store.ledger import each_row

FEWEST_SEARCHED = 10  # rows to search on, and to select on
CONFIRM = 1 / 2  # of the rows that nobody has seen, at most of all
FILE = "rows.json"


@dataclass(frozen=True)
class Parts:
    """Three parts of a dataset that share no row."""

    search: Dataset
    select: Dataset
    confirm: Dataset

    @property
    def sentence(self) -> str:
        """75 rows to search on, 75 to select on, 150 to confirm on."""
        search, select, confirm = map(len, (self.search, self.select, self.confirm))
        rows = words.count(search, "row")
        return f"{rows} to search on, {select:,} to select on, {confirm:,} to confirm on"

    def write(self, path: Path, seed: int, of: str) -> None:
        """Keep which row lies where, `of` which rows: an improvement that goes on has the same
        parts.
        """
        named = {end: [each.id for each in getattr(self, end)] for end in _ENDS}
        write_whole(path, json.dumps({"seed": seed, "of": of, **named}, indent=1) + "\n")


def parts_of(
    examples: Sequence[Example],
    confirm: Sequence[Example] | None,
    seed: int,
    store: Store,
    path: Path,
) -> Parts:
    """The parts that were kept at `path`, or a new split: a half of the rows to confirm on, among
    those that nobody saw an answer to, and the rest in two halves, all by `seed` and a row's
    inputs. `confirm` are rows given for it, whoever saw them: the ledger says what may be claimed.

    Raises WorkbenchError where there are too few rows, or too few that nobody saw, or where `path`
    keeps the parts of other rows.
    """
    given = [*examples, *(confirm or ())]
    name = getattr(examples, "name", "examples")
    about = fingerprint([*map(examples_fingerprint, (examples, confirm or ())), seed])
    if path.is_file():
        return _read(given, name, path, about)
    shared = each_row(rows_of(examples)) & each_row(rows_of(confirm or ()))
    if shared:
        raise WorkbenchError(
            f"{words.count(len(shared), 'row')} to confirm on are also among the examples to "
            "search on: give each on one side"
        )
    parts = _split(examples, confirm, seed, store, name)
    _check(parts, len(given))
    parts.write(path, seed, about)
    return parts


def _split(
    examples: Sequence[Example],
    confirm: Sequence[Example] | None,
    seed: int,
    store: Store,
    name: str,
) -> Parts:
    drawn = sorted(examples, key=lambda each: position(seed, dict(each.inputs)))
    groups = _alike(drawn)
    held = confirm
    if held is None:
        held, groups = _unseen(groups, store, int(CONFIRM * len(drawn)))
    search, select = _halves(groups)
    return _named(name, (search, select, held))


_ENDS = ("search", "select", "confirm")


def _named(name: str, made: Iterable[Sequence[Example]]) -> Parts:
    """The parts as datasets; rows that were held back are about to be opened."""
    opened = [[replace(each, held=False) for each in part] for part in made]
    return Parts(*(Dataset(part, f"{name}-{end}") for part, end in zip(opened, _ENDS, strict=True)))


def _alike(examples: Sequence[Example]) -> list[list[Example]]:
    """Rows of one content together: what a prompt is written on it must not be judged on."""
    groups: dict[bytes, list[Example]] = {}
    for each in examples:
        groups.setdefault(rows_of([each]), []).append(each)
    return list(groups.values())


def _unseen(
    groups: Sequence[list[Example]], store: Store, most: int
) -> tuple[list[Example], list[list[Example]]]:
    """So many rows that nobody saw an answer to, and the groups that are left."""
    rows = rows_of([each for group in groups for each in group])
    gone = each_row(store.seen(rows)) | each_row(store.ended(rows))
    taken: list[Example] = []
    left: list[list[Example]] = []
    for group in groups:
        if len(taken) + len(group) <= most and rows_of(group[:1]) not in gone:
            taken += group
        else:
            left.append(group)
    return taken, left


def _halves(groups: Sequence[list[Example]]) -> tuple[list[Example], list[Example]]:
    every = sum(map(len, groups))
    first: list[Example] = []
    second: list[Example] = []
    for group in groups:
        (first if len(first) + len(group) <= every - every // 2 else second).extend(group)
    return first, second


def _check(parts: Parts, given: int) -> None:
    least = min(len(parts.search), len(parts.select))
    if least < FEWEST_SEARCHED or (len(parts.confirm) < FEWEST_ROWS and given < 2 * FEWEST_ROWS):
        fewest = 2 * FEWEST_SEARCHED + FEWEST_ROWS
        raise WorkbenchError(
            f"an improvement needs {fewest} rows or more, {FEWEST_ROWS} of them to confirm on, and "
            f"here are {given:,}: write down {words.count(max(1, fewest - given), 'new row')}"
        )
    if missing := max(0, FEWEST_ROWS - len(parts.confirm)):
        raise WorkbenchError(
            f"answers to all but {len(parts.confirm):,} of these {given:,} rows were seen before, "
            f"by a run or an earlier improvement, and a gain is confirmed on {FEWEST_ROWS} or more "
            f"that nobody saw: write down {words.count(missing, 'new row')} or more, or give rows "
            "with confirm=, such as those that examples.split() holds back; an earlier improvement "
            "is found again by its own arguments"
        )


def _read(given: Sequence[Example], name: str, path: Path, about: str) -> Parts:
    """The parts as they were kept."""
    kept, known = json.loads(path.read_text("utf-8")), {each.id: each for each in given}
    if kept.get("of", about) != about:
        raise WorkbenchError(
            f"the folder {path.parent.name} holds an improvement on other rows, or by another "
            f"seed ({path.name}): name another one with folder=, or leave folder out"
        )
    return _named(name, ([known[id] for id in kept[end]] for end in _ENDS))
