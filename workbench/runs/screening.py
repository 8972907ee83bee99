"""What filters said of texts, and the thresholds that harmless texts of one's own give."""

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench import words
from workbench.arguments import expect
from workbench.datasets import Dataset, Example
from workbench.errors import DatasetError, WorkbenchError
from workbench.files import resolve
from workbench.filters.chain import Chain
from workbench.filters.labelled import placed, truth
from workbench.filters.ruling import ALLOW, UNKNOWN, Ruling
from workbench.filters.scored import Scored
from workbench.models.model import Model
from workbench.printing import printed
from workbench.prompts import Message, Prompt
from workbench.runs.filtering import Looked
from workbench.runs.plan import Plan
from workbench.runs.record import Run

if TYPE_CHECKING:
    from pandas import DataFrame

Texts = Run | str | Path | Iterable[str] | Iterable[Mapping[str, Any]] | Iterable[Example]


class Given(NamedTuple):
    """A text to be screened; `is_unwanted` is None where nobody has labelled it."""

    text: str
    source: str = ""
    category: str = ""
    is_unwanted: bool | None = None

    @property
    def mark(self) -> str:
        """Stands for the text."""
        packed = self.text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(packed, digest_size=8).hexdigest()


def texts_of(given: Texts) -> list[Given]:
    """Texts however they are given: a run's outputs, examples, a file, rows with `text` and where
    known `label`, `source` and `category`, or the texts themselves.
    """
    if isinstance(given, Run):
        names = {(key.prompt, key.model): key.name for key in given.variants}
        columns = (given.columns[name] for name in ("output", "prompt", "model"))
        answers = zip(*columns, strict=True)
        return [Given(text, names[prompt, model]) for text, prompt, model in answers if text]
    rows: Any = given
    if not isinstance(given, str | Path):
        expect(given, Iterable, "what is screened", "give texts, examples, a file or a run")
        rows = [{"text": each} if isinstance(each, str) else each for each in given]
    elif isinstance(given, str) and not os.path.exists(resolve(given)):
        raise DatasetError(f"{words.brief(given)!r} is no file: give a text in a list")
    return [_given(*each) for each in placed(rows)]


def name_of(given: Texts) -> str:
    """What the texts are called: the run's id, the file's or the dataset's name; "" for a list."""
    if isinstance(given, Run):
        return given.id
    return Path(given).name if isinstance(given, str | Path) else getattr(given, "name", "")


def _given(row: Mapping[str, Any], where: str) -> Given:
    text = row.get("text")
    if not isinstance(text, str):
        raise DatasetError(f"{where} has no text: give it a field `text`")
    try:
        label = truth(row.get("label"), where)
    except DatasetError:  # the expected answer of an example, say
        label = None
    return Given(text, str(row.get("source") or ""), str(row.get("category") or ""), label)


def screening_plan(chain: Chain, given: Sequence[Given]) -> Plan:
    """A plan whose rows are texts that nobody answers and every filter looks at."""
    listed = (Example(str(n), {"text": each.text}) for n, each in enumerate(given))
    shown = Prompt("texts", (Message("user", "{{ text }}"),))
    texts = tuple(each.text for each in given)
    nobody = Model("nobody", "nobody")
    return Plan((shown,), (nobody,), Dataset(listed, "texts"), (), 1, chain, texts)


@printed
@dataclass(frozen=True)
class Screening:
    """What a chain of filters said of texts, every filter of every text."""

    chain: Chain
    texts: tuple[Given, ...]
    looked: tuple[Looked | None, ...]  # None where the budget or a stop left a text out
    cost: float  # dollars that asking took, as far as they are known
    stopped: str = ""
    of: str = ""  # the run, file or dataset that the texts are of
    started: str = ""  # ISO time

    def __repr__(self) -> str:
        passed = sum(ruling.word == ALLOW for ruling in self.rulings)
        return f"Screening of {words.count(len(self.rulings), 'text')}: {passed:,} may pass"

    @property
    def sentence(self) -> str:
        """How many texts may pass, how many are stopped and by what."""
        said = [each.word for each in self.rulings]
        passed, unknown = said.count(ALLOW), said.count(UNKNOWN)
        blocked = len(said) - passed - unknown
        parts = [f"{blocked:,} {'is' if blocked == 1 else 'are'} blocked"]
        parts += [f"{unknown:,} could not be judged"] if unknown else []
        return f"Of {words.count(len(said), 'text')} {passed:,} may pass; {', '.join(parts)}."

    @property
    def rulings(self) -> list[Ruling]:
        return [looked.ruling for looked in self.looked if looked]

    @property
    def seen(self) -> Iterator[tuple[Given, Looked]]:
        """The texts that were looked at, with what was said of them."""
        for given, looked in zip(self.texts, self.looked, strict=True):
            if looked:
                yield given, looked

    @cached_property
    def frame(self) -> "DataFrame":
        """A row for each text: its source, category and label, the chain's word and what decided
        it, and of each filter its word, score, seconds and cost.
        """
        from pandas import DataFrame

        return DataFrame([_row(given, looked) for given, looked in self.seen])

    def fitted(self, at_most: float, *, promise: bool = True) -> Chain:
        """The chain with thresholds such that at most this share of harmless texts is stopped, in
        each source by itself, as far as these texts, all harmless, can promise it (one-sided 95 %).

        Filters without a score come first; those with one share what is left. WorkbenchError says
        how many rows a promise needs, and what these can promise; `promise=False` takes the plain
        share of these rows.
        """
        harmless = [pair for pair in self.seen if pair[0].is_unwanted is not True]
        if not harmless:
            raise WorkbenchError("thresholds come from harmless texts, and there are none")
        sources = sorted({given.source for given, _ in harmless})
        found = [
            _thresholds(self.chain, source, harmless, at_most, promise=promise)
            for source in sources
        ]
        strictest = {name: max(each[name] for each in found) for name in found[0]}
        marks = frozenset(given.mark for given, _ in harmless)
        return self.chain.at(strictest).having_seen(marks)


