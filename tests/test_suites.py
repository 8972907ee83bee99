"""Configurations of other tools as prompts, examples and critics; what has no counterpart is said
with its line.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import testing
from workbench.errors import DatasetError, WorkbenchError
from workbench.exchange.asserted import holds, is_known
from workbench.runs.record import Unread

CONFIG = """\
description: sorting
prompts:
  - "Sort: {{ text | dump }}"
  - label: Chat
    raw: '[{"role":"system","content":"Be {{ tone }}"},{"role":"user","content":"{{ text }}"}]'
  - file://two.txt
  - file://../outside.txt
  - file://code.js
  - "{% set x = 1 %}{{ x }}"
providers: [openai:gpt-4.1]
defaultTest:
  vars: {tone: kind}
  assert:
    - {type: not-contains, value: sorry}
    - {type: llm-rubric, value: is polite}
tests:
  - description: first
    vars: {text: hello}
    assert:
      - {type: equals, value: a}
      - {type: javascript, value: "process.exit()"}
      - {type: equals, value: "{{ text }}"}
  - vars: {text: [a, b], doc: "file://x.txt"}
    threshold: 0.5
  - file://more.csv
  - file://more.js
"""


@pytest.fixture
def suite(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    (folder / "two.txt").write_text("One {{ text }}\n---\nTwo {{ text }}\n")
    (folder / "code.js").write_text("throw 1")
    (folder / "more.csv").write_text("text,__expected\nhi,b\n")
    (folder / "promptfooconfig.yaml").write_text(CONFIG)
    return wb.load_suite(folder / "promptfooconfig.yaml")


def test_prompts_are_texts_and_messages_of_the_file_and_its_folder(suite):
    assert [each.name for each in suite.prompts] == ["prompt 1", "Chat", "two 1", "two 2"]
    assert suite.prompts[0].messages[0].template == "Sort: {{ text | tojson }}"
    assert [each.role for each in suite.prompts[1].messages] == ["system", "user"]
    assert suite.prompts[3].messages[0].template == "Two {{ text }}"


def test_tests_are_examples_with_the_defaults_variables(suite):
    assert [each.id for each in suite.examples] == ["first", "test-2", "test-3", "test-4"]
    assert suite.examples[0].inputs == {"tone": "kind", "text": "hello"}
    assert [each.inputs["text"] for each in suite.examples] == ["hello", "a", "b", "hi"]
    assert [each.expected for each in suite.examples] == ["a", None, None, "b"]


def test_what_has_no_counterpart_is_said_with_its_line_and_once(suite):
    assert [str(each).removeprefix("promptfooconfig.yaml, ") for each in suite.unread] == [
        "line 10: providers has no counterpart: models are named in models.yaml",
        "line 7: '../outside.txt' leads out of the folder: not read",
        "line 8: 'code.js': only .txt, .md, .json, .j2, .yaml, .yml, .csv are read, code is never "
        "run",
        "line 9: not a prompt that is read here: prompt 'prompt 5', line 1: set is not allowed in "
        "a prompt: put the value into the inputs, or write the text out",
        "line 21: the assertion javascript has no counterpart",
        "line 22: the assertion equals has no counterpart",
        "line 15: the assertion llm-rubric has no counterpart",
        "line 24: threshold of a test has no counterpart",
        "line 23: doc is a file or code: left out",
        "line 26: the file 'more.js' is not there, or a link: not read",
    ]


@pytest.mark.parametrize("name", ["x" * 5_000, "\ud800", "a\0b", "../up.jsonl", "/etc/passwd", ""])
def test_a_name_that_no_file_has_is_not_read(name, tmp_path):
    held = {"e.v0": {"class": "evals.x:Match", "args": {"samples_jsonl": name}}}
    (tmp_path / "e.yaml").write_text(json.dumps(held))
    suite = wb.load_suite(tmp_path / "e.yaml")
    assert len(suite.examples) == 0
    assert [each.what.endswith("not read") for each in suite.unread] == [True]


async def test_a_suite_runs_and_a_test_without_an_assertion_is_unscored_by_it(suite):
    with testing.serve(lambda ask: "a" if "hello" in ask.text else "sorry") as server:
        run = await wb.run(suite.prompts[:1], suite.examples, server.model(), suite.critics)
    assert run.frame["equals"].tolist()[0] == 1
    assert run.columns["equals.reason"][1] == "its test asserts no equals"
    assert run.columns["equals"][3] == 0
    assert run.columns["not-contains"] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("kind", "output", "value", "held"),
    [
        ("equals", "a", "a", True), ("equals", "A", "a", False), ("equals", "5", 5, True),
        ("equals", '{"a": [1]}', {"a": [1]}, True), ("not-equals", "a", "a", False),
        ("contains", "say a", "a", True), ("icontains", "SAY", "say", True),
        ("contains-any", "b", ["a", "b"], True), ("contains-all", "b", ["a", "b"], False),
        ("icontains-any", "X", ["x"], True), ("starts-with", "abc", "ab", True),
        ("regex", "a1", r"\d$", True), ("not-regex", "a1", "b", True),
        ("is-json", "{}", None, True), ("is-json", "no", None, False),
        ("is-json", "null", None, True),
        ("is-json", '{"a": 1}', {"required": ["b"]}, False),
    ],
)  # fmt: skip
def test_assertions_hold_as_they_do_there(kind, output, value, held):
    assert is_known(kind, value) and holds(kind, output, value) is held


def test_patterns_that_are_none_or_too_long_and_other_kinds_are_not_known():
    assert not any(is_known("regex", each) for each in ("(", "a" * 1001, 3))
    schemas = ({"type": 7}, {"$ref": "https://a.example/schema.json"})
    assert not any(is_known("is-json", each) for each in schemas)
    assert not any(is_known(each, "x") for each in ("javascript", "llm-rubric", "", "not-"))


def test_an_eval_of_openais_registry_has_its_samples_and_matches(tmp_path):
    (tmp_path / "samples.jsonl").write_text(
        json.dumps({"input": [{"role": "user", "content": "2+2?"}], "ideal": ["4", "four"]}) + "\n"
    )
    (tmp_path / "sums.yaml").write_text(
        "sums: {id: sums.dev.v0, metrics: [accuracy]}\n"
        "sums.dev.v0:\n  class: evals.elsuite.basic.match:Match\n"
        "  args: {samples_jsonl: samples.jsonl, few_shot: 3}\n"
        "other.v0:\n  class: evals.elsuite.basic.fuzzy_match:FuzzyMatch\n"
    )
    suite = wb.load_suite(tmp_path / "sums.yaml")
    [example] = suite.examples
    assert example.expected == ["4", "four"] and [each.name for each in suite.critics] == [
        "starts-with"
    ]
    assert suite.unread == (
        Unread("sums.yaml, line 5", "other.v0 is another eval: one is read at a time"),
        Unread("sums.yaml, line 4", "the argument few_shot has no counterpart"),
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("prompts: !!python/object/apply:os.system [ls]", "line 1: not plain YAML"),
        ("a: &x [*x]\nprompts: a", "line 1: not plain YAML: nested too deeply"),
        ("a: [1\nb: '", "line 2: not plain YAML: "),
        ("a: 1\na: 2", "line 2: not plain YAML: 'a' is there twice"),
        ("a: b\n\0: c", "line 2: not plain YAML: "),
        ("[1, 2]", "is no mapping"),
        ("a: {class: }", "has no prompts, no tests and no class of an eval"),
        ("[" * 100, "nested too deeply"),
    ],
)
def test_what_is_no_plain_configuration_is_refused_in_a_line(text, error, tmp_path):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(DatasetError) as told:
        wb.load_suite(tmp_path / "x.yaml")
    assert error in str(told.value) and "\n" not in str(told.value)


ALIASED = """\
prompts: ["Say {{ text }}"]
polite: &polite {type: not-contains, value: sorry}
base: &base
  assert: [*polite]
  options: {prefix: a}
