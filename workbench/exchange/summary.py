"""What was checked as Markdown: for a pull request's comment and a CI job's summary page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff

from workbench import words
from workbench.files import fingerprint
from workbench.printing import printable
from workbench.requirements import Checked
from workbench.requirements.lines import in_unit
from workbench.requirements.outcomes import Outcome

MOST_BYTES = 60_000  # of UTF-8: comment surfaces refuse somewhat more
ORDER = ("fail", "unknown", "pass")
WORDS = {"pass": "Pass", "fail": "Fail", "inconclusive": "Inconclusive"}
# what Markdown or its host would read as more than text: markup, links, mentions, references
_MARKUP = re.compile(
    r"[\\`*_{}\[\]#|~@<>&]|:(?=//|[^\s:]*:)|(?<=www)\.|!(?=\d)|(?<=\bgh)-(?=\d)", re.IGNORECASE
)
# Hosts look for mentions, references and addresses once entities are characters again
# (github/cmark-gfm, issue 181): a space without width keeps the sign from what it would point at.
_POINTS, APART = "@#~&:.!-", "&#8203;"
_SLASH = re.compile(r"^([\s+-]*)/")  # begins a command to GitLab and to many bots


def summary(
    checked: Checked,
    *,
    name: str,
    changed: Sequence[tuple[str, str, str]] = (),
    spent: float = 0.0,
    report: str = "",
    notes: str = "",
) -> str:
    """The word, the requirements as a table, what changed, `notes`, and where the report is.

    `name` tells gates of one pull request apart: the hidden marker that begins the text holds it,
    so that a comment is found again and brought up to date. `changed` are (path, old text, new
    text). At most 60,000 bytes: the differences of texts go first, then what is met, then all but
    the word. Whatever a model or a file says stands as text.
    """
    parts = [
        f"{marker(name)}\n{said(checked, spent)}\n",
        measured(checked, ORDER),
        "".join(differences(changed)),
        "".join(f"{as_text(each)}\n" for each in (notes, report and f"Report: {report}") if each),
    ]
    shorter = [*parts[:2], "", parts[3]]
    shortest = [parts[0], measured(checked, ORDER[:2]), "", parts[3]]
    return fitting("\n".join(filter(None, rung)) for rung in (parts, shorter, shortest, parts[:1]))


def fitting(rungs: Iterable[str]) -> str:
    """The first of ever shorter texts that a comment may hold, else the beginning of the last."""
    text = ""
    for text in rungs:
        if len(text.encode()) <= MOST_BYTES:
            return text
    return text.encode()[:MOST_BYTES].decode(errors="ignore")


def marker(name: str) -> str:
    """The comment in HTML that a bot looks for; two names never have one."""
    plain = re.sub(r"[^A-Za-z0-9./_ -]+", "-", name)[:180]
    told = plain if plain == name else f"{plain} {fingerprint(name)}"
    return f"<!-- workbench gate: {told} -->"


def said(checked: Checked, spent: float = 0.0) -> str:
    """The word and its sentence, on one line."""
    cost = f" Spent to know: {words.money(spent)}." if spent else ""
    return f"**{WORDS[checked.word]}:** {as_text(checked.sentence)}{as_text(cost)}"


def measured(checked: Checked, kept: Sequence[str]) -> str:
    """The table of these words, and how sure each line of it is; empty where there are none."""
    rows = _table(checked, kept)
    return rows and f"{rows}\n{as_text(_sure(checked))}\n"


def _sure(checked: Checked) -> str:
    """Each line is sure to 95 % (one-sided), on 120 examples."""
    on = f", on {checked.settled.rows}" if checked.settled else ""
    return f"Each line is sure to {100 * checked.requirements.gate.level:g} % (one-sided){on}."


def _table(checked: Checked, kept: Sequence[str]) -> str:
    """The requirements with these words, missed ones first; empty where there are none."""
    ranked = sorted(checked.outcomes, key=lambda each: ORDER.index(each.word))
    rows = [_row(each) for each in ranked if each.word in kept]
    head = f"| Requirement | Asked | {as_text(checked.variant)} | Reading |\n|---|---|---|---|\n"
    return head + "".join(rows) if rows else ""


def _row(outcome: Outcome) -> str:
    line, value = outcome.requirement, outcome.value
    found = in_unit(line, value) if value else ""
    why = f": {outcome.reason}" if outcome.word == "unknown" and outcome.reason else ""
    cells = (line.title + outcome.suffix, line.bound, found, outcome.reading + why)
    return "| " + " | ".join(map(as_text, cells)) + " |\n"


def differences(changed: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Each text's difference, folded."""
    for path, old, new in changed:
        lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
        # an empty line would end the block of HTML
        body = "\n".join(as_text(line) or APART for line in lines)
        title = as_text(path)
        yield f"<details><summary>{title}</summary>\n\n<pre>{body}</pre>\n\n</details>\n"


def as_text(text: str) -> str:
    """Text in a line of Markdown or HTML that is nothing but text."""
    flat = printable(text).replace("\n", " ")
    return _SLASH.sub(r"\1&#47;", _MARKUP.sub(_spelled, flat))


def _spelled(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};{APART if found[0] in _POINTS else ''}"
