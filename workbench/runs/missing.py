"""What an offline run says of an answer that the store does not hold."""

import os

from workbench.runs.plan import Plan
from workbench.runs.sending import ACTOR, INPUT, OUTPUT, Call


def missing(plan: Plan, location: str, call: Call) -> str:
    """Whose answer a store, or the recordings that fill it, lack; and what gives it."""
    target = call.targets[0]
    filters = dict.fromkeys((INPUT, OUTPUT), "a reply to a filter")
    who = {ACTOR: "the answer", **filters}.get(target.critic) or (
        f"a reply to {plan.critics[target.critic].name!r}"
    )
    lacking = "the recordings lack" if _recording() else f"store {location} lacks"
    return (
        f"{lacking} {who} for {plan.where(target.row)} from "
        f"model {call.request.model.name!r}: {_step_to_an_answer()}"
    )


def _step_to_an_answer() -> str:
    """What gives an offline run its answer: the command that records, if one is known."""
    if command := _recording():
        return f"record it with: {command}"
    return "run once without offline=True, or import the recordings of this model"


def _recording() -> str:
    """The command that writes what is replayed; empty where nothing is."""
    return os.environ.get("WORKBENCH_OFFLINE", "")
