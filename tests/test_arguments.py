"""Arguments of another kind than a verb takes: one line says what was given, and what to give."""

import re
import warnings
from typing import Any

import pandas as pd
import pytest
from notes import examples

import workbench as wb

TEXT: Any = "5%"  # where something else is asked for
MODEL: Any = wb.Model("m", "m", "http://127.0.0.1:9/v1")
LISTED = 'give a list such as [wb.Exact("label"), wb.Rubric.load(file, model)]'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"prompts": "prompts/t"}, "prompts are a str: load them with wb.load_prompts(folder)"),
        ({"prompts": examples(2)}, "prompts hold an Example: load them"),
        ({"examples": "t.jsonl"}, "examples are a str: load them with wb.load_examples("),
        ({"examples": pd.DataFrame({"text": ["a"]})}, "examples hold a str: load them"),
        ({"examples": [{"text": "a"}]}, "examples hold a dict: load them"),
        ({"models": ["m"]}, 'models hold a str: name them as wb.model("actor")'),
        ({"critics": wb.Exact()}, f"critics is an Exact: {LISTED}"),
        ({"critics": [wb.Exact]}, f"a critic is the class Exact: {LISTED}"),
        ({"critics": [len]}, "wb.Function takes a function"),
    ],
)
def test_a_run_says_what_it_was_given_and_where_it_comes_from(prompt, given, said):
    right = {"prompts": [prompt("v1")], "examples": examples(2), "models": MODEL}
    with pytest.raises(TypeError, match=re.escape(said)):
        wb.quote(**{**right, **given})


async def test_an_attack_says_so_too(prompt):
    changed: Any = examples(2), [prompt("v1")], MODEL
    with pytest.raises(TypeError, match=re.escape("prompts hold an Example: load them")):
        await wb.attack(*changed)


def test_a_forgotten_await_is_said_once(prompt):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python's own warning would come a cell later
        for verb in (wb.show, wb.export, lambda run: wb.compare(run, "exact", baseline="v1")):
            run: Any = wb.run([prompt("v1")], examples(2), MODEL)
            with pytest.raises(TypeError, match="is still to be awaited: write `await` before"):
                verb(run)


def test_arguments_that_changed_places_or_forms_are_told(make_run, prompt):
    run = make_run({"v1": [1.0, 0.0], "v2": [1.0, 1.0]})
    wrong = {
        "what is compared is a str: give the run": lambda: wb.compare(TEXT, run, baseline="v1"),
        "what is exported is a Run: give what wb.compare": lambda: wb.export(run),
        "show one of them at a time": lambda: wb.show([run]),
        "name it by its id": lambda: wb.load_run(run),
        "the name of a model is a Model": lambda: wb.model(MODEL),
        "a path is a Model: give text or a Path": lambda: wb.load_prompt(MODEL),
        "rendered with is a str: give its inputs by their names": lambda: prompt("v1").render("x"),
        "module 'workbench' has no attribute 'compair': is 'compare' meant?": lambda: wb.compair,
        "margin is '5%': give a share": lambda: wb.compare(run, "c", baseline="v1", margin=TEXT),
        "repeats is 0: give": lambda: wb.quote(prompt("v1"), examples(2), MODEL, repeats=0),
    }  # fmt: skip
    for said, call in wrong.items():
        with pytest.raises((TypeError, ValueError, AttributeError), match=re.escape(said)):
            call()


def test_every_stage_says_what_it_takes(make_run):
    run: Any = make_run({"v1": [1.0, 0.0], "v2": [1.0, 1.0]})
    choice: Any = wb.compare(run, "good", baseline="v1")
    check: Any = wb.Exact()
    compared = "give what wb.compare returned"
    wrong = {
        "critic is an Exact: give its name": lambda: wb.compare(run, check, baseline="v1"),
        "gold is an Exact: give its name": lambda: wb.compare(
            run, "good", baseline="v1", gold=check
        ),
        "baseline is a Prompt: give its name": lambda: wb.compare(
            run, "good", baseline=run.prompts[0]
        ),
        "what is labelled is a Comparison: give the run": lambda: wb.labels.add(
            choice, "good", 0, 1, rater="me"
        ),
        "the label is a str: give a number": lambda: wb.labels.add(
            run, "good", 0, TEXT, rater="me"
        ),
        f"what is hosted is a Run: {compared}": lambda: wb.hosting(run),
        f"what is drawn is a Run: {compared}": lambda: wb.figures.tradeoff(run),
        "what is drawn is a Comparison: give what wb.trust": lambda: wb.figures.calibration(choice),
        "load tests hold a Comparison: give what": lambda: wb.capacity([choice]),
        "what is assessed is a Run: give what `await": lambda: wb.assess(run),
        "what is launched is a str: read them with wb.load_logs(": lambda: wb.launch(TEXT),
        "the plan is a str: give one such as": lambda: wb.launch(
            wb.load_logs(wb.testing.release_logs(users=20, days=2)), TEXT
        ),
        "messages are a str: read a prompt with wb.load_prompt(": lambda: wb.Prompt("p", TEXT),
        "what an example holds is a str: give {": lambda: wb.Example("e", TEXT),
    }  # fmt: skip
    for said, call in wrong.items():
        with pytest.raises(TypeError, match=re.escape(said)):
            call()


async def test_a_gate_says_so_too(make_run):
    run: Any = make_run({"v1": [1.0, 0.0], "v2": [1.0, 1.0]})
    with pytest.raises(
        TypeError, match=re.escape("what is settled is a Run: give what wb.compare")
    ):
        await wb.settle("", run)


def test_tab_offers_the_names_of_prompts(prompt, tmp_path):
    for name in ("v1", "v2"):
        prompt(name)
    assert wb.load_prompts(tmp_path)._ipython_key_completions_() == ["v1", "v2"]
