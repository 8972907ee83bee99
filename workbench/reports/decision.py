"""The page's first part: what was asked, and the decision in words."""

import math
from typing import Any

from workbench.comparison import Comparison, Difference
from workbench.reports.frame import render
from workbench.reports.subject import Subject
from workbench.runs.meta import CriticFacts, RunMeta
from workbench.views import words
from workbench.views.markup import Html, html

MOST_OTHERS = 5  # challengers beside the winner whose decision stands on top


def title_of(subject: Subject) -> str:
    """The question, for someone who was not there."""
    dataset = subject.run.meta.dataset.name
    prompts, models = subject.run.meta.prompts, subject.run.meta.models
    if len(prompts) == 1 and len(models) > 1:
        return f"Which model should answer {dataset}?"
    if len(models) > 1:
        return f"Which {dataset} prompt should ship, and on which model?"
    return f"Which {dataset} prompt should ship?"


def lede(subject: Subject) -> str:
    """Who answered what, and who judged it."""
    run, choice = subject.run, subject.choice
    names, dataset = sorted(subject.variants), run.meta.dataset
    said = [
        f"{words.numbered(len(names), 'variant')} of the {dataset.name} prompt, {words.listed(names)}, answered "
        f"{'the same ' if dataset.n > 1 else ''}{words.count(dataset.n, 'example')} on {model_names(run.meta)}.",
        f"A critic, {choice.critic}, judged {_judged(subject)}{_kind(subject.critic)}.",
    ]
    if unsent := run.counts.get("unsent", 0):
        said.insert(
            1,
            f"The run ended early: {unsent:,} of {run.counts['rows']:,} answers were not asked for.",
        )
    if choice.gold:
        said.append(
            f"A check in code, {choice.gold.check}, knows the right answers: the critic is held against it."
        )
    if subject.corrected:
        examples = words.count(subject.people.examples, "example")
        said.append(
            f"{_raters(subject)} judged a random {examples}, and the critic’s scores are corrected by them."
        )
    return " ".join(said)


def model_names(meta: RunMeta) -> str:
    """The models of a run, with the ids that their endpoints know them by."""
    shown = [
        name if name == about.id else f"{name} ({about.id})" for name, about in meta.models.items()
    ]
    return words.listed(shown)


def _judged(subject: Subject) -> str:
    """How much of the run the critic judged."""
    scored = sum(variant.scored for variant in subject.choice.variants)
    if not scored:
        return "no answer"
    return "every answer" if scored == subject.run.counts["rows"] else f"{scored:,} answers"


def _kind(critic: CriticFacts) -> str:
    scale = critic.scale
    kinds = {
        "rating": f", with a rating from {scale.low:g} to {scale.high:g}",
        "yes/no": " with yes or no",
    }
    return kinds.get(critic.kind, "")


def _raters(subject: Subject) -> str:
    people = len(subject.people.raters)
    return "One person" if people == 1 else words.numbered(people, "rater")


def decision(subject: Subject) -> Html:
    """The decision section."""
    choice = subject.choice
    return render(
        "decision.html",
        sentence=strong_start(choice.sentence),
        others=[strong_start(sentence) for sentence in _others(choice)],
        alarms=_alarms(subject),
        lists=[
            ("How sure", how_sure(subject)),
            ("What it cost to know", what_it_cost(subject)),
            ("What could change it", what_could_change(subject)),
        ],
        next_step=next_step(subject),
    )


def _others(choice: Comparison) -> list[str]:
    """What was decided of the other challengers, the first few in full."""
    said = [each.sentence for each in choice.others]
    left = len(said) - MOST_OTHERS
    return (
        said
        if left <= 0
        else [*said[:MOST_OTHERS], f"{words.numbered(left, 'other')}: see the leaderboard."]
    )


def strong_start(sentence: str) -> Html:
    """The sentence with its first words, up to a colon or full stop, in bold."""
    ends = [place for end in (": ", ". ") if 0 < (place := sentence.find(end)) < 80]
    cut = min(ends) + 1 if ends else 0
    return html("<b>{}</b>{}", sentence[:cut], sentence[cut:]) if cut else html("{}", sentence)


def _alarms(subject: Subject) -> list[dict[str, Any]]:
    """Slices that got worse while the mean did not: what to look at first."""
    found = []
    for part in subject.choice.slices:
        if part.alarm:
            by = -subject.scale.difference(part.interval)
            found.append(
                {
                    "tag": part.tag,
                    "value": part.value,
                    "challenger": part.challenger,
                    "behind": by.estimate,
                    "low": by.low,
                    "high": by.high,
                    "baseline": subject.choice.baseline,
                }
            )
    return found


