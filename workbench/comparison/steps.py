"""What to do next on a decision, as data and in words."""

from collections.abc import Mapping

from workbench import words
from workbench.comparison.kinds import Cause
from workbench.comparison.result import Comparison, Difference, NextStep, Rest
from workbench.comparison.schedule import FEWEST_ROWS

_ELSEWHERE = (
    "written on these rows",
    "baseline written on these rows",
    "critic written on these rows",
    "rows picked",
    "looks ended",
    "held rows opened",
)
ADD_A_VARIANT = "Add a second prompt or model to compare with."
READ_FLAGGED = "Read the flagged answers of {} before it ships."
EXPORT = "wb.export(choice) writes {} with a card that holds these numbers."
RUN_SIDE_BY_SIDE = (
    "To decide, run both texts in one run: workbench prompts TASK/VARIANT --restore gives the "
    "older one back."
)
CLAIM_ELSEWHERE = (
    "Claim it on rows that nothing was chosen on: wb.show(choice, held), with the held side of "
    "examples.split(), or wb.load_examples(path, after=...)."
)
LABEL_ON_MORE = "Run more examples and label them: about {:,} more labelled ones are needed."
RUN_MORE = "Run about {:,} more examples; the answers so far are kept and cost nothing again."
ADD_EXAMPLES = "Add about {:,} examples to the dataset: all of it that is not held back was run."
RUN_THE_FEWEST = (
    "Run at least {} (add them where the dataset has no more): {} that both sides have a score "
    "for are the fewest that decide."
)
SETTLE = "Read the labelled answers: mend {}, or label more for wb.compare to settle it."
MEND_THE_CRITIC = (
    "Mend the critic's prompt or give it a stronger model, and run again: only its verdicts are "
    "asked anew."
)
MEND_ROWS = "Mend what left rows without a score and run again: only those rows are asked anew."


_LABEL: Mapping[Cause, str] = {
    "labels lean": "Label again, answers that chance draws, without the critic's score",
    "labels outdated": "Label the answers that were changed since people labelled",
}


def next_step(choice: Comparison, labelled: int) -> NextStep | None:
    """What to do now, where the data say it; people labelled that many examples."""
    found, shipped = choice.focus, choice.ship.name
    if found is None:
        return NextStep("add a variant", ADD_A_VARIANT)
    if found.cause == "two runs":
        return NextStep("run side by side", RUN_SIDE_BY_SIDE)
    if found.cause in _ELSEWHERE:
        return NextStep("claim on other rows", CLAIM_ELSEWHERE, found.challenger)
    if choice.gold and choice.gold.ignorant and choice.decided_by == "critic":
        return _instead_of(choice.critic, choice.gold.check)
    if any(part.alarm and part.challenger == shipped for part in choice.slices):
        return NextStep("read flagged answers", READ_FLAGGED.format(shipped), shipped)
    if shipped not in ("", choice.baseline):
        return NextStep("export", EXPORT.format(shipped), shipped)
    if found.decision == "inconclusive":
        return _to_be_conclusive(choice, found)
    return _to_know_more(choice, found, labelled)


def _instead_of(critic: str, check: str) -> NextStep:
    """Of a critic that knows nothing."""
    text = (
        f"Do not choose by {critic}. Mend its prompt or give it a stronger model; until then "
        f"compare by {check}, which knows the right answers here."
    )
    return NextStep("do not choose", text, critic=critic)


def _to_know_more(choice: Comparison, found: Difference, labelled: int) -> NextStep | None:
    more, rest = found.more_examples or 0, found.rest
    if found.cause == "too few rows":
        return _to_run_the_fewest(FEWEST_ROWS - found.pairs)
    if found.cause == "missing on one side":
        return NextStep("mend rows", MEND_ROWS)
    how = f"wb.labels.draw(run, {choice.critic!r}, rater=...)"
    if found.cause in _LABEL:
        return NextStep("label more", f"{_LABEL[found.cause]}: {how}.", critic=choice.critic)
    if found.decision != "need more" or not (more or rest):
        return None
    if not found.corrected:
        return _to_run(more, rest)
    if more > found.pairs - labelled:  # more than could be labelled
        return NextStep("label on more examples", LABEL_ON_MORE.format(more), examples=more)
    text = f"Label about {more:,} more examples: {how}."
    return NextStep("label more", text, critic=choice.critic, examples=more)


def _to_run_the_fewest(lacking: int) -> NextStep:
    text = RUN_THE_FEWEST.format(words.count(lacking, "more example"), FEWEST_ROWS)
    return NextStep("run more", text, examples=lacking)


def _to_run(more: int, rest: Rest | None) -> NextStep:
    if rest is None:
        return NextStep("run more", RUN_MORE.format(more), examples=more)
    if not rest.examples:
        return NextStep("add examples", ADD_EXAMPLES.format(more), examples=more)
    left = words.count(rest.examples, "example")
    text = f"Run the {left} that are left: fewer than needed, and all."
    return NextStep("run more", text, examples=rest.examples)


def _to_be_conclusive(choice: Comparison, found: Difference) -> NextStep:
    critic = choice.critic
    if found.cause in ("labels contradict", "gold contradicts"):
        return NextStep("settle the contradiction", SETTLE.format(critic), critic=critic)
    if found.cause in ("constant critic", "canary passed"):
        return NextStep("mend the critic", MEND_THE_CRITIC, critic=critic)
    if stopped := choice.run.counts["stopped"]:
        ended = f"The run ended early: {stopped}."
        return NextStep("run again", f"Run again: only what is missing is asked for. {ended}")
    return NextStep("mend rows", MEND_ROWS)
