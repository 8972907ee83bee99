"""What a comparison decides in words, made from data that is known; nothing reads them."""

from dataclasses import dataclass

from workbench import words
from workbench.comparison.looks import Look
from workbench.comparison.one_word import BLOCKS
from workbench.comparison.result import Cause, Comparison, Difference
from workbench.comparison.schedule import MOST_CRITICS
from workbench.stats.intervals import Interval
from workbench.stats.reliability import Agreement
from workbench.stats.scale import Scale

LONGEST_REASON = 160  # characters of an error
LABELS_OUTDATED = " Its labels are of answers that an edit spared: label the changed ones too."
FAILED = "malformed, truncated and filtered answers"


@dataclass(frozen=True)
class Missing:
    """Examples without a score on either side, of how many, and why most rows have none."""

    examples: int
    of: int
    status: str = ""
    rows: int = 0
    reason: str = ""


def difference(
    found: Difference, scale: Scale, level: float, margin: float, dollars: float, missing: Missing
) -> str:
    """What is decided of a challenger, and why; `dollars` is what one more example costs."""
    if found.decision == "inconclusive":
        return inconclusive(found, found.cause, missing)
    by = scale.turned(found.interval)
    if found.cause in ("claimed before", "claim fell"):
        return _claimed(found, by, level)
    less = _inside(margin) if found.inside_margin else ""
    if found.decision == "better":
        return _better(found, by, level) + less + _if_failures(found, found.baseline)
    if found.decision == "worse":
        return _worse(found, by, level) + less + _if_failures(found, found.challenger)
    if found.decision == "tie":
        return _tie(found, by, margin, level)
    if found.cause in ("failures disagree", "missing on one side"):
        return _flawed(found, scale, missing, level)
    return _need_more(found, by, margin, dollars, level) + _held_back(found)


def _shown(by: Interval, level: float) -> str:
    """A gain or a loss as its size, with its interval."""
    return words.difference(by, level=level).removeprefix("+")


def _claimed(found: Difference, by: Interval, level: float) -> str:
    """A word of an earlier look, and what stands of it on the rows of now."""
    on = words.count(found.claimed_on or 0, "example")
    now = words.difference(by, level=level)
    if found.cause == "claim fell":
        fell = f"It was claimed on {on}, and its estimate has left that side since"
        return f"{found.challenger}: need more. {fell}: {now}."
    says = {
        "better": f"{found.challenger}: better than {found.baseline}{whose(found)}",
        "worse": f"Keep {found.baseline}: {found.challenger} is worse",
        "tie": f"{found.challenger}: a tie with {found.baseline}{whose(found)}",
    }[found.decision]
    return f"{says}, claimed on {on}; on the rows of now: {now}."


def _better(found: Difference, by: Interval, level: float) -> str:
    return f"{found.challenger}: better than {found.baseline} by {_shown(by, level)}{whose(found)}."


def whose(found: Difference) -> str:
    """Who says so, where that is a critic alone: what ships is never its opinion unmarked."""
    return ", by the critic alone" if found.decided_by == "critic" else ""


def _worse(found: Difference, by: Interval, level: float) -> str:
    loss = Interval(-by.estimate, -by.high, -by.low)
    return f"Keep {found.baseline}: {found.challenger} is worse by {_shown(loss, level)}."


def _tie(found: Difference, by: Interval, margin: float, level: float) -> str:
    return (
        f"{found.challenger}: a tie with {found.baseline} within {words.whole_points(margin)} "
        f"points (difference {words.points(by.estimate)}, "
        f"{words.surely(level)} interval {words.between(by.low, by.high)}){whose(found)}. "
        "Add cost or speed: that decides."
    )


def _need_more(found: Difference, by: Interval, margin: float, dollars: float, level: float) -> str:
    if found.cause == "two runs":
        return _explored(found, by, level)
    text = f"{found.challenger}: need more. {words.difference(by, level=level)}."
    more = found.more_examples
    if more is None:
        return f"{text}{rest(found)}"
    narrow = f"could narrow it to ±{words.whole_points(margin)} points"
    if found.corrected:  # its width is that of the labels
        return f"{text} About {more:,} more labelled examples {narrow}.{rest(found)}"
    cost = words.money(more * dollars) if dollars > 0 else ""
    likely = f", likely {cost}" if cost else ""
    return f"{text} About {more:,} more examples {narrow}{likely}.{rest(found)}"


