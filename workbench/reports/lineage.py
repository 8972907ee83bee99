"""What went into a run, how to have it again, and the prompts themselves."""

import difflib
from typing import Any

from workbench.comparison import Comparison
from workbench.files import fingerprint
from workbench.reports.critic import model_id
from workbench.reports.frame import render
from workbench.reports.subject import Subject
from workbench.runs import Run
from workbench.runs.meta import CriticFacts, ModelFacts
from workbench.views import words
from workbench.views.markup import Html

Fact = tuple[str, list[tuple[str, bool]]]  # name, and its words with whether they are set in mono

TERMS = {
    "Actor": "the model that answers the prompt.",
    "Baseline": "the variant that the others are compared with.",
    "Critic": "a model or a check that judges each answer; its word on one answer is a verdict.",
    "Corrected score": "the critic’s score, put right by people’s labels on a random part of the answers.",
    "95 % interval": "made so that 95 of 100 such intervals hold the true value.",
    "Difference": "taken on the same examples, pair by pair, in points.",
    "Better, worse": "the whole interval lies above, or below, zero.",
    "Tie": "the whole interval lies within the margin.",
    "Need more": "none of these: more examples would narrow the interval.",
    "Inconclusive": "too many rows without a score, or a critic that knows nothing: there is nothing to decide by.",
    "Malformed": "an answer not in the form asked for. It has no score; better must also hold with it as wrong.",
    "p95 latency": "19 of 20 answers came faster.",
}


def lineage(run: Run, choice: Comparison | None) -> Html:
    """The lineage section and the appendix."""
    terms = (
        TERMS
        if choice
        else {name: TERMS[name] for name in ("Actor", "Critic", "Malformed", "p95 latency")}
    )
    if choice and not any(variant.corrected for variant in choice.variants):
        terms = {name: text for name, text in terms.items() if name != "Corrected score"}
    return render(
        "lineage.html",
        code=_code(run, choice),
        facts=_facts(run, choice),
        prompts=_prompts(run),
        differences=_differences(run, choice) if choice else [],
        terms=terms.items(),
    )


def _code(run: Run, choice: Comparison | None) -> str:
    lines = [f'run = wb.load_run("{run.id}")']
    if choice:
        gold = f", gold={choice.gold.check!r}" if choice.gold else ""
        level = "" if choice.level == 0.95 else f", level={choice.level:g}"
        lines.append(
            f"wb.compare(run, {choice.critic!r}, baseline={choice.baseline!r}, margin={choice.margin:g}{level}{gold})"
        )
    return "\n".join(lines)


def _facts(run: Run, choice: Comparison | None) -> list[Fact]:
    meta, dataset = run.meta, run.meta.dataset
    took = [words.duration(run.seconds)] if words.duration(run.seconds) else []
    facts: list[Fact] = [
        ("Run", [(run.id, True), (", ".join(["", words.moment(meta.started), *took]), False)]),
        (
            "Prompts",
            _listed([(name, about.fingerprint, "") for name, about in meta.prompts.items()]),
        ),
        (
            "Models",
            [("; ".join(_model(name, about) for name, about in meta.models.items()), False)],
        ),
        (
            "Critics",
            _listed(
                [(name, about.fingerprint, _critic(about)) for name, about in meta.critics.items()]
            ),
        ),
        (
            "Examples",
            [
                (f"{dataset.name} ", False),
                (dataset.fingerprint, True),
                (f", {dataset.n:,} examples, {words.count(meta.repeats, 'answer')} to each", False),
            ],
        ),
    ]
    if choice:
        facts += _decided(choice)
    versions = ", ".join(f"{name} {number}" for name, number in meta.versions.items())
    git = meta.git
    state = (
        ""
        if not git
        else " with uncommitted changes"
        if git.endswith("-dirty")
        else ", no uncommitted change"
    )
    facts.append(
        (
            "Code",
            [
                (versions, False),
                (f", git {git.removesuffix('-dirty')}{state}" if git else "", False),
            ],
        )
    )
    return [fact for fact in facts if fact[1]]


def _listed(named: list[tuple[str, str, str]]) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    for name, mark, more in named:
        parts += [
            (", " if parts else "", False),
            (f"{name} ", False),
            (mark, True),
            (f" ({more})" if more else "", False),
        ]
    return parts


def _model(name: str, about: ModelFacts) -> str:
    parameters = ", ".join(f"{key} {value}" for key, value in about.parameters.items())
    where = about.endpoint
    return f"{name}: {about.id} at {where}" + (f", {parameters}" if parameters else "")


def _critic(about: CriticFacts) -> str:
    low, high = about.scale.low, about.scale.high
    model = model_id(about)
    return f"{about.kind}, {low:g} to {high:g}" + (f", by {model}" if model else "")


def _decided(choice: Comparison) -> list[Fact]:
    subject = Subject(choice)
    margin = words.points(choice.margin).removesuffix(".0")
    many = len(choice.differences)
    over = f" over {'both' if many == 2 else f'all {many}'} comparisons" if many > 1 else ""
    facts: list[Fact] = [
        (
            "Decision",
            [
                (
                    f"by {choice.critic}, {words.percent(choice.level)}{over}, margin {margin} points",
                    False,
                )
            ],
        )
    ]
    if subject.people.answers:
        people = subject.people
        labels = (
            f"{words.count(people.examples, 'example')}, {words.count(people.answers, 'answer')}"
        )
        facts.append(("Labels", [(f"{labels}, by {words.listed(people.raters)}", False)]))
    look = (
        "first look at these examples"
        if choice.looks == 1
        else f"look {choice.looks} at these examples as they grew"
    )
    facts.append(
        (
            "Looks",
            [(f"{look}; {words.count(len(choice.variants), 'variant')} tried on them", False)],
        )
    )
    return [
        *facts,
        ("Decision file", [("decision.json ", False), (fingerprint(choice.decision()), True)]),
    ]


def _prompts(run: Run) -> list[dict[str, str]]:
    """The prompts' files, and those of the critics that have one."""
    shown = [
        {"name": name, "fingerprint": about.fingerprint, "text": about.text}
        for name, about in run.meta.prompts.items()
    ]
    for critic in run.critics:
        prompt = getattr(critic, "prompt", None)
        if prompt is not None:
            shown.append(
                {
                    "name": f"Critic: {critic.name}",
                    "fingerprint": prompt.fingerprint,
                    "text": prompt.text,
                }
            )
    return shown


def _differences(run: Run, choice: Comparison) -> list[dict[str, Any]]:
    """Line by line, the baseline's prompt against every other, best first."""
    texts = {name: about.text for name, about in run.meta.prompts.items()}
    old = next(variant.prompt for variant in choice.variants if variant.name == choice.baseline)
    others = dict.fromkeys(variant.prompt for variant in choice.variants if variant.prompt != old)
    return [_difference(old, new, texts[old], texts[new]) for new in others]


def _difference(old: str, new: str, before: str, after: str) -> dict[str, Any]:
    css = {"+": " a", "-": " d", " ": ""}
    compared = difflib.ndiff(before.splitlines(), after.splitlines(), charjunk=None)
    lines = [(css[line[0]], line[2:]) for line in compared if line[0] in css]
    return {
        "old": old,
        "new": new,
        "lines": lines,
        "added": sum(c == " a" for c, _ in lines),
        "removed": sum(c == " d" for c, _ in lines),
    }
