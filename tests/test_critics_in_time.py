"""Checks end in time, whatever an answer makes of their pattern."""

import signal

import pytest

import workbench as wb
from workbench import testing
from workbench.critics import in_time
from workbench.exchange.asserted import Asserted
from workbench.models.completion import Completion

EXAMPLE = wb.Example("e1", {"text": "hi"})
SLOW, ANSWER = "^(a+)+$", "a" * 60 + "!"


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(in_time, "SECONDS", 0.2)


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (wb.Regex(SLOW), ANSWER),
        (wb.JSONSchema({"pattern": SLOW}), f'"{ANSWER}"'),
        (Asserted("regex", {"e1": [SLOW]}), ANSWER),
        (Asserted("is-json", {"e1": [{"pattern": SLOW}]}), f'"{ANSWER}"'),
    ],
)
def test_a_pattern_that_an_answer_keeps_busy_leaves_it_unscored(check, answer):
    before = signal.getsignal(signal.SIGVTALRM)
    verdict = check.verdict(EXAMPLE, Completion(text=answer))
    assert verdict.score != verdict.score
    assert verdict.reason == "not checked: more than 0.2 s of the processor on this answer"
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


async def test_a_run_goes_on_past_such_an_answer(prompt, tmp_path):
    with testing.serve(lambda ask: ANSWER if "slow" in ask.text else "aaa") as server:
        examples = [wb.Example("a", {"text": "slow"}), wb.Example("b", {"text": "quick"})]
        run = await wb.run(
            prompt("v1"), examples, server.model(), [wb.Regex(SLOW)], store=wb.Store(tmp_path / "s")
        )
    assert sorted(run.frame["regex"].isna()) == [False, True]
    assert run.frame["regex"].max() == 1.0
