"""Looks: planned ones, those at the rest of a dataset and at labels, and what each may spend."""

import pytest
from sample_runs import alter_dataset

import workbench as wb
from workbench.comparison.schedule import Spending, read_plan, within
from workbench.errors import WorkbenchError

HALVES = [0.0, 1.0]


@pytest.fixture
def grown(make_run, tmp_path):
    """A run of v1, which is right half of the time, and v2, right always, on the first n examples;
    in one store.
    """
    store = wb.Store(tmp_path / "grown.db")

    def made(n, available=None, two=(1.0, 1.0)):
        run = make_run({"v1": HALVES * (n // 2), "v2": [*two] * (n // 2)}, store=store)
        alter_dataset(run, available=available)
        return run

    return made


def compared(run, **options):
    return wb.compare(run, "good", baseline="v1", **options)


def only(choice):
    return choice.differences[0]


@pytest.mark.parametrize(
    ("planned", "rows", "tails"),
    [
        ((50, 75, 100), (50, 75, 100), (0.00153, 0.00916, 0.0220)),
        ((50, 100, 200), (50, 100, 200), (1e-5, 0.0015, 0.0245)),
        ((20,), (130,), (0.025,)),
        ((), (60, 120, 240), (0.0175, 0.0066, 0.0032)),
    ],
)
def test_looks_spend_the_published_tails(planned, rows, tails):
    spending, found = Spending(0.025, planned=planned), []
    for n in rows:
        found.append(spending.at(n))
        spending = spending.after(n)
    assert found == pytest.approx(tails, abs=2e-4)


def test_looks_of_other_kinds_share_the_error_by_the_union_bound():
    one = Spending(0.025, (100,), alike=False)
    assert one.at(100) == pytest.approx(0.025 * 0.15)
    planned = Spending(0.025, (50, 100), alike=False, planned=(50, 100, 200))
    assert planned.at(200) + Spending(0.025, (), False, (50, 100, 200)).at(100) == pytest.approx(
        0.025
    )


def test_a_plan_is_one_look_or_rising_sizes():
    assert (read_plan(None), read_plan(1), read_plan([50, 100])) == ((), (20,), (50, 100))
    for wrong in (2, 0, (), (100, 50), (50, 50), (10, 50), (50.0, 100)):
        with pytest.raises(ValueError, match="looks is 1, or rising numbers"):
            read_plan(wrong)


def test_the_last_planned_look_is_at_what_the_dataset_has():
    assert within((50, 100, 200), 180) == (50, 100, 180)
    assert within((50, 100, 200), 500) == within((50, 100, 200), None) == (50, 100, 200)


def test_nothing_new_is_said_between_planned_looks_and_the_next_is_named(grown):
    early = compared(grown(30), looks=(50, 100))
    assert (early.looks, only(early).decision, only(early).cause) == (0, "need more", "not due")
    assert early.why.endswith("the next look is not due. Another look is due at 50 rows.")
    first = compared(grown(50), looks=(50, 100))
    assert (first.looks, only(first).decision, first.planned) == (1, "better", (50, 100))
    between = compared(grown(90))
    assert (between.looks, only(between).cause) == (1, "claimed before")
    assert "Another look is due at 100 rows." in between.why
    assert [note.text for note in between.notes if note.kind == "looks planned"] == [
        "Looks were planned at 50 and 100 examples, before the first was taken."
    ]
    assert compared(grown(100)).looks == 2


def test_after_the_last_planned_look_its_word_stands_for_good(grown):
    last = compared(grown(100, two=(1.0, 0.0)), looks=(50, 100))
    assert (last.looks, only(last).decision) == (1, "need more")
    later = compared(grown(400))
    assert (later.looks, only(later).decision, only(later).cause) == (
        1, "need more", "looks ended",
    )  # fmt: skip
    assert later.next_step.kind == "claim on other rows" and only(later).more_examples is None


def test_one_planned_look_has_the_whole_error_and_is_the_only_one(grown):
    one = compared(grown(40), looks=1)
    assert one.why.startswith("Each side may be wrong 2.5 %") and only(one).decision == "better"
    later = compared(grown(200))
    assert (later.looks, only(later).decision, only(later).cause) == (1, "better", "claimed before")
    assert "the last planned look was taken, and its word stands" in later.why


def test_a_plan_is_made_before_the_first_look_and_kept(grown):
    compared(grown(60), looks=(50, 100))
    with pytest.raises(WorkbenchError, match="planned at 50 and 100 examples before"):
        compared(grown(100), looks=(50, 100, 200))
    assert compared(grown(100), looks=(50, 100)).looks == 2


def test_a_plan_after_the_first_look_is_refused(grown):
    compared(grown(60))
    with pytest.raises(WorkbenchError, match="without a plan before"):
        compared(grown(100), looks=(100, 200))


def test_another_prompt_waits_for_the_next_planned_look(make_run, tmp_path):
    store = wb.Store(tmp_path / "one.db")
    columns = {"v1": HALVES * 25, "v2": HALVES * 25}
    wb.compare(make_run(columns, store=store), "good", baseline="v1", looks=(50, 100))
    more = make_run({**columns, "v3": [1.0] * 50}, store=store)
    late = wb.compare(more, "good", baseline="v1")
    v3 = next(each for each in late.differences if each.challenger == "v3")
    assert (late.looks, v3.decision, v3.cause) == (1, "need more", "not due")


def test_the_rest_of_a_dataset_is_a_look_though_it_is_less_than_half_as_much(grown):
    first = compared(grown(100, available=120))
    assert first.why.endswith("Another look is due at 120 rows.")
    assert compared(grown(110, available=120)).looks == 1
    assert compared(grown(120, available=120)).looks == 2


def test_rows_added_to_a_dataset_that_was_run_whole_are_no_rest(grown):
    assert compared(grown(100, available=100)).why.endswith("Another look is due at 150 rows.")
    assert compared(grown(102, available=102)).looks == 1


def label_pairs(run, start, stop):
    for row in range(start, stop):
        for variant in (0, 1):
            place = variant * len(run.examples) + row
            wb.labels.add(run, "good", place, float((row + variant) % 2), rater="ann")


def test_labels_are_looked_at_by_thirty_sixty_and_a_hundred_and_twenty(grown):
    run, looks = grown(140), []
    for start, stop in ((0, 30), (30, 45), (45, 60), (60, 100), (100, 120)):
        label_pairs(run, start, stop)
        looks.append(compared(run).looks)
    assert looks == [1, 1, 2, 2, 3]
    assert "Another look is due at 240 labelled pairs." in compared(run).why


def test_more_unlabelled_rows_tell_nothing_of_the_error_of_labels(grown):
    run = grown(60)
    label_pairs(run, 0, 30)
    compared(run)
    more = grown(120)
    label_pairs(more, 0, 30)
    choice = compared(more)
    assert (choice.looks, choice.decided_by) == (2, "labels")
    assert choice.why.startswith("Each side may be wrong 0.38 %")


def test_a_run_without_a_store_is_one_planned_look_and_nobody_counts():
    rows = [
        {"prompt": f"v{v}", "example": str(e), "good": float(v or e % 2)}
        for v in range(2)
        for e in range(40)
    ]
    run = wb.Run.of(rows, critics={"good": wb.Scale()})
    for _ in range(2):
        choice = wb.compare(run, "good", baseline="v0", looks=1)
        assert (choice.looks, only(choice).decision) == (0, "better")
        assert choice.why == "Each side may be wrong 2.5 % of the time: nobody counts the looks."
