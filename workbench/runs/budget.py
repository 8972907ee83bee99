"""A run's budget, reserved before calls are sent and settled after."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from workbench import words
from workbench.errors import BudgetError
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.prices import MOST_COMPLETION, Prices
from workbench.runs.plan import Plan
from workbench.runs.sending import ACTOR, Call
from workbench.store import Settlement


class Budget:
    """A run's budget: the most a call may cost is reserved before it is sent, and settled when it
    has returned.

    An actor's call also reserves what judging its answer may cost, so that the money does not end
    between the two.
    """

    def __init__(
        self, plan: Plan, prices: Prices, budget: float | None, share: float = 1.0
    ) -> None:
        """`share`: what calls cost, of the list price."""
        self._run, self._prices, self.budget, self._share = plan.fingerprint, prices, budget, share
        self._held: dict[bytes, float] = {}
        self._released = self._spent = 0.0  # since the last settlement
        self._used = 0.0  # dollars that calls of this process came to
        self._judging = 0.0 if budget is None else self._price_judging(plan)

    def _price_judging(self, plan: Plan) -> float:
        """The most that judging one answer may cost; BudgetError where that, or an actor's price,
        is not known.
        """
        if plan.texts is not None:
            return self._price_filters(plan, "word")
        for model in plan.models:
            self._refuse_unknown(model)
        asked = plan.request(0)
        answer = Completion(text="word " * (asked.max_tokens or MOST_COMPLETION))
        example = plan.examples[0]
        requests = [
            request
            for critic in plan.critics
            for request in critic.requests(example, answer, answer)
        ]
        return self._most_of(requests) + self._price_filters(plan, answer.text)

    def _price_filters(self, plan: Plan, text: str) -> float:
        """The most that filters may cost for a text."""
        return self._most_of(plan.filter_requests(text))

    def _most_of(self, requests: Sequence[Request]) -> float:
        for request in requests:
            self._refuse_unknown(request.model)
        most = sum(self._prices.most(request, request.payload()) for request in requests)
        return self._share * most

    def _refuse_unknown(self, model: ModelEntry) -> None:
        refuse_unknown(self._prices, model)

    def bounded(self, request: Request) -> Request:
        """The request with the bound on its length that its reservation assumes, if there is a
        budget and nothing else bounds it.
        """
        return request if self.budget is None else bounded(request)

    def excess(self) -> bool:
        """Whether calls turned out dearer than what was reserved for them, so that this process's
        calls may come to more than the budget.
        """
        return self.budget is not None and self._used + sum(self._held.values()) > self.budget

    def withdrawn(self, call: Call) -> None:
        """The call is not sent for now: give back what was reserved for it."""
        self._released += self._held.pop(call.key, 0.0)

    def settlement(self, wanted: Iterable[Call]) -> Settlement:
        """What changed since the last settlement, and the most each wanted call may cost."""
        released, spent = self._released, self._spent
        self._released = self._spent = 0.0
        costs = {} if self.budget is None else {call.key: self._most(call) for call in wanted}
        return Settlement(self._run, released, spent, self.budget, costs)

    def _most(self, call: Call) -> float:
        answers = any(target.critic == ACTOR for target in call.targets)
        most = self._share * self._prices.most(call.request, call.payload)
        return most + (self._judging if answers else 0.0)

    def shortfall(self, unaffordable: Sequence[Call]) -> str:
        """Why no further call is sent."""
        budget, least = self.budget or 0.0, min(self._most(call) for call in unaffordable)
        return (
            f"the budget of {words.money(budget)} does not cover another call, of up to "
            f"{words.money(least)}: raise it to go on"
        )

    def reserved(self, call: Call) -> None:
        """The call is about to be sent."""
        if self.budget is not None:
            self._held[call.key] = self._most(call)

    def returned(self, call: Call, completion: Completion) -> float:
        """Settle a call and say what it cost; without its tokens it counts as the most it may have
        cost.
        """
        held = self._held.pop(call.key, 0.0)
        cost = self._prices.cost(call.request.model, completion)
        self._released += held
        spent = held if math.isnan(cost) else cost
        self._spent += spent
        self._used += spent
        return cost


def refuse_unknown(prices: Prices, model: ModelEntry) -> None:
    """Raise BudgetError where a model's price is not known."""
    if prices[model] is None:
        raise BudgetError(
            f"the price of model {model.name!r} ({model.id}) is not known, so a budget cannot be "
            "kept: give it `price: {input: ..., output: ...}` in models.yaml, or run without budget"
        )


def bounded(request: Request) -> Request:
    """The request with the bound on its length that a reservation assumes where nothing else bounds
    it.
    """
    if request.max_tokens:
        return request
    return replace(request, parameters={**request.parameters, "max_tokens": MOST_COMPLETION})
