"""What a template would send as plain text although it is something else: refused with its line."""

import pytest

from workbench.errors import PromptError
from workbench.prompts.prompt import read_prompt


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("{% for m in history %}\n{{ m.role }}:\n{{ m.content }}\n{% endfor %}", 3),
        ('{% for turn in turns %}{{ turn["role"] | upper }}: {{ turn["content"] }}{% endfor %}', 2),
        (
            "Hi\n{% for m in a.b %}\n{% if m.role == 'user' %}User{% else %}Bot{% endif %}: "
            "{{ m.text }}{% endfor %}",
            4,
        ),
        ("{% for t in h %}{{ 'A' if t.role == 'user' else 'B' }}: {{ t.text }}{% endfor %}", 2),
    ],
)
def test_a_loop_that_writes_roles_is_refused_with_its_line_and_the_way_out(body, line):
    with pytest.raises(PromptError, match=rf"line {line}: this loop writes the roles .* thread"):
        read_prompt("v1", f"user:\n{body}\n")


@pytest.mark.parametrize(
    "body",
    [
        "{% for p in people %}{{ p.name }}, {{ p.role }}\n{% endfor %}",
        "{% for d in docs %}{{ d.title }}: {{ d.content }}\n{% endfor %}",
        "{% for m in history %}{{ m.content }}\n{% endfor %}Role: {{ role }}",
    ],
)
def test_other_loops_stay(body):
    assert read_prompt("v1", f"user:\n{body}\n").name == "v1"


@pytest.mark.parametrize("image", ["![pan]({{ image }})", "![](pan.png)", "See ![a b](x 'y') here"])
def test_an_image_is_refused_by_name(image):
    with pytest.raises(PromptError, match=r"line 3: the image !\[.*would be sent as text"):
        read_prompt("v1", f"user:\nLook:\n{image}\n")


@pytest.mark.parametrize(
    "tag", ["{{#docs}}", "{{^docs}}", "{{/docs}}", "{{{title}}}", "{{> header}}", "{{! note }}"]
)
def test_mustache_is_named(tag):
    with pytest.raises(
        PromptError, match=r"line 2: .* is Mustache: messages are written in Jinja2"
    ):
        read_prompt("v1", f"user:\n{tag}\n")


@pytest.mark.parametrize("model", ["{api: embedding}", "{apiType: image}", "{api: completion}"])
def test_a_prompt_for_another_endpoint_than_chat_is_refused(model):
    with pytest.raises(PromptError, match=r"model\.api\w* is '\w+': only prompts for chat are run"):
        read_prompt("v1", f"---\nmodel: {model}\n---\nuser:\nhi\n")
    assert read_prompt("v1", "---\nmodel: {apiType: chat}\n---\nuser:\nhi\n").messages


def test_a_list_is_asked_about():
    with pytest.raises(
        PromptError, match=r"of kind 'list': use .*; a conversation is a thread, an"
    ):
        read_prompt("v1", "---\ninputs: {history: {type: list}}\n---\nuser:\nhi\n")
