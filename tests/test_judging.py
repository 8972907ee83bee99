"""Rows on their way to their verdicts: critics that compare, and what no critic could judge."""

import math

import pytest
from notes import examples, talk

import workbench as wb
from workbench import testing
from workbench.critics.verdict import Verdict
from workbench.errors import WorkbenchError
from workbench.models.call import Request
from workbench.models.model import Model
from workbench.runs import load_run, run
from workbench.testing import Ask, Reply


class Compares:
    """A critic that likes answers longer than the baseline's."""

    name, against, parts, scale, fingerprint = "longer", "v1", ("half",), wb.Scale(), "f"

    def __init__(self, model: Model) -> None:
        self.model = model

    def check(self, example) -> None:
        pass

    def requests(self, example, completion, other=None):
        if completion.text == other.text:
            return ()
        return [
            Request(self.model, [{"role": "user", "content": f"{other.text} | {completion.text}"}])
        ]

    def verdict(self, example, completion, replies) -> Verdict:
        if not replies:
            return Verdict(0.5, "tie", parts=(0.25,))
        return Verdict(float(replies[0].text == "2"), "", "\ud800", "greedy", parts=(0.75,))


async def test_a_critic_that_compares_gets_the_baselines_answer(prompt, store_url):
    def script(ask: Ask) -> str | Reply:
        if "|" in ask.text:
            return "2" if ask.text.split(" | ")[1].startswith("v2") else "1"
        if ask.system == "You are v1." and ask.text.endswith("note 2"):
            return Reply("no", status=400)
        return Reply(talk(ask), seconds=0.1 if "v1" in ask.system else 0.0)

    with testing.serve(script) as server:
        model = server.model()
        done = await run(
            [prompt("v2"), prompt("v1")],
            examples(3),
            model,
            [Compares(model)],
            store=store_url,
            repeats=2,
        )
        past = load_run(store=store_url)
    assert list(done.frame["longer"][:4]) == [1, 1, 1, 1]
    assert list(done.frame["longer"][6:10]) == [0.5] * 4
    assert all(math.isnan(score) for score in done.frame["longer"][4:6])
    assert "baseline's own answer is error" in done.frame["longer.reason"][4]
    assert list(done.frame["longer.half"][:2]) == [0.75, 0.75]
    assert past.frame.equals(done.frame)


async def test_a_comparing_critic_needs_its_baseline_in_the_run(prompt, tmp_path):
    with pytest.raises(WorkbenchError, match="'longer' compares with prompt 'v1': run it too"):
        await run(
            prompt("v2"),
            examples(1),
            Model("m", "m", "http://127.0.0.1:9/v1"),
            [Compares(Model("m"))],
        )


async def test_what_cannot_be_rendered_is_refused_before_the_first_call(prompt, tmp_path):
    with testing.serve(talk) as server:
        lacking = [*examples(3), wb.Example("bad", {"body": "x"})]
        with pytest.raises(WorkbenchError, match=r"example 'bad'.*'v1'.*text"):
            await run(prompt(), lacking, server.model(), store=tmp_path / "s.db")
        with pytest.raises(WorkbenchError, match="needs examples"):
            await run(prompt(), [], server.model(), store=tmp_path / "s.db")
        with pytest.raises(WorkbenchError, match="two prompts are called 'v1'"):
            await run([prompt(), prompt()], examples(1), server.model(), store=tmp_path / "s.db")
        with pytest.raises(ValueError, match="repeats"):
            await run(prompt(), examples(1), server.model(), store=tmp_path / "s.db", repeats=0)
    assert server.log == []
