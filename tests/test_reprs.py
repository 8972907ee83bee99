"""Whatever a cell or a log shows of our objects is one short line, never a raw repr."""

import re

import pytest
from sample_runs import ACTOR, JUDGE, a_race, a_trying, critic_file, label_some, triage_run

import workbench as wb
from workbench.models.call import Request

RAW = re.compile(r" object at 0x|PosixPath|WindowsPath|\n|\[\(|=\(\w+\(")
UNROUNDED = re.compile(r"\d\.\d{6}|np\.float64")
LONGEST = 300


def polite(output, example):
    return "please" in output


@pytest.fixture(scope="module")
def nouns(tmp_path_factory):
    """One of every thing that users have in hand."""
    folder = tmp_path_factory.mktemp("nouns")
    run = triage_run(folder, count=40)
    label_some(run, count=20)
    prompts = wb.load_prompts(folder)
    variants = [prompts[name] for name in ("v1", "v2", "v3")]
    rubric = wb.Rubric.load(critic_file(folder), JUDGE)
    other = wb.Rubric(prompts["v1"], JUDGE, "other", answers={"yes": 1.0, "no": 0.0})
    example = wb.Example("m\n1", {"text": "long " * 1000 + "\n"}, {"queue": "x"})
    return [
        run, run.plan, run.meta, run.store, run.prices, run.examples, prompts, ACTOR, rubric,
        wb.compare(run, "right_queue", baseline="v1", gold="exact"),
        wb.trust(run, "right_queue"), a_race(), a_trying(), example, wb.Panel((rubric, other)),
        wb.Canary(rubric, "bad"), wb.Exact(), wb.Contains(), wb.Regex("a"), wb.Length(at_most=3),
        wb.JSONSchema({"type": "object"}), wb.Function(polite), wb.Scale(), wb.Verdict(1.0, "yes"),
        wb.Completion("text\n" * 999), Request(ACTOR, [{"role": "user", "content": "x\n" * 999}]),
        wb.labels.draw(run, "right_queue", rater="A"), wb.labels.plan(run, "right_queue", 0.1),
        wb.quote(variants, run.examples, ACTOR, store=run.store),
        wb.launch(wb.load_logs(wb.testing.release_logs(users=200, days=4)), wb.Plan("v1")),
        wb.show(run), wb.show(prompts["v1"], run.examples, ACTOR),
    ]  # fmt: skip


def reached(things):
    """The things, and those of ours that their public attributes hold, two of each list."""
    seen, todo = {}, list(things)
    while todo:
        thing = todo.pop()
        if not type(thing).__module__.startswith("workbench") or type(thing) in seen:
            continue
        seen[type(thing)] = thing
        if type(thing).__module__.startswith("workbench.views"):
            continue  # what a view is made of is its own affair
        held = [getattr(thing, name, None) for name in dir(thing) if not name.startswith("_")]
        held += [each for many in held if isinstance(many, tuple | list) for each in many[:2]]
        held += [
            each for many in held if isinstance(many, dict) for each in list(many.values())[:2]
        ]
        todo += [each for each in held if not callable(each)]
    return seen


def test_every_object_is_said_in_one_short_line(nouns):
    found = reached(nouns)
    assert len(found) > 35
    raw = {kind.__name__: repr(thing)[:200] for kind, thing in found.items()}
    assert {name: said for name, said in raw.items() if RAW.search(said)} == {}
    assert {
        kind.__name__: len(repr(thing))
        for kind, thing in found.items()
        if len(repr(thing)) > LONGEST
    } == {}


def test_what_a_cell_ends_with_is_rounded(nouns):
    assert [repr(noun) for noun in nouns if UNROUNDED.search(repr(noun))] == []


def test_the_nouns_say_what_they_are(nouns):
    said = {type(thing).__name__: repr(thing) for thing in nouns}
    plans = [each for each in map(repr, nouns) if each.startswith(("Plan", "Labels for"))]
    assert plans[0].startswith("Plan: 3 prompts x 1 model x 40 examples")
    assert "Labels for ±10 points: 72 a variant; 19 given, 53 to go" in plans
    assert re.fullmatch(r"Run \w{12}: triage, 120 answers of 120", said["Run"])
    assert said["Model"] == "Model actor: small-1 at http://127.0.0.1:9/v1"
    assert said["Completion"].startswith("Completion, ok: 'text text")
    assert said["Quote"].startswith("Quote: 120 calls, likely $0.0")
    assert said["Draw"] == "Draw of 34 answers for right_queue"
