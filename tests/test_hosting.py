"""Hosted or own servers: what is said of quality and money, and of what nobody measured."""

import math
from dataclasses import replace

import pytest
from sample_runs import ACTOR, triage_run

import workbench as wb
from benchmarks import hosting as figures
from benchmarks.simulation import Bench
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.serving.highest import Capacity
from workbench.stats.intervals import Interval

LARGE = Model("large", id="own/large", server="vllm")
SMALL = Model("small", id="own/small", server="vllm")
CARRIES = Capacity("small", "", Interval(6.2, 5.9, 6.5), 4, True, peak=1.2, mean=0.47)
SAID = {"server_hour": 0.80, "utilisation": 0.85}


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    """v1 on a hosted and on two own models, 600 messages, all of them as good."""
    folder = tmp_path_factory.mktemp("hosting")
    dear = replace(ACTOR, price=Price(2.5, 10.0))
    run = triage_run(folder, count=600, actors=(dear, LARGE, SMALL), names=["v1"])
    return wb.compare(run, "right_queue", gold="exact", baseline="v1 @ actor")


def weighed(choice, capacity=CARRIES, **more):
    return wb.hosting(choice, capacity, own=["v1 @ small"], **{"margin": 0.08, **SAID, **more})


def test_the_hosted_and_the_own_variants_are_told_apart_by_who_serves_them(choice):
    found = wb.hosting(choice)
    assert found.hosted == "v1 @ actor"
    assert [each.variant for each in found.fits] == ["v1 @ large", "v1 @ small"]


def test_it_is_as_old_as_the_oldest_that_it_rests_on(choice):
    load = wb.LoadTest("small", (), at="2026-01-02T03:04:05+00:00")
    found = weighed(choice, replace(CARRIES, loads=(load,)), priced="2026-02-01")
    ran = choice.run.meta.started
    assert [(each.what, each.at) for each in found.rests] == [
        ("comparison", ran),
        ("hosted price", ran),
        ("load test", "2026-01-02T03:04:05+00:00"),
        ("server price", "2026-02-01"),
    ]
    assert found.at == "2026-01-02T03:04:05+00:00"


def test_what_is_not_dated_is_not_dated_by_guess(choice):
    found = weighed(choice)
    assert [each.what for each in found.rests if not each.at] == ["load test", "server price"]
    assert found.at == choice.run.meta.started
    with pytest.raises(ValueError, match="priced is the day"):
        weighed(choice, priced="last spring")


def test_a_hosted_request_costs_its_tokens_at_its_price(choice):
    rows = [row for row in choice.run.rows("v1 @ actor") if choice.run.columns["cost"][row] >= 0]
    billed = sum(choice.run.columns["cost"][row] for row in rows) / len(rows)
    found = wb.hosting(choice)
    assert float(found.hosted_cost.per_1000) == pytest.approx(1000 * billed)
    assert found.hosted_cost.tokens_in == pytest.approx(141)
    assert found.hosted_cost.price_out == 10.0


def test_it_says_from_which_rate_own_servers_pay_and_what_that_means_here(choice):
    found = weighed(choice)
    assert found.missing == ()
    assert found.adequate
    assert found.word == "not shown"
    assert found.sentence == (
        "Own servers pay from 0.23 to 0.64 requests a second. You expect 0.47: there they are "
        "cheaper in 76 of 100 draws ($0.47 against $0.57 per 1,000). v1 @ small is not worse than "
        "v1 @ actor by 8 points (−0.7, −6.2 to 4.8)."
    )


@pytest.mark.parametrize(
    ("lacking", "kind", "says"),
    [
        ({"capacity": ()}, "throughput", "nobody measured how many requests a second"),
        ({"utilisation": None}, "utilisation", "nobody said to what share"),
        ({"server_hour": None}, "server price", "no price of a server is known"),
        (
            {"capacity": replace(CARRIES, peak=None)},
            "peak",
            "nobody said how far the busiest minute lies above the mean rate",
        ),
    ],
)
def test_what_nobody_measured_or_said_is_unknown_and_nothing_stands_in_for_it(
    choice, lacking, kind, says
):
    found = weighed(choice, **lacking)
    assert found.missing == (kind,)
    assert found.weighed is None
    assert found.word == "unknown"
    assert says in found.sentence
    assert "v1 @ actor costs $0.57 per 1,000 requests." in found.sentence


