"""compare: every challenger against the baseline, paired by example, with all intervals holding at
once.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.arguments import expect
from workbench.comparison import sentences
from workbench.comparison.differences import decide_all, first_missing, pairs_of
from workbench.comparison.evidence import LABELS_DECIDE, Evidence, Rules, gather
from workbench.comparison.holding import Claiming
from workbench.comparison.latency import answer_seconds
from workbench.comparison.looking import content_of, keep_said, remember, with_look
from workbench.comparison.notes import notes
from workbench.comparison.result import (
    Comparison,
    Decider,
    Difference,
    Gold,
    PairDifference,
    Variant,
)
from workbench.comparison.schedule import FEWEST_ROWS
from workbench.comparison.scores import NOTHING, Labels, Scores, mean_scores, read_scores
from workbench.comparison.shipping import Prefer, at_the_top, check_wishes, to_ship, winner
from workbench.comparison.slices import compare_slices
from workbench.comparison.steps import next_step
from workbench.errors import TooFewLabels
from workbench.files import canonical
from workbench.runs import Run
from workbench.runs.beside import TwoRuns, beside
from workbench.runs.seen import variant_identities
from workbench.stats.intervals import Codes, Floats, Interval
from workbench.stats.paired import decide
from workbench.stats.quantiles import quantile_interval
from workbench.stats.reliability import agreement, auc
from workbench.stats.sequential import confidence_sequence

CLAIMS = ("better", "worse", "tie")
SUCH = {"critic": "helpful", "baseline": "v1", "gold": "exact"}
MADE = "give the run that `await wb.run(...)` made, or wb.load_run()"


def compare(
    run: Run,
    critic: str,
    *,
    baseline: str = "",
    against: Run | None = None,
    margin: float = 0.05,
    level: float = 0.95,
    coverage: float = 0.8,
    cluster: str | None = None,
    gold: str | None = None,
    guardrails: Mapping[str, float] | None = None,
    prefer: Prefer = "best",
    labels: bool = True,
    labels_decide: int = LABELS_DECIDE,
    looks: int | Sequence[int] | None = None,
) -> Comparison:
    """Compare all variants of a run with `baseline`, and say which prompt to ship.

    Writes to the run's store that these examples were looked at: a later look pays for the earlier
    ones; `looks` plans them before the first: 1, or numbers of examples, such as (50, 100, 200). On
    rows that are held back (`examples.split`) it is a claim: one word. `against` is another run,
    whose variant `baseline` joins this one's (`runs.beside`): that explores, and claims nothing.
    Who decides: `gold`, a check of the run that knows the right answer, where it covers 80 % of the
    judged rows; else people, from `labels_decide` pairs that they labelled for `critic` (30 or
    more; with `labels=False` never); else the critic, whose opinion others may block. `margin` is a
    share of the scale. `level` holds for all challengers at once. With less than the share
    `coverage` of examples scored, a challenger is inconclusive. `cluster` names a tag that groups
    examples. `guardrails` are criteria (critics, "cost", "tokens", "seconds") with the share by
    which what ships may be worse. `prefer` says which of several better ones ships.
    """
    expect(run, Run, "what is compared", MADE)
    _expect_names(critic=critic, baseline=baseline, gold=gold or "")
    run = beside(run, against, critic, baseline) if against else run
    settings = {
        "baseline": _baseline(run, baseline), "margin": margin, "level": level, "looks": looks,
        "coverage": coverage, "cluster": cluster, "gold": gold, "prefer": prefer,
        "guardrails": dict(guardrails or {}), "labels": labels, "labels_decide": labels_decide,
    }  # fmt: skip
    return replace(_by_kind(run, critic, settings), settings=settings)


def _expect_names(**names: object) -> None:
    for what, name in names.items():
        expect(name, str, what, f"give its name, such as {what}={SUCH[what]!r}")


def _baseline(run: Run, baseline: str) -> str:
    """The variant to beat: a run beside another has one already."""
    if isinstance(run, TwoRuns):
        return run.baseline
    if not baseline:
        raise TypeError("compare needs baseline=, the variant to beat")
    return baseline


def _by_kind(run: Run, critic: str, settings: Mapping[str, Any]) -> Comparison:
    """The comparison, in the way that its rows allow, kept with its run."""
    check_wishes(run, settings["guardrails"], settings["prefer"])
    margin, level, coverage = (settings[name] for name in ("margin", "level", "coverage"))
    people = settings["labels_decide"] if settings["labels"] else math.inf
    rules = Rules.uncounted(margin, level, coverage, people)
    if isinstance(run, TwoRuns):
        return _exploring(run, critic, rules, settings)
    compared = _on_held_rows if run.held else _in_the_open
    choice = compared(run, critic, rules, settings)
    keep_said(choice)
    return choice


def _exploring(run: TwoRuns, critic: str, rules: Rules, settings: Mapping[str, Any]) -> Comparison:
    """What two runs show, which claims nothing."""
    rules = replace(rules, look=replace(rules.look, kind="two runs"))
    evidence, known = _judged(run, critic, rules, settings)
    return _concluded(_shipping(run, critic, evidence, known, settings), evidence)


def compare_unseen(run: Run, like: Comparison) -> Comparison:
    """The figures and words of `like` on another run, as nobody's look: for a gate, which counts
    its own and sends nobody a sentence of these.
    """
    kept = ("margin", "level", "coverage", "labels_decide")
    rules = Rules.uncounted(*(like.settings[name] for name in kept))
    evidence, known = _judged(run, like.critic, rules, like.settings)
    return replace(_compared(run, like.critic, evidence, known), settings=like.settings)


def _in_the_open(run: Run, critic: str, rules: Rules, settings: Mapping[str, Any]) -> Comparison:
    evidence, known = _judged(run, critic, rules, settings)
    evidence = with_look(run, evidence, settings["looks"])
    choice = _shipping(run, critic, evidence, known, settings)
    _remember(run, evidence, choice)
    return _concluded(choice, evidence)


def _on_held_rows(run: Run, critic: str, rules: Rules, settings: Mapping[str, Any]) -> Comparison:
    """One word for each challenger: see `holding`."""

    def decided(part: Run, tail: float) -> Comparison:
        claimed = replace(rules, look=replace(rules.look, kind="held", tail=tail))
        return _shipping(part, critic, *_judged(part, critic, claimed, settings), settings)

    whole, _ = _judged(run, critic, rules, settings)
    content = content_of(run, whole)
    wishes = f"{content.rules} {canonical([settings['guardrails'], settings['prefer']]).decode()}"
    return Claiming(run, critic, whole, replace(content, rules=wishes)).claim(decided)


def _judged(
    run: Run, critic: str, rules: Rules, settings: Mapping[str, Any]
) -> tuple[Evidence, Gold | None]:
    """What a decision stands on, and what right answers say of the critic."""
    gold = settings["gold"]
    named = {"cluster": settings["cluster"], "gold": gold}
    evidence = gather(run, critic, settings["baseline"], rules, **named)
    known = judge_by_gold(run, gold, evidence) if gold else None
    return _warned(replace(evidence, examples=run.examples), known), known


def _shipping(
    run: Run, critic: str, evidence: Evidence, known: Gold | None, settings: Mapping[str, Any]
) -> Comparison:
    """The words, and what ships on them."""
    choice = _compared(run, critic, evidence, known)
    ship = to_ship(choice, evidence, settings["prefer"], settings["guardrails"])
    return replace(choice, ship=ship)


def _warned(evidence: Evidence, known: Gold | None) -> Evidence:
    """With the check, where too few right answers show that the critic knows nothing of them."""
    if known is None or evidence.gold or known.agreement.count < FEWEST_ROWS:
        return evidence
    shown = known.ignorant and not math.isnan(known.auc.estimate)
    return replace(evidence, ignorant=known.check) if shown else evidence


def judge_by_gold(run: Run, check: str, evidence: Evidence) -> Gold:
    """What `check` says of the critic behind the scores, and of the variants themselves."""
    critic, known, rules = evidence.scores, read_scores(run, check), evidence.rules
    right, score, examples = _judged_by_both(known, critic)
    rates = mean_scores(known, rules.level, rules.groups)
    area = auc(right, critic.scale.upward(score), level=rules.level, clusters=examples)
    found = agreement(right, critic.scale.passes(score))
    return Gold(
        check=check,
        agreement=found,
        auc=area,
        knows=bool(area.low > 0.5),
        rates={key.name: rate for key, rate in zip(known.variants, rates, strict=True)},
        differences=_by_check(evidence, check, known),
        sentence=sentences.gold(check, found, area, rules.level),
    )


def _by_check(evidence: Evidence, check: str, known: Scores) -> tuple[Difference, ...]:
    """What the differences are by a check alone."""
    alone = {"labels": Labels.none(known), "gold": known, "known": None}
    by_check = replace(evidence, scores=known, judge=check, **alone)
    found = decide_all(by_check).values()
    return tuple(_in_words(by_check, each, math.nan) for each in found)


def _judged_by_both(known: Scores, critic: Scores) -> tuple[Floats, Floats, Codes]:
    """Of the rows that both judged: right (1) or not, the critic's score, the example."""
    truth, score = known.score.ravel(), critic.score.ravel()
    both = ~np.isnan(truth + score)
    examples = np.broadcast_to(np.arange(known.score.shape[1])[:, None], known.score.shape)
    right = known.scale.passes(truth[both]).astype(float)
    return right, score[both], examples.ravel()[both]


