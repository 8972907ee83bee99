"""Where a challenger gains and where it loses."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from workbench.comparison import Slice
from workbench.page.frame import render
from workbench.sections.leaderboard import signed_tick
from workbench.sections.subject import Subject
from workbench.stats import Interval
from workbench.page import words
from workbench.page.markup import Html
from workbench.page.svg import Axis, Bar, axis_labels


def slices(subject: Subject) -> Html | None:
    """The slices section, the focus first; None where no tag parts the examples."""
    if subject.focus is None or not subject.choice.slices:
        return None
    first = subject.focus.challenger
    parts = {
        name: [part for part in subject.choice.slices if part.challenger == name]
        for name in subject.differences
    }
    order = [first, *[name for name in parts if name != first and parts[name]]]
    return render(
        "slices.html",
        tables=[_forest(subject, name, parts[name]) for name in order],
        baseline=subject.choice.baseline,
        level=subject.choice.level,
        corrected=subject.corrected,
        in_words=_in_words(subject, parts[first]),
        flagged=[part for part in parts[first] if part.alarm],
    )


def _in_words(subject: Subject, parts: Sequence[Slice]) -> str:
    by = [(f"{part.tag} {part.value}", subject.scale.difference(part.each)) for part in parts]
    gains = [name for name, each in by if each.low > 0]
    losses = [name for name, each in by if each.high < 0]
    said = [
        f"It gains on {words.listed(gains)}." if gains else "",
        f"It loses on {words.listed(losses)}." if losses else "",
    ]
    if not gains and not losses:
        said = ["On no slice by itself does the interval leave zero."]
    said.append(
        f"With {len(parts)} slices looked at, one that leaves zero by chance is no surprise: "
        "a flag is a reason to read, not a proof."
    )
    return " ".join(filter(None, said))


def _forest(subject: Subject, challenger: str, parts: Sequence[Slice]) -> dict[str, Any]:
    difference = subject.differences[challenger]
    overall = subject.scale.difference(difference.interval)
    rows = [
        (part, subject.scale.difference(part.each), subject.scale.difference(part.interval))
        for part in parts
    ]
    # the thin lines may run off the axis: one slice with few examples should not squeeze all the
    # others
    axis = Axis.around([0.0, *overall, *(end for _, each, _ in rows for end in each)], most_ticks=6)
    name = "All, corrected" if difference.corrected else "All"
    scores = {variant.name: variant.score.estimate for variant in subject.choice.variants}
    own = subject.points(scores[subject.choice.baseline]), subject.points(scores[challenger])
    body = [_row(axis, name, "all", difference.pairs, own, overall, None)]
    for tag, group in groupby(rows, key=lambda row: row[0].tag):
        body.append({"tag": tag})
        body += [
            _row(
                axis,
                part.value,
                "flagged" if part.alarm else "",
                part.n,
                (subject.points(part.baseline_score), subject.points(part.score)),
                each,
                every,
            )
            for part, each, every in group
        ]
    return {"challenger": challenger, "axis": axis_labels(axis, signed_tick, 18), "rows": body}


def _row(
    axis: Axis,
    name: str,
    css: str,
    pairs: int,
    own: tuple[str, str],
    by: Interval,
    every: Interval | None,
) -> dict[str, Any]:
    word = "better" if by.low > 0 else "worse" if by.high < 0 else ""
    tip = f"{name}: {words.signed(by.estimate)} points ({words.between(by.low, by.high)}), {words.count(pairs, 'pair')}"
    bar = Bar(axis, by, word, wide=every, zero=True, tip=tip).svg(37)
    return {"tag": "", "name": name, "css": css, "pairs": pairs, "own": own, "by": by, "bar": bar}
