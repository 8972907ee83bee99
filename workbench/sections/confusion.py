"""Which right answers a variant takes for which others, with precision, recall and F1 of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.comparison.classes import NO_CLASS, UNKNOWN, Classes, Confusion, classes_of
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html, visible
from workbench.page.svg import UNIT, Bar, axis_labels
from workbench.sections.grid import Grid
from workbench.sections.leaderboard import estimate, hint
from workbench.sections.subject import Subject

BAR = 40  # pixels
NAME = 40  # characters of a class
STEPS = (0.04, 0.25, 0.5, 0.7, 0.9)  # shares of a row from which its wash is deeper


@dataclass(frozen=True)
class Confusions:
    """The confusions of a comparison, those of the variant that it is about first."""

    classes: Classes
    variants: tuple[str, ...]
    run_order: tuple[str, ...]
    level: float

    @classmethod
    def of(cls, subject: Subject) -> "Confusions | None":
        """None where no check knows right answers of a few classes."""
        choice = subject.choice
        check = choice.gold.check if choice.gold else choice.critic
        classes = classes_of(subject.run, check, level=choice.level)
        if classes is None:
            return None
        about = subject.focus.challenger if subject.focus else choice.baseline
        ranked = [variant.name for variant in choice.variants]
        shown = dict.fromkeys([about, choice.baseline, *ranked])
        in_run = tuple(variant.name for variant in subject.run.variants)
        return cls(classes, tuple(shown), in_run, choice.level)

    @cached_property
    def names(self) -> list[str]:
        """The classes, and what is none of them."""
        return shown_names(self.classes)

    def tables(self, *, opens: bool = False, asks: bool = False) -> list[tuple[str, Html]]:
        """By variant its table; where a cell `opens` its rows, it may ask the kernel for them."""
        return [(name, self._table(name, opens, asks)) for name in self.variants]

    def sentences(self) -> list[Html]:
        """The commonest error of the variant that the comparison is about, and of the baseline."""
        first, *others = (self._sentence(name) for name in self.variants[:2])
        return [html("<b>{}</b>", first), *(html("{}", other) for other in others)]

    def _sentence(self, variant: str) -> str:
        found = self.classes.confusions[variant]
        if found.worst is None:
            return f"{variant} takes no right answer for another."
        right, given = found.worst
        of = words.share(found.counts[right][given], sum(found.counts[right]))
        if given == len(self.classes.names):
            return f"{variant} answers {self.names[right]} with {NO_CLASS} in {of}."
        return f"{variant} takes {self.names[right]} for {self.names[given]} in {of}."

    def _table(self, variant: str, opens: bool, asks: bool) -> Html:
        found = self.classes.confusions[variant]
        by_recall = sorted(
            range(len(found.measures)), key=lambda at: found.measures[at].recall.estimate
        )
        return render(
            "sections/confusion_table.html",
            variant=variant,
            names=self.names,
            rows=self._rows(variant, found),
            measures=[self._measures(at, found) for at in by_recall],
            axis=axis_labels(UNIT, words.whole_points, 18),
            level=self.level,
            opens=opens,
            asks=asks,
        )

    def _rows(self, variant: str, found: Confusion) -> list[tuple[str, list[dict[str, Any]]]]:
        at = self.run_order.index(variant)
        return [
            (self.names[right], [self._cell(at, found, right, given) for given in range(len(row))])
            for right, row in enumerate(found.counts)
        ]

    def _cell(self, variant: int, found: Confusion, right: int, given: int) -> dict[str, Any]:
        count, row = found.counts[right][given], found.counts[right]
        is_worst = found.worst == (right, given)
        return {
            "count": count,
            "css": "bad" if is_worst else f"s{_step(count, row)}",
            "of": f"{variant} {right} {given}",
            "says": f"{self.cell_name(right, given)}: {count:,}",
            "column": self.names[given],
        }

    def cell_name(self, right: int, given: int) -> str:
        return f"{self.names[right]} answered with {self.names[given]}"

    def _measures(self, at: int, found: Confusion) -> dict[str, Any]:
        measures, name = found.measures[at], self.names[at]
        shown = {
            each: estimate(getattr(measures, each)) | {"empty": "none"}
            for each in ("recall", "precision", "f1")
        }
        bar = Bar(UNIT, measures.recall, tip=hint(f"Recall of {name}", measures.recall)).svg(BAR)
        return {"name": name, "of": sum(found.counts[at]), "bar": bar, **shown}


def shown_names(classes: Classes) -> list[str]:
    """The classes, and what is none of them, as headings."""
    return [clipped(visible(name), NAME) for name in (*classes.names, NO_CLASS)]


def _step(count: int, row: Sequence[int]) -> int:
    share = count / max(1, sum(row))
    return sum(share >= step for step in STEPS)


def cell_data(grid: Grid, lines: Sequence[int], classes: Classes) -> dict[str, Any]:
    """Of some lines of the table of answers each answer's cell, variant by variant."""
    return {
        "right": [max(classes.right[row] for row in grid.rows(line) if row >= 0) for line in lines],
        "given": [
            [classes.given[column[line]] if column[line] >= 0 else UNKNOWN for line in lines]
            for column in grid.columns
        ],
        "names": shown_names(classes),
    }


def confusion(subject: Subject, *, opens: bool = False) -> Html | None:
    """The section, its cells opening rows where the page has them; None where no check knows right
    answers of a few classes.
    """
    found = Confusions.of(subject)
    if found is None:
        return None
    tables = found.tables(opens=opens)
    return render(
        "sections/confusion.html",
        sentences=found.sentences(),
        table=tables[0][1],
        others=tables[1:],
        check=found.classes.check,
        no_class=NO_CLASS,
    )
