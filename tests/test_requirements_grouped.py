"""A gate on rows that come in groups, that one side lacks, or whose variant was chosen by hand."""

import numpy as np
import pytest
from test_requirements_checking import NOT_WORSE, QUALITY, asked, compared, words

import workbench as wb
from workbench.comparison.grouping import grouped_by
from workbench.exchange.summary import summary
from workbench.requirements.lines import Requirement
from workbench.stats.design_effect import design_effect
from workbench.stats.scale import Scale

NAN = float("nan")
WORDS = [a + b for a in ("ba", "du", "ke", "lo") for b in ("mi", "nar", "tus", "vel")]


def run_of(base, head, texts=(), **more):
    rows = [
        {"prompt": prompt, "example": f"e{i}", "right": score}
        | {name: values[i] for name, values in more.items()}
        for prompt, column in (("v1", base), ("v2", head))
        for i, score in enumerate(column)
    ]
    examples = [wb.Example(f"e{i}", {"text": text}) for i, text in enumerate(texts)]
    return wb.Run.of(rows, critics={"right": Scale(0, 1)}, examples=examples)


def compared_in(base, head, cluster=None, **more):
    return wb.compare(run_of(base, head, **more), "right", baseline="v1", cluster=cluster)


CUSTOMERS = [f"c{i // 8}" for i in range(160)]
# of twenty customers of eight rows v2 fails three whole ones and helps three others
LOST = [0.0 if c in ("c1", "c5", "c9") else 1.0 for c in CUSTOMERS]
HELPED = [0.0 if c in ("c2", "c6", "c12") else 1.0 for c in CUSTOMERS]


def gated(requirements, choice):
    return wb.check(requirements, choice, variant="v2")


def evidence(checked):
    return checked.outcomes[0].evidence


def test_a_column_that_groups_rows_is_found_named_and_counts():
    checked = gated(asked(NOT_WORSE), compared_in(HELPED, LOST, **{"tag.customer": CUSTOMERS}))
    assert evidence(checked) == "the critic's own opinion on 160 examples in 20 groups by customer"
    apart = gated(asked(NOT_WORSE), compared_in(HELPED, LOST))
    assert evidence(apart) == "the critic's own opinion on 160 examples"
    wide, narrow = (each.outcomes[0].value.half_width for each in (checked, apart))
    assert wide > 1.5 * narrow


def test_a_column_that_may_group_rows_is_named_and_does_not_count():
    lost = [0.0 if i in (8, 9, 30, 31, 50, 70, 90) else 1.0 for i in range(160)]
    hinted = gated(asked(NOT_WORSE), compared_in([1.0] * 160, lost, **{"tag.customer": CUSTOMERS}))
    said = "on 160 examples, if those of one customer do not go together, which they may"
    assert evidence(hinted).endswith(said)
    alone = gated(asked(NOT_WORSE), compared_in([1.0] * 160, lost))
    assert hinted.outcomes[0].value == alone.outcomes[0].value


def test_a_word_that_groups_take_away_is_not_said():
    """v2 fails three whole customers of twenty: 24 rows, and three pieces of evidence."""
    tags = {"tag.customer": CUSTOMERS, "tag.other": [f"o{i % 20}" for i in range(160)]}
    (by_rows,) = compared_in([1.0] * 160, LOST).differences
    (in_groups,) = compared_in([1.0] * 160, LOST, **tags).differences
    (named,) = compared_in([1.0] * 160, LOST, "customer", **tags).differences
    assert by_rows.decision == "worse"
    assert (in_groups.decision, in_groups.cause) == ("need more", "rows together")
    assert in_groups.sentence.endswith(
        "Rows of one customer fare alike, and taken together they show less: compare with "
        "cluster='customer'."
    )
    assert (named.decision, named.cause) == ("need more", "wide interval")


def test_a_word_on_rows_whose_order_tells_says_so():
    def notes(head):
        choice = compared_in([0.0] * 120, head)
        assert choice.lead.decision == "better"
        return [each.text for each in choice.notes if each.kind == "rows in order"]

    assert notes([0.0, 0.0, 0.0, 1.0] * 30) == []
    (said,) = notes([0.0] * 50 + [1.0] * 30 + [0.0] * 40)
    assert said.startswith("v2 does not fare alike down the rows; a few lists in 100 look so")
    assert said.endswith(
        "neighbours taken together show: +25.0 points (95\u202f% interval \u221215.4 to 59.3)."
    )


def test_a_word_that_groups_leave_is_said():
    tags = {"tag.customer": CUSTOMERS}
    helped = [1.0 if c in ("c1", "c5") else 0.0 for c in CUSTOMERS]
    (found,) = compared_in([0.0] * 8 + helped[8:], [1.0] * 160, **tags).differences
    assert (found.decision, found.cause) == ("better", "interval above zero")


@pytest.mark.parametrize("cluster", [None, "customer"], ids=["found", "named"])
def test_rows_of_no_group_are_each_their_own(cluster):
    """v2 helps five customers of eight rows of fifteen, and 20 rows of nobody's 60."""
    tags = {"tag.customer": [*CUSTOMERS[:100], *[""] * 60]}
    helped = [0.0 if c in ("c1", "c3", "c5", "c8", "c11") else 1.0 for c in CUSTOMERS[:100]]
    base = [*helped, *[0.0] * 20, *[1.0] * 40]
    (found,) = compared_in(base, [1.0] * 160, cluster, **tags).differences
    assert (found.decision, found.cause) == ("better", "interval above zero")


