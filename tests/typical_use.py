"""Typical use as a type checker sees it: `make lint` fails where a public name is Any or changed.

Never run: it would ask a model. What it says of values is tested elsewhere.
"""

from typing import assert_type

import pandas as pd

import workbench as wb
from workbench.stats import Interval

actor = assert_type(wb.model("actor"), wb.Model)
prompts = wb.load_prompts("prompts/triage")
assert_type(prompts["v1"], wb.Prompt)
examples = assert_type(wb.load_examples("datasets/triage.jsonl", limit=40), wb.Dataset)
helpful = assert_type(wb.Rubric.load("prompts/critics/helpful.prompty", actor), wb.Rubric)


async def evaluate() -> None:
    run = await wb.run(prompts, examples, [actor], critics=[helpful, wb.Exact("label")])
    assert_type(run, wb.Run)
    assert_type(run.frame, pd.DataFrame)
    choice = assert_type(wb.compare(run, "helpful", baseline="v1"), wb.Comparison)
    assert_type(choice.winner, str | None)
    assert_type(choice.differences[0].interval, Interval)
    assert_type(choice.differences[0].decision, str)
    completion = await actor.complete([{"role": "user", "content": "Hello"}])
    assert_type(completion, wb.Completion)
    assert_type(completion.text, str)


async def improve() -> None:
    critics = [wb.Exact("label")]
    made = await wb.improve(prompts["v1"], examples, actor, critics, proposer=actor, budget=1.0)
    assert_type(made, wb.Improvement)
    assert_type(made.confirmed, Interval)
    assert_type(made.winner, str | None)
    assert_type(made.choice, wb.Comparison | None)


def read_back() -> None:
    run = assert_type(wb.load_run("last"), wb.Run)
    assert_type(run.prompts[0], wb.Prompt)
    assert_type(run.critics[0].scale, wb.Scale)
    assert_type(run.store, wb.Store | None)
    assert_type(wb.Scale(1, 5).share(3.0), float)
