"""Editing prompts: the editor and the cell magic."""

import asyncio
from pathlib import Path

import pytest
from sample_runs import examples, prompt_file
from two_days import both_days

import workbench as wb
from workbench import testing
from workbench.sections.prompt import change
from workbench.views.live import watch
from workbench.views.magic import prompt_cell

SAYS_BILLING = wb.Function(lambda output, example: "billing" in output, "says_billing")


def boxes(*messages, **more):
    roles = {f"role{i}": role for i, (role, _) in enumerate(messages)}
    return roles | {f"text{i}": text for i, (_, text) in enumerate(messages)} | more


def test_the_preview_and_the_difference_follow_the_text(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    texts = boxes(("system", "Route it in one word."), ("user", "{{ message }}"))
    got = browser.do("edit", **texts, example="3", against="v2")
    assert "Route it in one word." in got["preview"]
    assert "Order 88003." in got["preview"]
    assert got["state"] == "1 line added and 1 line removed, not saved."
    assert '<span class="line d">Route the message, as v2 does.</span>' in got["difference"]
    assert '<span class="line a">Route it in one word.</span>' in got["difference"]


def test_a_variable_no_example_has_is_named_in_place_of_the_preview(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("edit", **boxes(("user", "{{ message }} {{ tone }}"), example="0"))
    assert "lacks tone" in got["preview"]
    assert '<span class="warn">tone</span> in none of 12 examples' in got["variables"]


def test_a_template_that_is_none_says_where(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("edit", **boxes(("user", "{{ message ")))
    assert "line 1" in got["preview"] and "look" in got["preview"]
    assert (got["state"], got["difference"]) == ("not saved: it is no prompt yet.", "")
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty")))
    assert "line 1" in browser.do("edit", **boxes(("user", "{{ message ")))["difference"]


@pytest.mark.parametrize("name", ["x" * 300, "../v9", "", "con"])
def test_a_name_that_no_file_can_have_everywhere_is_refused_in_a_line(project, front_end, name):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v3.prompty"), examples(12)))
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name=name))
    assert "is no name that a file can have on every system" in got["say"]
    assert len(got["say"]) < 200


def test_an_edited_prompt_is_saved_as_a_new_variant(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v3.prompty"), examples(12)))
    assert "Save variant v4" in browser.do("show")["html"]
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v4"))
    assert got["note"] == "Saved prompts/triage/v4.prompty."
    assert got["state"] == "1 line added and 4 lines removed, saved as v4."
    assert (
        "<option>v4</option>" in got["variants"]
        and "<option selected>v3</option>" in got["variants"]
    )
    assert got["set"] == {"name": "v5"} and "Save variant v5" in got["save"]
    assert browser.do("edit", **boxes(("user", "Now {{ message }}"), name="v5"))["state"].endswith(
        ", not saved."
    )
    assert (
        wb.load_prompt("prompts/triage/v4.prompty").render({"message": "x"})[0]["content"]
        == "Only x"
    )


def test_another_variant_is_never_overwritten(project, front_end):
    before = (project / "prompts/triage/v2.prompty").read_text()
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v3.prompty"), examples(12)))
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v2"))
    assert (
        got["say"]
        == "prompts/triage/v2.prompty holds another prompt: choose a new name, such as v4"
    )
    assert (project / "prompts/triage/v2.prompty").read_text() == before


def test_a_released_prompt_is_edited_into_a_variant_of_its_task(project, front_end):
    released = project / "prompts" / "released" / "triage"
    released.mkdir(parents=True)
    prompt_file(released, "v3", "As released.")
    browser = front_end(wb.show(wb.load_prompt("prompts/released/triage/v3.prompty"), examples(12)))
    assert "v3 is released and stays as it is." in browser.do("show")["html"]
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v3b"))
    assert got["note"] == "Saved prompts/triage/v3b.prompty."


def test_a_message_can_be_added_and_removed(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    assert 'name="text2"' in browser.do("add")["messages"]
    got = browser.do("remove", 0, **boxes(("system", "a"), ("user", "b"), ("assistant", "c")))
    assert 'name="text1"' in got["messages"] and 'name="text2"' not in got["messages"]
    assert browser.view.edited.messages[0].role == "user"


async def test_a_try_runs_saved_and_edited_on_five_examples(project, front_end):
    with testing.serve(lambda ask: "billing") as server:
        prompt = wb.load_prompt("prompts/triage/v1.prompty")
        browser = front_end(wb.show(prompt, examples(12), server.model(), [SAYS_BILLING]))
        before = len(browser.wire.said)
        browser.do("try", **boxes(("user", "Only {{ message }}")))
        for _ in range(1000):
            if {"tried", "say"} & browser.since(before).keys():
                break
            await asyncio.sleep(0.02)
        shown = browser.since(before)["tried"]
    assert server.answered == 10
    assert "Five examples find faults; they do not measure quality." in shown
    assert shown.count('<bdi class="vd yes">billing</bdi>') == 10


async def test_an_answer_of_a_try_that_failed_says_why(project, front_end):
    with testing.serve(
        lambda ask: testing.Reply(status=400, body=b'{"error": {"message": "too <long>"}}')
    ) as server:
        prompt = wb.load_prompt("prompts/triage/v1.prompty")
        browser = front_end(wb.show(prompt, examples(12), server.model()))
        before = len(browser.wire.said)
        browser.do("try", **boxes(("user", "Only {{ message }}")))
        for _ in range(1000):
            if {"tried", "say"} & browser.since(before).keys():
                break
            await asyncio.sleep(0.02)
    shown = browser.since(before)["tried"]
    assert shown.count('<span class="uns">error</span>') == 10
    assert shown.count("too &lt;long&gt;") == 10


def test_what_is_wrong_with_a_template_is_said_once_after_save_too(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("save", **boxes(("user", "{{ message "), name="v9"))
    assert "line 1" in got["preview"]
    assert got["say"] == "This is no prompt yet: what is wrong stands in place of the preview."
    bare = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty")))
    assert "line 1" in bare.do("save", **boxes(("user", "{{ message "), name="v9"))["say"]
    assert not (project / "prompts/triage/v9.prompty").exists()


# --- cell magic


def test_a_cell_is_checked_rendered_and_compared_with_the_saved_file(project):
    prompt, view = prompt_cell(
        "triage/v2 --example m-00004", "system:\nRoute it.\n\nuser:\n{{ message }}\n"
    )
    shown = str(view.twin())
    assert prompt.description == "about v2"  # front matter is the saved variant's
    assert "Order 88004." in shown
    assert '<span class="line a">Route it.</span>' in shown
    assert "1 line added and 1 line removed, not saved" in shown
    assert "tokens in (counted as 4 bytes each)" in shown


def test_a_cell_saves_a_new_variant_only_when_asked(project):
    cell = "user:\nOnly {{ message }}\n"
    prompt_cell("triage/v7", cell)
    assert not (project / "prompts/triage/v7.prompty").exists()
    _, view = prompt_cell("triage/v7 --save", cell)
    assert "Saved prompts/triage/v7.prompty." in view.twin()
    assert (
        wb.load_prompt("prompts/triage/v7.prompty").description == "about v3"
    )  # from the newest variant


def test_a_cell_with_front_matter_is_the_whole_file(project):
    cell = "---\ndescription: new\nmodel: {options: {temperature: 0}}\n---\nuser:\n{{ message }}\n"
    prompt, _ = prompt_cell("triage/v2", cell)
    assert (prompt.description, prompt.parameters) == ("new", {"temperature": 0})


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        (
            "triage/v2 --save",
            "user:\nother {{ message }}\n",
            "holds another prompt: choose a new name, such as v4",
        ),
        (
            'triage/v1 "unclosed',
            "user:\nx\n",
            "a quotation mark is not closed: write %%prompt task/variant",
        ),
        ("triage", "user:\nx\n", "names no variant: write %%prompt task/variant"),
        ("triage/v2 --exmaple m-1", "user:\nx\n", "no option --exmaple (is --example meant?)"),
        ("triage/v2 --example m-9", "user:\nx\n", "triage has no example 'm-9'"),
        ("triage/v2", "user:\n{{ tone }}\n", "lacks tone"),
        ("released/triage/v2 --save", "user:\n{{ message }}\n", "holds released prompts"),
        ("../secrets/v2 --save", "user:\nx\n", "would leave the folder"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why_in_one_line(project, line, cell, said):
    with pytest.raises(wb.WorkbenchError) as error:
        prompt_cell(line, cell)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_loading_the_extension_twice_watches_runs_once(watchers):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    wb.load_ipython_extension(shell)
    wb.load_ipython_extension(shell)
    assert watchers == [watch]
    assert "prompt" in shell.magics_manager.magics["cell"]


def test_the_menu_holds_the_texts_that_were_run_and_takes_one_back(days, front_end):
    yesterday, _ = both_days(days)
    browser = front_end(wb.show(wb.load_prompt("prompts/parity/v2.prompty")))
    name = f"v2, 20 Nov 09:14 ({yesterday.meta.prompts['v2'].fingerprint})"
    assert f"<option>{name}</option>" in browser.do("show")["html"]
    typed = boxes(("user", "Not saved {{ text }}"), against=name)
    assert "Exactly even or odd: {{ text }}</span>" in browser.do("edit", **typed)["difference"]
    got = browser.do("take", **typed)
    assert "Exactly even or odd: {{ text }}" in got["messages"]
    assert got["difference"] == '<p class="q">No change.</p>'
    back = browser.do(
        "take", **boxes(("user", "Exactly even or odd: {{ text }}"), against="put aside 1")
    )
    assert "Not saved {{ text }}" in back["messages"]
    assert "Carefully" in Path("prompts/parity/v2.prompty").read_text()  # nothing was saved


def test_what_was_typed_is_kept_when_the_cell_runs_again_until_it_is_saved(project, front_end):
    prompt = wb.load_prompt("prompts/triage/v1.prompty")
    typed = boxes(("system", "Route it in one word."), ("user", "{{ message }}"))
    front_end(wb.show(prompt, examples(12))).do("edit", **typed)
    again = front_end(wb.show(prompt, examples(12)))
    assert "typed before, not saved</option>" in again.do("show")["html"]
    assert "is not saved. Take this text puts it back." in again.do("show")["html"]
    got = again.do("take", **boxes(("user", "{{ message }}"), against="typed before, not saved"))
    assert "Route it in one word." in got["messages"]
    again.do("save", **typed, name="v9")
    third = front_end(wb.show(prompt, examples(12))).do("show")["html"]
    assert "not saved" not in third


async def test_one_example_is_sent_alone_and_its_right_answer_stands_beside(project, front_end):
    with testing.serve(lambda ask: "billing") as server:
        prompt = wb.load_prompt("prompts/triage/v1.prompty")
        editor = wb.show(prompt, examples(12), server.model("small"), [wb.Exact("queue")])
        browser = front_end(editor)
        assert "On small" in browser.do("show")["html"]
        before = len(browser.wire.said)
        browser.do("try", "one", **boxes(("user", "Only {{ message }}"), example="3"))
        for _ in range(1000):
            if {"tried", "say"} & browser.since(before).keys():
                break
            await asyncio.sleep(0.02)
        shown = browser.since(before)["tried"]
    assert server.answered == 2
    assert ">Expected</th>" in shown and "m-00003" in shown


def test_the_text_comes_first_in_a_difference_and_front_matter_is_folded(tmp_path):
    old = wb.load_prompt(prompt_file(tmp_path, "v1", "Route it."))
    path = prompt_file(tmp_path, "v2", "Sort it.", more="model: {options: {temperature: 0.5}}\n")
    said, lines = change(old, wb.load_prompt(path))
    text, fold = lines.split("<details>")
    assert '<span class="line a">Sort it.</span>' in text and "temperature" not in text
    assert fold.startswith("<summary>Front matter,") and "temperature: 0.5" in fold
    assert "added and 1 line removed" in said
