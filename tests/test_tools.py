"""The tools that a prompt offers go to the endpoint as the prompty package sends them."""

import pytest

from workbench.errors import PromptError
from workbench.prompts import load_prompt
from workbench.prompts.prompt import read_prompt

TOOLS = """---
name: v1
tools:
  - name: get_order
    kind: function
    description: looks an order up
    parameters:
      - {name: order, kind: integer, description: its number, required: true}
      - {name: parts, kind: array, items: {kind: string}}
      - {name: by, kind: string, enumValues: [mail, post]}
      - {name: when, kind: object, properties: [{name: day, kind: string, required: true}]}
  - {name: hang_up, kind: function}
  - {name: close, kind: function, strict: true, parameters: [{name: why, kind: string}]}
---
user:
Where is order {{ order }}?
"""


def test_prompty_tells_the_endpoint_the_same_of_our_tools(tmp_path):
    executor = pytest.importorskip("prompty.providers.openai.executor")
    import prompty

    (tmp_path / "v1.prompty").write_text(TOOLS)
    prompt = load_prompt(tmp_path / "v1.prompty")
    theirs = executor._tools_to_wire(prompty.load(prompt.save(tmp_path, "ours")))
    # which is left out there
    theirs[1]["function"]["parameters"] = {"type": "object", "properties": {}}
    assert [tool.wire for tool in prompt.tools] == theirs


def test_tools_are_part_of_what_a_prompt_is():
    body = "user:\nHi\n"
    one = read_prompt("v1", f"---\ntools: [{{name: a, kind: function}}]\n---\n{body}")
    other = read_prompt("v1", f"---\ntools: [{{name: b, kind: function}}]\n---\n{body}")
    assert len({one.fingerprint, other.fingerprint, read_prompt("v1", body).fingerprint}) == 3
    assert read_prompt("v1", one.text) == one


@pytest.mark.parametrize(
    ("tools", "why"),
    [
        ("[{name: a, kind: mcp}]", "tool 'a' is of kind 'mcp': only kind: function is offered"),
        ("[{kind: function}]", "tool None: name it with letters"),
        ("[{name: a b, kind: function}]", "tool 'a b': name it with letters"),
        ("[{name: a, kind: function}, {name: a, kind: function}]", "needs a name of its own"),
        ("[{name: a, kind: function, bindings: []}]", "bindings is not known"),
        ("[{name: a, kind: function, strict: 1}]", "strict must be true or false"),
        ("text", "tools must be a list"),
        (
            "[{name: a, kind: function, parameters: {type: object, properties: {}}}]",
            "parameters are a list of `name: ..., kind: ...`, no schema",
        ),
    ],
)
def test_what_is_no_function_is_refused(tools, why):
    with pytest.raises(PromptError, match=why):
        read_prompt("v1", f"---\ntools: {tools}\n---\nuser:\nHi\n")
