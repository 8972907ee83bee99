"""What a reader must know beside the decision, and what to do next, as data."""

from collections.abc import Iterator

from workbench.comparison import sentences
from workbench.comparison.differences import critics_line, peoples_line
from workbench.comparison.evidence import Evidence
from workbench.comparison.result import Comparison, Difference, NextStep, Note
from workbench.comparison.scores import FEWEST_LABELS
from workbench.labels.joined import off_scale, skipped


def notes(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """What a comparison rests on."""
    yield from _on_rows(choice)
    yield from _on_judges(choice, evidence)
    if choice.decided_by != "gold":
        yield from _on_labels(choice, evidence)
    yield from _on_odd_labels(choice)
    if choice.gold:
        yield Note("gold", choice.gold.sentence)
    yield from _on_models(choice)
    for part in choice.slices:
        if part.alarm:
            text = sentences.slice_behind(
                part.tag, part.value, part.challenger, choice.judge_in_words
            )
            yield Note("slice behind", text, (part.challenger,), part.tag, part.value)
    yield from _on_looks(choice)


def _on_rows(choice: Comparison) -> Iterator[Note]:
    """Examples that a limit left out."""
    dataset = choice.run.meta.dataset
    if dataset.of > dataset.n:
        text = sentences.part_of_the_dataset(dataset.name, dataset.n, dataset.of)
        yield Note("part of the dataset", text, count=dataset.of - dataset.n)


def _on_looks(choice: Comparison) -> Iterator[Note]:
    if choice.looks > 1:
        yield Note("later look", sentences.later_look(choice.looks), count=choice.looks)
    if choice.run.store is None:
        yield Note("no ledger", sentences.no_ledger())


def _on_judges(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """Answers that speak to the judge, and who decides."""
    for v, variant in enumerate(evidence.scores.variants):
        if answers := int(evidence.scores.directed[v].sum()):
            text = sentences.speaks_to_judge(variant[0], answers)
            yield Note("speaks to the judge", text, (variant[0],), count=answers)
    if choice.decided_by == "gold" and choice.gold:
        yield Note("gold decides", sentences.gold_decides(choice.gold.check))


def _on_models(choice: Comparison) -> Iterator[Note]:
    """Prompt files that name another model than they were run on."""
    meta = choice.run.meta
    for each in choice.variants:
        named, ran = meta.prompts[each.prompt].model_id, meta.models[each.model].id
        if named not in ("", ran):
            yield Note("other model", sentences.other_model(each.prompt, ran, named), (each.name,))


def _on_labels(choice: Comparison, evidence: Evidence) -> Iterator[Note]:
    """What labels say beside the critic, where they decide, and how many are missing."""
    if max(variant.labels for variant in choice.variants) < FEWEST_LABELS:
        if evidence.scores.asks:
            yield Note("critic alone", sentences.critic_alone())
        return
    for each in choice.variants:
        if each.labels >= FEWEST_LABELS and not each.corrected:
            text = sentences.score_not_corrected(each.name, each.labels, FEWEST_LABELS)
            yield Note("score not corrected", text, (each.name,), count=each.labels)
    for found in choice.differences:
        yield _beside(found, evidence)


def _beside(found: Difference, evidence: Evidence) -> Note:
    """People's line beside the critic's, or the critic's beside people's."""
    challenger = evidence.scores.index(found.challenger)
    pairs = evidence.labels.shared(challenger, evidence.base, None)
    names = (found.challenger, found.baseline)
    if found.decided_by == "labels":
        text = sentences.by_the_critic(found.challenger, critics_line(evidence, challenger))
        return Note("critic beside", text, names, count=pairs)
    line = peoples_line(evidence, challenger) if pairs >= FEWEST_LABELS else None
    text = sentences.by_people(found.challenger, line, pairs, evidence.rules.labels_decide)
    return Note("people beside", text, names, count=pairs)


def _on_odd_labels(choice: Comparison) -> Iterator[Note]:
    if astray := off_scale(choice.run, choice.critic):
        text = sentences.labels_off_scale(astray, choice.scale)
        yield Note("labels off scale", text, count=astray)
    if passed := skipped(choice.run, choice.critic):
        yield Note("labels skipped", sentences.labels_skipped(passed), count=passed)


def next_step(choice: Comparison, labelled: int) -> NextStep | None:
    """What to do now, where the data say it; people labelled that many examples."""
    found, shipped = choice.focus, choice.ship.name
    if found is None:
        return NextStep("add a variant", sentences.add_a_variant())
    if found.cause in _ELSEWHERE:
        return NextStep("claim on other rows", sentences.claim_elsewhere(), found.challenger)
    if choice.gold and choice.gold.ignorant and choice.decided_by == "critic":
        text = sentences.do_not_choose(choice.critic, choice.gold)
        return NextStep("do not choose", text, critic=choice.critic)
    if any(part.alarm and part.challenger == shipped for part in choice.slices):
        text = sentences.read_flagged_answers(shipped)
        return NextStep("read flagged answers", text, shipped)
    if shipped not in ("", choice.baseline):
        return NextStep("export", sentences.export(shipped), shipped)
    if found.decision == "inconclusive":
        return _to_be_conclusive(choice, found)
    return _to_know_more(choice, found, labelled)


_ELSEWHERE = ("written on these rows", "baseline written on these rows")


def _to_know_more(choice: Comparison, found: Difference, labelled: int) -> NextStep | None:
    more = found.more_examples
    if found.decision != "need more" or not more:
        return None
    if not found.corrected:
        return NextStep("run more", sentences.run_more(more), examples=more)
    if more > found.pairs - labelled:  # more than could be labelled
        text = sentences.label_on_more_examples(more)
        return NextStep("label on more examples", text, examples=more)
    text = sentences.label_more(more, choice.critic)
    return NextStep("label more", text, critic=choice.critic, examples=more)


def _to_be_conclusive(choice: Comparison, found: Difference) -> NextStep:
    if found.cause in ("labels contradict", "gold contradicts"):
        text = sentences.settle(choice.critic)
        return NextStep("settle the contradiction", text, critic=choice.critic)
    if found.cause in ("constant critic", "canary passed"):
        return NextStep("mend the critic", sentences.mend_the_critic(), critic=choice.critic)
    if stopped := choice.run.counts["stopped"]:
        return NextStep("run again", sentences.run_again(stopped))
    return NextStep("mend rows", sentences.mend_rows())