def _compared(run: Run, critic: str, evidence: Evidence, known: Gold | None) -> Comparison:
    """Figures and words, before what is said of them."""
    scores, rules = evidence.deciding, evidence.rules
    variants = _ranked(run, evidence)
    differences = _differences(evidence, variants)
    baseline = scores.name(evidence.base)
    pairs = tuple(
        PairDifference(scores.name(a), scores.name(b), scores.scale.of_turned(interval))
        for (a, b), interval in pairs_of(evidence).items()
    )
    return Comparison(
        run=run,
        critic=critic,
        baseline=baseline,
        margin=rules.margin,
        level=rules.level,
        scale=scores.scale,
        critic_scale=evidence.scores.scale,
        variants=variants,
        differences=differences,
        slices=compare_slices(run, evidence),
        top_set=at_the_top(evidence, variants, differences, pairs),
        winner=winner(differences, baseline),
        looks=rules.look.number,
        gold=known,
        decided_by=_decider(differences),
        pairs=pairs,
        ledger=rules.look.ledger,
        planned=rules.look.planned,
    )


def _decider(differences: Sequence[Difference]) -> Decider:
    """Who decides on all challengers; the critic where not all have the same."""
    same = len({each.decided_by for each in differences}) == 1
    return differences[0].decided_by if same else "critic"