tests:
  - <<: *base
    vars: {text: one}
  - {<<: *base, vars: {text: two}, options: {}}
"""


def test_aliases_and_merged_mappings_are_what_they_stand_for(tmp_path):
    (tmp_path / "x.yaml").write_text(ALIASED)
    suite = wb.load_suite(tmp_path / "x.yaml")
    assert [each.inputs for each in suite.examples] == [{"text": "one"}, {"text": "two"}]
    [critic] = suite.critics
    assert critic.values == {"test-1": ["sorry"], "test-2": ["sorry"]}


def test_a_few_lines_of_aliases_that_stand_for_gigabytes_are_refused(tmp_path):
    lines = ["a0: &a0 [1, 1]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    (tmp_path / "x.yaml").write_text("\n".join([*lines, "prompts: x"]))
    with pytest.raises(DatasetError, match="line 18: not plain YAML: its aliases make more than"):
        wb.load_suite(tmp_path / "x.yaml")


def test_characters_that_json_escapes_in_two_halves_are_one(tmp_path):
    text = '{"prompts": ["\\ud83d\\ude00 \\\\ud83d {{ a }} \\ud83d"], "tests": []}'
    (tmp_path / "x.json").write_text(text)
    [prompt] = wb.load_suite(tmp_path / "x.json").prompts
    assert prompt.messages[0].template == "\U0001f600 \\ud83d {{ a }} \ufffd"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=8)
    | st.sampled_from(["file://../x", "exec:rm", "equals", "regex", "(", "{{ a }}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["vars", "assert", "type", "value", "raw", "label", "id", "description"]),
        inner, max_size=4,
    ),
    max_leaves=10,
)  # fmt: skip
DOCUMENTS = st.dictionaries(
    st.sampled_from(["prompts", "tests", "defaultTest", "class", "args", "x"]), VALUES, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_any_configuration_is_read_or_refused_never_a_crash(tmp_path_factory, document):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(json.dumps(document))
    try:
        wb.load_suite(file)
    except WorkbenchError as error:
        assert "\n" not in str(error)
