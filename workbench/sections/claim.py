"""A claim on held rows: its one word, what it cost and what to do now; no figure and no row."""

from workbench.comparison import Comparison
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.sections.decision import strong_start


def claimed(choice: Comparison) -> Html:
    """The decision in words."""
    return render(
        "sections/claim.html",
        sentence=strong_start(choice.sentence),
        others=[strong_start(each.sentence) for each in choice.others],
        lines=[choice.why, *(note.text for note in choice.notes)],
        next_step=choice.next_step,
    )


def claim_section(choice: Comparison) -> Html:
    """The decision section of a report."""
    return html(
        '<section id="decision" class="decision" aria-labelledby="h-decision">'
        '<h2 id="h-decision">Decision</h2>{}</section>',
        claimed(choice),
    )
