"""The store keeps what it was given, on SQLite and on PostgreSQL alike, and says plainly what is
wrong with it.
"""

import math
import os
import threading

import pytest
from sqlalchemy import create_engine, text

import workbench as wb
from workbench.errors import StoreError
from workbench.models.call import Request
from workbench.models.completion import Completion, Token
from workbench.models.model import Model
from workbench.store import Failures, Found, Settlement, Store, call_row, output_hash
from workbench.store.exchanges import unanswered
from workbench.store.leases import DEAD_SECONDS
from workbench.store.ledger import Entry, row_hashes, shared

MODEL = Model("m", "m", "http://127.0.0.1/v1")


FREE = Settlement("run")


ODD_TEXTS = [
    "",
    "plain",
    "\ud800 alone",
    "nul \0 inside",
    "\x1a001a",
    "é 你好 🙂",
    "[" * 100_000,
    "9" * 5000,
]


@pytest.fixture
def store(store_url):
    store = Store(store_url)
    yield store
    store.close()


def request(said: str, **fields) -> Request:
    return Request(MODEL, [{"role": "user", "content": said}], **fields)


def keep(store: Store, asked: Request, completion: Completion) -> bytes:
    """Store an outcome of a call, as a run does, and give its key."""
    row = call_row(asked.key(), asked, asked.payload(), completion)
    store.exchange("somebody", FREE, calls=[row])
    return row["key"]


def answer(store: Store, key: bytes) -> Completion | None:
    found = store.answers([key])
    return found[key].completion if key in found else None


