"""Prompt files: what loads, what is refused and how it is said, what reaches a model, what is
saved.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import PromptError, WorkbenchError
from workbench.prompts import Message, Prompt, Property, load_prompt, load_prompts

GREET = """---
name: greet
description: says hello
metadata: {owner: Ada, scale: yes/no}
model:
  id: some-model
  options:
    temperature: 0.5
    topP: 0.9
    seed: 7
    maxOutputTokens: 20
    stopSequences: [END]
    reasoningEffort: low
    frequencyPenalty: 0.1
    presencePenalty: 0.2
    additionalProperties: {min_p: 0.05}
inputs:
  - {name: who, kind: string, required: true}
  - {name: tone, kind: string, default: warm}
---
system:
You are {{ tone }}.

user:
Greet {{ who }}.
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of its own with prompts/greet/."""
    (tmp_path / "models.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts" / "greet").mkdir(parents=True)
    return tmp_path / "prompts" / "greet"


@pytest.fixture
def written(folder):
    def write(text, name="v1"):
        (folder / f"{name}.prompty").write_text(text, "utf-8")
        return load_prompt(f"prompts/greet/{name}.prompty")

    return write


def user(template, outputs=()):
    return Prompt("p", (Message("user", template),), outputs=outputs)


def refusal(action, *arguments):
    with pytest.raises(WorkbenchError) as caught:
        action(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- loading


def test_a_file_gives_name_messages_parameters_and_metadata(written):
    prompt = written(GREET)
    assert (prompt.name, prompt.description, prompt.model_id) == ("v1", "says hello", "some-model")
    assert prompt.messages == (
        Message("system", "You are {{ tone }}."),
        Message("user", "Greet {{ who }}."),
    )
    assert prompt.metadata == {"owner": "Ada", "scale": "yes/no"}
    assert prompt.variables == {"tone", "who"}
    assert prompt.parameters == {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "max_tokens": 20,
        "stop": ["END"],
        "reasoning_effort": "low",
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "min_p": 0.05,
    }


def test_defaults_fill_in_and_an_example_wins_over_them(written):
    prompt = written(GREET)
    assert prompt.render({"who": "Bo"}) == [
        {"role": "system", "content": "You are warm."},
        {"role": "user", "content": "Greet Bo."},
    ]
    assert prompt.render({"who": "Bo", "tone": "curt"})[0]["content"] == "You are curt."


def test_a_folder_is_sorted_and_read_by_position_or_name(written, folder):
    for name in ("v3", "v1", "v2"):
        written(GREET, name)
    (folder / "notes.md").write_text("not a prompt")
    prompts = load_prompts("prompts/greet")
    assert [prompt.name for prompt in prompts] == ["v1", "v2", "v3"]
    assert prompts["v3"] is prompts[2]
    assert "v2" in prompts and prompts[0] in prompts and "v9" not in prompts
    assert prompts[1:].names == ["v2", "v3"]
    with pytest.raises(PromptError, match=r"no prompt 'v9' in prompts/greet: there are v1, v2, v3"):
        prompts["v9"]


def test_the_first_format_of_prompty_loads(written):
    prompt = written("""---
name: Basic Prompt
authors: [ada]
model:
  api: chat
  configuration: {type: azure_openai, azure_deployment: gpt, api_key: "${env:KEY}"}
  parameters: {max_tokens: 128, temperature: 0.2, stream: true}
inputs:
  question: {type: string, description: what is asked}
sample:
  question: What is new?
