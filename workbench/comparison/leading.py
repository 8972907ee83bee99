"""Who wins, and who may be the best."""

from collections.abc import Sequence

from workbench.comparison.evidence import Evidence
from workbench.comparison.result import Difference, PairDifference, Variant


def winner(differences: Sequence[Difference], baseline: str) -> str | None:
    """The best challenger that is better; the baseline where all are worse; else nobody yet."""
    better = [each.challenger for each in differences if each.decision == "better"]
    all_worse = differences and all(each.decision == "worse" for each in differences)
    return better[0] if better else baseline if all_worse else None


def at_the_top(
    evidence: Evidence,
    variants: Sequence[Variant],
    differences: Sequence[Difference],
    pairs: Sequence[PairDifference],
) -> tuple[str, ...]:
    """The variants that may be the best, best first: nobody leaves but by a word or a sure pair.

    The baseline leaves only for one that is better, and a challenger that is inconclusive stays, so
    that no word contradicts the set.
    """
    word = {each.challenger: each.decision for each in differences}
    baseline = {evidence.deciding.name(evidence.base)}
    ahead = "better" in word.values()
    left = {name for name, said in word.items() if said == "worse"}
    if {each.decided_by for each in differences} != {"labels"}:
        left |= _beaten(evidence, pairs)
    stays = {name for name, said in word.items() if said == "inconclusive"}
    left, stays = (left | baseline, stays) if ahead else (left, stays | baseline)
    return tuple(v.name for v in variants if v.name not in left or v.name in stays)


def _beaten(evidence: Evidence, pairs: Sequence[PairDifference]) -> set[str]:
    """The variants that another one surely beats."""
    by = [(pair, evidence.deciding.scale.turned(pair.interval)) for pair in pairs]
    worse = {pair.second for pair, interval in by if interval.high < 0}
    return worse | {pair.first for pair, interval in by if interval.low > 0}
