# pyright: strict
"""One value of a line, before anybody says whether the line holds."""

from dataclasses import dataclass

from workbench.comparison.bounding import Limits


@dataclass(frozen=True)
class Measured:
    """One value of a line: its limits at any tail, on how many rows, and what it rests on."""

    limits: Limits
    rows: int
    evidence: str
    of: str = ""  # the value of a slice's tag, or a language
    doubt: str = ""  # why nothing may be concluded
    next_step: str = ""
    lacking: str = ""  # where the limits leave it open, why more rows of the run would not help
