"""What a reader must know beside the decision."""

from workbench import words
from workbench.comparison.intervals import FEWEST_FOR_NORMAL, Rules
from workbench.comparison.labelled import FEWEST_LABELS, Labels
from workbench.comparison.result import Comparison, Difference
from workbench.comparison.scores import Scores
from workbench.labels.joined import off_scale, skipped

ENOUGH_LABELS = 20  # per finalist; fewer make a corrected score shaky


def notes(choice: Comparison, scores: Scores, labels: Labels, rules: Rules) -> list[str]:
    """What a comparison rests on, one sentence a note."""
    said = [*_on_labels(choice, scores, labels, rules), *_on_odd_labels(choice)]
    if choice.gold:
        said.append(choice.gold.sentence)
    said += _on_models(choice)
    for part in choice.slices:
        if part.alarm:
            said.append(
                f"Look at {part.tag} {part.value} first: there the critic puts {part.challenger} behind."
            )
    if choice.looks > 1:
        said.append(
            f"Look {choice.looks} at these examples as they grew: {_on_intervals(choice, rules)}."
        )
    return said


def _on_models(choice: Comparison) -> list[str]:
    """Prompt files that name another model than they were run on."""
    meta = choice.run.meta
    asked = [
        (
            each.prompt,
            meta.prompts[each.prompt].model_id,
            meta.models[each.model].id,
        )
        for each in choice.variants
    ]
    return [
        f"{name} was run on {ran}; its file names {named}."
        for name, named, ran in asked
        if named not in ("", None, ran)
    ]


def _on_labels(choice: Comparison, scores: Scores, labels: Labels, rules: Rules) -> list[str]:
    """What labels correct, what they do not, and why."""
    if max(variant.labels for variant in choice.variants) < FEWEST_LABELS:
        return ["Scores are the critic's own, not yet corrected by people's labels."]
    said = []
    if few := [variant.name for variant in choice.variants if variant.labels < ENOUGH_LABELS]:
        said.append(
            f"Fewer than {ENOUGH_LABELS} labels for {words.listed(few)}: label more before you trust them."
        )
    for variant in choice.variants:
        if variant.labels >= FEWEST_LABELS and not variant.corrected:
            said.append(
                f"The score of {variant.name} stays the critic's own: {_in_few_groups(variant.labels)}."
            )
    return said + [
        note for each in choice.differences if (note := _on_correction(each, scores, labels, rules))
    ]


def _on_correction(found: Difference, scores: Scores, labels: Labels, rules: Rules) -> str:
    """How labels bear on one difference, where it is not by examples labelled for both variants."""
    names = (found.challenger, found.baseline)
    a, b = (scores.index(name) for name in names)
    if scores.identities[a] == scores.identities[b]:
        return ""
    if found.corrected:
        if labels.shared(a, b, rules.groups) >= FEWEST_LABELS:
            return ""
        return (
            f"Labels of {names[0]} and {names[1]} lie on different examples: their corrected scores are compared as "
            "independent. Labels on the same examples tell more."
        )
    lacking = [
        f"{name} has {words.count(labels.count(v), 'label')}"
        for name, v in zip(names, (a, b), strict=True)
        if labels.count(v) < FEWEST_LABELS
    ]
    why = (
        f"{words.listed(lacking)}, and each needs {FEWEST_LABELS}"
        if lacking
        else _in_few_groups(labels.count(a))
    )
    return f"The difference of {names[0]} to {names[1]} stays the critic's own: {why}."


def _in_few_groups(count: int) -> str:
    return f"{count} labels lie in fewer than {FEWEST_LABELS} groups"


def _on_odd_labels(choice: Comparison) -> list[str]:
    said = []
    if astray := off_scale(choice.run, choice.critic):
        low, high = choice.scale
        said.append(
            f"{words.count(astray, 'label')} off the critic's scale, {low:g} to {high:g}, left out."
        )
    if passed := skipped(choice.run, choice.critic):
        said.append(
            f"{words.count(passed, 'answer')} skipped by people who label: many skips break random sampling."
        )
    return said


def _on_intervals(choice: Comparison, rules: Rules) -> str:
    spent = f"{words.percent(rules.share)} of the error, the share of this look"
    if rules.few_groups:
        return (
            f"there are fewer than {FEWEST_FOR_NORMAL} groups, so that intervals may spend {spent}"
        )
    said = "intervals are those of a confidence sequence"
    if any(each.corrected for each in choice.differences):
        return f"{said}; those corrected by labels may spend {spent}"
    return said
