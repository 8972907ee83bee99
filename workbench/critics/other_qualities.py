"""Labels of another quality than the one asked for: 'Severity: 4' says how bad a fault is, and not
how good the answer.
"""

import re

from workbench.critics import tongues

_OTHER = re.compile(
    r"\b(?:severity|risk|priority|urgency|difficulty|complexity|toxicity|harm(?:ful(?:ness)?)?"
    r"|danger(?:ousness)?|likelihood|probability|effort|length|verbosity|bias"
    rf"|{tongues.OTHER_QUALITIES})\b",
    re.I,
)
_LABEL = re.compile(
    r"(?P<label>[^\W\d][^\n.!?,;:=|<>{}\"]{0,60}?)[*`\"')\]]*"
    r"\s*(?:[:=→|>–—-]|\b(?:is|of|at)\b)[\s*`\"'(\[{]*$"
)
_WINDOW = 90  # characters before a value that may hold its label


def rates_another(text: str, start: int, asked: str) -> bool:
    """Whether the value at `start` stands behind the name of a quality of which `asked`, the
    critic's prompt, does not speak.
    """
    label = _LABEL.search(text[max(0, start - _WINDOW) : max(0, start)])
    other = label and _OTHER.search(label["label"].replace("_", " "))
    return bool(other) and other[0].casefold() not in asked.casefold()