def _concluded(choice: Comparison, evidence: Evidence) -> Comparison:
    """The comparison with its notes, its next step and its one sentence."""
    return replace(
        choice,
        notes=tuple(notes(choice, evidence)),
        next_step=next_step(choice, evidence.labels.examples),
        why=sentences.why(choice, evidence.rules.look, evidence.among),
        sentence=sentences.overall(choice),
    )


def compare_so_far(
    run: Run, critic: str, *, margin: float
) -> tuple[tuple[Variant, ...], tuple[Difference, ...]]:
    """The variants of a run that goes on and their differences to the first, by the critic alone.

    The intervals of differences are those of a confidence sequence on the scale's known ends: they
    hold however often one looks, each for itself; no look is kept.
    """
    scores = read_scores(run, critic)
    rules = Rules.uncounted(margin, level=0.95, coverage=0.0)
    evidence = Evidence(scores, Labels.none(scores), rules, 0, variant_identities(run), critic)
    variants = tuple(describe(run, evidence, v) for v in range(len(scores.variants)))
    found = decide_all(evidence).items()
    return variants, tuple(_running(evidence, c, each) for c, each in found)


def _running(evidence: Evidence, challenger: int, found: Difference) -> Difference:
    """A difference with limits that hold at every look."""
    rows = evidence.with_failures[challenger]
    rows, scale = rows[~np.isnan(rows)], evidence.scores.scale
    if not len(rows):
        return replace(found, interval=NOTHING, decision="inconclusive", cause="no common score")
    alpha = (1 - evidence.rules.level) / evidence.among
    low, high = confidence_sequence(rows, alpha=alpha, bounds=(-1, 1))
    by = Interval(float(rows.mean()), float(low[-1]), float(high[-1]))
    word = decide(by, evidence.rules.margin)
    return replace(found, interval=scale.of_turned(by), decision=word.value, cause="wide interval")


