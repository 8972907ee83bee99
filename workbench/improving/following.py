"""Tells those who watch how an improvement goes on."""

from collections.abc import Callable
from dataclasses import replace

from workbench.improving.improved import Doing, Improvement, Purse
from workbench.improving.purses import Whose
from workbench.runs import Progress, Run

Stop = Callable[[], None]
# called with what is known so far, and with what stops it: at every step and while it is taken, and
# once it is over, when `doing` is None
watchers: list[Callable[[Improvement, Stop], None]] = []


class Following:
    """How far an improvement is; `told` says what is known of it between two steps."""

    def __init__(self, told: Callable[[Doing], Improvement]) -> None:
        self._told = told
        self._made: Improvement | None = None
        self._run: Run | None = None

    def step(self, doing: Doing) -> None:
        """A step begins."""
        if watchers:
            self._tell(self._told(doing))

    def tick(self, whose: Whose, run: Run, progress: Progress) -> None:
        """So much of a step is done, as the watchers of a run are told."""
        self._run, made = run, self._made
        if made is None or made.doing is None:
            return
        doing = replace(made.doing, answered=progress.done, of=progress.total)
        if whose == "actor":
            going = replace(made, doing=doing, actor=_more(made.actor, progress))
        else:
            going = replace(made, doing=doing, proposals=_more(made.proposals, progress))
        self._say(going)

    def over(self, made: Improvement) -> None:
        """It has ended, or was interrupted."""
        self._tell(made)

    def stop(self) -> None:
        """Send no more; what is on its way is kept."""
        if self._run is not None:
            self._run.stop()

    def _tell(self, made: Improvement) -> None:
        self._made = made
        self._say(made)

    def _say(self, made: Improvement) -> None:
        for watcher in watchers:
            watcher(made, self.stop)


def _more(purse: Purse, progress: Progress) -> Purse:
    """A purse with what a run that goes on has paid."""
    return Purse(purse.dollars + progress.spent, purse.answers + progress.done)
