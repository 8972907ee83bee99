"""What stands beside a decision in words; nothing reads them."""

from collections.abc import Sequence

from workbench import words
from workbench.comparison.schedule import FEWEST_ROWS, MOST_CRITICS
from workbench.stats.intervals import Interval
from workbench.stats.scale import Scale

_SHARES = {2: "half", 3: "a third", 4: "a quarter"}


def critic_alone() -> str:
    return "Scores are the critic's own, not yet corrected by people's labels."


def score_not_corrected(variant: str, labels: int, least: int) -> str:
    few = f"{labels} labels lie in fewer than {least} groups"
    return f"The score of {variant} stays the critic's own: {few}."


def by_people(challenger: str, whose: str, shown: str, pairs: int, needed: int) -> str:
    """What people say of a challenger while the critic decides; `shown` is empty where nothing."""
    missing = f" People decide from {needed} labelled pairs on, and there are {pairs}."
    missing = missing if pairs < needed else ""
    line = f"; by people: {shown}" if shown else ""
    return f"{challenger}: {whose}{line}.{missing}"


def by_the_critic(challenger: str, shown: str) -> str:
    """What the critic says of a challenger where people decide."""
    return f"{challenger}: people decide; by the critic alone: {shown}."


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


def part_of_the_dataset(name: str, asked: int, count: int) -> str:
    """Not all examples of a dataset were asked."""
    left = words.count(count - asked, "example")
    return f"{asked:,} of the {count:,} examples of {name} were asked: a limit left out {left}."


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


def rows_in_order(challenger: str, by: Interval, level: float) -> str:
    """What is said where the order of rows tells how they fare."""
    return (
        f"{challenger} does not fare alike down the rows; a few lists in 100 look so by chance. "
        "Where the order of yours means something, such as time or source, go by what neighbours "
        f"taken together show: {words.difference(by, level=level)}."
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


def labels_picked(variant: str, pairs: int, stated: int) -> str:
    """Why labels decide nothing on a variant."""
    said = f"{words.count(stated, 'label')} of answers that were picked"
    unlike = "the critic makes other things of them than of the rest"
    return (
        f"Chance did not choose the {pairs:,} labelled pairs of {variant} "
        f"({said if stated else unlike}): they may contradict, and decide nothing. "
        "wb.labels.draw says which answers to label."
    )


def labels_apart(variant: str, examples: int) -> str:
    """Labels that tell more of who gave them than of the answers."""
    return (
        f"The two answers to {words.count(examples, 'example')} were labelled by different people, "
        f"of whom one may be stricter: they say nothing of {variant}. Who labels one answer to an "
        "example labels the others too."
    )


def labels_outdated(variant: str, lost: int, pairs: int) -> str:
    """Labels of answers that an edit left as they were."""
    return (
        f"To {words.count(lost, 'example')} that people labelled, {variant} or its baseline gives "
        f"another answer now; its {pairs:,} labelled pairs are those that an edit spared, and no "
        "draw of all: nothing is claimed on them before the others are labelled too."
    )


def labels_unrecorded(count: int) -> str:
    return (
        f"Of {words.count(count, 'label')} nobody wrote down how the answers were chosen: what "
        "people decide here holds if chance chose them."
    )


def labels_in_sight(count: int, decides: bool) -> str:
    claims = "" if decides else ": no word is claimed on them"
    was = "was" if count == 1 else "were"
    given = f"{words.count(count, 'label')} {was} given with the critic's score in sight"
    return f"{given}, and may lean to it{claims}."


def labels_echo(count: int, decides: bool) -> str:
    proof = "" if decides else " Nobody wrote down how they came about: no word is claimed on them."
    return (
        f"All {count:,} labels say what the critic says: if it gave them, or a model like it, they "
        f"prove nothing.{proof}"
    )


def labels_by_models(count: int) -> str:
    return (
        f"{words.count(count, 'label')} by a rater who is called what the critic or a model of "
        f"this run is {'is' if count == 1 else 'are'} left out: a model's word is no yardstick of "
        "a model."
    )


def labels_left_out() -> str:
    return "People's labels are left out of this decision, as asked; they may still contradict it."


def critic_changed(critic: str, before: int) -> str:
    texts = words.count(before, "other text")
    return (
        f"{texts} of {critic} judged these rows before: one that is written after its scores were "
        f"seen may lean to what was hoped for. After {MOST_CRITICS} another explores."
    )


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


def other_questions(named: str, count: int) -> str:
    """Others that decided on the same prompts and rows before."""
    share = _SHARES.get(count + 1, f"one part in {count + 1}")
    return (
        f"The same prompts were decided on these rows before {named}. So that nobody gains by "
        f"choosing among the answers afterwards, this one may be wrong {share} as often as if it "
        "had been the only one: name the critic that decides and the baseline beforehand, and what "
        "must hold too as guardrails."
    )
