"""Filters on show: what they said of texts, and what that is worth on labelled ones; texts folded,
and as text.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.filters.pii import PII
from workbench.filters.ruling import ALLOW, BLOCK, UNKNOWN, Ruling
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped
from workbench.runs import Screening
from workbench.runs.filtering import Looked
from workbench.runs.screening import Given
from workbench.safety import Assessment
from workbench.safety.assessed import TOGETHER, Judged, Measured, of_100, right_share
from workbench.sections.chapters import Chapter
from workbench.sections.decision import strong_start
from workbench.sections.recall import UNNAMED, recalls
from workbench.words import brief

MOST_SHOWN = 12  # texts of a kind that are there to unfold
LONGEST = 1_500  # characters of such a text
ATTACK_SHARES = (0.1, 0.01, 0.001)  # of texts that are unwanted, beside the one assumed
WORDS = {ALLOW: "may pass", BLOCK: "blocked", UNKNOWN: "could not be judged"}


def screening_piece(screening: Screening, *, texts: bool = True) -> Html:
    """What was said of the texts: counts by source and filter, and those that may not pass."""
    most = MOST_SHOWN if texts else 0
    stopped = [(given, looked.ruling) for given, looked in screening.seen if _is_stopped(looked)]
    return render(
        "sections/screening.html",
        sentence=strong_start(screening.sentence),
        chain=[each.name for each in screening.chain.members],
        sources=list(_counted(screening)),
        reasons=_reasons(stopped),
        shown=[_shown(screening, given, _why(ruling)) for given, ruling in stopped[:most]],
        more=len(stopped) - len(stopped[:most]),
        lines=list(_lines(screening)),
    )


def assessment_piece(found: Assessment, *, texts: bool = True) -> Html:
    """What users would see, the plots and tables it stands on, and the texts judged wrongly."""
    screening, most = found.screening, MOST_SHOWN if texts else 0
    wrong = {"Harmless, and stopped": found.false_alarms, "Unwanted, and let through": found.missed}
    return render(
        "sections/assessment.html",
        sentence=strong_start(found.sentence),
        remarks=found.remarks,
        plots=recalls(found),
        filters=[each.name for each in screening.chain.members],
        rows=list(_sources(found)),
        categories=list(_categories(found)),
        added=list(_added(found)),
        blocks=list(_blocks(found)),
        pair=[each.source or UNNAMED for each in _worst(found)],
        wrong=[_wrongly(screening, *each, most) for each in wrong.items()],
        lines=list(_lines(screening)),
    )


def _is_stopped(looked: Looked) -> bool:
    return looked.ruling.word != ALLOW


def _counted(screening: Screening) -> Iterator[dict[str, Any]]:
    """Texts of each source by the chain's word, and how many each filter does not let pass."""
    by_source: dict[str, list[Looked]] = {}
    for given, looked in screening.seen:
        by_source.setdefault(given.source, []).append(looked)
    for source, rows in by_source.items():
        said = Counter(looked.ruling.word for looked in rows)
        by_filter = Counter(
            heard.ruling.filter for row in rows for heard in row.parts if heard.ruling.word != ALLOW
        )
        yield {
            "name": source or UNNAMED,
            "texts": len(rows),
            "words": [said[word] for word in (ALLOW, BLOCK, UNKNOWN)],
            "by_filter": [by_filter[each.name] for each in screening.chain.members],
        }


def _reasons(stopped: Sequence[tuple[Given, Ruling]]) -> list[tuple[str, int]]:
    """The commonest reasons, as filter and category."""
    named = Counter(
        f"{ruling.filter}: {', '.join(ruling.categories) or ruling.reason}" for _, ruling in stopped
    )
    return [(brief(name, 80), count) for name, count in named.most_common(MOST_SHOWN)]


def _why(ruling: Ruling) -> str:
    return f"{ruling.filter} {', '.join(ruling.categories) or ruling.reason}"


def _shown(screening: Screening, given: Given, why: str) -> dict[str, str]:
    """A text to unfold: personal data that a filter looked for is masked."""
    from workbench.prompts.personal import mask_personal  # here: its patterns take .1 s

    text = given.text
    for each in screening.chain.members:
        text = mask_personal(text, each.kinds, each.region) if isinstance(each, PII) else text
    about = ", ".join(filter(None, (given.source, given.category, why))) or "text"
    return {"title": f"{about}: “{brief(text, 50)}”", "text": clipped(text, LONGEST)}


