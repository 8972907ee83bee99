"""What a reader must know beside the decision, as data."""

import math
from collections.abc import Iterator

from workbench import words
from workbench.comparison import remarks
from workbench.comparison.around import answers_apart
from workbench.comparison.differences import critics_line, peoples_line
from workbench.comparison.evidence import Evidence
from workbench.comparison.grouping import repeats
from workbench.comparison.in_order import by_blocks
from workbench.comparison.lacking import lacking, lacks_more
from workbench.comparison.latency import measured_apart
from workbench.comparison.other_questions import paid_note
from workbench.comparison.picked import echoed
from workbench.comparison.result import Comparison, Difference, Note
from workbench.comparison.scores import FEWEST_LABELS
from workbench.comparison.two_runs import differing_notes


def notes(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """What a comparison rests on."""
    yield from differing_notes(choice.run)
    yield from _on_rows(choice)
    yield from _on_copies(evidence)
    yield from _on_order(choice, evidence)
    yield from _on_lacking(choice, evidence)
    yield from _on_judges(choice, evidence)
    if choice.decided_by != "gold":
        yield from _on_labels(choice, evidence)
    yield from _on_odd_labels(choice, evidence)
    if choice.gold:
        yield Note("gold", choice.gold.sentence)
    yield from _on_models(choice)
    yield from _on_latency(choice)
    for part in choice.slices:
        if part.alarm:
            text = remarks.slice_behind(
                part.tag, part.value, part.challenger, choice.judge_in_words
            )
            yield Note("slice behind", text, (part.challenger,), part.tag, part.value)
    yield from _on_looks(choice, evidence)
    yield from _around(choice, evidence)


def _on_rows(choice: Comparison) -> Iterator[Note]:
    """Examples that a limit left out."""
    dataset = choice.run.meta.dataset
    left = (dataset.available or 0) - dataset.n
    if left > 0:
        text = remarks.part_of_the_dataset(dataset.name, dataset.n, dataset.n + left)
        yield Note("part of the dataset", text, count=left)


def _on_copies(evidence: Evidence) -> Iterator[Note]:
    """Examples that are taken together, because they ask the same."""
    groups = evidence.rules.groups
    if groups is not None and not evidence.rules.cluster:
        count = repeats(groups)
        yield Note("copies", remarks.copies(count, len(groups)), count=count)


def _on_order(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Rows whose order tells how they fare."""
    for each in choice.differences:
        by = by_blocks(evidence, each)
        if by is not None:
            text = remarks.rows_in_order(each.challenger, by, choice.level)
            yield Note("rows in order", text, (each.challenger, each.baseline))


def _on_lacking(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Scores that one side lacks more often than chance has it."""
    scores, base = evidence.deciding, evidence.base
    for each in choice.differences:
        challenger = scores.index(each.challenger)
        side = lacks_more(scores, challenger, base)
        if side is not None:
            other = base if side == challenger else challenger
            lost, less = lacking(scores, side), lacking(scores, other)
            names = (scores.name(side), scores.name(other))
            text = remarks.missing_on_one_side(names[0], lost, names[1], less)
            yield Note("missing on one side", text, names, count=lost)


def _around(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Other questions asked of these rows, and answers that lie apart."""
    if evidence.told is None:
        return
    if before := evidence.rules.look.judges_before:
        text = remarks.critic_changed(choice.judge, before)
        yield Note("critic changed", text, count=before)
    if evidence.told.count:
        text = remarks.other_looks(evidence.told.named)
        yield Note("other looks", text, count=evidence.told.count)
    for each in answers_apart(choice.run, evidence):
        names = (evidence.scores.name(each.challenger), choice.baseline)
        text = remarks.answers_apart(*names, each.days, each.renamed)
        yield Note("answers apart", text, names)


def _on_looks(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    if choice.looks > 1:
        yield Note("later look", remarks.later_look(choice.looks), count=choice.looks)
    if (others := evidence.rules.look.others).count:
        yield paid_note(others)
    if choice.run.store is None:
        yield Note("no ledger", remarks.no_ledger())
    if evidence.unregistered:
        yield Note("before the ledger", remarks.before_the_ledger())
    if choice.planned:
        yield Note("looks planned", remarks.looks_planned(choice.planned))


def _on_judges(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Answers that speak to the judge, and who decides."""
    for v, variant in enumerate(evidence.scores.variants):
        if answers := int(evidence.scores.directed[v].sum()):
            text = remarks.speaks_to_judge(variant[0], answers)
            yield Note("speaks to the judge", text, (variant[0],), count=answers)
    if choice.decided_by == "gold" and choice.gold:
        yield Note("gold decides", remarks.gold_decides(choice.gold.check))


def _on_models(choice: Comparison) -> Iterator[Note]:
    """Prompt files that name another model than they were run on."""
    meta = choice.run.meta
    for each in choice.variants:
        named, ran = meta.prompts[each.prompt].model_id, meta.models[each.model].id
        if named not in ("", ran):
            yield Note("other model", remarks.other_model(each.prompt, ran, named), (each.name,))


def _on_latency(choice: Comparison) -> Iterator[Note]:
    """Variants whose latency may not be compared with the baseline's."""
    if apart := measured_apart(choice.run, choice.baseline):
        yield Note("latency apart", remarks.latency_apart(apart, choice.baseline), apart)


def _on_labels(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """What labels say beside the critic, where they decide, and how many are missing."""
    if left := evidence.labels.came.by_models:
        yield Note("labels by models", remarks.labels_by_models(left), count=left)
    if max(variant.labels for variant in choice.variants) < FEWEST_LABELS:
        if evidence.scores.asks:
            yield Note("critic alone", remarks.critic_alone())
        return
    if math.isinf(evidence.rules.labels_decide):
        yield Note("labels left out", remarks.labels_left_out())
        return
    picked = {c.challenger for c in choice.differences if _is_picked(c, evidence)}
    for each in choice.variants:
        enough = each.labels >= evidence.rules.labels_decide
        if enough and not each.corrected and not picked and not evidence.echoes:
            text = remarks.score_not_corrected(each.name, each.labels, FEWEST_LABELS)
            yield Note("score not corrected", text, (each.name,), count=each.labels)
    for found in choice.differences:
        yield _beside(found, evidence)
    yield from _on_labelling(choice, evidence)


def _is_picked(found: Difference, evidence: Evidence) -> bool:
    return evidence.is_picked(evidence.scores.index(found.challenger))


def _on_labelling(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """How labels came about, where that bears on what they may say."""
    came = evidence.labels.came
    yield from _on_raters(choice, evidence)
    yield from _on_picked(choice, evidence)
    if came.unrecorded and any(each.decided_by == "labels" for each in choice.differences):
        text = remarks.labels_unrecorded(came.unrecorded)
        yield Note("labels unrecorded", text, count=came.unrecorded)
    decides = not evidence.echoes
    if came.in_sight:
        text = remarks.labels_in_sight(came.in_sight, decides)
        yield Note("labels in sight", text, count=came.in_sight)
    if count := echoed(evidence.labels):
        yield Note("labels echo", remarks.labels_echo(count, decides), count=count)


def _on_raters(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Pairs of which each answer was labelled by another person, and those that an edit left."""
    labels, base = evidence.labels, evidence.base
    for name in (each.challenger for each in choice.differences):
        challenger = evidence.scores.index(name)
        if count := labels.apart(challenger, base):
            yield Note("labels apart", remarks.labels_apart(name, count), (name,), count=count)
        if count := evidence.outdated[challenger]:
            text = remarks.labels_outdated(name, count, labels.shared(challenger, base, None))
            yield Note("labels outdated", text, (name,), count=count)


def _on_picked(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Labels that chance did not choose."""
    labels, base = evidence.labels, evidence.base
    for each in choice.differences:
        if _is_picked(each, evidence):
            challenger = evidence.scores.index(each.challenger)
            pairs = labels.shared(challenger, base, None)
            text = remarks.labels_picked(each.challenger, pairs, labels.came.picked)
            yield Note("labels picked", text, (each.challenger,), count=pairs)


def _beside(found: Difference, evidence: Evidence) -> Note:
    """People's line beside the critic's, or the critic's beside people's."""
    challenger = evidence.scores.index(found.challenger)
    pairs = evidence.labels.shared(challenger, evidence.base, None)
    names, level = (found.challenger, found.baseline), evidence.rules.level
    if found.decided_by == "labels":
        shown = words.difference(critics_line(evidence, challenger), level=level)
        text = remarks.by_the_critic(found.challenger, shown)
        return Note("critic beside", text, names, count=pairs)
    line = peoples_line(evidence, challenger) if pairs >= FEWEST_LABELS else None
    shown = "" if line is None else words.difference(line, level=level)
    whose = "the critic's own opinion" if evidence.scores.asks else "the word of a check in code"
    needed = int(evidence.rules.labels_decide)
    text = remarks.by_people(found.challenger, whose, shown, pairs, needed)
    return Note("people beside", text, names, count=pairs)


def _on_odd_labels(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    came = evidence.labels.came
    if astray := came.off_scale:
        text = remarks.labels_off_scale(astray, choice.scale)
        yield Note("labels off scale", text, count=astray)
    if passed := came.skipped:
        yield Note("labels skipped", remarks.labels_skipped(passed), count=passed)
