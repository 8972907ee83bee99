"""Labels that are left out of a decision."""

from test_comparison_looks import label, only, rates, texts

import workbench as wb


def test_labels_that_are_left_out_do_not_decide_and_still_block(make_run):
    run = make_run(rates(0.5, 0.9))
    for variant in (0, 1):
        label(run, variant, range(40), lambda row: float(row % 2))
    choice = wb.compare(run, "good", baseline="v1", labels=False)
    assert (
        choice.decided_by == "critic"
        and "labels are left out of this decision, as asked" in texts(choice)
    )
    against = make_run({"v1": [0.0] * 100, "v2": [1.0] * 100})
    for variant, value in ((0, 1.0), (1, 0.0)):
        label(against, variant, range(40), value)
    found = only(wb.compare(against, "good", baseline="v1", labels=False))
    assert found.cause == "labels contradict"
