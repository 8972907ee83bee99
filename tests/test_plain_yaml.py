"""YAML as people mean it: scalars of YAML 1.2, written so that every reader reads the same."""

import math

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.models.yaml_files import read_yaml
from workbench.plain_yaml import YamlFault, core_scalar, plain_yaml, yaml_text
from workbench.prompts import Prompt, Property, load_prompt
from workbench.prompts.prompty import Message

# as the core schema of YAML 1.2.2 has them, 10.3.2
CORE = {
    "null": None, "~": None, "": None, "true": True, "FALSE": False,
    "0": 0, "01067": 1067, "-12": -12, "+7": 7, "0o17": 15, "0x1F": 31,
    "1e-3": 0.001, "1e5": 100000.0, ".5": 0.5, "5.": 5.0, "-.5E+2": -50.0, "-.inf": -math.inf,
}  # fmt: skip
TEXTS = [
    "12:30", "1:30:00", "190:20:30.15", "1_000", "0b11", "0o8", "-0x1F", "2024-10-21",
    "2024-10-21 10:00:00", "no", "No", "yes", "on", "OFF", "y", "N", "=", "<<", ".", "-", "1e",
    "nan", "inf", "e3", "nULL", "tRUE",
]  # fmt: skip


def test_scalars_are_those_of_yaml_1_2():
    listed = "\n".join(f"- {text}" for text in [*CORE, *TEXTS[:-12], *TEXTS[-6:]] if text != "-")
    expected = [*CORE.values(), *TEXTS[:-12], *TEXTS[-6:]]
    assert plain_yaml(listed) == expected
    assert {text: core_scalar(text) for text in CORE} == CORE
    assert [core_scalar(text) for text in TEXTS] == TEXTS
    assert math.isnan(core_scalar(".nan"))


@pytest.mark.parametrize("text", ["!!int 12:30", "!!bool yes", "!!float 1_0.5", "!!null x"])
def test_a_tag_that_does_not_fit_is_refused_with_its_line(text):
    with pytest.raises(YamlFault, match="write it in quotes") as raised:
        plain_yaml(f"a: 1\nb: {text}")
    assert raised.value.line == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!!set {x}", "could not determine a constructor"),
        ("!!binary aGk=", "could not determine a constructor"),
        ("!!timestamp 2001-01-01", "could not determine a constructor"),
        ("!!map [1]", "expected a mapping node"),
        ("!!python/name:os.system", "could not determine a constructor"),
        ('"\\U00110000"', "no such character"),
        ("0x" + "f" * 9000, "write it in quotes"),
        ("[" * 100, "nested too deeply"),
        ("*x", "aliases are not used"),
        (
            "{default: 1,000}",
            "1,000 has a comma, which ends an entry: write 1000 or 0.5, or put it",
        ),
        ("{at_most: 0,5, of: x}", "0,5 has a comma"),
        ("{price: {input: -2,50 , output: 8}}", "-2,50 has a comma"),
        ("[1,000, 2]", "1,000 has a comma"),
    ],
)
def test_what_is_no_plain_value_is_refused_with_its_line(text, said):
    with pytest.raises(YamlFault, match=said) as raised:
        plain_yaml(f"a: 1\nb: {text}")
    assert raised.value.line == 1


def test_commas_between_entries_are_no_commas_in_numbers():
    text = "{a: 1,5: 2, c: [100,200, 0,0], d: 1,e: , f: '1,000'}"
    read = {"a": 1, 5: 2, "c": [100, 200, 0, 0], "d": 1, "e": None, "f": "1,000"}
    assert plain_yaml(text) == read


def test_a_yaml_text_that_would_take_minutes_is_refused_at_once():
    with pytest.raises(YamlFault, match="longer than 1,000,000 characters"):
        plain_yaml("a: 1\n" * 200_001)


@pytest.mark.parametrize(
    "pair", ["true: 1\nTrue: 2", "~: 1\nnull: 2", "1: a\n0x1: b", "1: a\ntrue: b"]
)
def test_one_key_in_two_spellings_is_refused(pair):
    with pytest.raises(YamlFault, match="is there twice: keep one") as raised:
        plain_yaml(pair)
    assert raised.value.line == 1


SCALARS = (
    st.sampled_from([*CORE, *TEXTS])
    | st.text(st.sampled_from("0123456789:_.-+eExob~yntrulfasNO "), max_size=6)
    | st.text(max_size=12)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
@example(["1e-3", "0o17", "08", "1e5", ".5e3", "y", "N"])
def test_what_is_written_reads_the_same_here_and_in_yaml_1_1(value):
    written = yaml_text(value)
    assert plain_yaml(written) == value
    assert yaml.safe_load(written) == value


def test_a_text_is_in_quotes_if_either_version_takes_it_for_something_else():
    assert [yaml_text(text).splitlines()[0] for text in CORE] == [f"'{text}'" for text in CORE]
    ambiguous = ["12:30", "1_000", "0b11", "2024-10-21", "no", "yes", "on", "OFF", "y", "N"]
    assert [yaml_text(text).splitlines()[0] for text in ambiguous] == [f"'{t}'" for t in ambiguous]


def test_a_prompts_defaults_and_choices_are_kept_as_they_were_meant(tmp_path):
    path = tmp_path / "v1.prompty"
    path.write_text(
        "---\ninputs: [{name: at, default: 12:30}, {name: top, default: 1_000}]\n"
        "outputs: [{name: sure, kind: string, enumValues: [yes, no, n]}]\n"
        "model: {options: {temperature: 1e-3}}\n---\nuser:\n{{ at }} {{ top }}\n"
    )
    prompt = load_prompt(path)
    assert prompt.render({})[0]["content"] == "12:30 1_000"
    assert prompt.outputs[0].enum_values == ("yes", "no", "n")
    assert prompt.parameters == {"temperature": 0.001}
    again = load_prompt(prompt.save(tmp_path, "v2"))
    assert again.fingerprint == prompt.fingerprint
    front = yaml.safe_load(again.text.split("---")[1])
    assert [each["default"] for each in front["inputs"]] == ["12:30", "1_000"]
    assert front["outputs"][0]["enumValues"] == ["yes", "no", "n"]


def test_a_prompt_made_in_code_keeps_texts_that_look_like_numbers(tmp_path):
    texts = ("1e-3", "0o17", "08", "y", "~")
    inputs = tuple(Property(f"i{number}", default=text) for number, text in enumerate(texts))
    prompt = Prompt("p", (Message("user", "hello"),), inputs=inputs)
    saved = load_prompt(prompt.save(tmp_path, "p"))
    assert [each.default for each in saved.inputs] == list(texts)


def test_a_models_file_is_read_so_too(tmp_path):
    path = tmp_path / "models.yaml"
    path.write_text("query: {api-version: 2024-10-21, on: yes}\nlimit: 1e2\n")
    assert read_yaml(path, "m") == {
        "query": {"api-version": "2024-10-21", "on": "yes"},
        "limit": 100.0,
    }
