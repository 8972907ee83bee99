"""Numbers of other tools' files; what is none is NaN."""

import math
from typing import Any


def number(value: Any) -> float:
    """NaN for what is none; `inf` may stand as text."""
    try:
        return math.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan
