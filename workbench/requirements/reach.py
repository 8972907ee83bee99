# pyright: strict
"""What numbers of rows can show at all: a line that they cannot is refused before anything is
asked.
"""

from collections.abc import Sequence
from math import ceil, log

from workbench import words
from workbench.datasets import Example
from workbench.errors import RequirementError
from workbench.requirements.lines import Requirement, Requirements

RATES = ("malformed", "attack_success", "unsafe_output", "errors")
OF_NO_ROWS = ("rate", "errors", "satisfaction")  # a server or users show them, never a run
ON_QUANTILES = ("latency", "first_token", "prompt_tokens")


def rows_needed(line: Requirement, tail: float = 0.05) -> int:
    """The fewest rows (of each value of a slice) at which a line could pass, at a one-sided tail.

    The best case: no failure, every answer right, no row beyond a quantile's bound, or a prompt
    whose answers score like the baseline's on every row. With n such rows the limit of 4.1 lies at
    tail^(1/n): a share of failures of 1 in 1,000 takes 2,995 rows, .044 takes 67, a margin of .05
    takes 59. 1 where a line counts no rows.
    """
    good = _share_good(line)
    return 1 if good is None else ceil(log(tail) / log(good) - 1e-9)


def _share_good(line: Requirement) -> float | None:
    """What the lower limit of the share of good rows must reach."""
    if line.measure in RATES:
        return 1 - (line.at_most or 0)
    if line.measure in ON_QUANTILES:
        return line.quantile
    if line.measure in ("quality", "satisfaction"):
        return line.at_least
    return 1 - line.margin if line.margin is not None else None


def available(examples: Sequence[Example]) -> int:
    """The rows that a dataset's file has to give, where that is known; else those at hand."""
    return max(len(examples), getattr(examples, "available", None) or 0)


def check_rows(requirements: Requirements, rows: int, file: int = 0) -> None:
    """RequirementError where these rows, or as many as the gate may extend to, cannot show a line
    that blocks; it names the number that could. `file`: how many rows there are to take.
    """
    most = max(rows, requirements.gate.extend_to or 0)
    needs = {
        line: needed
        for line in requirements.lines
        if line.on_unknown == "block"
        and line.measure not in OF_NO_ROWS
        and (needed := rows_needed(line, requirements.gate.tail)) > most
    }
    if needs:
        line = max(needs, key=needs.__getitem__)
        raise RequirementError(
            f"{requirements.name}: '{line.text}' can never pass on {words.count(most, 'row')}: it "
            f"takes {needs[line]:,} where all goes well. {_more(most, file)}, let the gate "
            f"extend_to {needs[line]:,}, or ask for less"
        )


def _more(rows: int, file: int) -> str:
    more = f"Take more of the {file:,} rows of the file (`limit`)"
    return more if file > rows else "Add examples"
