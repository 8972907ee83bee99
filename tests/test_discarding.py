"""Deleting a run takes what it alone stands on, and gives nothing back that was spent."""

from dataclasses import replace

import pytest
from notes import DEAR, USAGE, examples, talk
from sqlalchemy import text

import workbench as wb
from workbench import labels, testing
from workbench.errors import StoreError
from workbench.runs import load_run, run
from workbench.store.discarding import Discard
from workbench.testing import Reply


@pytest.fixture
def server():
    with testing.serve(talk) as serving:
        yield serving


@pytest.fixture
def store(store_url):
    store = wb.Store(store_url)
    yield store
    store.close()


def rows_in(store, table):
    with store._database.read() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


async def two_runs(prompt, critic, server, store):
    """A run on four examples, and one on six: the first four are answered once."""
    model = server.model()
    made = [await run(prompt(), examples(n), model, [critic(model)], store=store) for n in (4, 6)]
    return made


async def test_a_run_goes_with_the_calls_that_no_other_stands_on(prompt, critic, server, store):
    first, second = await two_runs(prompt, critic, server, store)
    foreseen = store.discarding.foresee([second.id])
    assert foreseen.size > 0
    assert replace(foreseen, size=0) == Discard((second.id,), rows=6, calls=4, shared=8)
    assert [each.id for each in store.runs()] == [second.id, first.id]
    assert store.discarding.discard([second.id]) == foreseen
    assert [each.id for each in store.runs()] == [first.id]
    assert (rows_in(store, "call"), rows_in(store, "cell"), rows_in(store, "document")) == (8, 4, 1)
    assert (
        load_run(first.id, store)
        .frame.drop(columns="cached")
        .equals(first.frame.drop(columns="cached"))
    )
    with pytest.raises(StoreError, match="holds no run"):
        load_run(second.id, store)


async def test_what_goes_is_asked_again_and_what_stays_is_not(prompt, critic, server, store):
    _, second = await two_runs(prompt, critic, server, store)
    store.discarding.discard([second.id])
    again = await run(prompt(), examples(6), server.model(), [critic(server.model())], store=store)
    assert (again.id, again.calls, again.hits) == (second.id, 4, 8)


LEDGER = ("label", "looked", "said", "registration", "sighting", "spend")


async def test_labels_looks_and_what_was_said_outlive_the_run(prompt, critic, server, store):
    model = server.model()
    given = ([prompt("v1"), prompt("v2")], examples(24), model, [critic(model)])
    made = await run(*given, store=store)
    labels.add(made, "good", 0, 1.0, rater="ada")
    wb.compare(made, "good", baseline="v1")
    before = [rows_in(store, name) for name in LEDGER]
    store.discarding.discard([made.id])
    assert before[:3] == [1, 1, 1]
    before[1] += 1  # that the answers looked at are gone
    assert [rows_in(store, name) for name in LEDGER] == before
    again = await run(*given, store=store)
    assert [each["value"] for each in again.store.labels("good")] == [1.0]
    assert wb.compare(again, "good", baseline="v1").looks == 1  # the same answers, the same look


LONG = "much too long " * 10


async def test_answers_asked_anew_after_a_deletion_are_no_first_look(prompt, tmp_path, store):
    """With other answers v2 would not be worse, were the look given back."""
    lucky = []

    def script(ask):
        return "short" if "v1" in ask.system or lucky else LONG

    with testing.serve(script) as server:
        given = ([prompt("v1"), prompt("v2")], examples(60), server.model(), [wb.Length(1, 9)])
        first = wb.compare(await run(*given, store=store), "length", baseline="v1")
        store.discarding.discard([first.run.id])
        lucky.append("now")
        made = await run(*given, store=store)
        again = wb.compare(made, "length", baseline="v1")
    assert (first.looks, first.lead.decision) == (1, "worse")
    assert (again.looks, again.lead.decision, again.lead.cause) == (1, "need more", "claim fell")
    assert again.lead.interval.estimate == 0.0
    there = wb.Store(tmp_path / "there.db")
    there.read_calls(store.write_calls(tmp_path / "calls.jsonl", made.id))
    replayed = await run(*given, store=there, offline=True)
    assert wb.compare(replayed, "length", baseline="v1").decision() == again.decision()


async def test_a_prompt_written_on_deleted_answers_still_was(prompt, store):
    with testing.serve(lambda ask: "short" if "late" in ask.system else LONG) as server:
        given = (examples(60), server.model(), [wb.Length(1, 9)])
        made = await run(prompt("v1"), *given, store=store)
        store.discarding.discard([made.id])
        again = await run([prompt("v1"), prompt("late")], *given, store=store)
    choice = wb.compare(again, "length", baseline="v1")
    assert choice.lead.cause == "written on these rows"


async def test_a_run_from_before_the_ledger_is_entered_before_it_goes(prompt, server, store):
    made = await run(prompt(), examples(6), server.model(), store=store)
    with store._database.write() as connection:
        connection.execute(text("DELETE FROM sighting"))
        connection.execute(text("DELETE FROM registration"))
    store.discarding.discard([made.id])
    assert (rows_in(store, "sighting"), rows_in(store, "registration")) == (1, 0)


async def test_a_budget_that_was_spent_stays_spent(prompt, store):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        given = (prompt(), examples(100), server.model(price=DEAR))
        made = await run(*given, store=store, budget=1.0)
        sent = len(server.log)
        assert 0 < sent < 100
        store.discarding.discard([made.id])
        await run(*given, store=store, budget=1.0)
    assert len(server.log) * 0.06 <= 1.0


async def test_calls_that_no_run_stands_on_go_by_their_age(prompt, server, store):
    made = await run(prompt(), examples(3), server.model(), store=store)
    with store._database.write() as connection:
        connection.execute(text("DELETE FROM cell WHERE row > 0"))
        connection.execute(text("UPDATE call SET at = 1000"))
    assert store.discarding.foresee([], before=999.0).calls == 0
    assert store.discarding.discard([], before=1001.0).calls == 2
    assert rows_in(store, "call") == 1 and [each.id for each in store.runs()] == [made.id]


async def test_nothing_is_deleted_while_a_run_is_at_work(prompt, server, store):
    made = await run(prompt(), examples(2), server.model(), store=store)
    store.enroll("somebody")
    with pytest.raises(StoreError, match="1 at work on it"):
        store.discarding.discard([made.id])
    store.end_owner("somebody", made.id)
    store.discarding.discard([made.id])
    assert store.runs() == []


async def test_a_vacuum_gives_the_room_back(prompt, store):
    with testing.serve(lambda ask: "x" * 20_000) as server:
        made = await run(prompt(), examples(100), server.model(), store=store)
    before = store.discarding.size()
    store.discarding.discard([made.id])
    store.discarding.vacuum()
    assert before > 1_000_000 or not store._database.sqlite
    if store._database.sqlite:
        assert store.discarding.size() < before / 4
