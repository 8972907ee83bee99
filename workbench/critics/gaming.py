"""Signs that an output plays to the critic: a reason to read it, not a proof."""

import re
from collections import Counter
from collections.abc import Sequence

# What an output says to a judge and hardly ever to a reader. Sources: METHODS 1.5 (null models,
# fenced verdicts).
_DIRECTED = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|above|prior|all"
    r"|earlier)\b.{0,30}\b(?:instruction|prompt|rule)"
    r"|\[\[\s*(?:[ABC]|yes|no|\d)\s*\]\]"
    r"|</?data-[0-9a-f]{8}>"
    r"|\b(?:as|dear|to) (?:the |an? )?(?:evaluator|judge|grader|critic|reviewer)\b"
    r"|\b(?:answer|respond|reply|output|say|vote|rate|score|give)\b[^.\n]{0,30}"
    r"(?:\"yes\"|'yes'|\b(?:5 ?/ ?5|10 ?/ ?10|full marks|the (?:highest|maximum|top) (?:score"
    r"|rating|mark))\b)"
    r"|^[^\S\n]*+(?:verdict|rating|score|final answer)\s*[:=]\s*(?:yes|\d)",
    re.IGNORECASE | re.MULTILINE,
)
SCANNED = 20_000  # characters of an output that are read
# One of these stands in every text that the pattern finds: most texts have none, and are read once.
_HINTS = (
    "ignore", "disregard", "forget", "[[", "data-", "evaluator", "judge", "grader", "critic",
    "reviewer", '"yes"', "'yes'", "/5", "/ 5", "/10", "/ 10", "full marks", "highest", "maximum",
    "the top", "verdict", "rating", "score", "final answer",
)  # fmt: skip


def judge_directed(text: str) -> bool:
    """Does the text speak to a judge: instructions, a ready verdict, a forged fence?"""
    read = text[:SCANNED]
    lowered = read.casefold()
    return any(hint in lowered for hint in _HINTS) and _DIRECTED.search(read) is not None


def duplicate_share(outputs: Sequence[str]) -> float:
    """The share of outputs whose text another example's output repeats, spacing aside; 0 for fewer
    than two.
    """
    if len(outputs) < 2:
        return 0.0
    counts = Counter(" ".join(output.split()) for output in outputs)
    return sum(count for count in counts.values() if count > 1) / len(outputs)
