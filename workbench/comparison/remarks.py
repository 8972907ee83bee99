"""Looks that were planned, what nobody counted, and what is left to run, in words."""

from collections.abc import Sequence

from workbench import words
from workbench.comparison.result import Difference
from workbench.comparison.schedule import FEWEST_ROWS, MOST_CRITICS
from workbench.stats.intervals import Interval

FAILED = "malformed, truncated and filtered answers"


def held_back(found: Difference) -> str:
    """Why no more is said than that more is needed."""
    return {
        "written on these rows": (
            " Its prompt was written after answers to these rows were seen, so that they can only "
            "explore: claim it on rows that nothing was chosen on."
        ),
        "baseline written on these rows": (
            f" The baseline, {found.baseline}, was written after answers to these rows were seen: "
            "compare them on rows that nothing was chosen on."
        ),
        "critic written on these rows": (
            f" {MOST_CRITICS} other texts of the critic looked at these rows before: only rows "
            "that nothing was chosen on can say more."
        ),
        "rows picked": (
            f" They are not all the rows that were answered: {found.left_out:,} are left out, and "
            "whoever had read the answers could choose these. Compare on all, or on rows that "
            "nothing was chosen on."
        ),
        "not due": " These rows were looked at already; the next look is due when there are more.",
        "held rows opened": (
            " Claims were made on these rows while they were held back: now they can only explore."
        ),
        "looks ended": (
            " The looks that were planned at these rows were taken: only rows that nothing was "
            "chosen on can say more."
        ),
        "too few rows": " Fewer than 20 rows decide nothing.",
    }.get(found.cause, "")


def rest(found: Difference) -> str:
    """What there is, and what that could show, where it is less than is needed."""
    if found.rest is None:
        return ""
    there, where = found.rest.examples, _WHERE[found.rest.until]
    if not there:
        return f" None is left {where}."
    are = "is" if there == 1 else "are"
    to = f"could narrow it to ±{words.points(found.rest.half_width)}"
    return f" Only {there:,} {are} left {where}, which {to}."


_WHERE = {
    "dataset": "in its dataset",
    "last planned look": "until the last planned look",
    "all labelled": "to label",
}


def run_the_rest(examples: int) -> str:
    return f"Run the {words.count(examples, 'example')} that are left: fewer than needed, and all."


def add_examples(more: int) -> str:
    return f"Add about {more:,} examples to the dataset: all that it has were run."


def looks_planned(planned: Sequence[int]) -> str:
    if tuple(planned) == (FEWEST_ROWS,):
        return "One look at these rows was planned, before it was taken."
    sizes = words.listed([f"{size:,}" for size in planned])
    return f"Looks were planned at {sizes} examples, before the first was taken."


def before_the_ledger() -> str:
    return (
        "This run was made before looks were counted: it is compared by the rules of now, and "
        "what was decided on its rows before is not known."
    )


def explored(found: Difference, by: Interval) -> str:
    """What two runs show, which claims nothing."""
    figures = f"{words.signed(by.estimate)} points ({words.between(by.low, by.high)})"
    return (
        f"{found.challenger} against {found.baseline}: {figures} on "
        f"{words.count(found.pairs, 'example')} of both runs. It explores, and claims nothing."
    )


def failures_disagree(found: Difference, by: Interval, whole: Interval) -> str:
    return (
        f"{found.challenger}: need more. {words.points(by.estimate)} points "
        f"({words.between(by.low, by.high)}) on the answers that could be judged, but "
        f"{words.points(whole.estimate)} ({words.between(whole.low, whole.high)}) with {FAILED} "
        "counted as wrong: mend those answers first."
    )


def at_worst(found: Difference, by: Interval, examples: int, of: int) -> str:
    """Why no word is said where one side lacks scores more often than chance has it."""
    low = words.points(found.extremes[0])
    return (
        f"{found.challenger}: need more. {words.points(by.estimate)} points "
        f"({words.between(by.low, by.high)}) where both have a score; {examples:,} of {of:,} lack "
        f"one, more often on one side than by chance, and at the worst it is {low}: have them "
        "asked again first."
    )


def copies(count: int, of: int) -> str:
    return (
        f"{count:,} of {of:,} examples ask what another asks: copies are one piece of evidence "
        "together, and the intervals say so."
    )


def missing_on_one_side(variant: str, lost: int, other: str, others: int) -> str:
    return (
        f"{words.count(lost, 'example')} of {variant} {'has' if lost == 1 else 'have'} no score, "
        f"{others:,} of {other}: that is no chance, and what is missing may be its bad answers."
    )


def run_side_by_side() -> str:
    return (
        "To decide, run both texts in one run: workbench prompts TASK/VARIANT --restore gives the "
        "older one back."
    )


def labels_picked(variant: str, pairs: int, stated: int) -> str:
    """Why labels decide nothing on a variant."""
    said = f"{words.count(stated, 'label')} of answers that were picked"
    unlike = "the critic makes other things of them than of the rest"
    return (
        f"Chance did not choose the {pairs:,} labelled pairs of {variant} "
        f"({said if stated else unlike}): they may contradict, and decide nothing. "
        "wb.labels.draw says which answers to label."
    )


def labels_unrecorded(count: int) -> str:
    return (
        f"Of {words.count(count, 'label')} nobody wrote down how the answers were chosen: what "
        "people decide here holds if chance chose them."
    )


def labels_in_sight(count: int) -> str:
    return (
        f"{words.count(count, 'label')} {'was' if count == 1 else 'were'} given with the critic's "
        "score in sight, and may lean to it."
    )


def labels_echo(count: int) -> str:
    return (
        f"All {count:,} labels say what the critic says: if it gave them, or a model like it, they "
        "prove nothing."
    )


def critic_changed(critic: str, before: int) -> str:
    texts = words.count(before, "other text")
    return f"{texts} of {critic} judged these rows before: after {MOST_CRITICS} another explores."


def other_looks(named: str) -> str:
    """Looks that the error of this decision does not pay for."""
    return (
        f"These rows were looked at {named} before. Each such question may be wrong as often by "
        "itself: whoever picks among the answers is wrong more often."
    )


def answers_apart(variant: str, baseline: str, days: float, renamed: bool) -> str:
    """Why a difference may be the model's and not the prompt's."""
    old = f"lie {days:.0f} days apart" if days else "are of one day"
    named = ", and their endpoint names two versions of the model" if renamed else ""
    return (
        f"The answers of {variant} and {baseline} {old}{named}: a model that changed in between "
        "reads as the prompt's doing."
    )


def labels_left_out() -> str:
    return "People's labels are left out of this decision, as asked; they may still contradict it."
