"""Rows on their way past filters: an input that is blocked is never sent, an output that is blocked
is kept and not judged.
"""

from collections.abc import Callable
from functools import partial

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.runs.filtering import Filtering, Looked, input_text
from workbench.runs.judging import Judging
from workbench.runs.record import Run
from workbench.runs.sending import ACTOR, INPUT, OUTPUT, Target


class Passing:
    """Begins rows, and takes them past the filters of their plan, if it has any."""

    def __init__(self, run: Run, ask: Callable[[Request, Target], None], judging: Judging) -> None:
        self._run, self._plan, self._ask, self._judging = run, run.plan, ask, judging
        self._filtering = Filtering(ask, run.prices)
        chain = self._plan.filters
        self._inputs, self._outputs = (chain.inputs, chain.outputs) if chain else (None, None)
        self.screened = 0  # texts that nobody is to answer, and that were looked at

    def begin(self, row: int) -> None:
        """Ask for a row's answer, if its input may pass."""
        plan = self._plan
        if plan.texts is not None and plan.filters:
            then = partial(self._screened, row)
            target, text = Target(row, OUTPUT, 0), plan.texts[row]
            self._filtering.look(target, plan.filters, text, then, all_of_them=True)
        elif self._inputs and self._inputs.members:
            key = plan.key(row)
            text = input_text(plan.prompts[key.prompt], plan.examples[key.example])
            then = partial(self._admit, row)
            self._filtering.look(Target(row, INPUT, 0), self._inputs, text, then)
        else:
            self._send(row)

    def _send(self, row: int) -> None:
        self._ask(self._plan.request(row), Target(row, ACTOR, 0))

    def _screened(self, row: int, looked: Looked) -> None:
        self._run.set_ruling(row, "text", looked)
        self.screened += 1

    def _admit(self, row: int, looked: Looked) -> None:
        assert self._inputs
        self._run.set_ruling(row, "input", looked)
        if self._inputs.lets_through(looked.ruling):
            self._send(row)
        else:
            self._judging.refuse(row, looked.ruling)

    def answered(self, row: int, completion: Completion, key: bytes, digest: bytes) -> None:
        """A row's completion has come: have it judged, if it may pass."""

        def judge(looked: Looked | None = None) -> None:
            may_pass = looked is None or bool(
                self._outputs and self._outputs.lets_through(looked.ruling)
            )
            if looked:
                self._run.set_ruling(row, "output", looked)
            blocked = None if may_pass or looked is None else looked.ruling
            self._judging.answer(row, completion, key, digest, blocked)

        if self._outputs and self._outputs.members and completion.status == "ok":
            self._filtering.look(Target(row, OUTPUT, 0), self._outputs, completion.text, judge)
        else:
            judge()

    def reply(self, target: Target, completion: Completion, key: bytes, digest: bytes) -> None:
        """One of the filters' replies has come."""
        self._filtering.reply(target, completion, key, digest)
