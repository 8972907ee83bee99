"""Prompts written as other tools write them are not sent as they stand."""

import pytest

from workbench.errors import WorkbenchError
from workbench.prompts import load_prompt


@pytest.mark.parametrize("written", ["{message}", "${message}", "Sort: {message}."])
def test_an_input_in_single_braces_is_refused_for_its_name_would_be_sent(tmp_path, written):
    path = tmp_path / "v1.prompty"
    path.write_text(f'user:\n{written}\nReply as {{"label": "x"}}\n')
    prompt = load_prompt(path)
    said = r"\{message\} is sent as it stands: write \{\{ message \}\}"
    with pytest.raises(WorkbenchError, match=said):
        prompt.check({"message": "hi"}, "example 'd-1'")
    prompt.check({"text": "hi"}, "example 'd-1'")  # braces around no input are text


@pytest.mark.parametrize("written", ["{ text }", "${text}", "%(text)s", "<%= text %>"])
def test_inputs_in_the_marks_of_other_tools_are_not_sent_as_they_stand(tmp_path, written):
    path = tmp_path / "v1.prompty"
    path.write_text(f"user:\n{written} is a text\n")
    with pytest.raises(WorkbenchError, match="sent as it stands"):
        load_prompt(path).check({"text": "hi"}, "example 'd-1'")


@pytest.mark.parametrize("front", ["+++\nname = 'x'\n+++", "```\n---\nname: x\n---"])
def test_front_matter_of_another_kind_is_no_text_of_the_systems(tmp_path, front):
    path = tmp_path / "v1.prompty"
    path.write_text(f"{front}\nuser:\n{{{{ text }}}}\n")
    with pytest.raises(WorkbenchError, match="no front matter: begin the file with a line ---"):
        load_prompt(path)


def test_braces_that_a_template_reads_as_well_are_text(tmp_path):
    path = tmp_path / "v1.prompty"
    path.write_text("user:\n{{ message }} is what {message} stands for\n")
    prompt = load_prompt(path)
    prompt.check({"message": "hi"}, "example 'd-1'")
    assert prompt.render({"message": "hi"})[0]["content"] == "hi is what {message} stands for"


@pytest.mark.parametrize(
    "opening",
    ["user: Hello", "System: You sort.", "<|im_start|>user\nHi", '[{"role": "user"}]',
     "**system:**\nSort.\n**user:**", "<system>Sort.</system>",
     '<message role="system">Sort.</message>',
     "[INST] Sort."],
)  # fmt: skip
def test_messages_opened_as_others_open_them_are_not_sent_as_the_systems_text(tmp_path, opening):
    path = tmp_path / "v1.prompty"
    path.write_text(opening + "\n{{ message }}\n")
    with pytest.raises(WorkbenchError, match=r"line 1: '.*' opens no message: write a line"):
        load_prompt(path)
    path.write_text("Sort this.\nUser: {{ message }}\nLabel:")
    assert [each.role for each in load_prompt(path).messages] == ["system"]
