"""What went into a run, how to have it again, and the prompts themselves."""

from collections.abc import Iterable

from workbench.comparison import Comparison
from workbench.files import fingerprint
from workbench.page import words
from workbench.page.diff import by_line
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Run
from workbench.runs.beside import TwoRuns
from workbench.runs.meta import CriticFacts, ModelFacts
from workbench.sections.critic import model_id
from workbench.sections.overview import unasked
from workbench.sections.subject import Subject

Words = list[tuple[str, bool]]  # texts, each with whether it is set in mono
Fact = tuple[str, Words]

TERMS = {
    "Actor": "the model that answers the prompt.",
    "Baseline": "the variant that the others are compared with.",
    "Critic": "a model or a check that judges each answer; its word on one answer is a verdict.",
    "Corrected score": "the critic’s score, put right by people’s labels on a random part of the "
    "answers.",
    "95 % interval": "made so that 95 of 100 such intervals hold the true value.",
    "Difference": "taken on the same examples, pair by pair, in points.",
    "Better, worse": "the whole interval lies above, or below, zero.",
    "Tie": "the whole interval lies within the margin.",
    "Need more": "none of these: more examples would narrow the interval.",
    "Inconclusive": "too many rows without a score, or a critic that knows nothing: there is "
    "nothing to decide by.",
    "Malformed": "an answer not in the form asked for. It has no score; better must also hold with "
    "it as wrong.",
    "p95 latency": "19 of 20 answers came faster.",
}

OF_A_RUN = ("Actor", "Critic", "Malformed", "p95 latency")


def lineage(run: Run, choice: Comparison | None) -> Html:
    """The lineage section and the appendix."""
    terms = TERMS if choice else {name: TERMS[name] for name in OF_A_RUN}
    if choice and not any(variant.corrected for variant in choice.variants):
        terms = {name: text for name, text in terms.items() if name != "Corrected score"}
    facts = [*_facts(run), *(_decided(choice) if choice else []), ("Code", _code_state(run))]
    return render(
        "sections/lineage.html",
        code=_code(run, choice),
        facts=[fact for fact in facts if any(text for text, _ in fact[1])],
        prompts=_prompts(run),
        differences=_differences(run, choice) if choice else [],
        terms=terms.items(),
    )


def _code(run: Run, choice: Comparison | None) -> str:
    runs = [side.run.id for side in run.sides] if isinstance(run, TwoRuns) else [run.id]
    lines = [f'run = wb.load_run("{runs[-1]}")']
    if choice:
        against = f'against=wb.load_run("{runs[0]}"), ' if len(runs) > 1 else ""
        gold = f", gold={choice.gold.check!r}" if choice.gold else ""
        level = "" if choice.level == 0.95 else f", level={choice.level:g}"
        more = f"{against}baseline={choice.baseline!r}, margin={choice.margin:g}{level}{gold}"
        lines.append(f"wb.compare(run, {choice.critic!r}, {more})")
    return "\n".join(lines)


def _facts(run: Run) -> list[Fact]:
    meta = run.meta
    when = ", ".join(filter(None, [words.moment(meta.started), words.duration(run.seconds)]))
    asked = [_model(name, about) for name, about in meta.models.items()]
    models = "; ".join([*asked, *filter(None, [unasked(run)])])
    prompts = ((name, about.fingerprint, "") for name, about in meta.prompts.items())
    critics = (
        (name, about.fingerprint, f" ({_critic(about)})") for name, about in meta.critics.items()
    )
    return [
        ("Run", [(run.id, True), (f", {when}", False)]),
        ("Prompts", _listed(prompts)),
        *_preparations(run),
        ("Models", [(models, False)]),
        ("Critics", _listed(critics)),
        ("Examples", _examples(run)),
    ]


def _examples(run: Run) -> Words:
    dataset, answers = run.meta.dataset, words.count(run.meta.repeats, "answer")
    many = f", {words.count(dataset.n, 'example')}, {answers} to each"
    return [(f"{dataset.name} ", False), (dataset.fingerprint, True), (many, False)]


