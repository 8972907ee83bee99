"""A run read back from the store does all that the run did; so does one stored before critics'
texts were.
"""

import json
import math
import random
import re
from html import unescape

import pytest
from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.critics.recorded import Recorded
from workbench.errors import WorkbenchError
from workbench.models.entry import Price
from workbench.reports.onefile import report
from workbench.runs import load_run, quote, run
from workbench.store.text import pack, unpack

CRITIC = (
    "---\nname: {0}\nmetadata: {{scale: {1}}}\n---\nuser:\n"
    "{0} judge of {{{{ message }}}}: {{{{ output }}}}\n"
)
PAIR = "---\nname: nicer\n---\nuser:\nA: {{ output_a }}\nB: {{ output_b }}\nWhich is nicer?\n"


def is_right(number):
    return random.Random(f"truth {number}").random() < 0.6


def script(ask):
    """Answers with the example's number; judges know more or less of whether it is right."""
    if "Which is nicer" in ask.text:
        return "tie"
    judged = re.search(r"(cheap|strong) judge of.*answer (\d+)", ask.text, re.DOTALL)
    if not judged:
        return f"answer {ask.body['messages'][-1]['content']}"
    who, number = judged.groups()
    noise = random.Random(f"{who} {number}").gauss(0, 0.35 if who == "cheap" else 0.1)
    yes = min(0.98, max(0.02, (0.7 if is_right(number) else 0.3) + noise))
    return testing.Reply("yes" if yes > 0.5 else "no", probabilities={"yes": yes, "no": 1 - yes})


def short(output, example):
    return len(output) < 20


class Loud(wb.Length):
    """A class of the user's own."""


@pytest.fixture
def bench(tmp_path):
    """An endpoint, two prompts, and critics of every kind, as functions of the endpoint."""
    for name, scale in (("cheap", "yes/no"), ("strong", "yes/no"), ("rated", "[1, 5]")):
        (tmp_path / f"{name}.prompty").write_text(CRITIC.format(name, scale))
    (tmp_path / "nicer.prompty").write_text(PAIR)
    prompts = [
        wb.load_prompt(prompt_file(tmp_path, name, f"Say the number, {name}."))
        for name in ("v1", "v2")
    ]
    with testing.serve(script) as server:
        judge = server.model("judge", price=Price(0.1, 0.4))

        def load(file, **more):
            return wb.Rubric.load(tmp_path / f"{file}.prompty", judge, **more)

        critics = {
            "cheap": load("cheap"),
            "strong": wb.Rubric.load(
                tmp_path / "strong.prompty", server.model("large", price=Price(2, 8))
            ),
            "sampled": load("rated", name="sampled", samples=3),
            "panel": wb.Panel((load("cheap"), load("strong")), "panel"),
            "nicer": wb.Preference.load(tmp_path / "nicer.prompty", judge, against="v1"),
            "canary": wb.Canary(load("strong", name="watched"), "no idea", 2),
            "exact": wb.Exact("n"),
            "contains": wb.Contains(texts=("answer", "1")),
            "regex": wb.Regex("[0-9]+"),
            "json": wb.JSONSchema({"type": "object"}),
            "length": wb.Length(1, 9),
            "tool": wb.ToolCall("count", {"n": 1}),
            "function": wb.Function(short),
            "loud": Loud(name="loud"),
        }
        yield server, prompts, critics, tmp_path / "store.db"


def examples(n):
    made = [
        wb.Example(f"e{k:03d}", {"message": str(k)}, {"n": f"answer {k}"}, {"odd": str(k % 2)})
        for k in range(n)
    ]
    return wb.Dataset(made, "numbers")


KEPT = ("cheap", "sampled", "panel", "nicer", "canary", "exact", "contains", "regex", "json",
        "length", "tool")  # fmt: skip


async def test_every_kind_of_critic_and_prompt_is_had_back_as_itself(bench):
    server, prompts, critics, store = bench
    kept = [critics[name] for name in KEPT]
    done = await run(prompts, examples(3), server.model("m"), kept, store=store)
    past = load_run(store=store)
    assert past.critics == done.critics
    assert [type(critic) for critic in past.critics] == [type(critic) for critic in kept]
    assert [c.fingerprint for c in past.critics] == [c.fingerprint for c in kept]
    assert past.prompts == done.prompts
    assert past.models == done.models
    assert past.plan.fingerprint == done.plan.fingerprint == done.id


async def test_a_run_read_back_goes_on_without_a_call(bench):
    server, prompts, critics, store = bench
    kept = [critics[name] for name in KEPT]
    await run(prompts, examples(3), server.model("m"), kept, store=store)
    past = load_run(store=store)
    asked = quote(past.prompts, past.examples, past.models, past.critics, store=past.store)
    assert (asked.calls, asked.likely_cost) == (0, 0.0)
    assert asked.stored > 0
    more = quote(past.prompts, examples(4), past.models, past.critics, store=past.store)
    assert more.roles["actor"] == 2
    again = await run(
        past.prompts, past.examples, past.models, past.critics, store=past.store, offline=True
    )
    assert again.frame.drop(columns="cached").equals(past.frame.drop(columns="cached"))


async def test_a_critic_whose_code_is_not_stored_is_kept_by_its_scores(bench):
    server, prompts, critics, store = bench
    own = [critics["function"], critics["loud"]]
    done = await run(prompts, examples(2), server.model("m"), own, store=store)
    past = load_run(store=store)
    assert [type(critic) for critic in past.critics] == [Recorded, Recorded]
    assert past.frame.equals(done.frame)
    assert past.meta == done.meta
    with pytest.raises(WorkbenchError, match="critic 'short' is known by the scores it gave"):
        quote(past.prompts, past.examples, past.models, past.critics, store=past.store)


