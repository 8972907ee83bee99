"""What may be meant by a name that is not known: said in one way everywhere."""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher

_OPTION = re.compile(r"--[a-z][a-z-]*")
MOST_NAMED = 24  # of the names that are known
LONGEST = 80  # characters that are compared
ALIKE = 0.6  # likeness from which a name is offered


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that is most like another, whatever its case and the marks between its words; empty
    where none is.
    """
    asked = _plain(name)
    likeness = {each: _alike(asked, _plain(each)) for each in known}
    best = max(likeness, key=lambda each: likeness[each], default="")
    return best if likeness.get(best, 0) >= ALIKE else ""


def instead(name: str, known: Iterable[str], there: str = "") -> str:
    """is 'gpt-4' meant? There are gpt-4, qwen, embedded; without one alike, what there is."""
    known = list(dict.fromkeys(map(str, known)))
    more = [f"{len(known) - MOST_NAMED:,} more"] if len(known) > MOST_NAMED else []
    if not there or (not known and there.startswith(("use", "ask"))):
        there = "there are" if len(known) > 1 else "there is"
    listed = f"{there} {', '.join([*known[:MOST_NAMED], *more]) or 'none'}"
    near = nearest(str(name), known)
    if known == [near]:
        return f"is {near!r} meant?"
    return f"is {near!r} meant? {listed[:1].upper()}{listed[1:]}" if near else listed


def lacks(needed: Iterable[str], inputs: Collection[str]) -> str:
    """lacks mesage: is 'message' meant? Else add to the inputs (message), or give defaults."""
    missing = sorted(set(needed) - set(inputs))
    near = nearest(missing[0], inputs)
    step = f"is {near!r} meant? Else add" if near else "add"
    there = ", ".join(inputs) or "none"
    return f"lacks {', '.join(missing)}: {step} to the inputs ({there}), or give defaults"


def unknown_option(asked: str, known: str) -> str:
    """That an option is none of those in a parser's help, and what is meant; empty where it is one
    or the beginning of one, which argparse takes.
    """
    options = sorted(_OPTION.findall(known))
    name = asked.partition("=")[0]
    if any(option.startswith(name) for option in options):
        return ""
    near = nearest(name, options)
    return f"no option {name}{f' (is {near} meant?)' if near else ''}"


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name[:LONGEST].casefold())) or name[:LONGEST]


def _alike(one: str, other: str) -> float:
    """1 for the same; else the share of letters in the same order."""
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0
