"""Are recorded replies of critics read as they were meant?"""

from collections.abc import Iterator

import numpy as np

from benchmarks.recorded import Bench, Line, Table, at_most
from workbench.cards.flags import sameness
from workbench.critics import Preference, read_rating
from workbench.datasets import Example
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.prompts.prompty import Message


def reading(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Ratings read from recorded replies; pair verdicts in both orders; a constant output."""
    rows = bench.rows("critic_replies")
    pairs = [(row["rating"], read_rating(row["reply"], low=1, high=5)) for row in rows]
    wrong = np.mean([truth is not None and truth != read for truth, read in pairs])
    yield at_most(8, f"{len(rows)} replies: share of ratings read wrong", float(wrong), 0.01)
    invented = sum(truth is None and read == read for truth, read in pairs)
    yield at_most(8, "replies without a rating that were scored", invented, 0)
    yield _pair_verdicts(bench.rows("summeval_pairs_swap"))
    yield _constant_output()


def _constant_output() -> Line:
    flagged = [sameness(["one text of many words"] * 100), sameness([f"{i}" for i in range(100)])]
    what = "a constant output is flagged, a varied one is not"
    return Line(8, what, sum(map(bool, flagged)), "1 of 2", flagged == ["constant", None])


PICKS = {"A": "A", "B": "B", "C": "tie"}  # as a reply says them
SAME_PICK = (["A", "B"], ["B", "A"], ["tie", "tie"])  # in both orders


def _pair_verdicts(rows: list[dict]) -> Line:
    """How many verdicts of a Preference stand although the two orders disagree."""
    shown = Message("user", "A: {{ output_a }} B: {{ output_b }}. Which is better: A, B or tie?")
    critic = Preference(Prompt("pair", (shown,)), Model("none", "none"), against="a")
    counted, agree = 0, []
    for row in rows:
        picks = [PICKS.get(row[key], "") for key in ("pick_ab", "pick_ba")]
        replies = [Completion(text=text, finish_reason="stop") for text in picks]
        verdict = critic.verdict(Example("e", {}), Completion(text="b"), replies)
        same = picks in SAME_PICK
        counted += verdict.score in (0, 1) and not same
        if verdict.score == verdict.score:
            agree.append(same)
    what = f"pair verdicts counted although the orders disagree ({np.mean(agree):.2f} agree)"
    return at_most(8, what, counted, 0)