template: jinja2
---
system:
Answer.
user:
{{question}}
""")
    assert prompt.parameters == {"max_tokens": 128, "temperature": 0.2}
    assert prompt.inputs == (
        Property("question", "string", "what is asked", example="What is new?"),
    )
    assert prompt.metadata == {"authors": ["ada"]}
    assert prompt.render({"question": "Why?"})[1]["content"] == "Why?"
    with pytest.raises(
        PromptError, match="lacks question"
    ):  # a sample is no default: it would be judged unseen
        prompt.render({})


def test_an_environment_variable_named_in_a_file_is_never_read(written, monkeypatch):
    monkeypatch.setenv("SECRET", "sk-123")
    front = "---\nmodel: {id: '${env:SECRET}'}\ndescription: ${env:SECRET}\n---\n"
    prompt = written(front + "user:\n${env:SECRET} {{ x }}\n")
    assert prompt.render({"x": 1})[0]["content"] == "${env:SECRET} 1"
    assert (prompt.description, prompt.model_id) == ("${env:SECRET}", "")
    assert "sk-123" not in prompt.text


def test_text_without_front_matter_is_messages_and_text_before_a_role_is_the_systems(written):
    assert written("\ufeff\nBe brief.\n\nUser:\nHi\n# assistant:\nHello\n").messages == (
        Message("system", "Be brief."),
        Message("user", "Hi"),
        Message("assistant", "Hello"),
    )


def test_line_ends_of_windows_are_no_part_of_a_message(folder):
    (folder / "v1.prompty").write_bytes(
        b"---\r\nname: v1\r\n---\r\nsystem:\r\na\r\nb\r\nuser:\r\n{{ x }}\r\n"
    )
    assert load_prompt(folder / "v1.prompty").render({"x": "1"}) == [
        {"role": "system", "content": "a\nb"},
        {"role": "user", "content": "1"},
    ]


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("name: v1\nmodel: [a", "line 3: not valid YAML: expected ',' or ']'"),
        ("name: v1\nname: v2", "line 3: not valid YAML: 'name' is there twice"),
        ("a: &a [1]\nb: [*a, *a]", "line 3: not valid YAML: aliases are not used in a prompt file"),
        ("name: a\x07b", "line 2: not valid YAML: special characters"),
        (f"a: {'[' * 5000}", "line 2: not valid YAML: nested too deeply"),
        (f"a: {'9' * 5000}", "line 2: not valid YAML: Exceeds the limit"),
        ("a: !!python/name:os.system", "line 2: not valid YAML: could not determine a constructor"),
        ("a: !!binary aGk=", "could not determine a constructor for the tag"),
        ("- a", "front matter must be `name: value` lines"),
        (
            "model: {options: {max_tokens: 5}}",
            "model.options knows no 'max_tokens': write maxOutputTokens",
        ),
        (
            "model: {options: {min_p: 5}}",
            "model.options knows no 'min_p': write it under additionalProperties",
        ),
        (
            "model: {temperature: 0}",
            "temperature does not belong here: write it under model.options",
        ),
        ("parameters: {temperature: 0}", "parameters does not belong here"),
        (
            "model: {options: {temperature: hot}}",
            "model.options.temperature is 'hot': it must be a number",
        ),
        ("model: {options: {temperature: .nan}}", "model.options cannot be written as JSON"),
        (
            "model: {options: {additionalProperties: {model: m}}}",
            "model is not a parameter of a prompt: remove it",
        ),
        (
            "template: {format: mustache, parser: prompty}",
            "template format 'mustache' is not supported",
        ),
        (
            "inputs: [{name: a, default: {1: x, b: y}}]",
            "a default or an output cannot be written as JSON",
        ),
        (
            "tools: [{name: t, kind: mcp}]",
            "tool 't' is of kind 'mcp': only kind: function is offered",
        ),
        ("metadata: text", "metadata must be `name: value` lines"),
        ("inputs: text", "inputs must be a list of `name: ..., kind: ...`"),
        (
            "outputs: [{name: a, kind: thread}]",
            "output 'a' is of kind 'thread': use string, integer",
        ),
        ("outputs: [{name: a, enum: [x]}]", "output 'a': write enumValues, not enum"),
        (
            "outputs: [{name: a, enumValues: [true]}]",
            "output 'a': enumValues must be a list of values of its kind",
        ),
        ("outputs: [{name: a, required: yes}]", "output 'a': required must be true or false"),
        ("outputs: [{name: a}, {name: a}]", "every output needs a name of its own"),
    ],
)
def test_what_is_wrong_with_front_matter_is_one_line_with_file_and_place(written, front, said):
    found = refusal(written, f"---\n{front}\n---\nuser:\nx\n")
    assert found.startswith("prompts/greet/v1.prompty") and said in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name: v1\nmodel: {}\n---\nuser:\nx",
            ", line 1: the front matter has no beginning: write --- before it",
        ),
        (
            "---\nname: v1\nuser:\nx",
            ", line 1: the front matter has no end: write --- before the messages",
        ),
        (
            "---\nname: v1\n---\n\n",
            ": there is no message: write a line user: and the prompt below it",
        ),
        (
            "---\nname: v1\n---\nrobot:\nHello",
            ", line 4: unknown role 'robot': use system, user, assistant, developer",
        ),
        (
            "---\nname: v1\n---\nasker:\nHello",
            ", line 4: unknown role 'asker': is 'user' meant? Use system, user, assistant, "
            "developer",
        ),
        ("user:\nHi\n\ntool:\nHello", ", line 4: unknown role 'tool'"),
        ('user[name="Bo"]:\nHi', ", line 1: attributes of a role are not read: write user:"),
        ("---\nname: v1\n---\nsystem:\nok\nuser:\nHello\n{{ x }", ", line 8: unexpected '}'"),
        ("system:\n{% if x %}\nuser:\nHello\n{% endif %}", ", line 2: Unexpected end of template."),
    ],
)
def test_what_is_wrong_with_messages_is_one_line_with_file_and_place(written, text, said):
    assert refusal(written, text).startswith(f"prompts/greet/v1.prompty{said}")


def test_a_block_that_spans_two_messages_is_explained(written):
    assert "no block may hold a role line" in refusal(
        written, "system:\n{% if x %}\nuser:\nHello\n{% endif %}"
    )


def test_a_file_that_is_not_utf8_is_named_with_its_line(folder):
    (folder / "v1.prompty").write_bytes(b"user:\nfine\nna\xefve\n")
    with pytest.raises(
        PromptError, match=r"v1.prompty, line 3: not UTF-8 text: save the file as UTF-8"
    ):
        load_prompt(folder / "v1.prompty")


def test_what_is_not_there_is_said_with_what_is(written, folder):
    with pytest.raises(PromptError, match=r"prompts/greet holds no .prompty file: write one"):
        load_prompts("prompts/greet")
    written(GREET)
    for wrong in ("prompts/greet/v2.prompty", "prompts/greet/V1.prompty"):
        with pytest.raises(PromptError, match=r"is not there: is v1\.prompty meant\?"):
            load_prompt(wrong)
    with pytest.raises(PromptError, match=r"prompts/great is not a folder: is greet meant\?"):
        load_prompts("prompts/great")
    with pytest.raises(PromptError, match="is not a folder: load one file with load_prompt"):
        load_prompts("prompts/greet/v1.prompty")


def test_yes_and_no_in_a_file_are_words(written):
    prompt = written(
        "---\noutputs: [{name: a, kind: string, enumValues: [yes, no]}]\n---\nuser:\nx\n"
    )
    assert prompt.outputs[0].enum_values == ("yes", "no")


# --- fingerprints


def test_a_fingerprint_is_of_what_determines_the_reply(written):
    one = written(GREET)
    described = GREET.replace("says hello", "other").replace("owner: Ada", "owner: Bo")
    reordered = described.replace("    temperature: 0.5\n", "").replace(
        "seed: 7\n", "seed: 7\n    temperature: 0.5\n"
    )
    assert written(reordered, "v2").fingerprint == one.fingerprint == "cacb05ea9af6"
    for old, new in (
        ("Greet", "Welcome"),
        ("seed: 7", "seed: 8"),
        ("warm", "cold"),
        ("user:", "assistant:"),
    ):
        assert written(GREET.replace(old, new), "v2").fingerprint != one.fingerprint
    with_schema = written(
        GREET.replace("inputs:", "outputs: [{name: a, kind: string}]\ninputs:"), "v2"
    )
    assert with_schema.fingerprint != one.fingerprint


# --- saving


def test_a_message_that_a_file_would_split_is_refused_when_it_is_made():
    assert (
        refusal(user, "Say\nuser:\nit")
        == "prompt 'p', line 1: a line 'user:' would open a message: reword it"
    )
    assert "would open a message" in refusal(user, "Say\n  # Assistant :  \nit")
    assert "half a character" in refusal(user, "a\ud800b")
    assert "unknown role 'robot': use system, user" in refusal(
        Prompt, "p", (Message("robot", "x"),)
    )
    assert "longer than 262,144 characters" in refusal(user, "x" * 300_000)


@pytest.mark.parametrize(
    "name", ["../v2", "/v2", "a/../../v2", "..", "", ".v2", "a/b", "a\\b", "v\0", "x" * 200]
)
def test_a_name_that_leaves_the_folder_is_refused_and_nothing_is_written(written, folder, name):
    prompt = written(GREET)
    before = sorted(folder.parent.parent.rglob("*"))
    with pytest.raises(WorkbenchError, match=r"use letters|use a plain name"):
        prompt.save("prompts/greet", name)
    assert sorted(folder.parent.parent.rglob("*")) == before


def test_another_prompt_of_that_name_is_kept_unless_told_otherwise(written, folder):
    one, two = written(GREET), written(GREET.replace("Greet", "Welcome"), "v2")
    found = refusal(two.save, "prompts/greet", "v1")
    assert (
        found == "prompts/greet/v1.prompty holds another prompt: choose a new name, "
        "or pass overwrite=True"
    )
    assert (folder / "v1.prompty").read_text() == GREET
    one.save("prompts/greet", "v1")  # the same prompt: its file, comments and all, stays
    assert (folder / "v1.prompty").read_text() == GREET
    assert two.save("prompts/greet", "v1", overwrite=True) == folder / "v1.prompty"
    assert load_prompt("prompts/greet/v1.prompty").messages == two.messages


def test_a_released_prompt_is_never_overwritten(written, folder):
    one, two = written(GREET), written(GREET.replace("Greet", "Welcome"), "v2")
    path = one.save("prompts/released/greet", "best")
    kept = path.read_text()
    with pytest.raises(
        PromptError,
        match=r"released/greet/best.prompty is released and never overwritten: save under",
    ):
        two.save("prompts/released/greet", "best", overwrite=True)
    assert one.save("prompts/released/greet", "best") == path
    assert path.read_text() == kept


def test_prompts_need_neither_pandas_nor_a_network_library():
    heavy = {"pandas", "numpy", "aiohttp", "asyncio"}
    code = f"import sys, workbench.prompts; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[1]
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, text=True
        ).stdout
        == "[]\n"
    )
