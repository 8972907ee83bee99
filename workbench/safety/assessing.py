"""Filters measured against labels, each by itself and together, in each source by itself."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from workbench import words
from workbench.arguments import expect
from workbench.errors import WorkbenchError
from workbench.filters.chain import Chain
from workbench.filters.ruling import ALLOW, UNKNOWN
from workbench.filters.scored import Scored
from workbench.runs.filtering import Looked
from workbench.runs.screening import Given, Screening, scored
from workbench.safety.assessed import TOGETHER, Added, Assessment, Cost, Curve, Judged, Measured
from workbench.stats import alarms
from workbench.stats.intervals import Interval, wilson

RATES = (0.01, 0.02, 0.05)  # of false alarms, at which recall is told
Pair = tuple[Given, Looked]


def assess(
    screening: Screening,
    labels: Sequence[Any] | Mapping[str, Any] | None = None,
    *,
    at_most: float = 0.02,
    attack_share: float = 0.001,
    seed: int = 0,
) -> Assessment:
    """Measure a screening's filters against labels (1 unwanted), those of its rows unless given: a
    label for each text in order, or by text.

    Filters with a score that have no threshold get one from a random half of the harmless texts,
    `at_most` of which it stops; all is reported on the others. Raises WorkbenchError where texts
    have no label, or all have the same.
    """
    expect(screening, Screening, "what is assessed", "give what `await wb.screen(...)` returned")
    pairs = _labelled(screening, labels)
    chain, remarks = _with_thresholds(screening, pairs, at_most, seed)
    used = _unseen(pairs, chain)
    judged = tuple(Judged(given, _stops(looked, chain)) for given, looked in used)
    joint = {kind: _joint(judged, is_unwanted=kind) for kind in (True, False)}
    return Assessment(
        replace(screening, chain=chain),
        judged,
        tuple(_measured(judged, chain)),
        tuple(_curves(used, scored(chain))),
        joint,
        tuple(_added(joint, chain)),
        tuple(_costs(used, chain)),
        attack_share,
        len(pairs) - len(used),
        remarks,
    )


def _unseen(pairs: Sequence[Pair], chain: Chain) -> list[Pair]:
    """The texts that the chain's thresholds were not chosen on."""
    used = [pair for pair in pairs if pair[0].is_unwanted or pair[0].mark not in chain.seen]
    if all(given.is_unwanted for given, _ in used):
        raise WorkbenchError(
            "no harmless text is left that the thresholds were not chosen on: screen others"
        )
    return used


def _with_thresholds(
    screening: Screening, pairs: Sequence[Pair], at_most: float, seed: int
) -> tuple[Chain, tuple[str, ...]]:
    """The chain, with thresholds where it lacks them, and what there is to say of these."""
    chain = screening.chain
    own = [each.threshold for each in chain.members if isinstance(each, Scored)]
    if not any(map(math.isnan, own)):
        return chain, ()
    half = _half(pairs, seed)
    given, looked = tuple(one for one, _ in half), tuple(other for _, other in half)
    fitted = replace(screening, texts=given, looked=looked).fitted(at_most, promise=False)
    said = (
        f"Thresholds were chosen on {words.count(len(half), 'harmless text')}, which can promise "
        f"no less than {words.percent(alarms.least_promise(len(half)), 1)} of false alarms; all "
        "figures are of "
        "the others."
    )
    return fitted, (said,)


def _labelled(screening: Screening, labels: Any) -> list[Pair]:
    """The texts that were looked at, with their labels."""
    given = screening.texts
    if isinstance(labels, Mapping):
        given = tuple(each._replace(is_unwanted=labels.get(each.text)) for each in given)
    elif labels is not None:
        if len(labels) != len(given):
            raise WorkbenchError(f"{len(labels)} labels for {len(given)} texts: give one each")
        paired = zip(given, labels, strict=True)
        given = tuple(each._replace(is_unwanted=bool(label)) for each, label in paired)
    pairs = list(replace(screening, texts=given).seen)
    lacking = sum(each.is_unwanted is None for each, _ in pairs)
    if lacking:
        raise WorkbenchError(f"{words.count(lacking, 'text')} lack a label: give `label` or labels")
    if len({bool(each.is_unwanted) for each, _ in pairs}) < 2:
        raise WorkbenchError("all texts have the same label: filters are measured on both kinds")
    return pairs