def _wrongly(
    screening: Screening, name: str, judged: Sequence[Judged], most: int
) -> dict[str, Any]:
    shown = [
        _shown(screening, each.given, f"by {words.listed(each.stoppers)}" if each.stopped else "")
        for each in judged[:most]
    ]
    return {"name": name, "count": len(judged), "shown": shown, "more": len(judged) - len(shown)}


def _sources(found: Assessment) -> Iterator[dict[str, Any]]:
    """A row for each source: what each filter does with its texts, and all of them together."""
    names = [*(each.name for each in found.screening.chain.members), TOGETHER]
    for kind in (True, False):
        by_filter = {
            name: {each.source: each for each in found.by_source(name, is_unwanted=kind)}
            for name in names
        }
        for source in by_filter[TOGETHER] if kind else reversed(by_filter[TOGETHER]):
            cells = [_cell(name, by_filter[name][source]) for name in names]
            yield {"name": source or UNNAMED, "unwanted": kind, "cells": cells}


def _categories(found: Assessment) -> Iterator[dict[str, Any]]:
    """What all filters together do with each category."""
    for each in found.measured:
        if each.filter == TOGETHER and each.category:
            kind = {"name": each.category, "source": each.source, "unwanted": each.is_unwanted}
            yield {**kind, "cell": _cell("Stopped", each)}


def _cell(name: str, found: Measured) -> dict[str, Any]:
    return {
        "filter": name,
        "count": words.share(found.stopped, found.texts),
        "ends": words.percent_between(found.share.low, found.share.high),
        "unknown": found.unknown,
    }


def _added(found: Assessment) -> Iterator[dict[str, Any]]:
    """What each filter stops that no other does, and what asking it takes."""
    costs = {each.filter: each for each in found.costs}
    for each in found.added:
        cost = costs[each.filter]
        yield {
            "name": each.filter,
            "unwanted": each.unwanted,
            "harmless": each.harmless,
            "median": _time(cost.median_seconds),
            "p95": _time(cost.p95_seconds),
            "cost": words.money(cost.per_1000),
        }


def _time(seconds: float) -> str:
    """Filters that ask nobody take less than a millisecond."""
    return words.seconds(seconds) if seconds >= 0.01 else f"{1000 * seconds:.2g} ms"


def _worst(found: Assessment) -> tuple[Measured, Measured]:
    """The sources that the filters fare worst on: of unwanted and of harmless texts."""
    caught = found.by_source(TOGETHER, is_unwanted=True)
    return caught[0], found.by_source(TOGETHER, is_unwanted=False)[0]


def _blocks(found: Assessment) -> Iterator[dict[str, Any]]:
    """What a block means, by how many texts are unwanted; none where nothing is blocked."""
    caught, alarm = _worst(found)
    for share in sorted({*ATTACK_SHARES, found.attack_share}, reverse=True):
        right = right_share(caught, alarm, share)
        if not math.isnan(right):
            blocked = share * caught.stopped / caught.texts
            blocked += (1 - share) * alarm.stopped / alarm.texts
            yield {
                "share": f"1 in {1 / share:,.0f}",
                "is_assumed": share == found.attack_share,
                "blocked": f"{1000 * blocked:,.{0 if blocked >= 0.01 else 1}f}",
                "wrong": of_100(1 - right),
            }


def _lines(screening: Screening) -> Iterator[str]:
    """What was screened, and what it took."""
    left = len(screening.texts) - len(screening.rulings)
    seen = words.count(len(screening.rulings), "text")
    yield f"{seen}{_of(screening)}. Asking the filters cost {words.money(screening.cost)}."
    if left:
        why = f" ({screening.stopped})" if screening.stopped else ""
        yield f"{words.count(left, 'text')} were not looked at{why}."


def screening_chapter(screening: Screening, shipped: str = "") -> Chapter:
    """What it says in the report of a project."""
    seen = words.count(len(screening.rulings), "text")
    return Chapter(
        "filters",
        screening.sentence,
        "",
        f"{seen}{_of(screening)}, which nobody labelled",
        screening.started,
        lambda texts: screening_piece(screening, texts=texts),
        dollars=screening.cost,
    )


def assessment_chapter(found: Assessment, shipped: str = "") -> Chapter:
    """What it says in the report of a project."""
    seen = words.count(len(found.judged), "labelled text")
    return Chapter(
        "filters",
        found.sentence,
        "",
        f"{seen}{_of(found.screening)}",
        found.screening.started,
        lambda texts: assessment_piece(found, texts=texts),
        dollars=found.screening.cost,
    )


def _of(screening: Screening) -> str:
    return f" of {screening.of}" if screening.of else ""
