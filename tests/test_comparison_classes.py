"""Which right answers a run's variants take for which."""

import json

import pytest
from sample_runs import answer, triage_run

import workbench as wb
from workbench.comparison.classes import classes_of
from workbench.critics import Exact
from workbench.datasets import Dataset, Example
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.prompts.prompt import Message, Prompt
from workbench.runs import Run
from workbench.runs.plan import Plan
from workbench.store import Store

MODEL = Model("actor", id="small-1", base_url="http://127.0.0.1:9/v1")


@pytest.fixture
def ran(tmp_path):
    """A run of one prompt with given answers: `ran([(expected, status, output), ...])`."""

    def make(rows, check, repeats=1):
        examples = [
            Example(f"m-{n}", {"message": str(n)}, expected)
            for n, (expected, _, _) in enumerate(rows[::repeats])
        ]
        prompt = Prompt("v1", (Message("user", "{{ message }}"),))
        plan = Plan((prompt,), (MODEL,), Dataset(examples, "triage"), (check,), repeats)
        run = Run(plan.fingerprint, plan, Store(tmp_path / "store.db"), None)
        for row, (_, status, output) in enumerate(rows):
            answer(run, row, status, output)
            if status == "ok":
                said = check.verdict(examples[row // repeats], Completion(output))
                run.set_verdict(row, check, said)
        return run

    return make


ROWS = [
    ("Billing", "ok", "billing"),
    ("billing", "ok", " BILLING\n"),
    ("billing", "ok", "returns"),
    ("returns", "ok", "returns"),
    ("returns", "ok", "I would say returns"),
    ("returns", "truncated", "returns"),
    ("returns", "timeout", ""),
    ("returns", "unsent", ""),
]


def test_case_and_outer_space_aside_as_the_check_reads_them(ran):
    found = classes_of(ran(ROWS, Exact()), "exact")
    assert found.names == ("Billing", "returns")
    assert found.right == (0, 0, 0, 1, 1, 1, 1, 1)
    assert found.given[:3] == (0, 0, 1)
    assert found.confusions["v1"].worst == (1, 2)


def test_what_is_no_class_or_failed_by_itself_has_a_column_and_what_never_came_none(ran):
    found = classes_of(ran(ROWS, Exact()), "exact")
    assert found.confusions["v1"].counts == ((2, 1, 0), (0, 1, 2))
    assert found.given[3:] == (1, 2, 2, -1, -1)
    assert found.confusions["v1"].measures[1].recall.estimate == pytest.approx(1 / 3)
    assert found.rows(1, 2) == [4, 5]


def test_a_part_of_the_expected_value_is_read_from_json_answers(ran):
    rows = [
        ({"queue": queue, "note": "n"}, "ok", json.dumps({"queue": said, "note": queue}))
        for queue, said in (("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"))
    ]
    found = classes_of(ran(rows, Exact("queue", name="right")), "right")
    assert found.confusions["v1"].counts == ((1, 1, 0), (0, 2, 0))


def test_repeats_of_an_example_are_one_cluster(ran):
    rows = [("a", "ok", "a"), ("a", "ok", "b"), ("b", "ok", "b"), ("a", "ok", "a")]
    once = classes_of(ran(rows, Exact()), "exact").confusions["v1"].measures[0]
    thrice = [row for row in rows for _ in range(3)]
    again = classes_of(ran(thrice, Exact(), repeats=3), "exact").confusions["v1"]
    assert again.counts == ((6, 3, 0), (0, 3, 0))
    assert again.measures[0].recall.half_width >= once.recall.half_width


@pytest.mark.parametrize(
    "expected",
    [["same"] * 8, [f"text {n}" for n in range(8)], [f"{n}" for n in range(13) for _ in "ab"]],
    ids=["one class", "a text each", "thirteen classes"],
)
def test_what_is_no_classification_has_no_classes(ran, expected):
    assert classes_of(ran([(each, "ok", "same") for each in expected], Exact()), "exact") is None


def test_twelve_classes_are_few_enough(ran):
    rows = [(f"c{n:02}", "ok", f"c{n:02}") for n in range(12) for _ in "ab"]
    found = classes_of(ran(rows, Exact()), "exact")
    assert len(found.names) == 12
    assert found.confusions["v1"].worst is None


def test_only_an_exact_check_of_the_run_has_classes(tmp_path):
    run = triage_run(tmp_path, count=40)
    assert classes_of(run, "right_queue") is None
    assert classes_of(run, "nothing") is None
    rows = [{"prompt": "v1", "example": str(n), "exact": n % 2} for n in range(20)]
    assert classes_of(wb.Run.of(rows, critics={"exact": wb.Scale()}), "exact") is None


def test_a_run_of_several_variants_adds_up(tmp_path):
    run = triage_run(tmp_path, count=60)
    found = classes_of(run, "exact")
    for name, prompt, _ in run.variants:
        mine = [row for row, each in enumerate(run.columns["prompt"]) if each == prompt]
        right = sum(run.columns["exact"][row] == 1 for row in mine)
        counts = found.confusions[name].counts
        assert sum(counts[at][at] for at in range(6)) == right
        answered = [run.columns["status"][row] in ("ok", "malformed") for row in mine]
        assert sum(map(sum, counts)) == sum(answered)
