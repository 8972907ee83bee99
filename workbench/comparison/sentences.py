"""Decisions, notes and next steps in words, made from data that is known; nothing reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench import words
from workbench.comparison.looks import Look
from workbench.comparison.remarks import (
    FAILED,
    at_worst,
    explored,
    failures_disagree,
    held_back,
    rest,
)
from workbench.comparison.result import Cause, Comparison, Difference, Gold
from workbench.stats.intervals import Interval
from workbench.stats.scale import Scale

LONGEST_REASON = 160  # characters of an error


@dataclass(frozen=True)
class Missing:
    """Examples without a score on either side, of how many, and why most rows have none."""

    examples: int
    of: int
    status: str = ""
    rows: int = 0
    reason: str = ""


# Differences


def difference(
    found: Difference, scale: Scale, level: float, margin: float, dollars: float, missing: Missing
) -> str:
    """What is decided of a challenger, and why; `dollars` is what one more example costs."""
    if found.decision == "inconclusive":
        return inconclusive(found, found.cause, missing)
    by = scale.turned(found.interval)
    if found.cause in ("claimed before", "claim fell"):
        return _claimed(found, by)
    less = _inside(margin) if found.inside_margin else ""
    if found.decision == "better":
        return _better(found, by, level) + less + _if_failures(found, found.baseline)
    if found.decision == "worse":
        return _worse(found, by, level) + less + _if_failures(found, found.challenger)
    if found.decision == "tie":
        return _tie(found, by, margin)
    if found.cause in ("failures disagree", "missing on one side"):
        return _flawed(found, scale, missing)
    return _need_more(found, by, margin, dollars) + held_back(found)


def _claimed(found: Difference, by: Interval) -> str:
    """A word of an earlier look, and what stands of it on the rows of now."""
    on = words.count(found.claimed_on or 0, "example")
    now = f"{words.signed(by.estimate)} points ({words.between(by.low, by.high)})"
    if found.cause == "claim fell":
        fell = f"It was claimed on {on}, and its estimate has left that side since"
        return f"{found.challenger}: need more. {fell}: {now}."
    says = {
        "better": f"{found.challenger}: better than {found.baseline}",
        "worse": f"Keep {found.baseline}: {found.challenger} is worse",
        "tie": f"{found.challenger}: a tie with {found.baseline}",
    }[found.decision]
    return f"{says}, claimed on {on}; on the rows of now: {now}."


def _better(found: Difference, by: Interval, level: float) -> str:
    return (
        f"{found.challenger}: better than {found.baseline} by {words.points(by.estimate)} points "
        f"({words.percent(level)} interval {words.between(by.low, by.high)})."
    )


def _worse(found: Difference, by: Interval, level: float) -> str:
    return (
        f"Keep {found.baseline}: {found.challenger} is worse by {words.points(-by.estimate)} "
        f"points ({words.percent(level)} interval {words.between(-by.high, -by.low)})."
    )


def _tie(found: Difference, by: Interval, margin: float) -> str:
    return (
        f"{found.challenger}: a tie with {found.baseline} within {_goal(margin)} points "
        f"(difference {words.points(by.estimate)}, interval {words.between(by.low, by.high)}). "
        "Add cost or speed: that decides."
    )


def _need_more(found: Difference, by: Interval, margin: float, dollars: float) -> str:
    if found.cause == "two runs":
        return explored(found, by)
    text = (
        f"{found.challenger}: need more. {words.points(by.estimate)} points "
        f"({words.between(by.low, by.high)})."
    )
    more = found.more_examples
    if more is None:
        return f"{text}{rest(found)}"
    narrow = f"could narrow it to ±{_goal(margin)} points"
    if found.corrected:  # its width is that of the labels
        return f"{text} About {more:,} more labelled examples {narrow}.{rest(found)}"
    cost = words.money(more * dollars) if dollars > 0 else ""
    likely = f", likely {cost}" if cost else ""
    return f"{text} About {more:,} more examples {narrow}{likely}.{rest(found)}"


def _inside(margin: float) -> str:
    return f" That is less than the {_goal(margin)} points that matter to you."


def _goal(margin: float) -> str:
    return words.points(margin).removesuffix(".0")


def _flawed(found: Difference, scale: Scale, missing: Missing) -> str:
    if found.cause == "missing on one side":
        return at_worst(found, scale.turned(found.interval), missing.examples, missing.of)
    return failures_disagree(found, scale.turned(found.judged), scale.turned(found.bottom))


def _if_failures(found: Difference, variant: str) -> str:
    return _failures_of(variant) if found.cause == "failures decide" else ""


def _failures_of(variant: str) -> str:
    return f" {FAILED.capitalize()} of {variant} count as wrong."


def inconclusive(found: Difference, cause: Cause, missing: Missing) -> str:
    start = f"{found.challenger}: inconclusive."
    if cause == "constant critic":
        return (
            f"{start} The critic gave every answer the same score, so that it tells nothing apart: "
            "read a few answers, then mend its prompt."
        )
    if cause in _BLOCKED:
        return f"{start} {_BLOCKED[cause]}"
    if cause == "no common score":
        return f"{start} No example has a score on both sides: mend {FAILED} first."
    (low, high), text = found.extremes, f"No score for {missing.examples:,} of {missing.of:,}."
    worst = f"{abs(round(100 * low))} points {'behind' if low < 0 else 'ahead'}"
    best = f"{abs(round(100 * high))} {'ahead' if high > 0 else 'behind'}"
    return f"{start} {text} At worst {worst}, at best {best}.{_first_cause(missing)}"


_BLOCKED: dict[str, str] = {
    "canary passed": (
        "The critic passes answers that are known to be bad: mend its prompt before it decides."
    ),
    "labels contradict": (
        "People's labels contradict the critic's word: label more, or mend the critic."
    ),
    "gold contradicts": (
        "The right answers that are known contradict the critic's word: name them for more rows, "
        "or mend the critic."
    ),
    "ignorant critic": "The critic cannot tell right answers from wrong ones.",
}


def _first_cause(missing: Missing) -> str:
    if not missing.status:
        return ""
    because = f" ({missing.reason[:LONGEST_REASON]})" if missing.reason else ""
    return f" First cause: {missing.status}, {words.count(missing.rows, 'answer')}{because}."


def overall(choice: Comparison) -> str:
    """The one sentence of a comparison: what to do, against what, by how much, how sure."""
    lead, ship = choice.lead, choice.ship
    if lead is None:
        only = choice.baseline
        return f"Nothing to compare: {only} is the only variant. Add a second prompt or model."
    if ship.reason == "two runs":
        return lead.sentence
    if ship.reason == "guardrail":
        return f"{ship.text} {lead.sentence}"
    if lead.decision == "better":
        return f"Ship {lead.sentence} {ship.barred}".rstrip()
    if ship.reason == "tie, cheaper":
        return f"Ship {ship.name}, the cheaper: {ship.text} {lead.sentence}"
    if lead.decision in ("inconclusive", "need more"):
        return f"Keep {choice.baseline} for now. {lead.sentence}"
    return lead.sentence


def why(choice: Comparison, look: Look, among: int) -> str:
    """What the words may spend, what spent the rest, and what would change them."""
    tail = f"{100 * look.tail:.2g} %"
    shared = f", shared by {among} challengers" if among > 1 else ""
    spent = {
        "first": "this is the first look at these rows",
        "grown": f"this is look {look.number} at these rows as they grow",
        "other": f"this is look {look.number} at these rows",
        "not due": "the next look is not due",
        "ended": "the last planned look was taken, and its word stands",
        "too few": "so few rows are no look",
        "uncounted": "nobody counts the looks",
        "held": "these rows are held back",
        "opened": "these rows were held back, claimed on and opened since",
        "two runs": "these are two runs, and nothing is claimed",
    }[look.kind]
    pairs = choice.decided_by == "labels" and not look.planned
    of = "labelled pairs" if pairs else "rows"
    due = f" Another look is due at {look.due:,} {of}." if look.due else ""
    before = look.others.count
    by = f", as question {before + 1} asked of these prompts" if before else ""
    return f"Each side may be wrong {tail} of the time{shared}: {spent}{by}.{due}"


# Gold


def gold(check: str, passes: int, judged: int, auc: Interval, level: float) -> str:
    """What known answers say of the critic; `passes` of the answers that both judged are right."""
    if not judged:
        return (
            f"No answer was judged by both the critic and {check}: whether the critic can be "
            "believed is open."
        )
    if not 0 < passes < judged:
        return (
            f"All {judged} answers that the critic could be read on are "
            f"{'right' if passes else 'wrong'} by {check}: whether it can tell them apart is open."
        )
    shown = (
        f"it puts a right answer above a wrong one {words.percent(auc.estimate)} of the time "
        f"({words.percent(level)} interval {100 * auc.low:.0f} to {100 * auc.high:.0f}; "
        "a coin does 50)"
    )
    if auc.low > 0.5:
        return f"The critic knows something: against {check}, {shown}."
    nothing = "knows nothing that these rows could show"
    knows = "is worse than a coin" if auc.high < 0.5 else nothing
    return f"The critic {knows}: against {check}, {shown}. Its scores decide nothing."


# Notes


def critic_alone() -> str:
    return "Scores are the critic's own, not yet corrected by people's labels."


def score_not_corrected(variant: str, labels: int, least: int) -> str:
    return f"The score of {variant} stays the critic's own: {_in_few_groups(labels, least)}."


def _in_few_groups(labels: int, least: int) -> str:
    return f"{labels} labels lie in fewer than {least} groups"


def by_people(challenger: str, whose: str, by: Interval | None, pairs: int, needed: int) -> str:
    """What people say of a challenger, in shares of the scale, while the critic decides."""
    missing = f"People decide from {needed} labelled pairs on, and there are {pairs}."
    if by is None:
        return f"{challenger}: {whose}. {missing}"
    line = f"{words.signed(by.estimate)} ({words.between(by.low, by.high)})"
    return f"{challenger}: {whose}; by people: {line}. {missing}"


def by_the_critic(challenger: str, by: Interval) -> str:
    """What the critic says of a challenger, in shares of the scale, where people decide."""
    line = f"{words.signed(by.estimate)} ({words.between(by.low, by.high)})"
    return f"{challenger}: people decide; by the critic alone: {line}."


def labels_off_scale(count: int, scale: Scale) -> str:
    ends = f"{scale.low:g} to {scale.high:g}"
    return f"{words.count(count, 'label')} off the critic's scale, {ends}, left out."


def labels_skipped(count: int) -> str:
    return (
        f"{words.count(count, 'answer')} skipped by people who label: many skips break random "
        "sampling."
    )


def other_model(prompt: str, ran: str, named: str) -> str:
    return f"{prompt} was run on {ran}; its file names {named}."


def slice_behind(tag: str, value: str, challenger: str, judge: str) -> str:
    return f"Look at {tag} {value} first: there {judge} puts {challenger} behind."


def later_look(look: int) -> str:
    return f"Look {look} at these rows: earlier looks have spent a part of the error."


def gold_decides(check: str) -> str:
    return f"{check} knows the right answers, and decides; the critic is what is tested."


def speaks_to_judge(variant: str, answers: int) -> str:
    return f"{words.count(answers, 'answer')} of {variant} speak to the judge, and count as wrong."


def latency_apart(variants: Sequence[str], baseline: str) -> str:
    return (
        f"Not all answers of {words.listed(variants)} were measured side by side with those of "
        f"{baseline}, in one run: their latencies are not compared where they were not."
    )


def no_ledger() -> str:
    return "This run has no store: nobody counts how often its examples were looked at."


# What to do next


def add_a_variant() -> str:
    return "Add a second prompt or model to compare with."


def do_not_choose(critic: str, known: Gold) -> str:
    return (
        f"Do not choose by {critic}. Mend its prompt or give it a stronger model; until then "
        f"compare by {known.check}, which knows the right answers here."
    )


def read_flagged_answers(variant: str) -> str:
    return f"Read the flagged answers of {variant} before it ships."


def export(variant: str) -> str:
    return f"wb.export(choice) writes {variant} with a card that holds these numbers."


def label_on_more_examples(more: int) -> str:
    return f"Run more examples and label them: about {more:,} more labelled ones are needed."


def label_more(more: int, critic: str) -> str:
    return f"Label about {more:,} more examples: wb.labels.draw(run, {critic!r}, rater=...)."


def run_more(more: int) -> str:
    return f"Run about {more:,} more examples; the answers so far are kept and cost nothing again."


def claim_elsewhere() -> str:
    return (
        "Claim it on rows that nothing was chosen on: wb.show(choice, held), with the held side of "
        "examples.split(), or wb.load_examples(path, after=...)."
    )


def settle(critic: str) -> str:
    return f"Read the labelled answers: mend {critic}, or label more for wb.compare to settle it."


def mend_the_critic() -> str:
    return (
        "Mend the critic's prompt or give it a stronger model, and run again: only its verdicts "
        "are asked anew."
    )


def run_again(stopped: str) -> str:
    return f"Run again: only what is missing is asked for. The run ended early: {stopped}."


def mend_rows() -> str:
    return "Mend what left rows without a score and run again: only those rows are asked anew."


def part_of_the_dataset(name: str, asked: int, count: int) -> str:
    """Not all examples of a dataset were asked."""
    left = words.count(count - asked, "example")
    return f"{asked:,} of the {count:,} examples of {name} were asked: a limit left out {left}."