def test_what_is_named_groups_them_and_none_says_that_nothing_does():
    tags = {"tag.customer": CUSTOMERS, "tag.other": CUSTOMERS[::-1]}
    by_name = gated(asked(NOT_WORSE, cluster="customer"), compared_in(HELPED, LOST, **tags))
    by_choice = gated(asked(NOT_WORSE), compared_in(HELPED, LOST, "customer", **tags))
    found = gated(asked(NOT_WORSE), compared_in(HELPED, LOST, **tags))
    independent = gated(asked(NOT_WORSE, cluster="none"), compared_in(HELPED, LOST, **tags))
    assert by_name.outcomes[0].value == by_choice.outcomes[0].value == found.outcomes[0].value
    assert "groups" not in evidence(by_name) + evidence(independent)
    assert independent.outcomes[0].value.half_width < by_name.outcomes[0].value.half_width


def test_texts_that_are_nearly_the_same_are_a_group():
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice(WORDS, 30)) for _ in range(20)]
    copies = [f"{texts[i // 8]} {i}" for i in range(160)]
    checked = gated(asked(NOT_WORSE), compared_in(HELPED, LOST, texts=copies))
    assert evidence(checked).endswith("in 20 groups by nearly the same text")


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ("language", [f"l{i % 12}" for i in range(160)]),
        ("kind", [f"k{i % 4}" for i in range(160)]),
        ("id", [f"i{i}" for i in range(160)]),
        ("batch", [f"b{i % 20}" for i in range(160)]),
    ],
    ids=["languages", "few kinds", "names of rows", "rows that do not go together"],
)
def test_what_groups_nothing_is_left_alone(tag, values):
    checked = gated(asked(NOT_WORSE), compared_in(HELPED, LOST, **{f"tag.{tag}": values}))
    assert evidence(checked) == "the critic's own opinion on 160 examples"


def test_columns_are_screened_without_calling_chance_a_group():
    run = run_of(HELPED, LOST, **{"tag.customer": CUSTOMERS})
    draw = np.random.default_rng(1)
    names = [each.id for each in run.examples]
    found = [grouped_by(run, names, draw.choice([-1.0, 0.0, 1.0], 160)) for _ in range(200)]
    assert sum(each is not None and each.shown for each in found) <= 20  # one in twenty, and luck


def test_a_few_rare_differences_in_groups_of_unlike_sizes_are_no_grouping():
    draw = np.random.default_rng(2)
    share = draw.lognormal(size=50)

    def alarms():  # one group of forty holds both of two differences by chance alone
        rows = draw.choice([-1.0, 0.0, 1.0], 200, p=[0.01, 0.98, 0.01])
        return design_effect(rows, draw.choice(50, 200, p=share / share.sum())).p < 0.05

    assert sum(alarms() for _ in range(200)) <= 20  # by the F test 34


def test_the_design_effect_is_kishs_where_rows_of_a_group_are_alike():
    rows = np.repeat([0.0, 1.0] * 10, 5)
    # as far apart as in no shuffle of 1,999
    assert design_effect(rows, np.repeat(np.arange(20), 5)) == pytest.approx((5.0, 1 / 2000, 20))
    assert design_effect(rows, np.arange(100)).factor == 1.0
    assert design_effect(rows, np.tile(np.arange(5), 20)).factor == 1.0
    assert design_effect([*rows, NAN], [*np.repeat(np.arange(20), 5), 7]).factor == pytest.approx(5)


def test_rows_that_the_new_side_lacks_count_at_their_worst():
    base = [1.0] * 120 + [0.0] * 3
    lost = [NAN] * 17 + [1.0] * 103 + [0.0] * 3  # whatever it could not answer in time
    assert words(gated(asked(NOT_WORSE), compared(base, base))) == ["pass"]
    checked = gated(asked(NOT_WORSE, QUALITY), compared(base, lost))
    assert words(checked) == ["unknown", "unknown"]
    worse, own = (each.value.low for each in checked.outcomes)
    assert worse < -0.1 and own < 0.8
    even = [NAN] * 10 + base
    assert words(gated(asked(NOT_WORSE), compared(even, even))) == ["pass"]


def test_a_variant_that_was_chosen_by_hand_pays_for_those_it_was_chosen_among():
    scores = [1.0] * 70 + [0.0] * 3

    def word(*names):
        rows = [
            {"prompt": name, "example": f"e{i}", "right": score}
            for name in names
            for i, score in enumerate(scores)
        ]
        run = wb.Run.of(rows, critics={"right": Scale(0, 1)})
        (found,) = words(gated(asked(NOT_WORSE), wb.compare(run, "right", baseline="v1")))
        return found

    assert word("v1", "v2") == "pass"
    assert word("v1", "v2", "released") == "pass"  # what it is held against was no choice
    assert word("v1", "v2", "v3", "v4") == "unknown"


def test_a_sentence_names_few_of_many_slices_and_the_table_all():
    slices = Requirement("slice", tag="shop", baseline="baseline", margin=0.3)
    shops = [f"shop {i % 40:02} {'x' * 200}" for i in range(160)]
    run = run_of([1.0] * 159 + [0.0], [1.0] * 159 + [0.0], **{"tag.shop": shops})
    checked = gated(asked(slices), wb.compare(run, "right", baseline="v1"))
    assert [each.of for each in checked.outcomes] == sorted(set(shops))
    assert checked.sentence.count("x…") == 12 and "…, 28 more)" in checked.sentence
    text = summary(checked, name="t")
    assert len(text) < 30_000 and text.count("| against baseline for every shop") == 40
