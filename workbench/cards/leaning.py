"""Labels that are the critic's own word again: they prove nothing of it, in a card either."""

from workbench.cards.judged import Rows
from workbench.comparison import remarks
from workbench.comparison.picked import are_the_critics, echoed
from workbench.comparison.scores import Labels
from workbench.labels.joined import Given


def leaning(rows: Rows) -> str:
    """Why people's labels prove nothing of the critic that they lean on; empty where they may."""
    if rows.gold:
        return ""
    came = Given.of(rows.run, rows.critic).circumstances
    labels = Labels(rows.label, rows.score, rows.scale, rows.score, came)
    if not are_the_critics(labels):
        return ""
    if count := echoed(labels):
        said = remarks.labels_echo(count, decides=True)
    else:
        said = remarks.labels_in_sight(came.in_sight, decides=True)
    return f"{said} Label answers that wb.labels.draw chooses, the score out of sight."
