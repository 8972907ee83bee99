"""What to do next on a decision, as data and in words."""

from workbench import words
from workbench.comparison.result import Comparison, Difference, Gold, NextStep, Rest

_ELSEWHERE = (
    "written on these rows",
    "baseline written on these rows",
    "critic written on these rows",
    "rows picked",
    "looks ended",
    "held rows opened",
)


def next_step(choice: Comparison, labelled: int) -> NextStep | None:
    """What to do now, where the data say it; people labelled that many examples."""
    found, shipped = choice.focus, choice.ship.name
    if found is None:
        return NextStep("add a variant", _add_a_variant())
    if found.cause in (*_ELSEWHERE, "two runs"):
        return _elsewhere(found)
    if choice.gold and choice.gold.ignorant and choice.decided_by == "critic":
        text = _do_not_choose(choice.critic, choice.gold)
        return NextStep("do not choose", text, critic=choice.critic)
    if any(part.alarm and part.challenger == shipped for part in choice.slices):
        text = _read_flagged_answers(shipped)
        return NextStep("read flagged answers", text, shipped)
    if shipped not in ("", choice.baseline):
        return NextStep("export", _export(shipped), shipped)
    if found.decision == "inconclusive":
        return _to_be_conclusive(choice, found)
    return _to_know_more(choice, found, labelled)


def _elsewhere(found: Difference) -> NextStep:
    """What these rows cannot show."""
    if found.cause == "two runs":
        return NextStep("run side by side", _run_side_by_side())
    return NextStep("claim on other rows", _claim_elsewhere(), found.challenger)


def _to_know_more(choice: Comparison, found: Difference, labelled: int) -> NextStep | None:
    more, rest = found.more_examples, found.rest
    if found.cause == "missing on one side":
        return NextStep("mend rows", _mend_rows())
    if found.decision != "need more" or not (more or rest):
        return None
    if not found.corrected:
        return _to_run(more or 0, rest)
    more = more or 0
    if more > found.pairs - labelled:  # more than could be labelled
        text = _label_on_more_examples(more)
        return NextStep("label on more examples", text, examples=more)
    text = _label_more(more, choice.critic)
    return NextStep("label more", text, critic=choice.critic, examples=more)


def _to_run(more: int, rest: Rest | None) -> NextStep:
    if rest is None:
        return NextStep("run more", _run_more(more), examples=more)
    if rest.examples:
        text = _run_the_rest(rest.examples)
        return NextStep("run more", text, examples=rest.examples)
    return NextStep("add examples", _add_examples(more), examples=more)


def _to_be_conclusive(choice: Comparison, found: Difference) -> NextStep:
    if found.cause in ("labels contradict", "gold contradicts"):
        text = _settle(choice.critic)
        return NextStep("settle the contradiction", text, critic=choice.critic)
    if found.cause in ("constant critic", "canary passed"):
        return NextStep("mend the critic", _mend_the_critic(), critic=choice.critic)
    if stopped := choice.run.counts["stopped"]:
        return NextStep("run again", _run_again(stopped))
    return NextStep("mend rows", _mend_rows())


def _add_a_variant() -> str:
    return "Add a second prompt or model to compare with."


def _do_not_choose(critic: str, known: Gold) -> str:
    return (
        f"Do not choose by {critic}. Mend its prompt or give it a stronger model; until then "
        f"compare by {known.check}, which knows the right answers here."
    )


def _read_flagged_answers(variant: str) -> str:
    return f"Read the flagged answers of {variant} before it ships."


def _export(variant: str) -> str:
    return f"wb.export(choice) writes {variant} with a card that holds these numbers."


def _label_on_more_examples(more: int) -> str:
    return f"Run more examples and label them: about {more:,} more labelled ones are needed."


def _label_more(more: int, critic: str) -> str:
    return f"Label about {more:,} more examples: wb.labels.draw(run, {critic!r}, rater=...)."


def _run_more(more: int) -> str:
    return f"Run about {more:,} more examples; the answers so far are kept and cost nothing again."


def _claim_elsewhere() -> str:
    return (
        "Claim it on rows that nothing was chosen on: wb.show(choice, held), with the held side of "
        "examples.split(), or wb.load_examples(path, after=...)."
    )


def _settle(critic: str) -> str:
    return f"Read the labelled answers: mend {critic}, or label more for wb.compare to settle it."


def _mend_the_critic() -> str:
    return (
        "Mend the critic's prompt or give it a stronger model, and run again: only its verdicts "
        "are asked anew."
    )


def _run_again(stopped: str) -> str:
    return f"Run again: only what is missing is asked for. The run ended early: {stopped}."


def _mend_rows() -> str:
    return "Mend what left rows without a score and run again: only those rows are asked anew."


def _run_the_rest(examples: int) -> str:
    return f"Run the {words.count(examples, 'example')} that are left: fewer than needed, and all."


def _add_examples(more: int) -> str:
    return f"Add about {more:,} examples to the dataset: all that it has were run."


def _run_side_by_side() -> str:
    return (
        "To decide, run both texts in one run: workbench prompts TASK/VARIANT --restore gives the "
        "older one back."
    )
