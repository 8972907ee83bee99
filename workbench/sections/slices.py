"""Where a challenger gains and where it loses."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from workbench.comparison import Slice
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.svg import Axis, Bar, axis_labels, ends_of
from workbench.sections.leaderboard import signed_tick
from workbench.sections.subject import Subject
from workbench.stats import Interval

BAR = 37  # pixels


def slices(subject: Subject) -> Html | None:
    """The slices section, the focus first; None where no tag parts the examples."""
    if subject.focus is None or not subject.choice.slices:
        return None
    first = subject.focus.challenger
    parts = _by_challenger(subject)
    others = [name for name in parts if name != first and parts[name]]
    return render(
        "sections/slices.html",
        challenger=first,
        forest=forest(subject, first),
        others=[(name, forest(subject, name)) for name in others],
        baseline=subject.choice.baseline,
        judge=subject.choice.judge_in_words,
        corrected=subject.corrected,
        in_words=_in_words(subject, parts[first]),
        flagged=[part for part in parts[first] if part.alarm],
    )


def _by_challenger(subject: Subject) -> dict[str, list[Slice]]:
    return {
        name: [part for part in subject.choice.slices if part.challenger == name]
        for name in subject.differences
    }


def _in_words(subject: Subject, parts: Sequence[Slice]) -> str:
    by = [(f"{part.tag} {part.value}", subject.scale.turned(part.each)) for part in parts]
    gains = words.listed([name for name, each in by if each.low > 0])
    losses = words.listed([name for name, each in by if each.high < 0])
    text = [f"It gains on {gains}."] if gains else []
    text += [f"It loses on {losses}."] if losses else []
    text = text or ["On no slice by itself does the interval leave zero."]
    text.append(
        f"With {len(parts)} slices looked at, one that leaves zero by chance is no surprise: "
        "a flag is a reason to read, not a proof."
    )
    return " ".join(text)


def forest(subject: Subject, challenger: str, *, most: int = 0) -> Html:
    """The slices of one challenger as a table of bars; flagged ones first into the `most` shown."""
    parts = _by_challenger(subject)[challenger]
    first = sorted(parts, key=lambda part: not part.alarm)[: most or None]
    shown = [part for part in parts if part in first]
    axis = _axis(subject, challenger, shown, ticks=4 if most else 6)
    return render(
        "sections/forest.html",
        challenger=challenger,
        baseline=subject.choice.baseline,
        judge=subject.choice.judge_in_words,
        level=subject.choice.level,
        axis=axis_labels(axis, signed_tick, 18),
        rows=[_overall(subject, challenger, axis), *_slices(subject, shown, axis)],
        more=len(parts) - len(shown),
    )


def _axis(subject: Subject, challenger: str, parts: Sequence[Slice], *, ticks: int) -> Axis:
    """Thin lines may run off it: one slice of few examples should not squeeze all others."""
    overall = subject.scale.turned(subject.differences[challenger].interval)
    ends = ends_of([overall, *(subject.scale.turned(part.each) for part in parts)])
    return Axis.around([0.0, *ends], most_ticks=ticks)


def _slices(subject: Subject, parts: Sequence[Slice], axis: Axis) -> Iterator[dict[str, Any]]:
    for tag, group in groupby(parts, key=lambda part: part.tag):
        yield {"tag": tag}
        yield from (_slice(subject, part, axis) for part in group)


def _overall(subject: Subject, challenger: str, axis: Axis) -> dict[str, Any]:
    found = subject.differences[challenger]
    scores = {variant.name: variant.score.estimate for variant in subject.choice.variants}
    own = [subject.points(scores[name]) for name in (found.baseline, challenger)]
    by = subject.scale.turned(found.interval)
    name = "All, corrected" if found.corrected else "All"
    return _row(axis, name, found.pairs, by, None) | {"css": "all", "own": own}


def _slice(subject: Subject, part: Slice, axis: Axis) -> dict[str, Any]:
    each, every = (subject.scale.turned(found) for found in (part.each, part.interval))
    own = [subject.points(score) for score in (part.baseline_score, part.score)]
    css = "flagged" if part.alarm else ""
    return _row(axis, part.value, part.n, each, every) | {"css": css, "own": own}


def _row(axis: Axis, name: str, pairs: int, by: Interval, every: Interval | None) -> dict[str, Any]:
    word = "better" if by.low > 0 else "worse" if by.high < 0 else ""
    between = words.between(by.low, by.high)
    tip = f"{name}: {words.signed(by.estimate)} points ({between}), {words.count(pairs, 'pair')}"
    bar = Bar(axis, by, word, wide=every, zero=True, tip=tip).svg(BAR)
    return {"tag": "", "name": name, "pairs": pairs, "by": by, "bar": bar}
