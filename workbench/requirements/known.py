# pyright: strict
"""What a stage after the evaluation knows of a line."""

from typing import NamedTuple

from workbench.comparison.bounding import Limits


class Known(NamedTuple):
    """A value of a line, as `Measured` has it."""

    limits: Limits
    rows: int
    evidence: str
    doubt: str = ""
    next_step: str = ""
    lacking: str = ""
