"""Configurations of promptfoo whose prompts and tests lie in other files: as promptfoo 0.123 reads
them, of which one run here was the model.
"""

import pytest

import workbench as wb

FILES = {
    "multi.txt": "One {{ text }}\r\n --- \r\nTwo {{ text }}\n---\n\n",
    "chat.yaml": '- {role: system, content: S}\n- {role: user, content: "{{ text }}"}\n',
    "notes/p1.md": "MD {{ text }}",
    "table.csv": 'prompt,label\n"Csv {{ text }}",c1\n',
    "direct.txt": "direct {{ text }}",
    "default.yaml": "vars: {lang: en}\nassert: [{type: not-contains, value: sorry}]\n",
    "tests.yaml": "- {vars: {text: yaml}, assert: [{type: contains, value: yes}]}\n",
    "tests.csv": (
        "text,lang,__expected,__expected2,__description,__metric\n"
        "csv,en,contains:yes,not-icontains-any: a,d1,m1\n"
        "two,de,llm-rubric: is kind,is-json,d2,\n"
        "three,de,note: this,,d3,\n"
    ),
    "config.yaml": """\
prompts: [file://multi.txt, file://chat.yaml, "file://notes/*.md", file://table.csv, direct.txt,
  gone.txt, "file://none*.txt"]
defaultTest: file://default.yaml
tests:
  - file://tests.yaml
  - file://tests.csv
  - https://docs.google.com/spreadsheets/d/x
  - {$ref: "#/shared/one"}
  - {$ref: "#/shared/gone"}
  - {description: lists, vars: {text: [u, v], lang: [en, de]}}
  - {description: kept, vars: {text: [u, v]}, options: {disableVarExpansion: true}}
shared: {one: {vars: {text: named}}}
scenarios:
  - config: [{vars: {lang: fr}}, {vars: {lang: es}}]
    tests: [{vars: {text: scene}, assert: [{type: icontains, value: YES}]}]
""",
}


@pytest.fixture
def suite(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    return wb.load_suite(tmp_path / "config.yaml")


def test_prompts_of_texts_yaml_sheets_and_patterns(suite):
    told = [(each.name, each.messages[-1].template) for each in suite.prompts]
    assert told == [
        ("multi 1", "One {{ text }}"), ("multi 2", "Two {{ text }}"), ("chat", "{{ text }}"),
        ("p1", "MD {{ text }}"), ("c1", "Csv {{ text }}"), ("direct", "direct {{ text }}"),
        ("prompt 7", "gone.txt"),
    ]  # fmt: skip
    assert [each.role for each in suite.prompts[2].messages] == ["system", "user"]


def test_tests_of_files_lists_references_and_scenarios_have_the_defaults_of_a_file(suite):
    assert [(each.id, each.inputs["lang"], each.inputs["text"]) for each in suite.examples] == [
        ("test-1", "en", "yaml"), ("d1", "en", "csv"), ("d2", "de", "two"), ("d3", "de", "three"),
        ("test-5", "en", "named"), ("lists", "en", "u"), ("lists-7", "en", "v"),
        ("lists-8", "de", "u"), ("lists-9", "de", "v"), ("kept", "en", ["u", "v"]),
        ("test-11", "fr", "scene"), ("test-12", "es", "scene"),
    ]  # fmt: skip


def test_assertions_in_cells_are_of_their_kinds_and_what_is_none_is_the_answer(suite):
    held = {each.name: each.values for each in suite.critics}
    assert held["contains"] == {"test-1": ["yes"], "d1": ["yes"]}
    assert held["not-icontains-any"] == {"d1": [["a"]]}
    assert held["is-json"] == {"d2": [None]}
    assert held["equals"] == {"d3": ["note: this"]}
    assert len(held["not-contains"]) == 12


def test_what_is_not_there_or_has_no_counterpart_is_said(suite):
    assert [each.what for each in suite.unread] == [
        "shared has no counterpart",
        "no file of the folder is named like 'none*.txt': not read",
        "__metric of a test has no counterpart",
        "the assertion llm-rubric has no counterpart",
        "tests at 'https://docs.google.com/spreadsheets/d/x' are not fetched and not run",
        "what '#/shared/gone' names is not in this file: not read",
    ]


def test_patterns_and_references_lead_nowhere_else(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "x.yaml").write_text(
        'prompts: ["file://../*.txt", "file://*.txt", "file:///etc/pass*"]\n'
        'tests: [{$ref: "file:///etc/passwd"}, {$ref: "#/tests/1"}]\n'
    )
    suite = wb.load_suite(folder / "x.yaml")
    assert (suite.prompts, list(suite.examples)) == ((), [])
    assert len(suite.unread) == 5
