"""An improvement while it goes on: what it does, what it has cost, and the tree as it grows."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from workbench.improving import Improvement
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.printing import printed
from workbench.sections.improvement import improvement_piece
from workbench.views.view import Still, View

Stop = Callable[[], None]

# by the identity of the parts of an improvement, which all that is told of it share
_going: dict[int, "LiveImprovement"] = {}
_over: WeakValueDictionary[int, "LiveImprovement"] = WeakValueDictionary()


def watch_improvement(made: Improvement, stop: Stop) -> None:
    """Show an improvement in the cell that awaits it; its end stays as HTML."""
    place = id(made.parts)
    view = _going.get(place)
    if view is None:
        view = _going[place] = LiveImprovement(made, stop)
        view._ipython_display_()
    if made.doing is None:
        _over[place] = _going.pop(place)
    view.update(made)


def improvement_view(made: Improvement) -> Still:
    """An improvement on show; where its own cell showed it while it went on, that gives way."""
    return _Made(made)


class _Made(Still):
    def __init__(self, made: Improvement) -> None:
        super().__init__(made.sentence, improvement_piece(made))
        self._parts = id(made.parts)

    def _ipython_display_(self) -> None:
        if grown := _over.pop(self._parts, None):
            grown.shrink()
        super()._ipython_display_()


@printed
class LiveImprovement(View):
    """An improvement on show while it goes on, and what it came to."""

    def __init__(self, made: Improvement, stop: Stop) -> None:
        super().__init__(f"Improvement of {made.baseline.name}")
        self.made, self._stop = made, stop
        self._began = time.monotonic()
        self._of: object = None  # the candidates that the tree was drawn of
        self.tree = html("")
        self._is_line = False

    def update(self, made: Improvement) -> None:
        """Take over what is known now, and redraw what is other than before."""
        self.made = made
        if made.doing is None:
            self._redraw_all()
            return
        if made.candidates is not self._of:  # a step has ended: between two, only money grows
            self._of, self.tree = made.candidates, improvement_piece(made, linked=False)
        self.redraw({"status": self._status(), "board": self.tree})

    def shrink(self) -> None:
        """To one line, once the same stands below."""
        self._is_line = True
        self._redraw_all()

    def _redraw_all(self) -> None:
        self.keep()
        self.send({"html": str(self.live())})

    def __repr__(self) -> str:
        return f"Improvement of {self.made.baseline.name}: {self.made.sentence}"

    def twin(self) -> Html:
        if self._is_line:
            return html("<p>{}</p>", repr(self))
        if self.made.doing is None:
            return improvement_piece(self.made, linked=False)
        return html("{}{}", self._status(), self.tree)

    def live(self) -> Html:
        if self.made.doing is None:
            return self.twin()
        return render("views/live.html", status=self._status(), board=self.tree)

    def on_cancel(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._stop()
        said = '<span class="q">Stopping. Answers on their way are kept.</span>'
        self.redraw({"cancel": html(said)})

    def _status(self) -> Html:
        doing = self.made.doing
        return render(
            "views/status.html",
            headline=f"Improving {self.made.baseline.name}: {doing.sentence if doing else 'over'}",
            time=f"running for {words.duration(time.monotonic() - self._began)}",
            answered=100 * doing.answered / max(doing.of, 1) if doing else 100.0,
            failed=0.0,
            facts=self._facts(),
        )

    def _facts(self) -> list[tuple[str, str, str]]:
        """What it came to so far, each with its number and what that counts."""
        made, best = self.made, self.made.best_on_search
        of = f"of {words.money(made.budget)}" if made.budget is not None else "no budget set"
        gain = words.signed(best.search) if best else "none"
        what = f"{best.name}, on search rows" if best else "was asked all search rows yet"
        return [
            ("Tried", f"{made.tried:,}", f"beside {made.baseline.name}"),
            ("Best so far", gain, what),
            ("Spent", words.money(made.dollars) or "unknown", of),
            ("Answers", f"{made.actor.answers:,}", "asked and judged"),
        ]
