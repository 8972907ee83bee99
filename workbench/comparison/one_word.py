"""Claims on held-out rows in words: nothing here knows a figure of these rows."""

from collections.abc import Sequence

from workbench import words
from workbench.comparison.kinds import Cause, Decider
from workbench.comparison.result import Comparison, HeldClaim

BLOCKS: dict[Cause, str] = {
    "too few scored": (
        "Too few of the answers have a score: run again, only what is missing is asked for."
    ),
    "canary passed": (
        "The critic passes answers that are known to be bad: mend its prompt before it decides."
    ),
}
NUMBERED = ("first", "second", "third")
GAIN = "a gain of 15 points, from 70 to 85 right answers in 100"


def prospects(rows: int, of: int, made: int, chances: Sequence[float]) -> str:
    """What the next claims can find, and how many were made."""
    if not of:
        return "No example is held back."
    seen = "" if rows == of else f" {left_out(of - rows, of)}"
    if not chances:
        return f"No row is left to claim on.{seen}"
    shown = [f"{words.percent(chance)}" for chance in chances]
    first = "The next" if made else "The first"
    found = f"{first} claim on {words.count(rows, 'held-out example')} finds {GAIN}, in {shown[0]}"
    later = f", the ones after it in {words.listed(shown[1:])}, if that one says not yet"
    before = f" {words.count(made, 'claim')} said not yet so far." if made else ""
    return f"{found} of cases{later}.{before}{seen}"


def left_out(rows: int, of: int) -> str:
    return (
        f"{rows:,} of {words.count(of, 'held-out example')} left out: their answers were seen, or "
        "a claim on them has said better."
    )


def sentence(challenger: str, baseline: str, rows: int, cause: Cause, decider: Decider) -> str:
    """The word on a challenger, marked where it is a critic's alone."""
    on = words.count(rows, "held-out example")
    if cause == "claimed on held rows":
        whose = ", by the critic alone" if decider == "critic" else ""
        return f"{challenger}: better than {baseline}{whose}, claimed on {on}."
    if cause == "too few held rows":
        left = f"{on} {'is' if rows == 1 else 'are'} left that nobody has seen"
        return f"{challenger}: not yet. {left}, too few to claim on."
    if cause in BLOCKS:
        return f"{challenger}: not yet. {BLOCKS[cause]}"
    return f"{challenger}: not yet shown to be better than {baseline} on {on}."


def overall(choice: Comparison) -> str:
    """What to do."""
    lead = choice.lead
    if lead is None:
        only = choice.baseline
        return f"Nothing to claim: {only} is the only variant. Add a second prompt or model."
    if choice.ship.name == choice.baseline:
        return f"Keep {choice.baseline} for now. {lead.sentence}"
    shipped = next(each for each in choice.differences if each.challenger == choice.ship.name)
    return f"Ship {shipped.sentence}"


def why(claimed: HeldClaim) -> str:
    """What the claim may spend, and what the next may."""
    if not claimed.number:
        return "No claim was made, and none is spent."
    tail = f"{100 * claimed.tail:.2g} %"
    among = f", {len(claimed.words)} challengers together" if len(claimed.words) > 1 else ""
    made = f"Claim {claimed.number} on these rows: it may be wrong {tail} of the time{among}"
    if "better" in claimed.words.values():
        return f"{made}. It ends them: what is claimed next needs rows that are new."
    return f"{made}, the next {100 * claimed.tail / 2:.2g} %. It shows no figure and no row."


def export(variant: str) -> str:
    return f"wb.export(choice) writes {variant} with a card that says on which claim."


def write_new_rows(rows: int) -> str:
    many = words.count(rows, "new row")
    return (
        f"Write down {many} or more that are held back, and read none before: rows of a new file "
        "by wb.load_examples(path).hold_back(1).held, or more of the old one."
    )


def claim_again(challenger: str) -> str:
    return (
        f"Mend {challenger} on the examples that it is written on and claim again; a claim of the "
        "same prompts is none, and costs nothing."
    )


def mend(cause: Cause) -> str:
    return BLOCKS[cause]
