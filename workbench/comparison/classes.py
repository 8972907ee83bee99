# pyright: strict, reportMissingTypeStubs=false
"""Which right answers a variant takes for which others, where there are few of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.comparison.scores import OWN_FAILURES
from workbench.critics.checks import Exact
from workbench.prompts.invisible import alike
from workbench.runs import Run, VariantKey
from workbench.stats.classes import ClassMeasures, class_measures, confusion

MOST = 12  # right answers; with more nobody reads a table of them
NO_CLASS = "none of these"
UNKNOWN = -1  # the class of a row without a right answer, or without an answer


@dataclass(frozen=True)
class Confusion:
    """What a variant answered where each class was right."""

    counts: tuple[tuple[int, ...], ...]  # by right class and by given class, `none of these` last
    measures: tuple[ClassMeasures, ...]  # by class

    @property
    def worst(self) -> tuple[int, int] | None:
        """The right class and the given one of the commonest error; None where there is none."""
        errors = [
            (count, -right, -given)
            for right, row in enumerate(self.counts)
            for given, count in enumerate(row)
            if right != given and count
        ]
        return (-max(errors)[1], -max(errors)[2]) if errors else None


@dataclass(frozen=True)
class Classes:
    """The right answers of a run's examples as classes, and every row's own."""

    check: str
    names: tuple[str, ...]
    right: tuple[int, ...]  # per row of the run the number of its right class
    given: tuple[int, ...]  # and of the answer's; len(names) for none of them
    confusions: Mapping[str, Confusion]  # by variant

    def rows(self, right: int, given: int) -> list[int]:
        """The run's rows with one right class and one given, of any variant."""
        pairs = zip(self.right, self.given, strict=True)
        return [row for row, pair in enumerate(pairs) if pair == (right, given)]


def classes_of(run: Run, check: str, *, level: float = 0.95) -> Classes | None:
    """The classes that an `Exact` check of the run compares answers with; None where `check` is no
    such one or where right answers are more than 12, one alone, or not twice as many examples.

    An answer that is malformed, truncated or filtered is none of the classes: it is the variant's
    own. One that never came counts nowhere.
    """
    exact = next((each for each in run.critics if each.name == check), None)
    if not isinstance(exact, Exact):
        return None
    rights = {example.id: exact.right(example) for example in run.examples}
    names = _names([right[0] for right in rights.values() if right])
    if not names:
        return None
    codes = {alike(name): code for code, name in enumerate(names)}
    right, given = _coded(run, exact, rights, codes)
    return Classes(check, names, right, given, _confusions(run, right, given, level, len(names)))


def _names(rights: Sequence[str]) -> tuple[str, ...]:
    """The different right answers, each as first written; none where they are no classes."""
    first = {alike(text): text for text in reversed(rights)}
    few = 1 < len(first) <= MOST and len(rights) >= 2 * len(first)
    return tuple(first[name] for name in sorted(first)) if few else ()


def _coded(
    run: Run, exact: Exact, rights: Mapping[str, Sequence[str]], codes: Mapping[str, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Per row its right class, and its answer's."""
    columns = zip(run.columns["example"], run.columns["status"], run.columns["output"], strict=True)
    pairs = [
        _pair(codes, rights[example], exact, status, text) for example, status, text in columns
    ]
    return tuple(right for right, _ in pairs), tuple(given for _, given in pairs)


def _pair(
    codes: Mapping[str, int], right: Sequence[str], exact: Exact, status: str, text: str
) -> tuple[int, int]:
    """The right class of a row and the class of its answer.

    Of several right answers the first is the row's class, unless another is a class too and was
    given; one that is no class stands for the first.
    """
    first = codes[alike(right[0])] if right else UNKNOWN
    if status != "ok":
        return first, len(codes) if status in OWN_FAILURES else UNKNOWN
    answer = alike(exact.given(text))
    given = codes.get(answer, len(codes))
    if answer not in {*map(alike, right)}:
        return first, given
    return (given, given) if given < len(codes) else (first, first)


def _confusions(
    run: Run, right: Sequence[int], given: Sequence[int], level: float, classes: int
) -> dict[str, Confusion]:
    """By variant, over the rows with a right answer and an answer."""
    rows: dict[tuple[str, str], list[int]] = {(key.prompt, key.model): [] for key in run.variants}
    made = zip(run.columns["prompt"], run.columns["model"], strict=True)
    for row, pair in enumerate(made):
        if UNKNOWN not in (right[row], given[row]):
            rows[pair].append(row)

    def taken(values: Sequence[Any], key: VariantKey) -> list[Any]:
        return [values[row] for row in rows[key.prompt, key.model]]

    return {
        key.name: _confusion(
            taken(right, key), taken(given, key), taken(run.columns["example"], key), level, classes
        )
        for key in run.variants
    }


def _confusion(
    right: Sequence[int], given: Sequence[int], examples: Sequence[str], level: float, classes: int
) -> Confusion:
    numbers = range(classes)
    counts = confusion(right, given, numbers)
    measures = class_measures(right, given, numbers, level=level, clusters=examples)
    return Confusion(tuple(tuple(map(int, row)) for row in counts), measures)