def tamper(store: Store, statement: str, **values) -> None:
    """Change the database behind the store's back."""
    engine = create_engine(store._database.url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_an_answer_reads_back_as_it_was_given(store):
    token = Token("Yes", -0.25, (("Yes", -0.25), ("No", -math.inf)))
    given = Completion(
        "Hello",
        finish_reason="stop",
        prompt_tokens=7,
        completion_tokens=2,
        seconds=0.5,
        first_token_seconds=0.1,
        token_seconds=0.01,
        tokens=(token,),
        model="gpt fp_1",
        attempts=2,
    )
    found = answer(store, keep(store, request("hi"), given))
    assert found is not None
    assert found.cached
    assert found.tokens == given.tokens
    assert (found.text, found.status, found.model, found.attempts) == ("Hello", "ok", "gpt fp_1", 2)
    assert (found.seconds, found.first_token_seconds, found.token_seconds) == (0.5, 0.1, 0.01)


@pytest.mark.parametrize(
    "said", [*ODD_TEXTS, "x" * 10_000_000], ids=lambda said: f"{said[:8]!a}-{len(said)}"
)
def test_texts_that_databases_refuse_read_back_the_same(store, said):
    key = keep(store, request(said), Completion(said, error=said[:100]))
    found = answer(store, key)
    assert found is not None
    assert (found.text, found.error) == (said, said[:100])


def test_what_a_reply_thought_and_took_is_kept_and_what_an_older_version_stored_is_as_it_was(store):
    said = Completion(
        "yes", thinking="hm \ud800", thinking_tokens=8, cached_tokens=3, queue_seconds=0.5,
        lost_prompt_tokens=10, lost_completion_tokens=2,
    )  # fmt: skip
    key = keep(store, request("hi"), said)
    assert answer(store, key) == said._replace(cached=True)
    old = answer(store, keep(store, request("old"), Completion("<think>hm</think>yes")))
    assert old and (old.text, old.thinking, old.thinking_tokens) == ("<think>hm</think>yes", "", -1)


def test_a_call_that_ended_well_without_an_answer_is_not_made_again(store):
    key = keep(store, request("hi"), Completion("", status="malformed", error="no text"))
    found = answer(store, key)
    assert found and (found.status, found.error) == ("malformed", "no text")


@pytest.mark.parametrize("status", ["truncated", "filtered"])
def test_the_first_answer_stands_though_it_was_cut_or_filtered(store, status):
    key = keep(store, request("hi"), Completion("half", status=status, error="why"))
    keep(store, request("hi"), Completion("whole"))
    found = answer(store, key)
    assert found and (found.text, found.status, found.error) == ("half", status, "why")


def test_a_reply_that_a_budget_has_cut_answers_those_with_a_budget_until_there_is_another(store):
    cut = Completion("half", status="truncated", bounded=True)
    key = keep(store, request("hi"), cut)
    assert answer(store, key) is None
    assert store.answers([key], bounded=True)[key].completion == cut._replace(cached=True)
    keep(store, request("hi"), Completion("whole"))
    assert store.answers([key], bounded=True)[key].completion.text == "whole"


@pytest.mark.parametrize("status", ["error", "timeout"])
def test_calls_that_failed_are_kept_but_answer_nothing(store, status):
    key = keep(store, request("hi"), Completion("half", status=status, error="why"))
    assert answer(store, key) is None
    recorded = store.answers([key], Failures(since=0.0))[key].completion
    assert (recorded.text, recorded.status, recorded.error) == ("half", status, "why")
    keep(store, request("hi"), Completion("whole"))
    assert answer(store, key).text == "whole"
    assert store.answers([key], Failures(since=0.0))[key].completion.text == "whole"


def test_the_first_answer_stands(store):
    key = keep(store, request("hi"), Completion("first"))
    keep(store, request("hi"), Completion("second"))
    assert answer(store, key).text == "first"


@pytest.mark.parametrize(
    "change", ["reply = :bytes", "status = 'ok', digest = :bytes", "key = key, reply = :bytes"]
)
def test_a_damaged_answer_is_a_miss_with_a_warning_and_is_not_deleted(store, change, caplog):
    key = keep(store, request("hi"), Completion("true"))
    tamper(store, f"UPDATE call SET {change}", bytes=b'{"text":"false"}')
    assert answer(store, key) is None
    assert "damaged and not used" in caplog.text
    keep(store, request("hi"), Completion("true again"))
    assert answer(store, key).text == "true again"


def test_an_answer_that_slipped_under_another_key_is_a_miss(store):
    key, other = keep(store, request("a"), Completion("of a")), request("b").key()
    tamper(store, "UPDATE call SET key = :other", other=other)
    assert (answer(store, key), answer(store, other)) == (None, None)


def test_a_call_is_claimed_by_one_owner_only(store):
    store.enroll("one")
    store.enroll("two")
    keys = [request(str(number)).key() for number in range(5)]
    assert store.exchange("one", FREE, wanted=keys[:3]).claimed == set(keys[:3])
    assert store.exchange("two", FREE, wanted=keys).claimed == set(keys[3:])
    store.end_owner("one", "run")
    assert store.exchange("two", FREE, wanted=keys[:3]).claimed == set(keys[:3])


def test_many_threads_claim_every_call_once(store):
    keys = [request(str(number)).key() for number in range(200)]
    claimed: list[bytes] = []

    def claim(name: str) -> None:
        store.enroll(name)
        for start in range(0, 200, 20):
            claimed.extend(store.exchange(name, FREE, wanted=keys[start : start + 20]).claimed)

    threads = [threading.Thread(target=claim, args=[f"owner {number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(keys)


def test_an_answer_that_came_meanwhile_is_given_instead_of_a_claim(store):
    key = keep(store, request("hi"), Completion("there"))
    store.enroll("one")
    given = store.exchange("one", FREE, wanted=[key, request("new").key()])
    assert given.found[key].completion.text == "there"
    assert given.claimed == {request("new").key()}


def test_a_silent_owner_is_dead_and_its_calls_are_taken_over(store):
    store.enroll("dead")
    store.enroll("alive")
    key = request("hi").key()
    store.exchange("dead", FREE, wanted=[key])
    assert store.exchange("alive", FREE, wanted=[key]).claimed == set()
    tamper(
        store,
        "UPDATE owner SET beat = beat - :s, host = 'elsewhere' WHERE id = 'dead'",
        s=DEAD_SECONDS + 1,
    )
    assert store.exchange("alive", FREE, wanted=[key]).claimed == {key}
    assert DEAD_SECONDS <= 25  # so that with all its waits a take-over comes within 30 s


def test_an_owner_that_beats_lives(store):
    store.enroll("slow")
    store.enroll("other")
    key = request("hi").key()
    store.exchange("slow", FREE, wanted=[key])
    tamper(store, "UPDATE owner SET beat = beat - :s WHERE id = 'slow'", s=DEAD_SECONDS + 1)
    store.beat("slow")
    assert store.exchange("other", FREE, wanted=[key]).claimed == set()


def test_a_process_that_has_ended_on_this_machine_is_dead_at_once(store):
    store.enroll("gone")
    store.enroll("here")
    key = request("hi").key()
    store.exchange("gone", FREE, wanted=[key])
    ended = os.fork()
    if not ended:
        os._exit(0)
    os.waitpid(ended, 0)
    tamper(store, "UPDATE owner SET process = :process WHERE id = 'gone'", process=ended)
    assert store.exchange("here", FREE, wanted=[key]).claimed == {key}


def test_a_budget_is_reserved_settled_and_never_passed(store):
    for name in ("one", "two"):
        store.enroll(name)
    keys = [request(str(number)).key() for number in range(4)]
    costs = dict.fromkeys(keys, 0.4)
    given = store.exchange("one", Settlement("run", budget=1.0, costs=costs), wanted=keys)
    assert (given.claimed, given.unaffordable, given.others_hold) == (
        set(keys[:2]),
        set(keys[2:]),
        False,
    )
    given = store.exchange("two", Settlement("run", budget=1.0, costs=costs), wanted=keys[2:])
    assert (given.claimed, given.unaffordable, given.others_hold) == (set(), set(keys[2:]), True)
    row = call_row(keys[0], request("0"), request("0").payload(), Completion("cheap"))
    store.exchange("one", Settlement("run", released=0.4, spent=0.1), calls=[row])
    given = store.exchange("two", Settlement("run", budget=1.0, costs=costs), wanted=keys[2:])
    assert (given.claimed, given.unaffordable) == (
        {keys[2]},
        {keys[3]},
    )  # 0.1 spent, 0.4 and 0.4 held


def test_budgets_of_different_runs_are_apart_and_an_ended_owner_holds_nothing(store):
    store.enroll("one")
    key, other = request("a").key(), request("b").key()
    store.exchange("one", Settlement("run", budget=1.0, costs={key: 0.9}), wanted=[key])
    assert store.exchange(
        "one", Settlement("another", budget=1.0, costs={other: 0.9}), wanted=[other]
    ).claimed == {other}
    store.end_owner("one", "run")
    store.enroll("two")
    assert store.exchange(
        "two", Settlement("run", budget=1.0, costs={key: 0.9}), wanted=[key]
    ).claimed == {key}


def label(number: int, **fields) -> dict:
    return {
        "id": f"id{number}",
        "critic": "good",
        "example": f"e{number}",
        "output_hash": output_hash("x"),
        "rater": "ann",
        "value": 1.0,
        "at": "2026-11-25T10:00:00+00:00",
        "purpose": "estimate",
        "blind": True,
        "shown_score": None,
        "selection": {"method": "uniform", "seed": 0},
        "context": {"run": "r"},
        "skipped": False,
        **fields,
    }


def test_labels_read_back_in_the_order_they_were_given(store):
    given = [
        label(1),
        label(2, example="odd \0 \ud800", critic="good", rater="\x1a"),
        label(3, shown_score=0.25),
    ]
    store.add_labels(given)
    store.add_labels(
        [label(1, value=0.0), label(4, critic="other")]
    )  # an id that is known changes nothing
    assert store.labels("good") == given
    assert [record["id"] for record in store.labels("other")] == ["id4"]


def test_a_skipped_label_has_no_value(store):
    store.add_labels([label(1, value=math.nan, skipped=True)])
    [record] = store.labels("good")
    assert math.isnan(record["value"])
    assert record["skipped"] is True


def look(rows, **record):
    return Entry("good", "v1", row_hashes(rows), record, 1.0)


def test_a_look_is_kept_once_with_the_rows_it_stood_on(store):
    first, second = look([b"a", b"b"], scored=2), look([b"b", b"c"], scored=2)
    for entry in (first, second, first):
        store.add_look(entry)
    assert store.looks_at("good", "v1") == [first, second]
    assert store.looks_at("good", "v2") == store.looks_at("other critic", "v1") == []
    assert shared(first.rows, second.rows) == 1


def test_a_prompt_registered_after_a_row_was_answered_was_written_on_it(store):
    assert store.written_after("r", row_hashes([b"a"]), ["p1"]) == frozenset()
    store.register(row_hashes([b"a", b"b"]), ["p1", "p2"])
    store.register(row_hashes([b"b", b"c"]), ["p1", "p3"])
    assert store.written_after("r", row_hashes([b"b"]), ["p1", "p2", "p3", "p4"]) == {"p3", "p4"}
    assert store.written_after("r", row_hashes([b"c"]), ["p1", "p3", "p4"]) == {"p4"}
    assert store.written_after("r", row_hashes([b"d"]), ["p4"]) == frozenset()


def test_recordings_carry_calls_to_another_store(store, tmp_path):
    keys = [
        keep(store, request(said), Completion(said, tokens=(Token("a", -1.0),)))
        for said in ODD_TEXTS
    ]
    streamed = Completion("parts", gap_seconds=(0.25, 0.5), tokens=(Token("a", -math.inf),))
    keys.append(keep(store, request("streamed"), streamed))
    keys.append(keep(store, request("cut", repeat=3), Completion("half", status="truncated")))
    path = store.write_calls(tmp_path / "calls.jsonl")
    other = Store(tmp_path / "other.db")
    assert other.read_calls(path) == len(keys)
    assert other.read_calls(path) == 0
    for key, said in zip(keys, ODD_TEXTS, strict=False):
        found = answer(other, key)
        assert found is not None
        assert (found.text, found.tokens) == (said, (Token("a", -1.0),))
    assert answer(other, keys[-2]) == answer(store, keys[-2])
    assert answer(other, keys[-1]) == answer(store, keys[-1])
    other.close()


def test_a_store_of_a_newer_workbench_is_refused(store, store_url):
    tamper(store, "UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(StoreError, match=r"newer schema \(99\).*update prompt-workbench"):
        Store(store_url)


def test_an_unknown_run_is_an_error_that_says_what_to_do(store):
    with pytest.raises(StoreError, match="holds no run yet: run one"):
        wb.load_run(store=store)
    with pytest.raises(StoreError, match="holds no run 'abc'"):
        wb.load_run("abc", store)


def test_calls_that_are_answered_are_not_asked_and_of_the_others_at_most_so_many_are():
    answered = {b"a": Found(b"digest", Completion(text="ok"), 1.0)}
    tried, given = unanswered({}, answered, [b"a", b"b", b"c"], 1)
    assert (tried, given.untried, given.found) == ([b"b"], frozenset({b"c"}), answered)
    tried, given = unanswered({}, answered, [b"a", b"b", b"c", b"d"], 1, sure=2)
    assert (tried, given.untried) == ([b"b", b"c"], frozenset({b"d"}))
