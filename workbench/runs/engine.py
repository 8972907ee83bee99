"""The one loop: asks what the store does not hold, hands replies to critics, and commits before it
counts.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from workbench.errors import ModelError, OfflineMiss, PausedTooLong, StoreError, in_one_line
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.keys import key_for
from workbench.runs.budget import Budget
from workbench.runs.in_hand import MOST_ROWS, Calls, Rows, taken
from workbench.runs.judging import Judging
from workbench.runs.learning import Refusals
from workbench.runs.missing import missing
from workbench.runs.passing import Passing
from workbench.runs.record import Run
from workbench.runs.sending import ACTOR, INPUT, OUTPUT, Arrive, Call, Fail, Sending, Target
from workbench.runs.team import Team
from workbench.runs.watching import Telling
from workbench.store import Exchange, Failures, Found
from workbench.store.leases import BEAT_SECONDS

COMMIT_CALLS = 256  # answers are committed when there are so many
COMMIT_SECONDS = 0.1  # or the first is so old
MOST_EXCHANGED = 2048  # calls that are committed, or looked up, at a time
# A run that ends early waits that long for calls in flight, which are paid for: one that was
# stopped or interrupted, and one that an endpoint ended
GRACE_SECONDS, LANDING_SECONDS = 0.5, 10.0
# how often to look for answers that another process is getting, and while none come
POLL_SECONDS, LONGEST_POLL = 0.3, 3.0

Given = TypeVar("Given")


class Engine:
    """Works a run off."""

    _exchanging: asyncio.Future[Exchange] | None = None
    _failure: Exception | None = None
    _timer: asyncio.TimerHandle | None = None
    _polled, _poll_seconds = 0.0, POLL_SECONDS
    _all_new = False  # the store had no answer to any of the latest calls

    def __init__(
        self,
        run: Run,
        sending: Callable[[Arrive, Fail], Sending],
        refusals: Refusals,
        rows: Rows,
        *,
        offline: bool,
        team: Team,
        watch: Telling,
    ) -> None:
        self._run, self._plan, self._store = run, run.plan, run.needed_store("a run")
        self._offline, self._refusals, self._rows = offline, refusals, rows
        self._team, self._watch = team, watch
        self._senders = sending(self._arrive, self._fail)
        self._budget = Budget(self._plan, run.prices, run.budget, self._senders.share)
        self._judging = Judging(run, self._ask)
        self._passing = Passing(run, self._ask, self._judging)
        self._actors = {(model.endpoint, model.id) for model in self._plan.models}
        self._calls = Calls()
        self._unchecked = self._plan.asked_models()
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "store")

    async def work(self) -> None:
        """Until every row is finished, or the run is stopped, interrupted or cannot go on."""
        loop = asyncio.get_running_loop()
        self._run.wake = lambda: loop.call_soon_threadsafe(self._news.set)
        beside = [asyncio.create_task(each) for each in (self._beat(), self._watch.follow())]
        hidden = ()
        try:
            await self._take_turns()
        except (asyncio.CancelledError, KeyboardInterrupt) as error:
            self._run.stopped = "interrupted"
            in_one_line(
                error,
                "Interrupted. What is done is kept: run again to go on, or read it with "
                "wb.load_run().",
            )
            raise
        except StoreError:  # a full disk, say: what fails after it is not to hide it
            hidden = (StoreError,)
            raise
        finally:
            with contextlib.suppress(*hidden):
                await self._land(beside)
        if self._failure:
            self._run.stopped = str(self._failure) or type(self._failure).__name__
        if self._failure and not isinstance(self._failure, PausedTooLong):
            raise self._failure

    async def _land(self, beside: Iterable[asyncio.Task[None]]) -> None:
        """The run ends: keep what is in flight, if it comes soon, and commit what came."""
        for task in beside:
            task.cancel()
        try:
            await self._senders.land(self._grace())
            await self._flush()
        finally:
            self._thread.shutdown()
            self._tell(finished=True)

    def _grace(self) -> float:
        """Seconds to wait for what is in flight."""
        if self._finished():
            return 0.0
        return LANDING_SECONDS if self._failure and not self._run.stopped else GRACE_SECONDS

    async def _take_turns(self) -> None:
        """Turn after turn, until there is nothing more to do or a reason to stop."""
        while not self._finished():
            self._tell()
            if self._run.stopped or self._failure:
                return
            await self._turn()
            if not self._finished() and self._should_wait():
                if not self._calls.arrived:
                    self._senders.depart()
                await self._wait()

    def _finished(self) -> bool:
        return self._rows.all_begun and not (
            self._calls.by_key or self._judging or self._judging.cells
        )

    def _has_room(self) -> bool:
        """Whether more rows should be begun: a sender may soon run out of work, and not too much is
        in progress.
        """
        is_open = len(self._calls.by_key) + len(self._judging) > self._senders.most_open
        none_left = self._rows.all_begun or is_open
        if self._calls.unaffordable or (none_left and not self._calls.spare):
            return False
        return self._senders.shortest(self._actors) < self._rows.few

    def _should_wait(self) -> bool:
        """Whether a further turn has nothing to do, or too little: cells alone wait to go with the
        next answers.
        """
        expecting = self._senders.busy or self._calls.foreign or self._calls.unaffordable
        more = len(self._calls.arrived) >= COMMIT_CALLS or self._is_short_of_calls()
        return not more and bool(expecting or not self._judging.cells)

    def _is_short_of_calls(self) -> bool:
        """Whether a sender may soon be without work, while there is some; else what is wanted goes
        along with the next answers: an exchange costs as much for few as for many.
        """
        wanted = self._calls.wanted_models
        if wanted and not self._senders.shortest(wanted):
            return True
        return self._has_room() and self._senders.shortest(self._actors) < self._rows.few // 2

    async def _turn(self) -> None:
        """One exchange with the store and what follows from it."""
        self._news.clear()
        if self._timer:  # what has arrived is committed now
            self._timer.cancel()
            self._timer = None
        if self._refusals:
            await self._on_thread(self._refusals.keep)
        await self._leave_some()
        if self._has_room():
            self._begin()
        self._ask_again()
        self._check_queued()
        wanted = self._calls.next(MOST_EXCHANGED)
        given = await self._exchange(wanted)
        self._settle(given)
        for call in wanted:
            self._dispatch(call, given)
        self._all_new = bool(given.claimed) and not given.found
        self._rows.adapt(sending=bool(given.claimed) and not self._senders.gathers)
        if not given.others_hold:
            self._stop_if_spent()

    def _begin(self) -> None:
        """Take calls that were left to others, if there are any, else begin rows."""
        if self._calls.spare:
            self._calls.wanted += taken(self._calls.spare, MOST_ROWS)
            return
        for row in self._rows.take():
            self._passing.begin(row)

    async def _leave_some(self) -> None:
        """Give back to the team what was claimed when this process's share was larger."""
        few = self._rows.few
        surplus = self._senders.shortest(self._actors) - few
        if self._team.name and surplus > few:
            left = self._senders.withdraw(surplus)
            for call in left:
                self._budget.withdrawn(call)
            self._calls.spare += left
            keys = [call.key for call in left]
            await self._on_thread(self._store.teams.give_back, self._team.owner, keys)

    def _claims(self, wanted: Sequence[Call]) -> dict[str, int | None]:
        """Which of the calls that are wanted this process claims: alone all, in a team what goes on
        with rows, and as many further rows as it has places for.
        """
        sure = sum(call.targets[0].critic not in (ACTOR, INPUT) for call in wanted)
        return {"sure": sure, "most": self._rows.few} if self._team.name else {}

    def _ask_again(self) -> None:
        """Want anew what others may have answered, or what the budget may now pay for."""
        due = time.monotonic() - self._polled > self._poll_seconds
        if due:
            self._polled = time.monotonic()
            self._poll_seconds = min(2 * self._poll_seconds, LONGEST_POLL)
            self._calls.wanted += self._calls.foreign
            self._calls.foreign = []
        if due or self._calls.arrived:  # what has arrived gives back what was reserved for it
            self._calls.wanted += self._calls.unaffordable
            self._calls.unaffordable = []

    def _check_queued(self) -> None:
        """Want anew what is queued, where calls came to more than was reserved for them."""
        while self._budget.excess() and (queued := self._senders.withdraw(1)):
            self._budget.withdrawn(queued[0])
            self._calls.wanted += queued

    def _stop_if_spent(self) -> None:
        """The run ends where all that is left to do is beyond the budget."""
        calls = self._calls
        expecting = self._senders.busy or calls.arrived or calls.wanted or calls.foreign
        if calls.unaffordable and not expecting:
            self._run.stop(self._budget.shortfall(calls.unaffordable))

    async def _exchange(self, wanted: list[Call]) -> Exchange:
        """Commit what arrived and was finished, and look up what is wanted."""
        keys = [call.key for call in wanted]
        self._calls.storing, self._judging.cells = self._judging.cells, []
        if self._offline:
            if self._calls.storing:
                await self._on_thread(self._store.record, self._calls.storing)
            return Exchange(await self._on_thread(self._store.answers, keys, Failures(since=0.0)))
        self._exchanging = self._on_thread(
            self._store.exchange,
            self._team.owner,
            self._budget.settlement(wanted),
            calls=self._calls.commit(MOST_EXCHANGED),
            cells=self._calls.storing,
            wanted=keys,
            unlikely=self._all_new,
            failures=self._team.failures(self._run.started),
            **self._claims(wanted),
        )
        return await asyncio.shield(self._exchanging)

    def _settle(self, given: Exchange) -> None:
        """What was committed counts now."""
        committed, self._calls.committing = self._calls.committing, []
        self._rows.done += len(self._calls.storing)
        self._calls.storing = []
        for call, completion, row in committed:
            if stands := given.standing.get(call.key):  # another's answer was there first
                self._deliver(call, stands.completion._replace(cached=False), stands.digest)
            else:
                self._deliver(call, completion, row["digest"])

    def _dispatch(self, call: Call, given: Exchange) -> None:
        """What becomes of a call that was looked up."""
        if call.key in given.found:
            found = given.found[call.key]
            self._poll_seconds = POLL_SECONDS
            self._deliver(call, self._counted(call, found), found.digest)
        elif call.key in given.claimed:
            self._check_keys()
            self._budget.reserved(call)
            self._senders.send(call)
        elif call.key in given.untried:
            self._calls.spare.append(call)
        elif call.key in given.unaffordable:
            self._calls.unaffordable.append(call)
        elif self._offline:
            raise OfflineMiss(missing(self._plan, self._store.location, call))
        else:
            self._calls.foreign.append(call)

    def _counted(self, call: Call, found: Found) -> Completion:
        """A stored answer, which cost nothing, or what one of the team spent in this run."""
        completion = found.completion
        if not self._team.made(completion):
            self._run.hits += 1
            return completion
        if self._team.counts(call.key):
            self._run.by_others += 1
            cost = self._run.prices.cost(call.request.model, completion)
            self._run.count(completion, cost, (target.row for target in call.targets))
        return completion._replace(cached=False)

    def _check_keys(self) -> None:
        """Before the first call: a critic's missing key is not found out when all is paid for."""
        models, self._unchecked = self._unchecked, ()
        for model in models:
            try:
                key_for(model)
            except ModelError as error:
                self._fail(error)

    def _ask(self, request: Request, target: Target) -> None:
        payload = request.payload()
        key = request.key(payload)
        if key in self._calls.by_key:
            self._calls.by_key[key].targets.append(target)
        else:
            sent = self._budget.bounded(request)
            if bounded := sent is not request:
                payload = sent.payload()
            call = Call(sent, payload, key, [target], bounded=bounded)
            self._calls.by_key[key] = call
            self._calls.wanted.append(call)

    def _arrive(self, call: Call, completion: Completion) -> None:
        """An answer from an endpoint, to be committed at the next turn."""
        if call.bounded:
            completion = completion._replace(bounded=True)
        cost = self._budget.returned(call, completion)
        self._team.counts(call.key)
        self._run.count(completion, cost, (target.row for target in call.targets))
        self._refusals.hear(call.request, completion)
        self._run.note(call.request.model.name, completion.left_out)
        self._calls.arrived.append((call, completion))
        if len(self._calls.arrived) >= COMMIT_CALLS or self._senders.busy == 1:
            self._news.set()
        elif not self._timer:
            self._timer = asyncio.get_running_loop().call_later(COMMIT_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        self._news.set()

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._news.set()

    def _deliver(self, call: Call, completion: Completion, digest: bytes) -> None:
        del self._calls.by_key[call.key]
        for target in call.targets:
            if target.critic == ACTOR:
                self._passing.answered(target.row, completion, call.key, digest)
            elif target.critic in (INPUT, OUTPUT):
                self._passing.reply(target, completion, call.key, digest)
            else:
                self._judging.reply(target, completion, call.key, digest)

    async def _wait(self) -> None:
        """For answers to commit, a stop, or the time to look again."""
        seconds = self._poll_seconds if self._calls.foreign else 1.0
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def _beat(self) -> None:
        """Tell other processes that this one lives."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._on_thread(self._store.beat, self._team.owner)

    def _on_thread(
        self, work: Callable[..., Given], *arguments: Any, **named: Any
    ) -> asyncio.Future[Given]:
        """Work on the store, off the loop's thread and one at a time."""
        return asyncio.get_running_loop().run_in_executor(
            self._thread, partial(work, *arguments, **named)
        )

    async def _flush(self) -> None:
        """The run ends: commit what arrived, and the rows that lack verdicts."""
        # perhaps interrupted in its midst: what it commits counts, what it cannot comes again
        if self._exchanging:
            await asyncio.wait([self._exchanging])
            if self._exchanging.exception():
                self._calls.take_back()
                self._judging.cells[:0] = self._calls.storing
            else:
                self._settle(self._exchanging.result())
        while self._calls.arrived:
            self._settle(await self._exchange([]))
        self._refusals.keep()
        self._judging.close_all()
        if self._judging.cells:
            self._settle(await self._exchange([]))

    def _tell(self, *, finished: bool = False) -> None:
        """Tell how far the run is."""
        done = self._rows.done + self._passing.screened
        of_rows = (done, self._judging.failed, self._judging.unscored)
        self._watch(*of_rows, self._senders.away, finished=finished)
