"""The page's first part: what was asked, and the decision in words."""

import math
from typing import Any

from workbench.comparison import Comparison, Difference
from workbench.comparison.sentences import rest
from workbench.datasets.splitting import whole_name
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html, unbroken
from workbench.runs.meta import CriticFacts, RunMeta
from workbench.sections.subject import Subject

MOST_NAMED = 6  # variants or prompts that are named in a page's first sentence
MOST_OTHERS = 5  # challengers beside the winner whose decision stands on top


def title_of(subject: Subject) -> str:
    """The question, for someone who was not there."""
    dataset = whole_name(subject.run.meta.dataset.name)
    prompts, models = subject.run.meta.prompts, subject.run.meta.models
    if len(prompts) == 1 and len(models) > 1:
        return f"Which model should answer {dataset}?"
    if len(models) > 1:
        return f"Which {dataset} prompt should ship, and on which model?"
    return f"Which {dataset} prompt should ship?"


def lede(subject: Subject) -> str:
    """Who answered what, and who judged it."""
    judged = f"{_judged(subject)}{_kind(subject.critic)}"
    what = "critic" if subject.critic.asks else "check in code"
    critic = f"A {what}, {subject.choice.critic}, judged {judged}."
    return " ".join([_answered(subject), *_ended_early(subject), critic, *_checked(subject)])


def _answered(subject: Subject) -> str:
    dataset, count = subject.run.meta.dataset, len(subject.variants)
    same = "the same " if dataset.n > 1 else ""
    examples = f"{same}{words.count(dataset.n, 'example')} on {model_names(subject.run.meta)}"
    variants = f"{words.numbered(count, 'variant')} of the {whole_name(dataset.name)} prompt"
    named = f", {_named(subject)}," if count <= MOST_NAMED else ""
    return f"{variants}{named} answered {examples}."


def _named(subject: Subject) -> str:
    """The variants by name; the prompts alone where each was asked of each of several models."""
    meta, names = subject.run.meta, sorted(subject.variants)
    is_crossed = len(meta.models) > 1 and len(names) == len(meta.prompts) * len(meta.models)
    if is_crossed:
        return f"{words.listed(sorted(meta.prompts))} on each model"
    return words.listed(names)


def _ended_early(subject: Subject) -> list[str]:
    counts = subject.run.counts
    if not (unsent := counts.get("unsent", 0)):
        return []
    of = f"{unsent:,} of {counts['rows']:,} answers"
    if subject.run.unread:
        return [f"What was read is not whole: {of} are not in it."]
    asked = f"{of} were not asked for"
    return [f"The run ended early: {asked}."]


def _checked(subject: Subject) -> list[str]:
    """What the critic is held against."""
    text, gold = [], subject.choice.gold
    if gold:
        decides = "knows the right answers, and decides; the critic is held against it"
        asked = "knows the right answers: the critic is held against it"
        knows = decides if subject.choice.decided_by == "gold" else asked
        text.append(f"A check in code, {gold.check}, {knows}.")
    if subject.corrected:
        examples = words.count(subject.people.examples, "example")
        corrected = "and the critic’s scores are corrected by them"
        text.append(f"{_raters(subject)} judged a random {examples}, {corrected}.")
    return text


def model_names(meta: RunMeta) -> str:
    """The models of a run, with the ids that their endpoints know them by."""
    shown = [
        name if name == about.id else f"{name} ({about.id})" for name, about in meta.models.items()
    ]
    return words.listed(shown)


def _judged(subject: Subject) -> str:
    """How much of the run the critic judged."""
    scores = subject.run.columns[subject.choice.critic]
    scored = sum(not math.isnan(score) for score in scores)
    if not scored:
        return "no answer"
    rows = subject.run.counts["rows"]
    return "every answer" if scored == rows else f"{scored:,} of {rows:,} answers"


def _kind(critic: CriticFacts) -> str:
    low, high = critic.scale.low, critic.scale.high
    kinds = {"rating": f", with a rating from {low:g} to {high:g}", "yes/no": " with yes or no"}
    return kinds.get(critic.kind, "")


