"""Rows that one of two runs passes and the other fails."""

from dataclasses import dataclass
from functools import cached_property

from workbench.comparison import Comparison
from workbench.comparison.two_runs import Flip, flips
from workbench.page import words
from workbench.page.markup import Html, html
from workbench.runs.beside import TwoRuns
from workbench.sections import matrix
from workbench.sections.grid import Grid, Judge


@dataclass(frozen=True)
class Flipped:
    """What flipped between two runs, in words and as rows."""

    choice: Comparison
    flips: tuple[Flip, ...]

    @classmethod
    def found_in(cls, choice: Comparison) -> "Flipped | None":
        """None where a comparison is of one run."""
        return cls(choice, flips(choice)) if isinstance(choice.run, TwoRuns) else None

    def sentences(self) -> list[str]:
        """How many rows of each challenger flipped, and which way."""
        return [self._of(each.challenger) for each in self.choice.differences]

    def _of(self, challenger: str) -> str:
        ways = [each.passes for each in self.flips if each.challenger == challenger]
        rows, up = words.count(len(ways), "row"), sum(ways)
        if not ways:
            return f"{challenger}: none flipped."
        return f"{challenger}: {rows} flipped, {up:,} to pass and {len(ways) - up:,} to fail."

    @cached_property
    def grid(self) -> Grid:
        return Grid.of(self.choice.run)

    @property
    def examples(self) -> int:
        return len(self.grid.lines)

    @cached_property
    def lines(self) -> list[int]:
        """The lines of the table with a row that flipped."""
        wanted = {(each.example, each.repeat) for each in self.flips}
        return [line for line, key in enumerate(self.grid.lines) if key in wanted]

    def rows(self) -> Html:
        """The answers of these lines, the baseline's first."""
        if not self.lines:
            return html("")
        run, name = self.choice.run, self.choice.judge
        judge = next(each for each in Judge.all_of(run) if each.name == name)
        return matrix.twin(run, self.grid, judge, self.lines)
