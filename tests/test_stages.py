"""The looks that a gate plans: how far, in which steps, and what each may spend."""

import pytest

import workbench as wb
from workbench.requirements.lines import GateRules
from workbench.requirements.stages import stages


def rows(count):
    return wb.Dataset(wb.Example(f"e{n}", {"n": n}) for n in range(count))


def sizes(plan):
    return [(each.examples, each.times) for each in plan]


def test_without_extend_to_there_is_one_look_at_the_whole_tail():
    (only,) = stages(rows(100), GateRules(level=0.9))
    assert (only.examples, only.tail) == (100, pytest.approx(0.1))
    assert stages(rows(100), GateRules(extend_to=60)) == stages(rows(100), GateRules())


def test_repeats_get_the_plain_increments_and_all_together_the_error():
    plan = stages(rows(100), GateRules(extend_to=300))
    assert sizes(plan) == [(100, 1), (100, 2), (100, 3)]
    assert sum(each.tail for each in plan) == pytest.approx(0.05)


def test_rows_that_nobody_knows_more_of_keep_the_first_tail_of_the_whole_plan():
    (only,) = stages(rows(100), GateRules(extend_to=150))
    assert only.tail == pytest.approx(0.0164, abs=1e-4)
