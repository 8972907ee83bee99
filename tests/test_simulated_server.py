"""The simulated server against a plain loop over its steps, and by hand."""

import numpy as np
import pytest

from workbench.testing import SimulatedServer

TENTHS = {"prompt_token_seconds": 0.0, "sequence_seconds": 0.0, "context_token_seconds": 0.0}


def tenths(**fields):
    """A server whose every step takes a tenth of a second."""
    return SimulatedServer(step_seconds=0.1, **TENTHS, **fields)


def answers(server, *requests):
    """(first, whole) of requests given as (due, prompt, reply)."""
    due, prompts, replies = (np.array(each) for each in zip(*requests, strict=True))
    found = server.answer(due.astype(float), prompts, replies)
    return [pytest.approx(pair) for pair in zip(found.first, found.whole, strict=True)]


def test_one_request_alone_takes_what_its_steps_take():
    """8 ms + 1,155 x 60 us to the first token; 210 steps of 8.05 ms and 44 ns a token after it."""
    (alone,) = answers(SimulatedServer(), (0, 1155, 211))
    context = sum(44e-9 * (1156 + step) for step in range(210))
    assert alone == (0.0773, 0.0773 + 210 * 0.00805 + context)


def test_who_has_no_place_waits_for_the_first_to_leave():
    assert answers(tenths(max_num_seqs=1), (0, 9, 3), (0, 9, 3)) == [(0.1, 0.3), (0.4, 0.6)]


def test_who_does_not_fit_into_the_room_waits_and_nobody_overtakes():
    found = answers(tenths(room_tokens=20), (0, 9, 2), (0, 9, 2), (0, 1, 1))
    assert found == [(0.1, 0.2), (0.3, 0.4), (0.3, 0.3)]


def test_long_prompts_are_read_in_parts_beside_what_decodes():
    """5,000 tokens are three steps of 2,048; beside a reply one token of each step is its."""
    assert answers(tenths(), (0, 5000, 1)) == [(0.3, 0.3)]
    assert answers(tenths(), (0, 1, 9), (0.1, 2048, 1)) == [(0.1, 0.9), (0.2, 0.2)]


def test_a_request_waits_for_the_step_that_goes_on():
    assert answers(tenths(), (0, 1, 9), (0.15, 1, 1))[1] == (0.15, 0.15)


def test_what_never_fits_is_refused():
    with pytest.raises(ValueError, match="fit into"):
        SimulatedServer(room_tokens=10).answer(np.zeros(1), [9], [2])
    with pytest.raises(ValueError, match="has prompt and reply"):
        SimulatedServer().answer(np.zeros(1), [9], [0])
    with pytest.raises(ValueError, match="more tokens than sequences"):
        SimulatedServer(max_num_seqs=64, max_num_batched_tokens=64)


def step_by_step(server, due, prompts, replies):
    """The same server, one step after another: moments of first and last tokens."""
    unread, left = prompts.tolist(), replies.tolist()
    first, whole = np.full(len(due), np.nan), np.full(len(due), np.nan)
    now, waiting, inside = 0.0, list(range(len(due))), []
    while waiting or inside:
        while waiting and due[waiting[0]] <= now and len(inside) < server.max_num_seqs:
            inside.append(waiting.pop(0))
        if not inside:
            now = due[waiting[0]]
            continue
        decoding = [place for place in inside if not unread[place]]
        context = sum(prompts[each] + replies[each] - left[each] for each in decoding)
        budget, read = server.max_num_batched_tokens - len(decoding), 0
        for place in inside:
            part = min(unread[place], budget - read)
            unread[place], read = unread[place] - part, read + part
        now += (
            server.step_seconds + server.prompt_token_seconds * read
            + server.sequence_seconds * len(decoding) + server.context_token_seconds * context
        )  # fmt: skip
        for place in [place for place in inside if not unread[place]]:
            first[place] = now if np.isnan(first[place]) else first[place]
            left[place] -= 1
            if not left[place]:
                whole[place] = now
                inside.remove(place)
    return first - due, whole - due


@pytest.mark.parametrize("seed", range(4))
def test_many_steps_at_once_come_to_the_same_as_one_after_another(seed):
    random = np.random.default_rng(seed)
    due = np.sort(random.uniform(0, 20, 120))
    prompts, replies = random.integers(1, 3000, 120), random.integers(1, 300, 120)
    server = SimulatedServer(max_num_seqs=16)
    found = server.answer(due, prompts, replies)
    first, whole = step_by_step(server, due, prompts, replies)
    assert found.first == pytest.approx(first, abs=1e-6)
    assert found.whole == pytest.approx(whole, abs=1e-6)


def test_gaps_are_one_less_than_tokens_and_last_as_long_as_the_replies():
    random = np.random.default_rng(5)
    replies = random.integers(1, 50, 30)
    found = SimulatedServer().answer(np.arange(30.0) / 9, np.full(30, 700), replies)
    assert found.gap_counts.sum() == (replies - 1).sum()
    assert found.gaps @ found.gap_counts == pytest.approx((found.whole - found.first).sum())