def test_a_model_without_a_price_is_weighed_against_nothing(choice):
    run = choice.run
    models = {**run.meta.models, "actor": replace(run.meta.models["actor"], price=None)}
    known, run.meta = run.meta, replace(run.meta, models=models)
    try:
        found = weighed(choice)
    finally:
        run.meta = known
    assert found.missing == ("hosted price",)
    assert "models.yaml" in found.next_step


def test_where_no_rate_pays_that_is_said(choice):
    found = weighed(choice, server_hour=80.0)
    assert found.weighed.pays == "never"
    assert found.word == "hosted"
    assert found.sentence.startswith("No rate pays for own servers, in 100 of 100 draws.")


def test_draws_without_a_rate_that_pays_are_counted_in_words(choice):
    found = weighed(choice, server_hour=3.7)
    assert found.weighed.pays == "perhaps"
    assert "no rate pays in 3" in found.sentence
    assert "of 100 draws" in found.sentence


def test_answers_that_may_be_too_bad_make_it_less_sure_that_any_rate_pays(choice):
    sure, doubtful = weighed(choice), weighed(choice, margin=0.02)
    assert not doubtful.adequate
    assert doubtful.weighed.never_for_quality == pytest.approx(0.3, abs=0.1)
    assert doubtful.weighed.never > sure.weighed.never + 0.2
    assert "because the answers are too bad" in doubtful.sentence
    assert "is not shown to be no worse" in doubtful.sentence


def test_a_quarter_of_the_use_moves_the_rate_that_lasts(choice):
    full, quarter = weighed(choice), weighed(choice, utilisation=0.2125)
    busy = 50.0
    ratio = quarter.weighed.at(busy).own.estimate / full.weighed.at(busy).own.estimate
    assert ratio == pytest.approx(4, rel=0.05)


def test_of_several_adequate_models_the_smallest_is_weighed(choice):
    both = ["v1 @ large", "v1 @ small"]
    found = wb.hosting(choice, CARRIES, own=both, margin=0.10, **SAID)
    assert [each.adequate for each in found.fits] == [True, True]
    assert found.own == "v1 @ small"
    strict = wb.hosting(choice, own=both, margin=0.05, **SAID)
    assert [each.adequate for each in strict.fits] == [True, False]
    assert strict.own == "v1 @ large"


def test_a_capacity_of_another_model_is_refused(choice):
    with pytest.raises(wb.WorkbenchError, match="capacity is of small, but large is weighed"):
        wb.hosting(choice, CARRIES, own=["v1 @ large"], **SAID)


def test_runs_that_scatter_make_the_rate_less_sure(choice):
    apart = replace(CARRIES, rate=Interval(6.2, 3.1, 12.4))
    assert weighed(choice, apart).weighed.spreads.throughput == pytest.approx(math.log(4) / 3.92)
    assert weighed(choice).weighed.spreads.throughput == 0.08


def test_a_rate_that_no_long_run_confirmed_is_to_be_confirmed(choice):
    assert "long run" in weighed(choice, replace(CARRIES, confirmed=False)).next_step


def test_published_figures_are_kept_and_change_nothing(choice):
    beside = weighed(choice, (), published={"a vendor's page": 2500.0})
    assert beside.published == {"a vendor's page": 2500.0}
    assert beside.missing == ("throughput",)


def test_considerations_are_kept_in_words_and_change_nothing(choice):
    said = "The texts may not leave the house."
    found = weighed(choice, considerations=[said])
    assert found.considerations == (said,)
    assert found.sentence == weighed(choice).sentence


@pytest.mark.parametrize(
    "wrong", [{"utilisation": 1.2}, {"utilisation": 0}, {"server_hour": -1}, {"at_least": 0}]
)
def test_amounts_that_cannot_be_are_refused(choice, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        weighed(choice, **wrong)


def test_a_variant_that_is_not_there_is_named(choice):
    with pytest.raises(wb.WorkbenchError, match="no one variant 'gone'"):
        wb.hosting(choice, own=["gone"])


@pytest.mark.parametrize("check", ["golden", "saw_tooth", "none"])
def test_the_figures_that_make_statistics_checks_hold_in_short(check):
    bench = Bench(0, 400, 30, None)
    lines = list(getattr(figures, check)(bench))
    assert len(lines) > 2
    missed = [line for line in lines if not line.reached and "90 %" not in line.what]
    assert missed == []