def _raters(subject: Subject) -> str:
    people = len(subject.people.raters)
    return "One person" if people == 1 else words.numbered(people, "rater")


def decision(subject: Subject) -> Html:
    """The decision section."""
    return render(
        "sections/decision.html",
        decided=decided(subject, linked=True),
        lists=[
            ("How sure", how_sure(subject)),
            ("What it cost to know", what_it_cost(subject)),
            ("What could change it", what_could_change(subject)),
        ],
        next_step=subject.choice.next_step,
    )


def decided(subject: Subject, *, linked: bool = False) -> Html:
    """The decision in words, and the slices that got worse while the mean did not."""
    choice = subject.choice
    alarms = [part for part in choice.slices if part.alarm]
    return render(
        "sections/decided.html",
        sentence=strong_start(choice.sentence),
        others=[strong_start(sentence) for sentence in _others(choice)],
        alarms=[(part, -subject.scale.turned(part.interval)) for part in alarms],
        baseline=choice.baseline,
        judge=choice.judge_in_words,
        linked=linked,
    )


def _others(choice: Comparison) -> list[str]:
    """What was decided of the other challengers, the first few in full."""
    rest = choice.others
    left = len(rest) - MOST_OTHERS
    more = [f"{words.numbered(left, 'other')}: see the leaderboard."] if left > 0 else []
    return [*(each.sentence for each in rest[:MOST_OTHERS]), *more]


def strong_start(sentence: str) -> Html:
    """The sentence with its first words, up to a colon or full stop, in bold; a short one whole."""
    ends = [at for end in (": ", ". ") if 0 < (at := f"{sentence} ".find(end)) < 80]
    cut = min(ends) + 1 if ends else 0
    first, rest = unbroken(sentence[:cut]), unbroken(sentence[cut:])
    return html("<b>{}</b>{}", first, rest) if cut else rest


def how_sure(subject: Subject) -> list[str]:
    """What speaks for and against trusting the decision."""
    choice, focus = subject.choice, subject.focus
    text = []
    if subject.is_ignorant and choice.gold:
        text.append("Not at all by this critic: it cannot tell right answers from wrong ones.")
        best_first = sorted(choice.gold.differences, key=lambda each: -each.interval.estimate)
        known = [each for each in best_first if not math.isnan(each.interval.estimate)]
        text += [_by_check(choice.gold.check, each) for each in known]
    elif focus and focus.pairs:
        text += _paired(subject, focus)
    elsewhere = ("gold", "gold decides", "slice behind")  # with the critic, and above
    notes = [note.text for note in choice.notes if note.kind not in elsewhere]
    guarded = [f"{each.variant} {each.text}" for each in choice.ship.guardrails if each.holds]
    return [*text, *guarded, choice.why, *notes]


def _by_check(check: str, found: Difference) -> str:
    """A difference as the check with known answers has it, on its scale from 0 to 1."""
    above = found.interval.estimate >= 0
    by, low, high = found.interval if above else -found.interval
    between = words.between(low, high)
    where = f"{words.points(by)} points {'above' if above else 'below'} {found.baseline}"
    return f"By {check}, {found.challenger} stands {where} ({between})."


def _paired(subject: Subject, focus: Difference) -> list[str]:
    """The difference to the baseline: how it was counted, with failures, example by example."""
    many, name = len(subject.choice.differences), focus.challenger
    every = "both" if many == 2 else f"all {many}"
    p = f" ({words.p_value(focus.p_value)})" if words.p_value(focus.p_value) else ""
    at_once = f"The intervals hold for {every} comparisons at once"
    counted = at_once if many > 1 else "One comparison was made"
    failures = f"No answer of {name} or {focus.baseline} was malformed, truncated or filtered."
    if subject.own_failures(name, focus.baseline):
        worst = subject.scale.turned(focus.bottom)
        by = f"{words.points(worst.estimate)} points ({words.between(worst.low, worst.high)})"
        counted_wrong = "With malformed, truncated and filtered answers counted as wrong"
        failures = f"{counted_wrong} the difference is {by}."
    return [f"{counted}{p}.", failures, _outcomes(subject, name, focus.baseline)]