async def test_details_of_a_run_read_back_are_those_of_the_run(bench):
    server, prompts, critics, store = bench
    done = await run(prompts, examples(2), server.model("m"), [critics["cheap"]], store=store)
    past = load_run(store=store)
    assert past.details(0) == done.details(0)
    assert past.details(0)["critics"]["cheap"][0]["messages"][-1]["content"].startswith("cheap")


async def test_a_run_read_back_is_reported_with_its_critics_prompt(bench, tmp_path):
    server, prompts, critics, store = bench
    await run(prompts, examples(2), server.model("m"), [critics["cheap"]], store=store)
    page = unescape(report(load_run(store=store), tmp_path / "out").read_text())
    assert "Prompt of critic cheap" in page
    assert "cheap judge of {{ message }}: {{ output }}" in page


async def test_a_prompt_of_a_run_read_back_is_shown_and_rendered(bench):
    server, prompts, _, store = bench
    await run(prompts, examples(2), server.model("m"), store=store)
    past = load_run(store=store)
    assert "Say the number, v1." in wb.show(past.prompts[0]).twin()
    assert past.prompts[0].render({"message": "7"})[-1] == {"role": "user", "content": "7"}


async def test_a_cascade_stands_on_a_run_read_back(bench):
    server, prompts, critics, store = bench
    await run(prompts[0], examples(120), server.model("m"), [critics["cheap"]], store=store)
    past = load_run(store=store)
    for row in range(60):
        right = float(is_right(str(row)))
        wb.labels.add(past, "cheap", row, right, rater="ann", selection={"method": "uniform"})
    cascade = await wb.cascade(past, "cheap", critics["strong"], share=0.3)
    assert cascade.sentence.startswith("strong judged 18 answers that left cheap in doubt")


async def test_a_comparison_of_a_run_read_back_gives_the_same_bytes(bench):
    server, prompts, critics, store = bench
    kept = [critics["cheap"], critics["exact"]]
    done = await run(prompts, examples(30), server.model("m"), kept, store=store)
    past = load_run(store=store)
    live, read = (
        json.dumps(wb.compare(each, "cheap", baseline="v1", gold="exact").decision())
        for each in (done, past)
    )
    assert live == read


async def test_the_decision_names_its_critic_and_models_as_it_always_did(bench):
    server, prompts, critics, store = bench
    done = await run(prompts, examples(3), server.model("m"), [critics["cheap"]], store=store)
    decided = wb.compare(done, "cheap", baseline="v1").decision()
    endpoint = server.model("m").endpoint
    asked = {"id": "judge", "endpoint": endpoint, "parameters": {}}
    assert decided["critic"] == {
        "name": "cheap",
        "fingerprint": critics["cheap"].fingerprint,
        "scale": [0.0, 1.0],
        "higher_is_better": True,
        "kind": "yes/no",
        "model": {**asked, "price": {"input": 0.1, "output": 0.4}},
        "against": "",
        "parts": [],
        "description": "",
    }
    assert decided["models"] == {"m": {**asked, "id": "m", "price": {"input": 0, "output": 0}}}
    assert decided["dataset"] == {"name": "numbers", "fingerprint": examples(3).fingerprint, "n": 3}


def old_form(done, critic, server):
    """The meta of a run as it was stored before critics had their text."""
    asked = {"endpoint": server.model("m").endpoint, "parameters": {}}
    free, priced = {"input": 0, "output": 0}, {"input": 0.1, "output": 0.4}
    return {
        "prompts": {
            each.name: {"fingerprint": each.fingerprint, "description": "", "text": each.text,
                        "model_id": ""}
            for each in done.prompts
        },
        "dataset": {"name": "numbers", "fingerprint": examples(3).fingerprint, "n": 3},
        "models": {"m": {"id": "m", **asked, "price": free}},
        "critics": {
            "cheap": {
                "fingerprint": critic.fingerprint, "scale": [0.0, 1.0], "higher_is_better": True,
                "kind": "yes/no", "model": {"id": "judge", **asked, "price": priced},
                "against": "", "parts": [], "description": "",
            }
        },
        "repeats": 1, "versions": done.meta.versions, "started": done.meta.started,
        "seconds": None, "git": done.meta.git,
        "examples": done.store.run_record(done.id)["meta"]["examples"],
    }  # fmt: skip


async def test_a_run_stored_before_critics_had_their_text_is_read_with_its_scores(bench):
    server, prompts, critics, store = bench
    done = await run(prompts, examples(3), server.model("m"), [critics["cheap"]], store=store)
    record = done.store.run_record(done.id)
    stored = unpack(pack(record["meta"]))
    del stored["sources"]
    assert stored == old_form(done, critics["cheap"], server)
    done.store.begin_run(done.id, done.started, stored, [])
    past = load_run(done.id, store)
    [critic] = past.critics
    assert (type(critic), critic.name, critic.scale) == (Recorded, "cheap", wb.Scale(0, 1))
    assert past.prompts == done.prompts
    assert past.models[0].endpoint == server.model("m").endpoint
    assert past.frame.equals(done.frame)
    assert math.isnan(past.seconds)  # begun again above, and not ended
    assert wb.compare(past, "cheap", baseline="v1").decision() == (
        wb.compare(done, "cheap", baseline="v1").decision()
    )
    with pytest.raises(WorkbenchError, match="load its prompt file"):
        critic.check(past.examples[0])
