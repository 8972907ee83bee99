# pyright: strict
"""What a weighing of hosted and own servers says, in sentences."""

from workbench import words
from workbench.serving.weighed import Cost, Weighed
from workbench.stats.intervals import Interval
from workbench.words import a_second

MANY = 3.0  # from that many times the other cost it is said in times


def between(limits: Interval) -> str:
    """1.1 to 1.8; one number where both say the same."""
    low, high = a_second(limits.low), a_second(limits.high)
    return low if low == high else f"{low} to {high}"


def in_draws(share: float) -> str:
    """71 of 100 draws; never all or none where some are left."""
    whole = min(max(round(100 * share), 1), 99) if 0 < share < 1 else round(100 * share)
    return f"in {whole} of 100 draws"


def pays(found: Weighed) -> str:
    """From which rate own servers pay, if from any."""
    if found.pays == "never":
        return f"No rate pays for own servers, {in_draws(found.never)}{_why_never(found)}."
    rates = f"from {between(found.first)} requests a second"
    if found.pays == "from a rate":
        return f"Own servers pay {rates}."
    none = f"no rate pays {in_draws(found.never)}{_why_never(found)}"
    if found.never > 0.5:
        return f"Own servers more likely never pay: {none}, else they do {rates}."
    return f"Own servers pay {rates}, if at all: {none}."


def _why_never(found: Weighed) -> str:
    worse = found.never_for_quality
    return f" ({in_draws(worse)} because the answers are too bad)" if worse >= 0.01 else ""


def lasts(found: Weighed) -> str:
    """From which rate on own servers are never dearer, where that is another than the first."""
    if found.pays == "never" or between(found.lasting) == between(found.first):
        return ""
    if not found.lasts:
        return "Servers come whole: above that each further one may make them dearer for a while."
    return f"From {between(found.lasting)} on they are never dearer."


def expected(cost: Cost | None) -> str:
    """What both cost at the rate that is expected."""
    if cost is None:
        return ""
    both = f"{words.money(cost.own.estimate)} against {words.money(cost.hosted.estimate)}"
    return f"You expect {a_second(cost.rate)}: there they {_compared(cost)} ({both} per 1,000)."


def _compared(cost: Cost) -> str:
    times = cost.own.estimate / cost.hosted.estimate if cost.hosted.estimate > 0 else 0.0
    if cost.reading == "not shown":
        return f"are cheaper {in_draws(cost.own_cheaper)}"
    if times >= MANY:
        return f"cost {times:.0f} times as much"
    if cost.reading == "hosted":
        return "are dearer" if times > 1 else "are cheaper, but the answers are too bad"
    return "are cheaper"
