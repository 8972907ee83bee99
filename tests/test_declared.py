"""Inputs as the kinds that a prompt declares: converted where that is certain, else refused."""

import pytest

import workbench as wb
from workbench.errors import PromptError
from workbench.prompts.prompt import read_prompt


def prompt(kind, template="{% if x %}yes{% else %}no{% endif %} {{ x }}", more=""):
    front = f"inputs: [{{name: x, kind: {kind}{more}}}]"
    return read_prompt("v1", f"---\n{front}\n---\nuser:\n{template}\n")


def written(*args, x, **options):
    [message] = prompt(*args, **options).render({"x": x})
    return message["content"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("boolean", "False", "no False"),
        ("boolean", " TRUE ", "yes True"),
        ("boolean", "0", "no False"),
        ("boolean", 1, "yes True"),
        ("boolean", "No", "no False"),
        ("integer", "0", "no 0"),
        ("integer", "12", "yes 12"),
        ("integer", 12.0, "yes 12"),
        ("number", "3.50", "yes 3.5"),
        ("number", "0", "no 0"),
        ("array", '["a", "b"]', "yes ['a', 'b']"),
        ("object", '{"a": 1}', "yes {'a': 1}"),
        ("string", 12, "yes 12"),
        ("string", "", "no "),
        ("string", None, "no "),
    ],
)
def test_a_cell_is_read_as_its_declared_kind(kind, value, text):
    assert written(kind, x=value) == text


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("boolean", "maybe", "is 'maybe' and declared boolean: give true or false"),
        ("boolean", 2, "is '2' and declared boolean"),
        ("boolean", "", "is blank and declared boolean: fill it in, or declare nullable: true"),
        ("boolean", None, "is blank and declared boolean"),
        ("integer", "3.5", "is '3.5' and declared integer: give a whole number"),
        ("integer", "1_000", "declared integer"),
        ("integer", True, "declared integer"),
        ("number", "3,5", "is '3,5' and declared number: give a number such as 3.5, with a point"),
        ("number", "nan", "declared number"),
        ("array", "a, b", "declared array: give a list"),
        ("object", "[1]", "declared object: give a mapping"),
        ("string", ["a"], "declared string: give text: write a list or a mapping with kind: array"),
    ],
)
def test_what_is_none_of_its_kind_is_refused_with_example_and_input(kind, value, said):
    with pytest.raises(PromptError, match=f"^example 'e1': input 'x' of prompt 'v1' .*{said}"):
        prompt(kind).check({"x": value}, "example 'e1'")


def test_a_blank_that_is_declared_is_null(tmp_path):
    for more in (", nullable: true", ", required: false"):
        assert written("boolean", more=more, x="") == "no "


def test_a_kind_that_nobody_declared_asks_nothing():
    undeclared = read_prompt("v1", "---\ninputs: {x: 3}\n---\nuser:\n{{ x }}\n")
    assert undeclared.render({"x": "three"})[0]["content"] == "three"


async def test_a_wrong_kind_is_said_before_the_first_call(tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n1,yes\n2,perhaps\n")
    with wb.testing.serve(lambda ask: "ok") as server:
        model = wb.Model("m", id="m", base_url=server.url, price=None)
        with pytest.raises(PromptError, match=r"example '2': input 'x' .* is 'perhaps'"):
            await wb.run(prompt("boolean"), wb.load_examples(tmp_path / "t.csv"), model)
        assert not server.log


@pytest.mark.parametrize(
    "template",
    ["{{ x }}", "{{ x | upper }}", "{{ x | trim }}", "{{ y.z }}", "{{ [x, x] | join('') }}"],
)
def test_null_is_empty_text(template):
    [message] = read_prompt("v1", f"user:\n[{template}]\n").render({"x": None, "y": {"z": None}})
    assert message["content"] == "[]"
    with_null = read_prompt("v1", "user:\n{% if x is none %}null{% endif %}{{ x | tojson }}\n")
    assert with_null.render({"x": None})[0]["content"] == "nullnull"