def _ranked(run: Run, evidence: Evidence) -> tuple[Variant, ...]:
    """Best first; those without a score last."""
    scale = evidence.deciding.scale
    variants = [describe(run, evidence, v) for v in range(len(evidence.scores.variants))]

    def rank(variant: Variant) -> float:
        score = variant.score.estimate
        return math.inf if math.isnan(score) else -scale.upward(score)

    return tuple(sorted(variants, key=rank))


def _differences(evidence: Evidence, variants: Sequence[Variant]) -> tuple[Difference, ...]:
    """Every challenger against the baseline, best challenger first, in words."""
    index = {name: v for v, (name, _, _) in enumerate(evidence.scores.variants)}
    found = decide_all(evidence)
    return tuple(
        _in_words(evidence, found[index[variant.name]], variant.cost_per_1000 / 1000)
        for variant in variants
        if index[variant.name] in found
    )


def _in_words(evidence: Evidence, found: Difference, dollars: float) -> Difference:
    """With its sentence; `dollars` is what one more example costs."""
    scores, rules = evidence.deciding, evidence.rules
    why = first_missing(scores, scores.index(found.challenger), evidence.base)
    text = sentences.difference(found, scores.scale, rules.level, rules.margin, dollars, why)
    if found.cause == "wide interval" and rules.groups is not None and rules.cluster:
        text += sentences.more_groups(len(set(rules.groups.tolist())), rules.cluster)
    return replace(found, sentence=text)


def describe(run: Run, evidence: Evidence, v: int) -> Variant:
    """One variant's own figures."""
    scores = evidence.scores
    name, prompt, model = scores.variants[v]
    rows = scores.row[v][scores.row[v] >= 0].tolist()
    score, own, corrected = _mean_scores(evidence, v)
    median, p95 = _seconds(run, rows, evidence.rules.level)
    cost, unpriced = _cost_per_1000(run, rows)
    return Variant(
        name=name,
        prompt=prompt,
        model=model,
        n=len(rows),
        scored=int(np.sum(~np.isnan(evidence.deciding.score[v]))),
        score=score,
        critic_score=own,
        corrected=corrected,
        labels=evidence.labels.count(v),
        statuses=dict(sorted(Counter(run.columns["status"][row] for row in rows).items())),
        cost_per_1000=cost,
        seconds_median=median,
        seconds_p95=p95.estimate,
        seconds_p95_limits=(p95.low, p95.high),
        unpriced=unpriced,
    )


def _mean_scores(evidence: Evidence, v: int) -> tuple[Interval, Interval, bool]:
    """A variant's score by who decides, by the critic alone, and whether labels correct it."""
    rules, own = evidence.rules, evidence.critics_means[v]
    if not evidence.corrects(v):
        return evidence.means[v], own, False
    with suppress(TooFewLabels):
        return evidence.labels.mean(v, rules.level, rules.groups), own, True
    return own, own, False


def _seconds(run: Run, rows: Sequence[int], level: float) -> tuple[float, Interval]:
    """Median and 95th percentile of what answers took; NaN where none is known."""
    taken = ([run.columns[name][row] for row in rows] for name in ("status", "seconds"))
    seconds = answer_seconds(*taken)
    seconds = seconds[~np.isnan(seconds)]
    median = float(np.median(seconds)) if len(seconds) else math.nan
    return median, quantile_interval(seconds, level=level)


def _cost_per_1000(run: Run, rows: Sequence[int]) -> tuple[float, int]:
    """Of the rows that were sent and whose cost is known, NaN where there is none; and how many
    there are whose cost is not.
    """
    columns = run.columns
    sent = [row for row in rows if columns["status"][row] != "unsent"]
    cost: Floats = np.array([columns["cost"][row] for row in sent], dtype=float)
    known = cost[~np.isnan(cost)]
    return 1000 * float(np.mean(known)) if len(known) else math.nan, len(cost) - len(known)


def _remember(run: Run, evidence: Evidence, choice: Comparison) -> None:
    """Write a new look to the run's ledger, with the words that were claimed at it."""
    if run.store is None:
        return
    scores = evidence.deciding
    claims = {
        evidence.identities[scores.index(each.challenger)].asked: each.decision
        for each in choice.differences
        if each.decision in CLAIMS
    }
    remember(run.store, evidence, claims)
