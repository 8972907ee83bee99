"""Which calls are in a batch, kept for whoever comes next."""

from loopback import ask

import workbench as wb
from workbench.store import Settlement, Store, call_row
from workbench.store.batch_table import Ticket

OLD, NEW = Ticket("old", "batch_1", 5.0), Ticket("new", "", 6.0)


def test_a_call_is_in_its_latest_batch_until_it_is_answered_or_left(store_url):
    store = Store(store_url)
    request = ask(wb.Model("m", "x", "http://127.0.0.1:9/v1"), "hi")
    payload = request.payload()
    answered, left, stays = request.key(payload), b"b" * 16, b"c" * 16
    store.batches.enter(OLD, [answered, left, stays])
    store.batches.enter(NEW, [stays])
    keys = [answered, left, stays, b"d" * 16]
    assert store.batches.find(keys) == {answered: OLD, left: OLD, stays: NEW}
    row = call_row(answered, request, payload, wb.Completion(text="yes", batched=True))
    store.exchange("me", Settlement("run"), calls=[row])
    store.batches.leave([left])
    assert store.batches.find(keys) == {stays: NEW}
    assert store.answers([answered])[answered].completion.batched
    store.close()


def test_a_whole_batch_of_calls_is_found_and_left(tmp_path):
    store = Store(tmp_path / "s.db")
    keys = [number.to_bytes(16) for number in range(50_000)]
    store.batches.enter(OLD, keys)
    assert len(store.batches.find(keys)) == 50_000
    store.batches.leave(keys)
    assert store.batches.find(keys) == {}