def _half(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """A random half of the harmless texts, the same text in one half only."""
    draw = random.Random(seed)
    marks = sorted({given.mark for given, _ in pairs if not given.is_unwanted})
    chosen = set(draw.sample(marks, (len(marks) + 1) // 2))
    return [pair for pair in pairs if not pair[0].is_unwanted and pair[0].mark in chosen]


def _stops(looked: Looked, chain: Chain) -> dict[str, str]:
    """Each filter's word on a text, those with a score by the chain's thresholds."""
    thresholds = {each.name: each.threshold for each in chain.members if isinstance(each, Scored)}
    said: dict[str, str] = {}
    for heard in looked.parts:
        name, ruling = heard.ruling.filter, heard.ruling
        if name in ruling.scores and name in thresholds:
            said[name] = "block" if ruling.scores[name] > thresholds[name] else ALLOW
        else:
            said[name] = ruling.word
    found = set(said.values())
    together = "block" if "block" in found else UNKNOWN if UNKNOWN in found else ALLOW
    return {**said, TOGETHER: together}


def _measured(judged: Sequence[Judged], chain: Chain) -> Iterator[Measured]:
    for name in (*(each.name for each in chain.members), TOGETHER):
        for group in _groups(judged):
            said = [each.words[name] for each in judged if _is_in(each.given, group)]
            yield _counted(name, group, said)


def _groups(judged: Sequence[Judged]) -> list[tuple[str, str, bool]]:
    """Sources, and the categories within them where there are several."""
    texts = [each.given for each in judged]
    seen = dict.fromkeys((g.source, "", bool(g.is_unwanted)) for g in texts)
    seen |= dict.fromkeys((g.source, g.category, bool(g.is_unwanted)) for g in texts)
    return sorted(seen, key=lambda group: (not group[2], group[0], group[1]))


def _is_in(given: Given, group: tuple[str, str, bool]) -> bool:
    source, category, is_unwanted = group
    alike = given.source == source and bool(given.is_unwanted) == is_unwanted
    return alike and category in ("", given.category)


def _counted(name: str, group: tuple[str, str, bool], said: Sequence[str]) -> Measured:
    stopped, unknown = said.count("block"), said.count(UNKNOWN)
    against = stopped if group[2] else stopped + unknown
    return Measured(
        name, *group, len(said), stopped, unknown, wilson(against / len(said), len(said))
    )


def _curves(pairs: Sequence[Pair], names: Sequence[str]) -> Iterator[Curve]:
    for name in names:
        scores: dict[tuple[str, bool], list[float]] = {}
        for given, looked in pairs:
            if name in looked.ruling.scores:
                group = given.source, bool(given.is_unwanted)
                scores.setdefault(group, []).append(looked.ruling.scores[name])
        for (unwanted, is_unwanted), attacks in scores.items():
            for (harmless, other), quiet in scores.items() if is_unwanted else ():
                if not other:
                    yield _curve(name, unwanted, harmless, attacks, quiet)


def _curve(
    name: str, unwanted: str, harmless: str, attacks: Sequence[float], quiet: Sequence[float]
) -> Curve:
    steps = sorted({*attacks, *quiet}, reverse=True)
    points = [
        (_above(quiet, step), _above(attacks, step)) for step in (math.inf, *steps, -math.inf)
    ]
    recall: dict[float, Interval] = {}
    for rate in RATES:
        cut = alarms.threshold(quiet, alarms.plain_flagged(len(quiet), rate)).value
        recall[rate] = wilson(_above(attacks, cut), len(attacks))
    of = len(attacks), len(quiet)
    return Curve(name, unwanted, harmless, alarms.area(attacks, quiet), tuple(points), recall, of)


def _above(scores: Sequence[float], cut: float) -> float:
    return sum(score > cut for score in scores) / len(scores)


def _joint(judged: Sequence[Judged], *, is_unwanted: bool) -> dict[tuple[str, ...], int]:
    """How many texts each set of filters stopped."""
    sets = Counter(
        tuple(name for name, word in each.words.items() if word != ALLOW and name != TOGETHER)
        for each in judged
        if bool(each.given.is_unwanted) == is_unwanted
    )
    return dict(sets.most_common())


def _added(joint: Mapping[bool, Mapping[tuple[str, ...], int]], chain: Chain) -> Iterator[Added]:
    for each in chain.members:
        alone = (each.name,)
        yield Added(each.name, joint[True].get(alone, 0), joint[False].get(alone, 0))


def _costs(pairs: Sequence[Pair], chain: Chain) -> Iterator[Cost]:
    for number, each in enumerate(chain.members):
        heard = [looked.parts[number] for _, looked in pairs]
        seconds = sorted(part.seconds for part in heard)
        late = seconds[min(len(seconds) - 1, math.ceil(0.95 * len(seconds)) - 1)]
        mean = sum(part.cost for part in heard) / len(heard)
        yield Cost(each.name, median(seconds), late, 1000 * mean)