def _inside(margin: float) -> str:
    return f" That is less than the {words.whole_points(margin)} points that matter to you."


def _flawed(found: Difference, scale: Scale, missing: Missing, level: float) -> str:
    if found.cause == "missing on one side":
        return _at_worst(found, scale.turned(found.interval), missing, level)
    return _failures_disagree(found, scale.turned(found.judged), scale.turned(found.bottom), level)


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
    "canary passed": BLOCKS["canary passed"],
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


def _explored(found: Difference, by: Interval, level: float) -> str:
    """What two runs show, which claims nothing."""
    return (
        f"{found.challenger} against {found.baseline}: {words.difference(by, level=level)} on "
        f"{words.count(found.pairs, 'example')} of both runs. It explores, and claims nothing."
    )


def more_groups(count: int, by: str) -> str:
    """What could narrow the interval of rows that come in groups."""
    groups = words.count(count, "group")
    return f" It rests on {groups} by {by}: more groups could narrow it, more rows of these hardly."


def _held_back(found: Difference) -> str:
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
        "labels lean": (
            " Its labels are no word apart from the critic's: given with its score in sight, or "
            "all of them what it says, and nobody wrote down how they came about."
        ),
        "labels outdated": LABELS_OUTDATED,
        "rows together": (
            f" Rows of one {found.together} fare alike, and taken together they show less: compare "
            f"with cluster={found.together!r}."
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
        return _NOTHING_LEFT[found.rest.until]
    are = "is" if there == 1 else "are"
    to = f"could narrow it to ±{words.points(found.rest.half_width)}"
    return f" Only {there:,} {are} left {where}, which {to}."


_NOTHING_LEFT = {
    "dataset": " All of its dataset that is not held back was run.",
    "last planned look": " None is left until the last planned look.",
    "all labelled": " None is left to label.",
}
_WHERE = {
    "dataset": "in its dataset",
    "last planned look": "until the last planned look",
    "all labelled": "to label",
}


def _failures_disagree(found: Difference, by: Interval, whole: Interval, level: float) -> str:
    return (
        f"{found.challenger}: need more. {words.difference(by, level=level)} on the answers that "
        f"could be judged, but {words.difference(whole, '')} with {FAILED} "
        "counted as wrong: mend those answers first."
    )


def _at_worst(found: Difference, by: Interval, missing: Missing, level: float) -> str:
    """Why no word is said where one side lacks scores more often than chance has it."""
    low = words.points(found.extremes[0])
    return (
        f"{found.challenger}: need more. {words.difference(by, level=level)} where both have a "
        f"score; {missing.examples:,} of {missing.of:,} lack one, more often on one side than by "
        f"chance, and at the worst it is {low}: have them asked again first."
    )


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
    """What the words may spend, what spent the rest, and what would change them; nothing where
    nothing is compared.
    """
    if choice.lead is None:
        return ""
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


def gold(check: str, found: Agreement, auc: Interval, level: float) -> str:
    """What known answers say of the critic, of the answers that both judged."""
    right, judged = found.true_pass + found.false_fail, found.count
    if not judged:
        return (
            f"No answer was judged by both the critic and {check}: whether the critic can be "
            "believed is open."
        )
    if not 0 < right < judged:
        many, are = ("The one answer", "is") if judged == 1 else (f"All {judged} answers", "are")
        return (
            f"{many} that the critic could be read on {are} {'right' if right else 'wrong'} by "
            f"{check}: whether it can tell right from wrong is open."
        )
    if auc.low > 0.5:
        return f"The critic knows something: {_ranked(check, auc, level)}.{_one_word(found)}"
    nothing = "knows nothing that these rows could show"
    knows = "is worse than a coin" if auc.high < 0.5 else nothing
    return f"The critic {knows}: {_ranked(check, auc, level)}. Its scores decide nothing."


def _ranked(check: str, auc: Interval, level: float) -> str:
    return (
        f"against {check}, it puts a right answer above a wrong one {words.percent(auc.estimate)} "
        f"of the time ({words.surely(level)} interval {100 * auc.low:.0f} to {100 * auc.high:.0f}; "
        "a coin does 50)"
    )


def _one_word(found: Agreement) -> str:
    """What a critic is told that passes all answers, or none."""
    passed = found.true_pass + found.false_pass
    if passed not in (0, found.count):
        return ""
    says = "passes" if passed else "fails"
    return f" But it {says} every answer: its scores rank them, its pass or fail is mute."
