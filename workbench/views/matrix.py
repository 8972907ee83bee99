"""The matrix: every answer of a run, one line an example, with sort, filter and search."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Run
from workbench.sections import matrix
from workbench.sections.grid import Grid, Judge, gold_of
from workbench.sections.overview import outcome
from workbench.views.view import View


class Matrix(View):
    """A run on show."""

    def __init__(self, run: Run, first: str = "") -> None:
        self.outcome = outcome(run)
        super().__init__(f"Run {run.id}: {self.outcome}")
        self.run = run
        self.grid = Grid.of(run)
        self.judges = Judge.all_of(run, first)
        self.gold = gold_of(run)
        self.judge = self._opens_on(first or self.gold)
        self.examples = {example.id: example for example in run.examples}

    def _opens_on(self, name: str) -> Judge | None:
        """The critic of that name where it scored anything, else the first."""
        known = (judge for judge in self.judges if judge.name == name)
        wanted = next(known, None)
        if wanted and any(not math.isnan(score) for score in self.run.columns[name]):
            return wanted
        return next(iter(self.judges), None)

    def twin(self) -> Html:
        return self._head() + matrix.twin(self.run, self.grid, self.judge, gold=self.gold)

    def live(self) -> Html:
        return self._head() + render("views/matrix.html")

    def _head(self) -> Html:
        examples = words.count(len(self.examples), "example")
        variants = words.count(len(self.grid.variants), "variant")
        return render(
            "views/head.html",
            title=f"{self.run.meta.dataset.name}: {examples}, {variants}",
            beside=self.outcome,
        )

    def on_show(self, argument: Any, values: Mapping[str, Any]) -> None:
        super().on_show(argument, values)
        self.send({"table": self.table(range(len(self.grid.lines)))})

    def table(self, lines: Sequence[int]) -> dict[str, Any]:
        """What the table shows of some lines."""
        given = self.run, self.grid, lines, self.judges, self.judge
        data = matrix.table_data(*given, baseline=self.grid.names[0], gold=self.gold)
        return {"data": data, "lines": list(lines)}

    def on_search(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.send({"table": {"found": self.found(argument)}})

    def found(self, text: str) -> list[int]:
        """The lines that hold a text, whole answers and reasons included."""
        wanted = text.strip().casefold()
        return [line for line in range(len(self.grid.lines)) if self._holds(line, wanted)]

    def _holds(self, line: int, wanted: str) -> bool:
        """Whether an example's id or inputs, or an answer to it or its reason, hold a text."""
        example, columns = self.examples[self.grid.lines[line][0]], self.run.columns
        names = ["output", *(f"{judge.name}.reason" for judge in self.judges)]
        rows = [row for row in self.grid.rows(line) if row >= 0]
        texts = [example.id, *map(words.value, example.inputs.values())]
        texts += [columns[name][row] for row in rows for name in names]
        return any(wanted in text.casefold() for text in texts)

    def on_open(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.send({"table": {"row": argument, "opened": self.opened(int(argument))}})

    def opened(self, line: int) -> dict[str, Any]:
        """The example of a line, and the answers to it."""
        return matrix.line_data(
            self.run, self.grid, line, self.judges, self.judge, self.grid.names[0]
        )
