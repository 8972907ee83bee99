"""The operating curve of a gate, in the report beside the requirements that it is asked."""

import json
from dataclasses import replace

import pytest
from sample_runs import triage_run
from test_requirements_checking import NOT_WORSE, asked

import workbench as wb
from workbench.reports.onefile import report
from workbench.requirements.operating import curves
from workbench.requirements.settled import GateLook, Settled
from workbench.sections.gate_curve import gate_curve


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("curve"))
    return wb.compare(run, "right_queue", baseline="v1", gold="exact")


@pytest.fixture(scope="module")
def checked(choice):
    return wb.check(asked(NOT_WORSE, extend_to=400), choice, variant="v2")


def test_a_worse_prompt_passes_rarely_and_a_much_worse_one_fails(checked):
    (curve,) = curves(checked)
    of = {round(each.change, 3): each for each in curve.points}
    assert curve.looks == (240, 400)
    assert of[-0.05].passes <= 0.08 and of[-0.2].fails > 0.8
    assert [each.passes for each in curve.points] == sorted(each.passes for each in curve.points)


def test_the_report_draws_it_with_its_table(checked, choice, tmp_path):
    (curve,) = curves(checked)
    drawn = str(gate_curve(curve))
    assert "read at 240 and 400 rows" in drawn and drawn.count('<tr role="row"><th') == 10
    page = report(choice, tmp_path, requirements=checked).read_text("utf-8")
    assert "What this gate can tell: against baseline" in page


def test_a_prompt_that_is_the_baseline_has_no_curve(choice):
    assert list(curves(wb.check(asked(NOT_WORSE), choice, variant="v1"))) == []


def test_the_decision_holds_the_gate_and_an_exit_status_only_where_one_settled(
    checked, choice, tmp_path
):
    def decided(requirements):
        report(choice, tmp_path, requirements=requirements)
        return json.loads((tmp_path / "decision.json").read_text())

    assert not decided(wb.check("", choice)).keys() & {"gate", "exit_status"}
    plain = decided(checked)
    assert (plain["gate"]["word"], "exit_status" in plain) == ("inconclusive", False)
    looks = (GateLook(238, 1, 0.01, "inconclusive"),)
    settled = replace(checked, settled=Settled(looks, 2, "budget"))
    found = decided(settled)
    assert (found["exit_status"], found["gate"]["settled"]["stopped"]) == (101, "budget")