def _outcomes(subject: Subject, name: str, baseline: str) -> str:
    """The examples won and lost."""
    won, lost, same = subject.outcomes(name)
    higher, lower, _ = subject.outcomes(name, by_score=True)
    if won or lost or not (higher or lower):
        against = f"{name} won {words.count(won, 'example')} against {baseline} and lost {lost:,}"
        whose = f"{subject.choice.judge_in_words}’s word"
        others = f"the other {same:,}" if same else "none"
        return f"By {whose}, {against}; {others} came out the same."
    stands = f"{name} stands higher on {words.count(higher, 'example')} and lower on {lower:,}"
    return f"The critic’s yes or no is the same for both on every example. By its score, {stands}."


def what_it_cost(subject: Subject) -> list[str]:
    """Money, calls, time and people."""
    text = [spent(subject.run), calls_made(subject.run)]
    if subject.people.answers:
        examples = words.count(subject.people.examples, "example")
        answers = words.count(subject.people.answers, "answer")
        text.append(f"{_raters(subject)}, {examples}, {answers} judged.")
    return text


def spent(run: Any) -> str:
    """What a run spent, in words."""
    if math.isnan(run.cost) and any(each.price for each in run.meta.models.values()):
        rows = words.count(run.unpriced, "row")
        return f"Money: not known, for the endpoint did not say what {rows} took."
    if math.isnan(run.cost):
        return "Money: not known, for models.yaml names no price for a model of this run."
    budget = f"of a {words.money(run.budget)} budget" if run.budget else "for the run"
    known = f"{words.money(run.cost)} {budget}"
    if run.unpriced:
        return f"{known}, plus {words.count(run.unpriced, 'row')} unknown."
    return f"{known}." if run.cost else "No money was spent."


def calls_made(run: Any) -> str:
    """Calls, time, and what the store gave."""
    counts = run.counts
    stored = f"the store answered {counts['cached']:,}" if counts["cached"] else ""
    if not counts["calls"]:
        return f"No call: {stored}." if stored else "No call."
    calls = f"{words.count(counts['calls'], 'call')} in {words.duration(run.seconds)}"
    return f"{calls}; {stored} more." if stored else f"{calls}."


def what_could_change(subject: Subject) -> list[str]:
    """What is known to bear on the decision and was not settled."""
    choice = subject.choice
    alarms = [part for part in choice.slices if part.alarm]
    text = [
        f"More {part.tag} {part.value} than here: {part.challenger} loses there." for part in alarms
    ]
    text += _more(subject)
    if subject.is_ignorant:
        text.append("Another critic: one that knows the task may say anything.")
    models = words.listed([model.id for model in subject.run.meta.models.values()])
    text.append(f"Another model: this holds for {models}.")
    if choice.looks == 1:
        later = "a later one must pay for looking twice"
        text.append(f"Another look: this was the first at these examples; {later}.")
    return text


def _more(subject: Subject) -> list[str]:
    """What more examples and labels would do."""
    focus, text = subject.focus, []
    if focus and focus.more_examples:
        what = "labelled examples" if focus.corrected else "examples"
        narrows = "more could narrow the interval to the margin"
        text.append(f"More {what}: about {focus.more_examples:,} {narrows}.{rest(focus)}")
    if not subject.people.answers and not subject.choice.gold and subject.critic.asks:
        unchecked = "nobody has checked the critic, and its scores may stand too high or too low"
        text.append(f"Labels: {unchecked}.")
    elif focus and focus.corrected:
        half = words.points(subject.scale.turned(focus.interval).half_width)
        examples = words.count(subject.people.examples, "example")
        text.append(f"More labels: on {examples} the interval is ±{half} points.")
    return text
