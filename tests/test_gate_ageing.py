"""Old answers of the baseline beside fresh ones: when they are asked again, and when they stand."""

import json

import pytest
from test_gate import NOT_WORSE, Place, asked

import workbench as wb
from workbench import testing
from workbench.files import canonical
from workbench.models.entry import Price
from workbench.requirements.read_back import read_checked

DAY = 86_400


class Hosted:
    """A hosted model: right on every row until it `changed`, then on every other one."""

    def __init__(self):
        self.changed, self.system = False, ""

    def __call__(self, ask):
        number = int(ask.body["messages"][-1]["content"])
        text = "no" if self.changed and number % 2 else "ok"
        choice = {"index": 0, "finish_reason": "stop", "message": {"content": text}}
        usage = {"prompt_tokens": 10, "completion_tokens": 1}
        said = {
            "model": "m",
            "system_fingerprint": self.system,
            "choices": [choice],
            "usage": usage,
        }
        return testing.Reply(body=json.dumps(said).encode())


@pytest.fixture
def place(tmp_path):
    model = Hosted()
    with testing.serve(model) as server:
        place = Place(tmp_path, server)
        place.model = model
        yield place


async def aged(place, days, **more):
    """The comparison of v2, asked now, with v1, whose answers came so many days ago."""
    await place.compared("v1", limit=100)
    lines = place.store.write_calls(place.folder / "calls.jsonl").read_text().splitlines()
    calls = [json.loads(line) for line in lines if '"request":' in line]
    old = [{**each, "at": each["at"] - days * DAY} for each in calls]
    path = place.folder / "old.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in old))
    place.store = wb.Store(place.folder / f"{days}.db")
    place.store.read_calls(path)
    for name, value in more.pop("then", {}).items():
        setattr(place.model, name, value)
    return await place.compared("v1", "v2", limit=100, **more)


async def settled(place, choice, **gate):
    before = len(place.server.log)
    checked = await wb.settle(asked(NOT_WORSE, **gate), choice, variant="v2")
    return checked, len(place.server.log) - before


async def test_answers_of_one_week_stand(place):
    checked, calls = await settled(place, await aged(place, 6.5))
    age = checked.settled.age
    assert (age.days, age.most, age.asked, calls) == (6.5, 7.0, 0, 0)
    assert (age.sentence, checked.word) == ("", "pass")


async def test_older_ones_stand_where_the_model_answers_as_it_did(place):
    checked, calls = await settled(place, await aged(place, 9))
    age = checked.settled.age
    assert (age.days, age.asked, age.old_apart, age.new_apart, age.p) == (9.0, 20, 0, 0, 1.0)
    assert (age.again, calls, checked.word) == (False, 40, "pass")
    assert checked.sentence.endswith(
        "The baseline's answers and this prompt's are up to 9.0 days apart; 20 of its rows were "
        "asked twice afresh, and the old answers differ no more than these do (p 1.00)."
    )


async def test_where_the_model_changed_the_baseline_is_asked_again_and_not_the_prompt_blamed(place):
    choice = await aged(place, 9, then={"changed": True})
    blamed = wb.check(asked(NOT_WORSE), choice, variant="v2")
    assert blamed.word == "fail"
    checked, calls = await settled(place, choice)
    age = checked.settled.age
    assert (age.again, age.new_apart) == (True, 0)
    assert age.old_apart >= 5 and age.p < 0.05
    assert calls == 40 + 80  # the 20 rows of the probe are among the 100 of the whole
    assert (checked.word, checked.outcomes[0].value.estimate) == ("pass", 0.0)
    assert "all of it was asked again" in checked.sentence


async def test_of_two_models_only_the_baselines_own_is_asked_again(place):
    made = (await aged(place, 9, then={"changed": True})).run
    other = place.server.model("other", price=Price(0, 0), parameters={"max_tokens": 4})
    asking = made.prompts, made.examples, [*made.models, other], [wb.Exact()]
    choice = wb.compare(await wb.run(*asking, store=place.store), "exact", baseline="v1 @ m")
    before = len(place.server.log)
    checked = await wb.settle(asked(NOT_WORSE), choice, variant="v2 @ m")
    assert checked.settled.age.again
    assert len(place.server.log) - before == 40 + 80


async def test_the_same_store_gives_the_same_bytes_and_asks_no_more(place, monkeypatch):
    choice = await aged(place, 9, then={"changed": True})
    first, _ = await settled(place, choice)
    again, calls = await settled(place, await place.compared("v1", "v2", limit=100))
    assert (canonical(again.decision()), calls) == (canonical(first.decision()), 0)
    monkeypatch.setenv("WORKBENCH_OFFLINE", "record it")
    replayed, calls = await settled(place, await place.compared("v1", "v2", limit=100))
    assert (canonical(replayed.decision()), calls) == (canonical(first.decision()), 0)
    kept = read_checked(json.loads(canonical(first.decision())))
    assert canonical(kept.decision()) == canonical(first.decision())


async def test_offline_only_states_the_age(place, monkeypatch):
    choice = await aged(place, 9, then={"changed": True})
    monkeypatch.setenv("WORKBENCH_OFFLINE", "record it")
    checked, calls = await settled(place, choice)
    assert (checked.settled.age.unasked, checked.settled.age.asked, calls) == ("offline", 0, 0)
    assert "9.0 days apart; none was asked again: offline." in checked.sentence
    assert checked.word == "fail"


async def test_another_version_of_the_model_is_looked_into_however_young(place):
    choice = await aged(place, 0, then={"changed": True, "system": "fp_2"})
    checked, _ = await settled(place, choice)
    assert (checked.settled.age.renamed, checked.settled.age.again) == (True, True)
    assert "another version of the model gave them" in checked.sentence


async def test_what_the_budget_does_not_pay_is_said_and_a_changed_model_lets_nothing_pass(place):
    price = {"price": Price(1000, 1000)}  # a call costs $.011
    choice = await aged(place, 9, then={"changed": True}, **price)
    checked, calls = await settled(place, choice, budget=0.01)
    assert (checked.settled.age.unasked, calls) == ("budget", 0)
    checked, calls = await settled(place, choice, budget=2)
    age = checked.settled.age
    assert (age.asked, age.again, age.unasked, calls) == (20, False, "budget", 40)
    assert (checked.word, checked.outcomes[0].next_step) == (
        "inconclusive", "raise the gate's budget",
    )  # fmt: skip
    assert "its model has changed since" in checked.outcomes[0].reason
    richer, calls = await settled(place, choice, budget=9)
    assert (richer.word, richer.settled.age.again, calls) == ("pass", True, 80)
    assert richer.settled.spent == pytest.approx(120 * 0.011, rel=0.01)


async def test_later_looks_go_on_with_the_fresh_answers(place):
    choice = await aged(place, 9, then={"changed": True})
    part = await wb.run(
        choice.run.prompts, wb.load_examples(place.folder / "rows.jsonl", limit=40),
        choice.run.models, [wb.Exact()], store=place.store,
    )  # fmt: skip
    choice = wb.compare(part, "exact", baseline="v1")
    checked, _ = await settled(place, choice, extend_to=120)
    assert [look.examples for look in checked.settled.looks] == [40, 80, 120]
    assert (checked.word, checked.outcomes[0].value.estimate) == ("pass", 0.0)


async def test_a_prompt_held_against_itself_has_no_age(place):
    choice = await aged(place, 9)
    checked = await wb.settle(asked(NOT_WORSE), choice, variant="v1")
    assert checked.settled.age is None