def _listed(named: Iterable[tuple[str, str, str]]) -> Words:
    texts: Words = []
    for name, mark, more in named:
        texts += [(f"{', ' if texts else ''}{name} ", False), (mark, True), (more, False)]
    return texts


def _model(name: str, about: ModelFacts) -> str:
    parameters = [f"{key} {value}" for key, value in about.parameters.items()]
    return ", ".join([f"{name}: {about.id} at {about.endpoint}", *parameters])


def _critic(about: CriticFacts) -> str:
    low, high = about.scale.low, about.scale.high
    model = model_id(about)
    return f"{about.kind}, {low:g} to {high:g}" + (f", by {model}" if model else "")


def _code_state(run: Run) -> Words:
    """Versions, and the revision where the project is one of git."""
    versions = ", ".join(f"{name} {number}" for name, number in run.meta.versions.items())
    git = run.meta.git
    if not git:
        return [(versions, False)]
    revision = git.removesuffix("-dirty")
    state = ", no uncommitted change" if revision == git else " with uncommitted changes"
    return [(versions, False), (f", git {revision}{state}", False)]


def _decided(choice: Comparison) -> list[Fact]:
    margin, many = words.whole_points(choice.margin), len(choice.differences)
    over = f" over {'both' if many == 2 else f'all {many}'} comparisons" if many > 1 else ""
    decision = f"by {choice.judge}, {words.surely(choice.level)}{over}, margin {margin} points"
    first = choice.looks == 1
    at = "these examples" if first else "these examples as they grew"
    number = f"look {choice.looks}" if choice.looks else "no look yet"
    look = f"{'first look' if first else number} at {at}"
    tried = words.count(len(choice.variants), "variant")
    return [
        ("Decision", [(decision, False)]),
        *_labels(choice),
        ("Looks", [(f"{look}; {tried} tried on them", False)]),
        ("Decision file", [("decision.json ", False), (fingerprint(choice.decision()), True)]),
    ]


def _labels(choice: Comparison) -> list[Fact]:
    people = Subject(choice).people
    if not people.answers:
        return []
    examples, answers = words.count(people.examples, "example"), people.answers
    given = f"{examples}, {words.count(answers, 'answer')}, by {words.listed(people.raters)}"
    return [("Labels", [(given, False)])]


def _prompts(run: Run) -> list[dict[str, str]]:
    """The prompts' files, and those of the critics that have one."""
    shown = [
        {"name": name, "fingerprint": about.fingerprint, "text": about.text}
        for name, about in run.meta.prompts.items()
        if about.text
    ]
    for critic in run.critics:
        if prompt := getattr(critic, "prompt", None):
            name, mark = f"Prompt of critic {critic.name}", prompt.fingerprint
            shown.append({"name": name, "fingerprint": mark, "text": prompt.text})
    return shown


def _preparations(run: Run) -> list[Fact]:
    """What prompts do to inputs before they read them, prompts of one preparation together."""
    prepared: dict[str, list[str]] = {}
    for prompt in run.prompts:
        if prompt.preparation:
            prepared.setdefault(prompt.preparation.sentence, []).append(prompt.name)
    said = [f"{words.listed(names)}: {sentence}" for sentence, names in prepared.items()]
    return [("Prepared", [(" ".join(said), False)])] if said else []


def _differences(run: Run, choice: Comparison) -> list[tuple[str, str, int, int, Html]]:
    """Line by line, the baseline's prompt against every other, best first."""
    texts = {name: about.text for name, about in run.meta.prompts.items()}
    old = next(variant.prompt for variant in choice.variants if variant.name == choice.baseline)
    others = dict.fromkeys(variant.prompt for variant in choice.variants if variant.prompt != old)
    known = [new for new in others if texts[old] and texts[new]]  # rows of elsewhere have none
    return [(old, new, *by_line(texts[old], texts[new])) for new in known]
