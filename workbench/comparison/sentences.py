"""Decisions in words: what to do, against what, by how much, how sure."""

from collections.abc import Sequence

from workbench import words
from workbench.stats import Interval

MOST_SAID = 160  # characters of an error
Shares = tuple[float, float, float]  # estimate, low, high as shares of the scale, more = better


def shares(interval: Interval, width: float, sign: int) -> Shares:
    """An interval of differences on the critic's scale as shares of it, turned so that more is
    better.
    """
    ends = sorted((sign * interval.low / width, sign * interval.high / width))
    return sign * interval.estimate / width, ends[0], ends[1]


def better(challenger: str, baseline: str, by: Shares, level: float) -> str:
    return (
        f"{challenger}: better than {baseline} by {words.points(by[0])} points "
        f"({words.percent(level)} interval {words.between(by[1], by[2])})."
    )


def worse(challenger: str, baseline: str, by: Shares, level: float) -> str:
    return (
        f"Keep {baseline}: {challenger} is worse by {words.points(-by[0])} points "
        f"({words.percent(level)} interval {words.between(-by[2], -by[1])})."
    )


def tie(challenger: str, baseline: str, by: Shares, margin: float) -> str:
    return (
        f"{challenger}: a tie with {baseline} within {words.points(margin).removesuffix('.0')} points "
        f"(difference {words.points(by[0])}, interval {words.between(by[1], by[2])}). Add cost or speed: that decides."
    )


def need_more(
    challenger: str,
    by: Shares,
    margin: float,
    more: int | None,
    cost_per_example: float,
    *,
    corrected: bool,
) -> str:
    said = f"{challenger}: need more. {words.points(by[0])} points ({words.between(by[1], by[2])})."
    if more is None:
        return said
    goal = words.points(margin).removesuffix(".0")
    if corrected:  # its width is that of the labels
        return f"{said} About {more:,} more labelled examples would narrow it to ±{goal} points."
    cost = words.money(more * cost_per_example)
    likely = f", likely {cost}" if cost else ""
    return f"{said} About {more:,} more examples would narrow it to ±{goal} points{likely}."


def failures_decide(challenger: str, by: Shares, bottom: Shares) -> str:
    return (
        f"{challenger}: need more. {words.points(by[0])} points ({words.between(by[1], by[2])}) on the answers that "
        f"could be judged, but {words.points(bottom[0])} ({words.between(bottom[1], bottom[2])}) with malformed, "
        "truncated and filtered answers counted as wrong: mend those answers first."
    )


def failures_count(variant: str) -> str:
    return f" Malformed, truncated and filtered answers of {variant} count as wrong."


def dead(challenger: str) -> str:
    return (
        f"{challenger}: inconclusive. The critic gave every answer the same score, so that it tells nothing apart: "
        "read a few answers, then mend its prompt."
    )


def ignorant(challenger: str, gold: str) -> str:
    return f"{challenger}: inconclusive. The critic cannot tell right answers from wrong ones by {gold}."


def inconclusive(
    challenger: str,
    missing: int,
    of: int,
    extremes: tuple[float, float],
    cause: str,
    count: int,
    said: str,
) -> str:
    if not missing:
        return (
            f"{challenger}: inconclusive. No example has a score on both sides: mend malformed, truncated and filtered "
            "answers first."
        )
    worst, best = (abs(round(100 * end)) for end in extremes)
    because = f" ({said[:MOST_SAID]})" if said else ""
    first = f" First cause: {cause}, {words.count(count, 'answer')}{because}." if cause else ""
    behind = "behind" if extremes[0] < 0 else "ahead"
    ahead = "ahead" if extremes[1] > 0 else "behind"
    return (
        f"{challenger}: inconclusive. No score for {missing:,} of {of:,}. "
        f"At worst {worst} points {behind}, at best {best} {ahead}.{first}"
    )


def overall(baseline: str, decisions: Sequence[tuple[str, str]]) -> str:
    """The one sentence of a comparison from its challengers' `(decision, sentence)`, best first."""
    by_word: dict[str, list[str]] = {}
    for decision, sentence in decisions:
        by_word.setdefault(decision, []).append(sentence)
    if not decisions:
        return f"Nothing to compare: {baseline} is the only variant. Add a second prompt or model."
    for word in ("better", "inconclusive", "need more", "worse"):
        if word in by_word and (word != "worse" or len(by_word) == 1):
            if word in ("inconclusive", "need more"):
                return f"No prompt to ship yet. {by_word[word][0]}"
            return f"Ship {by_word[word][0]}" if word == "better" else by_word[word][0]
    return by_word["tie"][0]
