"""The looks that a gate plans: how far, in which steps, and what each may spend."""

import numpy as np
import pytest
from test_requirements_checking import NOT_WORSE, asked, compared

import workbench as wb
from workbench.requirements.checking import at_tail
from workbench.requirements.examined import subject_of
from workbench.requirements.lines import GateRules
from workbench.requirements.stages import stages
from workbench.stats import gate_ends


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


@pytest.mark.parametrize("change", [0.0, -0.15, -0.25])
def test_a_line_ends_as_the_gates_of_the_simulation_do(change):
    random = np.random.default_rng(3)
    shared, other = random.random((2, 120))
    base = (shared < 0.85).astype(float)
    head = (np.where(random.random(120) < 0.6, shared, other) < 0.85 + change).astype(float)
    found = []
    for look in stages(rows(120)[:60], GateRules(extend_to=120)):
        count = look.examples * look.times
        choice = compared(list(base[:count]), list(head[:count]))
        subject = subject_of(asked(NOT_WORSE), choice, "v2", "")
        found.append({"pass": 1, "fail": -1, "inconclusive": 0}[at_tail(subject, look.tail).word])
    ends = gate_ends(head - base, 0.05, (60, 120))
    first = next((word for word in found if word), 0)
    assert first == ends.word[0]
