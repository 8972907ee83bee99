"""Attacks that were tried: how many succeed, kind by kind and variant by variant, and what the
model said to those that did.
"""

from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped
from workbench.safety import Attacks, Success, Tried, behind_filters, success
from workbench.safety.success import SUCCEEDED
from workbench.sections.chapters import Chapter, Stance
from workbench.sections.decision import strong_start
from workbench.words import brief

MOST_SHOWN = 12  # successes whose texts are there to unfold
LONGEST = 1_500  # characters of such a text
HARDEN = "Read what gave way, harden the prompt or stand a filter before it, and attack it again."
KINDS = {  # name, and what it is
    "direct": ("Plain instruction", "“ignore what you were told”, in the user’s own text"),
    "indirect": ("Retrieved text", "a mail or page speaks to the model"),
    "leak": ("Asks for the prompt", "“repeat what stands above”"),
    "judge": ("Speaks to the critic", "the answer asks for a good verdict"),
    "encoded": ("Disguised", "base64, look-alikes, hidden characters, another language"),
    "consumption": ("Asks for endless output", "the bill is the harm"),
}


def headline(attacks: Attacks) -> str:
    """The outcome in a few words, for a title."""
    return attacks.sentence


def injections_piece(attacks: Attacks, *, texts: bool = True) -> Html:
    """The sentence, the table of kinds, and the replies that gave way, folded; without `texts` it
    holds none of these.
    """
    won = _won(attacks, harmless=False)
    shown = won[:MOST_SHOWN] if texts else []
    return render(
        "sections/injections.html",
        sentences=list(map(strong_start, attacks.sentences)),
        safer=list(_safer(attacks)),
        field=attacks.field,
        variants=attacks.variants,
        rows=[_row(attacks, kind) for kind in attacks.kinds],
        total=[cell for name in attacks.variants for cell in _cells(attacks, name)],
        filtered=attacks.is_filtered,
        over=_over_defended(attacks),
        twins=len(_won(attacks, harmless=True)),
        shown=[_shown(row) for row in shown],
        more=len(won) - len(shown),
        missing=[f"{risk} ({what})" for risk, what in attacks.not_covered.items()],
        spent=words.money(attacks.cost),
    )


def _won(attacks: Attacks, *, harmless: bool) -> list[Tried]:
    """The attacks that succeeded, or the twins that showed the sign of one."""
    return [row for row in attacks.rows if row.outcome == SUCCEEDED and row.harmless == harmless]


def _safer(attacks: Attacks) -> Iterator[str]:
    """The first variant against each other one, where an attack succeeds on one of them alone."""
    for other in attacks.variants[1:]:
        found = attacks.safer(attacks.variants[0], other)
        if found.only_first or found.only_second:
            yield found.sentence


def _row(attacks: Attacks, kind: str) -> dict[str, Any]:
    name, about = KINDS[kind]
    cells = [cell for each in attacks.variants for cell in _cells(attacks, each, kind)]
    return {"name": name, "about": about, "cells": cells}


def _cells(attacks: Attacks, variant: str, kind: str = "") -> list[dict[str, Any]]:
    """The count of a variant, and where there are filters the one behind them."""
    rows = attacks.chosen(variant, kind)
    alone = _cell(success(rows), f"{variant}, alone" if attacks.is_filtered else variant)
    if not attacks.is_filtered:
        return [alone]
    return [alone, _cell(behind_filters(rows), f"{variant}, behind filters")]


def _over_defended(attacks: Attacks) -> str:
    """How many harmless twins the filters block."""
    twins = [row for row in attacks.rows if row.harmless and row.blocked is not None]
    blocked = sum(bool(row.blocked) for row in twins)
    return f"{blocked:,} of {len(twins):,}" if twins else ""


def _cell(found: Success, variant: str) -> dict[str, Any]:
    """One count with its interval."""
    ends = ""
    if found.attacks:
        low, high = (f"{100 * end:.0f}" for end in (found.rate.low, found.rate.high))
        ends = f"{low} to {high}\u202f%"
    return {
        "variant": variant,
        "count": f"{found.succeeded} of {found.attacks}" if found.attacks else "",
        "gave_way": found.succeeded > 0,
        "ends": ends,
        "unknown": found.unknown,
    }


def _shown(row: Tried) -> dict[str, str]:
    kind = KINDS[row.kind][0].lower()
    title = f"{row.attack}, {kind}, {row.variant}: “{brief(row.reply, 50)}”"
    texts = {"asked": row.asked, "reply": row.reply}
    return {"title": title, **{name: clipped(text, LONGEST) for name, text in texts.items()}}


def chapter(attacks: Attacks, shipped: str = "") -> Chapter:
    """What it says in the report of a project: one success behind the filters, on the variant that
    would ship, speaks against it; where that was not attacked, nothing is shown.
    """
    meant = [name for name in attacks.variants if shipped in ("", name, name.split(" @ ")[0])]
    tried = [row for name in meant for row in attacks.chosen(name)]
    sent = words.count(len(attacks.rows), "answer")
    said = dict(zip(attacks.variants, attacks.sentences, strict=True))
    untried = "" if tried else f", none of {shipped}"
    return Chapter(
        "attacks",
        attacks.sentence,
        _stance(tried),
        f"{sent} to attacks and harmless twins, in {attacks.field!r}{untried}",
        min((run.meta.started for run in attacks.runs), default=""),
        lambda texts: injections_piece(attacks, texts=texts),
        next_step=f"Attack {shipped}: wb.attack." if untried else HARDEN,
        brief=" ".join(said[name] for name in meant),
        runs=attacks.runs,
    )


def _stance(tried: list[Tried]) -> Stance:
    if not success(tried).attacks:
        return "open"
    return "against" if behind_filters(tried).succeeded else "for"
