"""Every text of a prompt that was run can be listed, compared and put back, and none is lost."""

import asyncio
import os
from pathlib import Path

import pytest
from two_days import TODAY, YESTERDAY, both_days, write_prompt

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.runs.past_prompts import past_text, past_texts, present_text, prompt_file, restore

V2 = Path("prompts/parity/v2.prompty")


def bodies(store):
    texts = past_texts(prompt_file("parity/v2"), store)
    return [each.text.splitlines()[-1].partition(" even")[0] for each in texts]


def test_every_text_that_was_run_is_listed_once_newest_first(days):
    yesterday, _ = both_days(days)
    write_prompt("v2", "Never run, even or odd:")
    texts = past_texts(prompt_file("parity/v2"), days.store)
    assert bodies(days.store) == ["Carefully,", "Exactly"]
    assert [(each.when, each.runs) for each in texts] == [(TODAY, 1), (YESTERDAY, 1)]
    assert texts[1].fingerprint == yesterday.meta.prompts["v2"].fingerprint
    [v1] = past_texts(prompt_file("prompts/parity/v1.prompty"), days.store)
    assert (v1.runs, v1.when) == (2, TODAY)


def test_a_text_of_old_is_put_back_and_the_one_that_was_there_too(days):
    both_days(days)
    before = V2.read_bytes()
    path, store = prompt_file("parity/v2"), days.store
    old = past_texts(path, store)[1]
    said = restore(path, old, store)
    assert said.startswith(
        "prompts/parity/v2.prompty is as it was on 20 Nov 09:14. What it held is"
    )
    assert wb.load_prompt(V2).fingerprint == old.fingerprint
    new = past_texts(path, store)[0]
    assert restore(
        path, new, store
    ) == f"prompts/parity/v2.prompty is as it was on {new.when.day} " + (
        f"{new.when:%b %H:%M}."
    )  # the text of yesterday is in the store: nothing was saved
    assert V2.read_bytes() == before  # with the remark that only the file held
    assert restore(path, new, store) == "prompts/parity/v2.prompty holds this text already."


@pytest.mark.parametrize(
    "draft",
    [b"---\nname: v2\n---\nuser:\nA draft {{ text }}\n", b"user:\n{{ broken", b"\xff\xfe no text"],
)
def test_a_text_that_was_never_run_is_saved_before_another_takes_its_place(days, draft):
    both_days(days)
    path, store = prompt_file("parity/v2"), days.store
    V2.write_bytes(draft)
    said = restore(path, past_texts(path, store)[-1], store)
    saved = Path(said.rpartition(" saved in ")[2].removesuffix("."))
    assert saved.read_bytes() == draft
    assert wb.load_prompts("prompts/parity").names == ["v1", "v2"]  # it became no variant
    assert [each.runs for each in past_texts(path, store)] == [0, 1, 1]


def test_a_file_that_is_gone_is_put_back(days):
    both_days(days)
    V2.unlink()
    path = prompt_file("parity/v2")
    assert present_text(path) is None
    restore(path, past_texts(path, days.store)[0], days.store)
    assert wb.load_prompt(V2).messages[0].template.startswith("Carefully")


def test_what_the_editor_tried_belongs_to_the_prompt(days):
    saved = wb.load_prompt(V2)
    edited = wb.Prompt("v2 edited", (wb.load_prompt("prompts/parity/v1.prompty").messages))
    few = wb.load_examples("datasets/parity.jsonl", limit=2)
    asyncio.run(wb.run([saved, edited], few, days.server.model("m"), store=days.store))
    assert sorted(bodies(days.store)) == ["Even or odd: {{ text }}", "Exactly"]


def test_a_prompt_of_another_task_with_the_same_name_is_another(days):
    other = Path("prompts/other/v2.prompty")
    other.parent.mkdir()
    other.write_text("---\nname: v2\n---\nuser:\nElsewhere, even or odd: {{ text }}\n")
    days.run(prompts=[wb.load_prompt(other)])
    assert bodies(days.store) == []
    assert len(past_texts(prompt_file("other/v2"), days.store)) == 1


def test_a_text_is_named_by_the_beginning_of_its_fingerprint(days):
    both_days(days)
    path = prompt_file("parity/v2")
    first, second = past_texts(path, days.store)
    assert past_text(path, days.store, second.fingerprint[:6].upper()) == second
    for wrong in (first.fingerprint[:3], "", "zzzzzz"):
        with pytest.raises(WorkbenchError, match="names no one text of v2: use one of"):
            past_text(path, days.store, wrong)


def test_only_files_of_variants_under_prompts_are_restored(days, tmp_path_factory):
    both_days(days)
    texts = past_texts(prompt_file("parity/v2"), days.store)
    for name in ("../datasets/v2", "/etc/v2", "parity/../../v2"):
        with pytest.raises(WorkbenchError, match="would leave the folder"):
            prompt_file(name)
    with pytest.raises(WorkbenchError, match="names no variant: write task/variant"):
        prompt_file("v2")
    outside = tmp_path_factory.mktemp("outside") / "v2.prompty"
    outside.write_text("mine")
    os.symlink(outside, "prompts/parity/v9.prompty")
    with pytest.raises(WorkbenchError, match="would leave the folder"):
        prompt_file("parity/v9")
    with pytest.raises(WorkbenchError, match="is released and never overwritten"):
        restore(prompt_file("released/parity/v2"), texts[0], days.store)
    assert outside.read_text() == "mine" and not Path("prompts/released").exists()
