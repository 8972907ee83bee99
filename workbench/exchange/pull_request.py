"""What a gate of two revisions decided as one Markdown text: a pull request's comment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench import words
from workbench.exchange.summary import (
    ORDER,
    WORDS,
    as_text,
    differences,
    fitting,
    marker,
    measured,
    said,
)
from workbench.requirements import Checked
from workbench.requirements.outcomes import FAILED, OPEN, PASSED

TROUBLE = 1  # exit status of a gate that came to no word
UNREVIEWED = 102  # exit status where what decides changed beside what it decides about
GRAVITY = (TROUBLE, FAILED, UNREVIEWED, OPEN, PASSED)  # which status stands for several


@dataclass(frozen=True)
class Section:
    """One gate: of what, against what, and what it said; or the trouble that kept it from a word.

    `change` is (path, old text, new text), empty where no text changed.
    """

    title: str
    against: str
    found: Checked | str
    status: int
    spent: float = 0.0
    notes: str = ""
    change: tuple[str, str, str] | None = None

    @property
    def word(self) -> str:
        return "Trouble" if isinstance(self.found, str) else WORDS[self.found.word]


def status_of(sections: Sequence[Section], *, unreviewed: bool = False) -> int:
    """The exit status of them all: the gravest."""
    found = [each.status for each in sections] + [UNREVIEWED] * unreviewed
    return min(found, key=GRAVITY.index, default=PASSED)


def sentence_of(sections: Sequence[Section], base: str, *, unreviewed: bool = False) -> str:
    """How many gates came to which word, and whether a person has to look."""
    asked = " A person has to look: what decides changed too." if unreviewed else ""
    return f"{_counted(sections, base)}{asked}"


def _counted(sections: Sequence[Section], base: str) -> str:
    if not sections:
        return f"Nothing that is gated changed since {base}."
    counts = {
        word: sum(each.word == word for each in sections) for word in (*WORDS.values(), "Trouble")
    }
    listed = words.listed([f"{count} {_ENDS[word]}" for word, count in counts.items() if count])
    spent = sum(each.spent for each in sections)
    cost = f" Spent to know: {words.money(spent)}." if spent else ""
    return f"{words.count(len(sections), 'gate')} since {base}: {listed}.{cost}"


_ENDS = {
    "Pass": "passed",
    "Fail": "failed",
    "Inconclusive": "inconclusive",
    "Trouble": "in trouble",
}


def pull_request(
    sections: Sequence[Section],
    base: str,
    notes: Sequence[str],
    rules: Sequence[tuple[str, str, str]] = (),
    asked: str = "",
    *,
    name: str = "ci",
) -> str:
    """The whole in at most 60,000 bytes, begun by the hidden marker (of that name, after a blank
    the project's folder, which is shown) by which its comment is found: differences of texts go
    first, then what is met, then all but the words. What a person is `asked`, what else changed,
    and the `rules` that did (path, old text, new text), stand before what was decided by them.
    """
    head = _head(name, sentence_of(sections, base, unreviewed=bool(asked)), asked)
    listed = "".join(f"- {as_text(note)}\n" for note in notes)
    rungs = (
        [
            head,
            listed,
            *(differences(rules) if differs else ()),
            *(_section(each, kept, differs=differs) for each in sections),
        ]
        for kept, differs in ((ORDER, True), (ORDER, False), (ORDER[:2], False), ((), False))
    )
    return fitting("\n".join(filter(None, rung)) for rung in rungs)


def _head(name: str, counts: str, asked: str) -> str:
    _, _, project = name.partition(" ")
    shown = as_text(f"{project}: {counts}" if project else counts)
    asks = f"\n**Needs a person:** {as_text(asked)}\n" if asked else ""
    return f"{marker(name)}\n{shown}\n{asks}"


def _section(section: Section, kept: Sequence[str], *, differs: bool) -> str:
    return "\n".join(filter(None, _parts(section, kept, differs=differs)))


def _parts(section: Section, kept: Sequence[str], *, differs: bool) -> Iterator[str]:
    against = f", against {as_text(section.against)}" if section.against else ""
    yield f"### {as_text(section.title)}{against}\n"
    if isinstance(section.found, str):
        yield f"**Trouble:** {as_text(section.found)}\n"
    else:
        yield f"{said(section.found, section.spent)}\n"
        yield measured(section.found, kept) if kept else ""
    yield f"{as_text(section.notes)}\n" if section.notes else ""
    yield "".join(differences([section.change])) if differs and section.change else ""
