"""What a template would send as plain text although it is something else: refused with its line."""

import pytest
from sample_images import GIF

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


@pytest.mark.parametrize(
    ("loop", "advice"),
    [
        ("history", "declare the input as kind: thread and write {{ history }} on"),
        ("history[:4]", "declare the input as kind: thread and write {{ history }} on"),
        ("history | default([])", "declare the input as kind: thread and write {{ history }} on"),
        ("ticket.turns", "give 'turns' as an input of its own, declare it as kind: thread and"),
    ],
)
def test_the_way_out_of_a_loop_over_turns_names_the_input_and_works(loop, advice):
    body = f"{{% for m in {loop} %}}\n{{{{ m.role }}}}:\n{{{{ m.content }}}}\n{{% endfor %}}"
    with pytest.raises(PromptError) as refused:
        read_prompt("v1", f"user:\n{body}\n")
    assert advice in str(refused.value)
    name = "turns" if "turns" in advice else "history"
    front = f"---\ninputs: [{{name: {name}, kind: thread}}]\n---\n"
    turns = [{"role": "user", "content": "Hi"}]
    assert read_prompt("v1", f"{front}user:\n{{{{ {name} }}}}\n").render({name: turns}) == turns


def test_the_way_out_of_an_image_line_works(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "pan.gif").write_bytes(GIF)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PromptError, match=r"give it as an input of kind: image, and write"):
        read_prompt("v1", "user:\n![pan](pan.gif)\n")
    front = "---\ninputs: [{name: pan, kind: image, default: pan.gif}]\n---\n"
    [message] = read_prompt("v1", f"{front}user:\n{{{{ pan }}}}\n").render({})
    assert message["content"][0]["image_url"]["url"].startswith("data:image/gif;base64,")