def what_was_said(record: Run, chain: Chain, given: Sequence[Given], of: str) -> Screening:
    """The screening that a run of a screening's plan is."""
    looked = tuple(record.looked.get(row, {}).get("text") for row in range(len(given)))
    about = record.cost, record.stopped, of, record.meta.started
    return Screening(chain, tuple(given), looked, *about)


def _row(given: Given, looked: Looked) -> dict[str, Any]:
    row: dict[str, Any] = {**given._asdict(), "word": looked.ruling.word}
    row |= {"filter": looked.ruling.filter, "reason": looked.ruling.reason}
    for heard in looked.parts:
        name = heard.ruling.filter
        row |= {name: heard.ruling.word, f"{name}.seconds": heard.seconds}
        row[f"{name}.cost"] = heard.cost
        if name in heard.ruling.scores:
            row[f"{name}.score"] = heard.ruling.scores[name]
    return row


def scored(chain: Chain) -> list[str]:
    """The names of the filters that have a score."""
    return [each.name for each in chain.members if isinstance(each, Scored)]


def _thresholds(
    chain: Chain,
    source: str,
    harmless: Sequence[tuple[Given, Looked]],
    at_most: float,
    *,
    promise: bool,
) -> dict[str, float]:
    """The threshold of each filter with a score, for one source."""
    from workbench.stats import alarms

    names, rows = scored(chain), [each for given, each in harmless if given.source == source]
    may = (alarms.most_flagged if promise else alarms.plain_flagged)(len(rows), at_most)
    if may < 0:
        raise WorkbenchError(_too_few(source, len(rows), at_most))
    left = [looked for looked in rows if _passes_unscored(looked, names)]
    stopped = len(rows) - len(left)
    if may < stopped:
        raise WorkbenchError(_too_many(source, len(rows), stopped, at_most))
    shares = _shared(may - stopped, len(names))
    return {
        name: alarms.threshold(_scores(left, name), share).value
        for name, share in zip(names, shares, strict=True)
    }


def _scores(rows: Sequence[Looked], name: str) -> list[float]:
    """What a filter scored; a text that it could not score is above every threshold."""
    return [looked.ruling.scores.get(name, math.inf) for looked in rows]


def _shared(whole: int, parts: int) -> list[int]:
    """A number in as equal parts as may be."""
    return [whole // parts + (number < whole % parts) for number in range(parts)]


def _too_many(source: str, rows: int, stopped: int, at_most: float) -> str:
    return (
        f"filters without a score stop {stopped:,} of {rows:,} harmless texts{_of(source)}, more "
        f"than {at_most:.1%} allows: leave some of them out"
    )


def _passes_unscored(looked: Looked, names: Sequence[str]) -> bool:
    return all(
        heard.ruling.word == ALLOW for heard in looked.parts if heard.ruling.filter not in names
    )


def _of(source: str) -> str:
    return f" of source {source!r}" if source else ""


def _too_few(source: str, rows: int, at_most: float) -> str:
    from workbench.stats import alarms

    return (
        f"{words.count(rows, 'harmless text')}{_of(source)} can promise no less than "
        f"{alarms.least_promise(rows):.1%} of false alarms; {at_most:.1%} needs "
        f"{alarms.fewest_rows(at_most):,} of which none is stopped: give more, ask for "
        f"at_most={math.ceil(1000 * alarms.least_promise(rows)) / 1000:g}, or take the plain share "
        "of these (promise=False)"
    )
