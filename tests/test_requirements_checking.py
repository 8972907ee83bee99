"""check: what rows show of every line, what nobody may conclude, and how the word comes about."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_runs import triage_run
from test_comparison_labels import by_chance

import workbench as wb
from workbench.errors import RequirementError
from workbench.files import canonical
from workbench.reports.onefile import report
from workbench.requirements.lines import GateRules, Requirement, Requirements, Task
from workbench.stats.scale import Scale

QUALITY = Requirement("quality", critic="right", at_least=0.8)
NAN = float("nan")
NOT_WORSE = Requirement("not_worse_than", baseline="baseline", margin=0.05)


def asked(*lines, **gate):
    return Requirements("r", lines, gate=GateRules(**{"opinion": "allow", **gate}))


def rows_of(prompt, scores, **more):
    columns = {name: list(values) for name, values in more.items()}
    return [
        {"prompt": prompt, "example": f"e{i}", "right": score}
        | {name: values[i] for name, values in columns.items()}
        for i, score in enumerate(scores)
    ]


def compared(base, head, **more):
    rows = rows_of("v1", base, **more) + rows_of("v2", head, **more)
    run = wb.Run.of(rows, critics={"right": Scale(0, 1)})
    return wb.compare(run, "right", baseline="v1")


def words(checked):
    return [each.word for each in checked.outcomes]


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("requirements"))
    return wb.compare(run, "right_queue", baseline="v1", gold="exact")


@pytest.mark.parametrize(
    ("right", "word"), [(99, "pass"), (90, "pass"), (80, "unknown"), (72, "fail"), (1, "fail")]
)
def test_a_line_is_met_or_missed_only_with_its_whole_interval(right, word):
    answers = [1.0] * right + [0.0] * (100 - right)
    checked = wb.check(asked(QUALITY), compared(answers, answers), variant="v2")
    assert words(checked) == [word]
    assert checked.word == {"unknown": "inconclusive"}.get(word, word)


def test_the_limits_of_a_share_are_those_of_clopper_and_pearson():
    answers = [1.0] * 18 + [0.0] * 2
    (found,) = wb.check(
        asked(QUALITY, level=0.975), compared(answers, answers), variant="v2"
    ).outcomes
    assert [round(each, 3) for each in found.value] == [0.9, 0.683, 0.988]


def test_one_who_was_chosen_among_the_variants_shares_the_level_over_them():
    answers = [1.0] * 88 + [0.0] * 12
    choice = compared(answers, answers)
    assert words(wb.check(asked(QUALITY), choice, variant="v1")) == ["pass"]
    assert words(wb.check(asked(QUALITY), choice)) == ["unknown"]


def test_a_prompt_that_scores_like_its_baseline_is_not_worse_from_59_rows_on():
    for count, word in ((58, "unknown"), (59, "pass")):
        mixed = [0.0] * 9 + [1.0] * (count - 9)
        same = compared(mixed, mixed)
        assert words(wb.check(asked(NOT_WORSE), same, variant="v2")) == [word]


def test_a_prompt_is_never_worse_than_itself(choice):
    checked = wb.check(asked(NOT_WORSE), choice, variant="v1")
    assert (words(checked), checked.outcomes[0].evidence) == (["pass"], "it is that prompt")


def test_a_baseline_that_did_not_run_is_unknown_and_says_what_to_do(choice):
    line = replace(NOT_WORSE, baseline="released")
    (found,) = wb.check(asked(line), choice, variant="v3").outcomes
    assert (found.word, found.reason) == ("unknown", "no variant of this run is 'released'")
    assert words(wb.check(asked(line), choice, variant="v3", released="v2")) == ["pass"]


def test_failing_shares_its_error_over_the_lines_and_passing_does_not():
    answers = [1.0] * 73 + [0.0] * 27
    choice = compared(answers, answers)
    (alone,) = wb.check(asked(replace(QUALITY, at_least=0.81)), choice, variant="v2").outcomes
    line = replace(QUALITY, at_least=0.81)
    among = wb.check(asked(line, *[QUALITY] * 9), choice, variant="v2").outcomes
    assert (alone.word, among[0].word) == ("fail", "unknown")


def test_right_answers_decide_where_the_comparison_has_them(choice):
    (found,) = wb.check(asked(Requirement("quality", at_least=0.8)), choice, variant="v3").outcomes
    assert found.evidence == "right answers on 238 examples"


def test_an_opinion_that_nobody_checked_decides_only_where_it_may(tmp_path):
    line, run = Requirement("quality", at_least=0.5), triage_run(tmp_path)
    choice = wb.compare(run, "right_queue", baseline="v1")
    assert words(wb.check(asked(line), choice, variant="v3")) == ["pass"]
    (found,) = wb.check(asked(line, opinion="forbid"), choice, variant="v3").outcomes
    assert found.reason == "only the critic says so, and nobody has checked it"
    assert found.next_step.startswith("label 30 answers")


def test_enough_labels_that_chance_chose_correct_a_line_on_quality_by_their_own(make_run):
    run = make_run({name: [1.0] * 150 + [0.0] * 50 for name in ("v1", "v2")})
    for answer in (200 * side + each for side in range(2) for each in by_chance(60)):
        value, how = float(answer % 10 > 0), {"method": "uniform", "seed": 0}
        wb.labels.add(run, "good", answer, value, rater="ann", selection=how)
    choice = wb.compare(run, "good", baseline="v1")
    lines = [Requirement("quality", critic="good", at_least=least) for least in (0.7, 0.8, 0.95)]
    asking = (asked(line, opinion="forbid") for line in lines)
    found = [wb.check(each, choice, variant="v2").outcomes[0] for each in asking]
    assert [each.word for each in found] == ["pass", "unknown", "fail"]
    assert [round(each, 2) for each in found[0].value] == [0.85, 0.76, 0.91]
    assert found[0].evidence == "the critic, corrected by people's labels on 200 examples"


def test_a_critic_that_gave_every_answer_the_same_score_shows_nothing(tmp_path):
    run = triage_run(tmp_path, count=60)
    run.columns["right_queue"] = [1.0] * len(run.columns["right_queue"])
    choice = wb.compare(run, "right_queue", baseline="v1")
    (found,) = wb.check(asked(Requirement("quality", at_least=0.5)), choice, variant="v3").outcomes
    assert (found.word, found.reason) == ("unknown", "the critic gave every answer the same score")


def test_a_dead_critic_turns_no_gate_green_or_red(tmp_path):
    run = triage_run(tmp_path, count=60)
    run.columns["right_queue"] = [NAN] * len(run.columns["right_queue"])
    choice = wb.compare(run, "right_queue", baseline="v1")
    lines = Requirement("quality", at_least=0.5), NOT_WORSE
    checked = wb.check(asked(*lines), choice, variant="v3")
    assert (words(checked), checked.word) == (["unknown", "unknown"], "inconclusive")


def test_a_quantile_takes_a_call_that_timed_out_for_longer_than_any_other():
    line = Requirement("latency", quantile=0.9, at_most=2.0)
    choice = compared([1.0] * 100, [1.0] * 100, seconds=[1.0] * 100)
    assert words(wb.check(asked(line), choice, variant="v2")) == ["pass"]
    scores = [1.0] * 80 + [NAN] * 20
    late, lost = [1.0] * 80 + [NAN] * 20, ["ok"] * 80 + ["timeout"] * 20
    choice = compared(scores, scores, seconds=late, status=lost)
    assert words(wb.check(asked(line), choice, variant="v2")) == ["fail"]


def test_malformed_answers_are_counted_among_those_that_came():
    line = Requirement("malformed", at_most=0.2)
    status = ["malformed"] * 5 + ["ok"] * 45 + ["error"] * 50
    scores = [NAN] * 5 + [1.0] * 45 + [NAN] * 50
    (found,) = wb.check(asked(line), compared(scores, scores, status=status), variant="v2").outcomes
    assert (found.word, found.value.estimate, found.rows) == ("pass", 0.1, 50)


def test_every_language_of_the_task_needs_its_examples(choice):
    line = Requirement("language_coverage", at_least=30)
    wanted = replace(asked(line), task=Task(languages={"de": 0.5, "nl": 0.5}))
    checked = wb.check(wanted, choice, variant="v3")
    assert [(each.of, each.word) for each in checked.outcomes] == [("de", "pass"), ("nl", "fail")]
    assert checked.outcomes[1].next_step == "add 30 examples"
    assert "missed: examples of every language at least 30 (nl), but 0." in checked.sentence
    wanted = replace(asked(line), task=Task(languages={"de": 0.5, "nl": 0.4, "fr": 0.1}))
    both = wb.check(wanted, choice, variant="v3").sentence
    assert "missed: examples of every language at least 30, but 0 (fr) and 0 (nl)." in both


def test_a_slice_is_a_line_of_every_value_of_its_tag(choice):
    line = Requirement("slice", tag="language", baseline="baseline", margin=0.1)
    checked = wb.check(asked(line), choice, variant="v3")
    found = {each.of: each.word for each in checked.outcomes}
    assert found == {"de": "pass", "en": "pass", "es": "pass", "pt": "unknown"}


def test_a_cost_of_which_rows_are_unknown_shows_nothing():
    line = Requirement("cost", per=1000, at_most=1.0)
    known = compared([1.0] * 60, [1.0] * 60, cost=[0.0005] * 60)
    assert words(wb.check(asked(line), known, variant="v2")) == ["pass"]
    partly = compared([1.0] * 60, [1.0] * 60, cost=[0.0005] * 59 + [NAN])
    (found,) = wb.check(asked(line), partly, variant="v2").outcomes
    assert (found.word, found.reason) == ("unknown", "the cost of 1 row is not known")


def test_what_nothing_measured_is_unknown_and_blocks_only_where_it_is_told_to(choice):
    warns = Requirement("attack_success", at_most=0.05, on_unknown="warn")
    met = Requirement("quality", critic="right_queue", at_least=0.1)
    assert wb.check(asked(warns, met), choice, variant="v3").word == "pass"
    blocks = replace(warns, on_unknown="block")
    checked = wb.check(asked(blocks), choice, variant="v3")
    assert (checked.word, checked.outcomes[0].reason) == ("inconclusive", "nothing measured it")


def test_check_names_what_it_cannot_use(choice):
    with pytest.raises(RequirementError, match="no variant 'v9' to check in this run: use one of"):
        wb.check(asked(QUALITY), choice, variant="v9")
    with pytest.raises(RequirementError, match="no evidence of Run"):
        wb.check(asked(QUALITY), choice.run)


def test_a_dataset_is_checked_before_anything_is_asked(choice):
    line = Requirement("language_coverage", at_least=30)
    checked = wb.check(asked(line, QUALITY), choice.run.examples)
    assert [each.word for each in checked.outcomes] == ["pass"] * 4 + ["unknown"]
    assert checked.outcomes[-1].next_step == "measured by the evaluation"
    with pytest.raises(RequirementError, match="can never pass on 20 rows: it takes 59"):
        wb.check(asked(NOT_WORSE), wb.Dataset(choice.run.examples[:20]))


def test_without_requirements_nothing_is_checked(choice):
    checked = wb.check("", choice)
    assert (checked.word, checked.outcomes) == ("pass", ())
    assert checked.sentence == "No requirement is written down, so nothing was checked."


def test_the_same_evidence_gives_the_same_bytes(choice):
    lines = asked(Requirement("quality", at_least=0.8), NOT_WORSE)
    first, second = (wb.check(lines, choice, variant="v3").decision() for _ in range(2))
    assert canonical(first) == canonical(second)
    assert first["lines"][1]["requirement"] == {
        "measure": "not_worse_than", "baseline": "baseline", "margin": 0.05, "on_unknown": "block",
    }  # fmt: skip


def test_the_view_and_the_report_show_what_is_missed_first(choice, tmp_path):
    checked = wb.check(asked(QUALITY_BY_CHECK, NOT_WORSE), choice, variant="v2")
    shown = str(wb.show(checked).twin())
    assert "missed" in shown and shown.index("missed") < shown.index(">met<")
    page = report(choice, tmp_path, requirements=checked).read_text("utf-8")
    assert 'id="requirements"' in page and "v2 misses its requirements:" in page
    assert repr(checked).startswith("Checked: v2 misses its requirements: 1 of 2 met; missed: ex")


QUALITY_BY_CHECK = Requirement("quality", critic="exact", at_least=0.9)
SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=70, max_size=90)
RANK = {"fail": 0, "inconclusive": 1, "pass": 2}


@settings(max_examples=15, deadline=None)
@given(SCORES, st.integers(0, 69), st.integers(0, 2**31))
def test_a_better_answer_never_turns_pass_into_fail(base, improved, seed):
    choose = random.Random(seed)
    head = [min(1.0, max(0.0, score + choose.choice((0, 0, 0, 0.25)))) for score in base]
    better = [1.0 if i == improved else score for i, score in enumerate(head)]
    lines = asked(replace(QUALITY, at_least=0.5), NOT_WORSE)
    before, after = (
        wb.check(lines, compared(base, each), variant="v2").word for each in (head, better)
    )
    assert (before, after) != ("pass", "fail")
    assert RANK[after] >= RANK[before] - (before == "pass")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=80), st.data())
def test_one_better_answer_never_turns_a_pass_into_a_fail(answers, data):
    base, head = ([float(each[side]) for each in answers] for side in (0, 1))
    lines = asked(QUALITY, NOT_WORSE)
    before = words(wb.check(lines, compared(base, head), variant="v2"))
    better = list(head)
    better[data.draw(st.integers(0, len(head) - 1))] = 1.0
    after = words(wb.check(lines, compared(base, better), variant="v2"))
    assert ("pass", "fail") not in list(zip(before, after, strict=True))


SCORES = [1.0] * 50 + [0.0] * 10


def test_where_nothing_could_be_known_nothing_passes_though_each_line_alone_would_only_warn():
    warns = Requirement("attack_success", at_most=0.05, on_unknown="warn")
    checked = wb.check(asked(warns), compared(SCORES, SCORES), variant="v2")
    assert (checked.word, checked.exit_status) == ("inconclusive", 101)
    assert checked.sentence.startswith("v2 is not shown to meet its requirements: 0 of 1 met")
    met = Requirement("quality", critic="right", at_least=0.5)
    beside = wb.check(asked(warns, met), compared(SCORES, SCORES), variant="v2")
    assert (beside.word, beside.exit_status) == ("pass", 0)


def test_rows_that_a_limit_keeps_back_show_nothing_and_are_named(choice):
    few = wb.Dataset(choice.run.examples[:20], available=252)
    more = (
        r"on 20 rows: it takes 59 .* Take more of the 252 rows of the file .`limit`., let the gate"
    )
    with pytest.raises(RequirementError, match=more):
        wb.check(asked(NOT_WORSE), few)