def how_sure(subject: Subject) -> list[str]:
    """What speaks for and against trusting the decision."""
    choice, focus = subject.choice, subject.focus
    said = []
    if subject.is_ignorant and choice.gold:
        said.append("Not at all by this critic: it cannot tell right answers from wrong ones.")
        best_first = sorted(choice.gold.differences, key=lambda each: -each.interval.estimate)
        said += [
            _by_check(choice.gold.check, each)
            for each in best_first
            if not math.isnan(each.interval.estimate)
        ]
    elif focus and focus.pairs:
        said += _paired(subject, focus)
    elsewhere = ("gold", "slice behind")  # in the critic's section, and above
    return said + [note.text for note in choice.notes if note.kind not in elsewhere]


def _by_check(check: str, found: Difference) -> str:
    """A difference as the check with known answers has it, on its scale from 0 to 1."""
    by, low, high = found.interval
    where = "above" if by >= 0 else "below"
    between = words.between(*((low, high) if by >= 0 else (-high, -low)))
    return f"By {check}, {found.challenger} stands {words.points(abs(by))} points {where} {found.baseline} ({between})."


def _paired(subject: Subject, focus: Difference) -> list[str]:
    """The difference to the baseline: how it was counted, with failures, and example by example."""
    many, name = len(subject.choice.differences), focus.challenger
    every = "both" if many == 2 else f"all {many}"
    p = f" ({words.p_value(focus.p_value)})" if words.p_value(focus.p_value) else ""
    counted = (
        f"The intervals hold for {every} comparisons at once"
        if many > 1
        else "One comparison was made"
    )
    if not subject.own_failures(name, focus.baseline):
        failures = f"No answer of {name} or {focus.baseline} was malformed, truncated or filtered."
    else:
        bottom = subject.scale.difference(focus.bottom)
        failures = (
            "With malformed, truncated and filtered answers counted as wrong the difference is "
            f"{words.points(bottom.estimate)} points ({words.between(bottom.low, bottom.high)})."
        )
    return [f"{counted}{p}.", failures, _outcomes(subject, name, focus.baseline)]


def _outcomes(subject: Subject, name: str, baseline: str) -> str:
    """The examples won and lost."""
    won, lost, same = subject.outcomes(name)
    higher, lower, _ = subject.outcomes(name, by_score=True)
    if won or lost or not (higher or lower):
        return (
            f"By the critic’s word, {name} won {words.count(won, 'example')} against {baseline} and lost {lost:,}; "
            f"the other {same:,} came out the same."
        )
    return (
        f"The critic’s yes or no is the same for both on every example. By its score, {name} stands higher on "
        f"{words.count(higher, 'example')} and lower on {lower:,}."
    )


def what_it_cost(subject: Subject) -> list[str]:
    """Money, calls, time and people."""
    said = [spent(subject.run), calls_made(subject.run)]
    if subject.people.answers:
        examples, answers = (
            words.count(n, noun)
            for n, noun in (
                (subject.people.examples, "example"),
                (subject.people.answers, "answer"),
            )
        )
        said.append(f"{_raters(subject)}, {examples}, {answers} judged.")
    return said


def spent(run: Any) -> str:
    """What a run spent, in words."""
    if math.isnan(run.cost):
        return "Money: not known, for models.yaml names no price for a model of this run."
    budget = f"of a {words.money(run.budget)} budget" if run.budget else "for the run"
    return f"{words.money(run.cost)} {budget}." if run.cost else "No money was spent."


def calls_made(run: Any) -> str:
    """Calls, time, and what the store gave."""
    counts = run.counts
    stored = (
        f"{words.count(counts['cached'], 'answer')} came from the store" if counts["cached"] else ""
    )
    if not counts["calls"]:
        return f"No call: {stored}." if stored else "No call."
    calls = f"{words.count(counts['calls'], 'call')} in {words.duration(run.seconds)}"
    return f"{calls}; {stored}." if stored else f"{calls}."


def what_could_change(subject: Subject) -> list[str]:
    """What is known to bear on the decision and was not settled."""
    choice, focus = subject.choice, subject.focus
    said = [
        f"More {p.tag} {p.value} than here: {p.challenger} loses there."
        for p in choice.slices
        if p.alarm
    ]
    if focus and focus.more_examples:
        what = "labelled examples" if focus.corrected else "examples"
        said.append(
            f"More {what}: about {focus.more_examples:,} more would narrow the interval to the margin."
        )
    if not subject.people.answers and not choice.gold:
        said.append(
            "Labels: nobody has checked the critic, and its scores may stand too high or too low."
        )
    elif focus and focus.corrected:
        half = words.points(subject.scale.difference(focus.interval).half_width)
        said.append(
            f"More labels: on {words.count(subject.people.examples, 'example')} the interval is ±{half} points."
        )
    if subject.is_ignorant:
        said.append("Another critic: one that knows the task may say anything.")
    said.append(
        f"Another model: this holds for {words.listed([m.id for m in subject.run.meta.models.values()])}."
    )
    if choice.looks == 1:
        said.append(
            "Another look: this was the first at these examples; a later one must pay for looking twice."
        )
    return said


def next_step(subject: Subject) -> str:
    """What to do now, where the data say it; empty where they do not."""
    step = subject.choice.next_step
    return step.text if step else ""
