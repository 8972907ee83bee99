"""A release under the project's requirements: whose each margin is, and what users must get."""

import pytest

import workbench as wb
from workbench import testing
from workbench.errors import RequirementError, WorkbenchError
from workbench.testing import Planted

PLAN = wb.Plan(baseline="v1", days=14, at_most=14)
MARGINS = """
  - {measure: latency, quantile: 0.95, at_most: 9.0, worse_by: 0.10}
  - {measure: unsafe_output, at_most: 0.03, worse_by: 0.002}
  - {measure: unsafe_output, at_most: 0.02, worse_by: 0.004}
  - {measure: satisfaction, at_least: 0.6, worse_by: 0.03}
"""


@pytest.fixture
def asked(tmp_path):
    def load(*lines):
        (tmp_path / "r.yaml").write_text("requirements:\n" + "\n".join(lines))
        return wb.load_requirements(tmp_path / "r.yaml")

    return load


@pytest.fixture(scope="module")
def logs():
    return wb.load_logs(testing.release_logs(days=14, planted=Planted(lift=0.3), seed=2))


def test_margins_are_the_requirements_and_what_they_leave_out_keeps_its_own(asked, logs):
    plan = wb.Plan("v1", days=14, at_most=14)
    found = wb.launch(logs, plan, requirements=asked(MARGINS))
    assert {each.measure: (each.margin, each.source) for each in found.guardrails} == {
        "latency": (0.10, "requirements"),
        "flags": (0.002, "requirements"),
        "cost": (0.05, "usual"),
        "errors": (0.005, "usual"),
        "malformed": (0.005, "usual"),
    }
    said = {each.kind: each.about for each in found.reasons}
    assert said["margins, requirements"] == "p95 latency and safety flags"
    assert said["margins, usual"] == "cost of a message, errors and malformed answers"
    page = str(wb.show(found).twin())
    assert page.count(">as required<") == 2 and page.count(">the usual one<") == 3


def test_a_plan_adds_margins_and_may_not_contradict_them(asked, logs):
    needed = asked(MARGINS)
    plan = wb.Plan("v1", days=14, at_most=14, guardrails={"errors": 0.01, "latency": 0.10})
    found = wb.launch(logs, plan, requirements=needed)
    sources = {each.measure: each.source for each in found.guardrails}
    assert sources == {"latency": "requirements", "flags": "requirements", "errors": "plan"}
    with pytest.raises(WorkbenchError, match=r"latency may be worse by .* as the requirements"):
        wb.launch(logs, wb.Plan("v1", guardrails={"latency": 0.2}), requirements=needed)
    with pytest.raises(WorkbenchError, match="satisfaction may be worse by "):
        wb.launch(logs, wb.Plan("v1", goal="not worse", margin=0.05), requirements=needed)


def test_the_primary_measure_may_lose_what_the_requirements_allow(asked, logs):
    found = wb.launch(logs, wb.Plan("v1", goal="not worse"), requirements=asked(MARGINS))
    assert found.plan.margin == 0.03
    said = {each.kind: each.about for each in found.reasons}
    assert said["margins, requirements"] == "p95 latency, safety flags and satisfaction"


def test_chances_are_of_the_same_margins(asked, logs):
    plan = wb.Plan("v1", start="2026-03-02")
    found = {
        each.measure: each.margin for each in wb.chances(logs, plan, requirements=asked(MARGINS))
    }
    assert (found["latency"], found["flags"], found["cost"]) == (0.10, 0.002, 0.05)


def test_a_limit_that_users_miss_holds_a_gain_back(asked, logs):
    lines = (
        "  - {measure: latency, quantile: 0.95, at_most: 9.0, worse_by: 0.10}",
        "  - {measure: latency, quantile: 0.5, at_most: 1.0}",
        "  - {measure: cost, per: 1000, at_most: 5.0, worse_by: 0.10}",
    )
    assert wb.launch(logs, PLAN, requirements=asked(lines[0], lines[2])).word == "ship"
    found = wb.launch(logs, PLAN, requirements=asked(*lines))
    assert (found.word, found.more_days) == ("hold", 0)
    assert [each.word for each in found.kept] == ["met", "missed", "met"]
    (missed,) = (each for each in found.reasons if each.kind == "limit missed")
    assert missed.value > 1.0 == missed.bound
    assert missed.sentence.startswith("p50 latency at most 1.00 s: missed, 2.")
    assert found.kept[2].sentence.startswith("Cost of 1,000 requests at most $5.00: met, $2.")
    assert '<span class="word worse">missed</span>' in str(wb.show(found).twin())


def test_a_limit_that_is_not_shown_blocks_unless_its_line_only_warns(asked, logs):
    line = "  - {{measure: satisfaction, at_least: 0.715, on_unknown: {}}}"
    blocks, warns = (
        wb.launch(logs, PLAN, requirements=asked(line.format(word))) for word in ("block", "warn")
    )
    assert [each.kept[0].word for each in (blocks, warns)] == ["not shown"] * 2
    assert not any(reason.about == "latency" for reason in blocks.reasons)
    assert (blocks.word, warns.word) == ("hold", "ship")


def test_a_limit_on_what_was_not_logged_is_not_shown_and_says_so(asked, logs):
    unknown = wb.load_logs(logs.frame.drop(columns=["seconds", "flag"]))
    step = 'log seconds with each message, or say load_logs(columns={"seconds": ...}).'
    line = "  - {{measure: latency, quantile: 0.95, at_most: 9.0{}}}"
    left = wb.launch(unknown, PLAN, requirements=asked(line.format("")))
    assert left.word == "ship"  # a run or a load test answers it
    said = "p95 latency at most 9.00 s: not shown, not in the logs"
    assert f"{said}; left to other evidence: {step}" in left.sentences
    meant = wb.launch(unknown, PLAN, requirements=asked(line.format(", worse_by: 0.1")))
    assert meant.word == "hold"
    assert meant.kept[0].sentence == f"{said}: {step}"
    assert f"p95 latency: a margin was stated, and the logs do not tell: {step}" in meant.sentences
    only_users = asked("  - {measure: unsafe_output, at_most: 0.05, on_unknown: block}")
    assert wb.launch(unknown, PLAN, requirements=only_users).word == "hold"


def test_days_are_asked_for_where_they_would_likely_show_a_limit_and_not_where_none_would(asked):
    frame = testing.release_logs(600, days=14, planted=Planted(lift=0.6), seed=7)
    logs, plan = wb.load_logs(frame), wb.Plan("v1", guardrails={"cost": 0.5})
    share = frame.loc[frame["arm"] == "v2", "feedback"].mean()
    words = {}
    for below in (0.035, 0.001):
        line = f"  - {{measure: satisfaction, at_least: {share - below:.4f}, on_unknown: block}}"
        found = wb.launch(logs, plan, requirements=asked(line))
        words[below] = found.kept[0].word, found.word
    assert words == {0.035: ("not shown", "more days"), 0.001: ("not shown", "hold")}


@pytest.mark.parametrize(
    "line, message",
    [
        ("{measure: latency, quantile: 0.5, at_most: 1, worse_by: 0.1}", "of quantile 0.95"),
        ("{measure: quality, at_least: 0.5, worse_by: 0.1}", "unknown field 'worse_by'"),
        ("{measure: errors, at_most: 0.1, worse_by: 0}", "worse_by must be between 0 and 1"),
    ],
)
def test_a_margin_that_no_release_could_show_is_refused(asked, line, message):
    with pytest.raises(RequirementError, match=message):
        asked(f"  - {line}")
