"""The start of a local server, in the cell that waits for it."""

from workbench.models.servers.starting import Starting
from workbench.page.markup import html
from workbench.views.view import Still

_shown: set[str] = set()  # models whose server starts, and is on show


def watch_start(starting: Starting) -> None:
    """Show how far a start is, in one output that is written anew."""
    from IPython.display import display, update_display

    show = update_display if starting.model in _shown else display
    _shown.add(starting.model)
    still = Still(starting.sentence, html("<p>{}</p>", starting.sentence))
    show(still.static(), raw=True, display_id=f"start-{starting.model}")
    if starting.state != "starting":
        _shown.discard(starting.model)
