"""settle: a gate that buys the rows it takes to know, and says what more it would take."""

import json

import pytest
from test_requirements_checking import NOT_WORSE, asked

import workbench as wb
from workbench import testing
from workbench.errors import RequirementError
from workbench.files import canonical
from workbench.models.entry import Price
from workbench.requirements.lines import GateRules, Requirement
from workbench.requirements.stages import stages
from workbench.stats.scale import Scale

QUALITY = Requirement("quality", at_least=0.8)
PROMPT = "---\nname: {0}\n---\nsystem:\n{0}\n\nuser:\n{{{{ text }}}}\n"


class Place:
    """A project with 300 rows on disk and a model that is right as often as the prompt's name says:
    v1 and v2 always, half every other time.
    """

    def __init__(self, folder, server):
        self.server = server
        self.store = wb.Store(folder / "store.db")
        self.folder = folder
        rows = (
            {"id": f"e{n:03d}", "inputs": {"text": f"{n}"}, "expected": "ok"} for n in range(300)
        )
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def prompt(self, name):
        path = self.folder / f"{name}.prompty"
        path.write_text(PROMPT.format(name))
        return wb.load_prompt(path)

    async def compared(self, *names, limit=40, price=None, critics=()):
        examples = wb.load_examples(self.folder / "rows.jsonl", limit=limit)
        model = self.server.model("m", price=price or Price(0, 0), parameters={"max_tokens": 4})
        prompts = [self.prompt(name) for name in names]
        run = await wb.run(prompts, examples, model, [wb.Exact(), *critics], store=self.store)
        return wb.compare(run, "exact", baseline=names[0])


def script(ask):
    number = int(ask.body["messages"][-1]["content"])
    return "no" if "half" in ask.system and number % 2 else "ok"


@pytest.fixture
def place(tmp_path):
    with testing.serve(script) as server:
        yield Place(tmp_path, server)


async def test_a_gate_adds_examples_on_both_sides_until_it_knows(place):
    choice = await place.compared("v1", "v2", "v3")
    before = len(place.server.log)
    checked = await wb.settle(asked(NOT_WORSE, extend_to=120), choice, variant="v2")
    assert (checked.word, checked.settled.stopped, checked.exit_status) == ("pass", "known", 0)
    assert [look.examples for look in checked.settled.looks] == [40, 80, 120]
    assert [look.word for look in checked.settled.looks] == ["inconclusive"] * 2 + ["pass"]
    assert len(place.server.log) - before == 2 * 80  # v3 is not asked again
    assert checked.outcomes[0].rows == 120
    assert checked.sentence.endswith("It took 3 of 3 looks, the last on 120 examples.")


async def test_its_first_look_is_what_check_says(place):
    choice = await place.compared("v1", "half", limit=60)
    rules = asked(NOT_WORSE, QUALITY, extend_to=120)
    plain = wb.check(rules, choice, variant="half")
    settled = await wb.settle(rules, choice, variant="half")
    assert (plain.word, settled.word, settled.exit_status) == ("fail", "fail", 100)
    assert settled.outcomes == plain.outcomes
    assert [look.examples for look in settled.settled.looks] == [60]


async def test_compare_learns_nothing_of_a_gates_looks(place):
    choice = await place.compared("v1", "v2")
    await wb.settle(asked(NOT_WORSE, extend_to=120), choice)
    again = wb.compare(choice.run, "exact", baseline="v1")
    assert (again.looks, again.ledger) == (choice.looks, choice.ledger)
    assert canonical(again.decision()) == canonical(choice.decision())


async def test_the_same_store_gives_the_same_bytes_and_pays_once(place):
    rules = asked(NOT_WORSE, extend_to=120, budget=1.0)
    priced = {"price": Price(10, 10)}
    choice = await place.compared("v1", "v2", **priced)
    first = await wb.settle(rules, choice, variant="v2")
    assert first.settled.spent > 0
    sent = len(place.server.log)
    again = await wb.settle(rules, await place.compared("v1", "v2", **priced), variant="v2")
    assert canonical(again.decision()) == canonical(first.decision())
    assert len(place.server.log) == sent


async def test_a_budget_ends_the_looks_and_the_gate_says_what_more_it_takes(place):
    choice = await place.compared("v1", "v2", price=Price(1000, 1000))
    rules = asked(NOT_WORSE, extend_to=120, budget=0.01)
    checked = await wb.settle(rules, choice, variant="v2")
    assert (checked.word, checked.exit_status) == ("inconclusive", 101)
    assert (checked.settled.stopped, checked.settled.more.examples) == ("budget", 80)
    assert 1 < checked.settled.more.dollars < 4
    assert "it takes about 80 examples and $" in checked.sentence
    richer = await wb.settle(asked(NOT_WORSE, extend_to=120, budget=9), choice, variant="v2")
    assert richer.word == "pass" and richer.settled.spent < 9


async def test_without_a_price_a_gate_goes_on_and_says_that_the_cost_is_unknown(place):
    examples = wb.load_examples(place.folder / "rows.jsonl", limit=40)
    model = place.server.model("m", price=None, parameters={"max_tokens": 4})
    prompts = [place.prompt(name) for name in ("v1", "v2")]
    run = await wb.run(prompts, examples, model, [wb.Exact()], store=place.store)
    choice = wb.compare(run, "exact", baseline="v1")
    checked = await wb.settle(asked(NOT_WORSE, extend_to=120), choice, variant="v2")
    assert (checked.word, checked.settled.spent) == ("pass", None)
    sent = len(place.server.log)
    stored = await wb.settle(asked(NOT_WORSE, extend_to=300, budget=1.0), choice, variant="v2")
    assert (stored.word, stored.settled.stopped) == ("inconclusive", "no price")
    assert "Under a budget no price may be unknown: it takes about" in stored.sentence
    assert len(place.server.log) == sent


