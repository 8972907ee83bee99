"""Rows on their way from a completion to their verdicts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.critics.verdict import Critic, Verdict
from workbench.errors import PromptError
from workbench.filters.ruling import Ruling
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.runs.filtering import plain, sentence
from workbench.runs.plan import RowKey, Validator, repeated
from workbench.runs.record import Run
from workbench.runs.sending import Target
from workbench.store.text import pack_finite


@dataclass(slots=True, eq=False)
class _Open:
    """A row that has its completion and waits for verdicts."""

    key: RowKey
    completion: Completion
    cell: dict[str, Any]  # the row as it will be stored
    waiting: int = 0  # critics that have not judged
    # critic -> verdict with its calls, as stored
    verdicts: dict[str, Any] = field(default_factory=dict)
    # critic -> its replies so far
    replies: dict[int, list[Completion | None]] = field(default_factory=dict)
    # critic -> key and digest of each reply
    calls: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


class Judging:
    """Fills in a run's rows and collects those that are finished as `cells` to be stored."""

    def __init__(self, run: Run, ask: Callable[[Request, Target], None]) -> None:
        self._run, self._plan, self._ask = run, run.plan, ask
        self._open: dict[int, _Open] = {}
        # baseline's row -> rows and critics that wait for it
        self._parked: dict[int, list[tuple[int, int]]] = {}
        self._validators = [
            Validator(prompt.schema) if prompt.schema else None for prompt in self._plan.prompts
        ]
        self.cells: list[dict[str, Any]] = []
        self.failed = self.unscored = 0  # rows, and verdicts without a score

    def __len__(self) -> int:
        return len(self._open)

    def answer(
        self,
        row: int,
        completion: Completion,
        key: bytes,
        digest: bytes,
        blocked: Ruling | None = None,
    ) -> None:
        """A row's own completion has come, and a filter may have blocked it."""
        of = self._plan.key(row)
        validator = self._validators[of.prompt]
        status, error = completion.status, completion.error
        checked = validator and status == "ok" and not completion.calls_tools
        if validator and checked and (error := validator.error(completion)):
            status = "malformed"
        elif blocked:
            status, error = "filtered", sentence(blocked, "output")
        self.failed += status != "ok"
        cost = self._run.set_completion(row, completion, status, error)
        cell = {
            "run": self._run.id,
            "row": row,
            "key": key,
            "digest": digest,
            "status": status,
            "cached": completion.cached,
            "cost": None if math.isnan(cost) else cost,
        }
        self._begin(row, _Open(of, completion, cell), self._plan.critics if status == "ok" else ())
        self._unpark(row)

    def refuse(self, row: int, ruling: Ruling) -> None:
        """A filter has blocked a row's input: it is not sent."""
        error = sentence(ruling, "input")
        self.failed += 1
        self._run.set_unsent(row, "filtered", error)
        cell = {"run": self._run.id, "row": row, "key": None, "digest": None, "status": "filtered"}
        cell |= {"cached": False, "cost": 0.0}
        self._begin(row, _Open(self._plan.key(row), Completion(), cell), ())
        self._unpark(row)

    def _unpark(self, row: int) -> None:
        """Go on with rows that are compared with this one."""
        for waiting, number in self._parked.pop(row, ()):
            self._request(waiting, number, self._plan.critics[number])

    def _begin(self, row: int, opened: _Open, judges: Sequence[Critic]) -> None:
        """Have a row judged; without judges it is finished."""
        self._open[row] = opened
        opened.waiting = len(judges)
        for number, critic in enumerate(judges):
            self._request(row, number, critic)
        if not judges:
            self._close(row, opened)

    def reply(self, target: Target, completion: Completion, key: bytes, digest: bytes) -> None:
        """One of a critic's replies has come."""
        opened = self._open[target.row]
        replies = opened.replies[target.critic]
        replies[target.index] = completion
        opened.calls[target.critic][target.index] = (key.hex(), digest.hex())
        if all(replies):
            self._judge(target.row, target.critic)

    def close_all(self) -> None:
        """The run ends: rows that lack a verdict are stored without it."""
        for row, opened in list(self._open.items()):
            self._close(row, opened)

    def _request(self, row: int, number: int, critic: Critic) -> None:
        """Ask what the critic wants to know of a row; one that asks nothing judges at once."""
        if not critic.against:
            self._ask_critic(row, number, None)
            return
        baseline = self._plan.baseline_row(row, critic)
        status = self._run.columns["status"][baseline]
        if status == "unsent":
            self._parked.setdefault(baseline, []).append((row, number))
        elif status == "ok":
            self._ask_critic(row, number, Completion(text=self._run.columns["output"][baseline]))
        else:
            unscored = Verdict(reason=f"the baseline's own answer is {status}")
            self._decide(row, critic, unscored, [])

    def _ask_critic(self, row: int, number: int, other: Completion | None) -> None:
        """Ask about a row, beside the baseline's answer where the critic compares with it."""
        opened = self._open[row]
        critic, example = self._plan.critics[number], self._plan.examples[opened.key.example]
        try:
            requests = critic.requests(example, opened.completion, other)
        # of this answer no question can be made: it is too long, or not what is expected
        except PromptError as error:
            self._decide(row, critic, Verdict(reason=f"not asked: {error}"), [])
            return
        opened.replies[number] = [None] * len(requests)
        opened.calls[number] = [("", "")] * len(requests)
        if not requests:
            self._judge(row, number)
        for index, request in enumerate(requests):
            self._ask(repeated(request, opened.key.repeat), Target(row, number, index))

    def _judge(self, row: int, number: int) -> None:
        """Every reply is in: hear the critic."""
        critic, opened = self._plan.critics[number], self._open[row]
        example = self._plan.examples[opened.key.example]
        replies = [reply for reply in opened.replies.pop(number) if reply is not None]
        self._decide(
            row,
            critic,
            critic.verdict(example, opened.completion, replies),
            opened.calls.pop(number),
        )

    def _decide(
        self, row: int, critic: Critic, verdict: Verdict, calls: list[tuple[str, str]]
    ) -> None:
        opened = self._open[row]
        self._run.set_verdict(row, critic, verdict)
        self.unscored += math.isnan(verdict.score)
        opened.verdicts[critic.name] = {"verdict": _plain(verdict), "calls": calls}
        opened.waiting -= 1
        if not opened.waiting:
            self._close(row, opened)

    def _close(self, row: int, opened: _Open) -> None:
        del self._open[row]
        error = self._run.columns["error"][row]
        detail = {"error": error, "verdicts": opened.verdicts}
        if looked := self._run.looked.get(row):
            detail["filters"] = {side: plain(each) for side, each in looked.items()}
        self.cells.append(opened.cell | {"detail": pack_finite(detail)})


def _plain(verdict: Verdict) -> list[Any]:
    """A verdict as it is stored, None for NaN: score, label, reason, mode, missing mass, parts."""
    numbers = (verdict.score, verdict.missing_mass, *verdict.parts)
    score, missing, *parts = [None if math.isnan(number) else number for number in numbers]
    return [score, verdict.label, verdict.reason, verdict.mode, missing, parts]
