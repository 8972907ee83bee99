# pyright: strict
"""One value of a line, before anybody says whether the line holds."""

from typing import NamedTuple

from workbench.comparison.bounding import Limits


class Measured(NamedTuple):
    """One value of a line: its limits at any tail, on how many rows, and what it rests on."""

    limits: Limits
    rows: int
    evidence: str
    doubt: str = ""  # why nothing may be concluded
    next_step: str = ""
    lacking: str = ""  # where the limits leave it open, why more rows of the run would not help
    of: str = ""  # the value of a slice's tag, or a language