async def test_an_inconclusive_gate_may_only_warn(place):
    choice = await place.compared("v1", "v2", price=Price(1000, 1000))
    rules = asked(NOT_WORSE, extend_to=80, budget=0.01, on_inconclusive="warn")
    checked = await wb.settle(rules, choice, variant="v2")
    assert (checked.word, checked.exit_status) == ("inconclusive", 0)


async def test_beyond_the_file_the_whole_of_it_is_asked_again(place):
    choice = await place.compared("v1", "v2", limit=200)
    plan = stages(choice.run.examples, GateRules(extend_to=900))
    assert [(each.examples, each.times) for each in plan] == [
        (200, 1),
        (300, 1),
        (300, 2),
        (300, 3),
    ]
    assert sum(each.tail for each in plan[2:]) < 0.05
    few = choice.run.examples.split(search=0.1).search
    assert stages(few, GateRules(extend_to=2 * len(few)))[1].times == 2


async def test_what_rows_cannot_settle_buys_none(place):
    rules = asked(Requirement("cost", per=1000, at_most=1.0), NOT_WORSE, extend_to=120)
    unpriced = place.server.model("m", price=None)
    examples = wb.load_examples(place.folder / "rows.jsonl", limit=40)
    prompts = [place.prompt("v1"), place.prompt("v2")]
    run = await wb.run(prompts, examples, unpriced, [wb.Exact()], store=place.store)
    choice = wb.compare(run, "exact", baseline="v1")
    sent = len(place.server.log)
    checked = await wb.settle(rules, choice, variant="v2")
    assert (checked.settled.stopped, len(place.server.log)) == ("not for rows", sent)
    assert "More rows would not settle it." in checked.sentence


async def test_a_gate_that_cannot_pass_is_refused_with_the_rows_it_needs(place):
    choice = await place.compared("v1", "v2")
    with pytest.raises(RequirementError, match="can never pass on 40 rows: it takes 59"):
        await wb.settle(asked(NOT_WORSE), choice)


async def test_repeats_of_too_few_examples_are_not_paid_for(place):
    choice = await place.compared("half", "half2", limit=300)
    part = wb.Run.of(
        choice.run.frame[choice.run.frame.example < "e040"], critics={"exact": Scale()}
    )
    rules, elsewhere = asked(NOT_WORSE, extend_to=120), wb.compare(part, "exact", baseline="half")
    checked = await wb.settle(rules, elsewhere, variant="half2")
    assert checked.settled.stopped == "no store"
    run = await wb.run(
        choice.run.prompts, wb.Dataset(choice.run.examples[:40]), choice.run.models, [wb.Exact()],
        store=place.store,
    )  # fmt: skip
    sent = len(place.server.log)
    choice = wb.compare(run, "exact", baseline="half")
    checked = await wb.settle(rules, choice, variant="half2")
    assert (checked.settled.stopped, checked.settled.more.examples) == ("too few examples", 67)
    assert len(place.server.log) == sent


async def test_the_decision_says_how_many_prompts_were_gated_on_these_rows(place, tmp_path):
    rules = asked(NOT_WORSE, extend_to=120)
    choice = await place.compared("v1", "v2", "v3")
    heads = [(await wb.settle(rules, choice, variant=v)).settled.heads for v in ("v2", "v3", "v2")]
    assert heads == [1, 2, 1]
    elsewhere = wb.Store(tmp_path / "replayed.db")
    elsewhere.read_calls(place.store.write_calls(tmp_path / "calls.jsonl"))
    assert len(elsewhere.looks_at("", "")) == len(place.store.looks_at("", ""))


async def test_a_gate_is_kept_by_its_own_baseline_and_its_own_head(place):
    rules = asked(NOT_WORSE, extend_to=120)
    run = (await place.compared("v1", "v2", "v3")).run
    for baseline, variant in (("v1", "v2"), ("v3", "v2"), ("v2", "v3")):
        await wb.settle(rules, wb.compare(run, "exact", baseline=baseline), variant=variant)
    gated = [each.record["gated"] for each in place.store.looks_at("", "")]
    (v1, v2), (v3, _) = gated[0], next(each for each in gated if each[0] != gated[0][0])
    assert len({v1, v2, v3}) == 3
    assert {tuple(each) for each in gated} == {(v1, v2), (v3, v2), (v2, v3)}


async def test_answers_that_were_deleted_after_a_gate_count_as_one_prompt_more(place):
    heads = []
    for _ in range(2):
        choice = await place.compared("v1", "v2", limit=60)
        heads.append((await wb.settle(asked(NOT_WORSE), choice, variant="v2")).settled.heads)
        place.store.discarding.discard([choice.run.id])
    assert heads == [1, 2]


async def test_without_requirements_nothing_is_asked(place):
    choice = await place.compared("v1", "v2")
    checked = await wb.settle("", choice)
    assert (checked.word, checked.settled, checked.outcomes) == ("pass", None, ())
