"""Calls cut into files that an endpoint's queue has room for."""

import pytest
from loopback import ask

import workbench as wb
from workbench.errors import PausedTooLong
from workbench.models.attempts import Attempts
from workbench.models.batches import Batches, Fault, State
from workbench.models.openai_client import Client
from workbench.models.session import session_for
from workbench.runs.parcels import Lane, queue_fault
from workbench.runs.sending import ACTOR, Call, Target

MODEL = wb.Model("m", "x", "http://127.0.0.1:9/v1", parameters={"max_tokens": 100})


@pytest.fixture
async def lane():
    """A lane with ten calls of about 120 tokens each that wait."""
    async with Client(session_for(MODEL, MODEL.base_url)) as client:
        made = Lane(Batches(client))
        for number in range(10):
            request = ask(MODEL, f"note {number}")
            payload = request.payload()
            call = Call(request, payload, request.key(payload), [Target(number, ACTOR, 0)])
            call.attempts = Attempts(request, payload)
            made.waiting.append(call)
        yield made


def cut(lane):
    """The numbers of calls in the parcels that all waiting calls are cut into."""
    found = []
    while lane.waiting:
        found.append(len(lane.next_parcel()[0].sent))
    return found


@pytest.mark.parametrize(("tokens", "parcels"), [(1e9, [10]), (500, [4, 4, 2]), (1, [1] * 10)])
def test_a_parcel_brings_no_more_tokens_than_the_queue_takes(lane, tokens, parcels):
    lane.most_tokens = tokens
    assert cut(lane) == parcels


@pytest.mark.parametrize(
    ("message", "parcels"),
    [
        ("Enqueued token limit reached. Limit: 500 enqueued tokens.", [4, 4]),
        ("Enqueued token limit reached. Limit: 2,000,000 enqueued tokens.", [4, 4]),
        ("no room", [4, 4]),
    ],
)
def test_what_the_queue_had_no_room_for_is_cut_to_its_limit_or_to_half(lane, message, parcels):
    parcel, _ = lane.next_parcel()
    calls = [call for call, _ in parcel.sent.values()][:8]
    parcel.tokens *= 0.8
    lane.make_smaller(parcel, Fault(None, "token_limit_exceeded", message))
    lane.waiting.extend(calls)
    assert cut(lane) == parcels


def test_a_single_call_cannot_be_cut(lane):
    lane.most_tokens = 1
    parcel, _ = lane.next_parcel()
    with pytest.raises(PausedTooLong, match="not even one call in a batch now: full; what is done"):
        lane.make_smaller(parcel, Fault(None, "token_limit_exceeded", "full"))


@pytest.mark.parametrize(
    ("code", "message", "full"),
    [
        ("token_limit_exceeded", "", True),
        ("", "Enqueued token limit reached for m", True),
        ("invalid_json_line", "max_tokens exceed the limit", False),
    ],
)
def test_a_full_queue_is_told_by_its_code_or_its_words(code, message, full):
    state = State("b", "failed", 0, (), (Fault(None, code, message),))
    assert (queue_fault(state) is not None) is full
