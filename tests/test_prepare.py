"""Inputs are made ready before a prompt reads them, as its metadata asks."""

import json

import pytest

import workbench as wb
from workbench import testing
from workbench.prompts import read_prompt
from workbench.prompts.prepare import PrepareFault, cut, read_preparation

FILE = """---
name: v1
metadata:
  author: me
  prepare:
    strip_invisible: true
    normalise: true
    mask: [email, card]
    cap: {head: 30, tail: 10}
inputs: [{name: text, kind: string}]
---
user:
Sort this: {{ text }}
"""
HIDDEN = "Pay\u200bPal\u00a0\uff12\uff10 euros"


def prompt(prepare):
    return read_prompt(
        "p", f"---\nmetadata: {{prepare: {json.dumps(prepare)}}}\n---\n{{{{ text }}}}"
    )


def sent(prepare, **inputs):
    return prompt(prepare).render(inputs)[0]["content"]


def test_each_step_does_what_it_says():
    assert sent({"strip_invisible": True}, text=HIDDEN) == "PayPal\u00a0\uff12\uff10 euros"
    assert sent({"normalise": True}, text=HIDDEN) == "PayPal 20 euros"
    assert sent({"mask": True}, text="I am a@b.example") == "I am [EMAIL]"
    assert sent({"mask": ["card"]}, text="I am a@b.example") == "I am a@b.example"
    assert sent({"cap": 8}, text="abcdefghij") == "abcdef\n[… 2 characters left out …]\nij"
    assert sent({"cap": {"head": 3}}, text="abcdef").endswith("abc\n[… 3 characters left out …]")
    assert sent({}, text=HIDDEN) == HIDDEN


def test_what_is_masked_is_found_before_the_cut_could_hide_it():
    said = sent({"mask": ["email"], "cap": 20}, text="x" * 10 + " someone@mail.example " + "y" * 10)
    assert "someone" not in said and "mail.ex" not in said


def test_texts_inside_of_lists_mappings_and_turns_are_prepared_too():
    listed = read_prompt(
        "p", "---\nmetadata: {prepare: {mask: true}}\n---\n{% for each in rows %}{{ each.who }}"
        " {{ each.n }};{% endfor %}",
    )  # fmt: skip
    [message] = listed.render({"rows": [{"who": "a@b.example", "n": 7}]})
    assert message["content"] == "[EMAIL] 7;"
    talk = read_prompt(
        "p", "---\nmetadata: {prepare: {normalise: true}}\n"
        "inputs: [{name: talk, kind: thread}]\n---\nsystem:\nHelp.\n{{ talk }}\n",
    )  # fmt: skip
    said = talk.render({"talk": [{"role": "user", "content": HIDDEN}]})
    assert said[-1] == {"role": "user", "content": "PayPal 20 euros"}


def test_a_cut_parts_no_letter_from_its_accent_and_no_emoji_from_its_joiner():
    assert cut("ae\u0301x" + "y" * 20, 2, 1).startswith("a\n[")
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert cut(f"a{family}" + "y" * 20, 3, 1).startswith("a\n[")
    assert cut("\u0301" * 30, 5, 5).endswith("]\n" + "\u0301" * 30)


def test_it_belongs_to_the_fingerprint_and_no_other_prompt_has_another_one():
    plain, same = prompt({}), read_prompt("p", "{{ text }}")
    assert plain.fingerprint == same.fingerprint
    marks = {prompt(each).fingerprint for each in ({}, {"mask": True}, {"cap": 9}, {"cap": 8})}
    assert len(marks) == 4
    assert prompt({"cap": 8}).fingerprint == prompt({"cap": {"head": 6, "tail": 2}}).fingerprint


def test_it_is_kept_where_a_prompt_is_saved_and_loaded(tmp_path):
    made = read_prompt("v1", FILE)
    again = wb.load_prompt(made.save(tmp_path, "v1"))
    assert again.preparation == made.preparation
    assert (again.fingerprint, again.metadata["author"]) == (made.fingerprint, "me")
    assert made.preparation.sentence == (
        "Before the prompt reads an input: invisible characters are stripped; blanks, ends of "
        "lines and full-width letters are normalised; e-mail addresses and card numbers are "
        "masked; of a text above 40 characters the first 30 and the last 10 are kept."
    )


REFUSED = {
    "    mask: [email, card]": ("    masks: true", "line 8: prepare: it knows no 'masks'"),
    "    normalise: true": (
        "    normalise: yes please",
        "line 7: prepare: normalise is true or fal",
    ),
    "    cap: {head: 30, tail: 10}": ("    cap: {tail: 10}", "line 9: prepare: cap is a number of"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_it_may_not_say_is_refused_with_its_line(line):
    wrong, said = REFUSED[line]
    with pytest.raises(wb.WorkbenchError) as caught:
        read_prompt("v1", FILE.replace(line, wrong))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [["normalise"], "all", {"mask": ["name"]}, {"mask": 3}, {"cap": 0}, {"cap": True},
     {"cap": {"head": 5, "tail": 0}}, {"cap": {"head": 5, "middle": 2}}],
)  # fmt: skip
def test_other_values_are_refused(given):
    with pytest.raises(PrepareFault):
        read_preparation(given)


async def test_the_model_gets_and_the_store_keeps_what_was_prepared(tmp_path):
    rows = wb.Dataset([wb.Example("e1", {"text": "from a@b.example"})])
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(lambda ask: "other") as server:
        run = await wb.run(prompt({"mask": True}), rows, server.model("m"), store=store)
        assert server.log[0].ask.text == "from [EMAIL]"
    assert run.details(0)["messages"][0]["content"] == "from [EMAIL]"
    loaded = wb.load_run("last", store)
    assert loaded.prompts[0].preparation == prompt({"mask": True}).preparation
    assert loaded.meta.prompts["p"].fingerprint == prompt({"mask": True}).fingerprint
    told = wb.report(run, tmp_path / "report.html").read_text()
    assert "p: Before the prompt reads an input: keys, e-mail addresses" in told


def test_the_editor_says_it_and_previews_what_would_be_sent():
    rows = wb.Dataset([wb.Example("e1", {"text": "from a@b.example"})])
    drawn = str(wb.show(prompt({"mask": ["email"]}), rows).twin())
    assert "Before the prompt reads an input: e-mail addresses are masked." in drawn
    assert "[EMAIL]" in drawn and "a@b.example" not in drawn.split("preview")[1]
