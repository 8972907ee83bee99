"""Datasets: what loads from which format, what is refused and how it is said, and which examples a
sample draws.
"""

import json

import pytest

from workbench.datasets import Dataset, Example, load_examples
from workbench.errors import DatasetError

ROWS = [
    {
        "id": "a",
        "inputs": {"message": "Hello"},
        "expected": {"gold": "x"},
        "tags": {"language": "en", "kind": "short"},
    },
    {
        "id": "b",
        "inputs": {"message": "Wo?"},
        "expected": {"gold": "y"},
        "tags": {"language": "de", "kind": "short"},
    },
    {
        "id": "c",
        "inputs": {"message": "Nein!"},
        "expected": None,
        "tags": {"language": "de", "kind": "hard"},
    },
]


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("")
    (tmp_path / "datasets").mkdir()
    monkeypatch.chdir(tmp_path / "datasets")  # relative paths count from the root all the same
    return tmp_path


@pytest.fixture
def written(project):
    def write(content, name="triage.jsonl"):
        data = content if isinstance(content, bytes) else content.encode()
        (project / "datasets" / name).write_bytes(data)
        return f"datasets/{name}"

    return write


def lines(rows):
    return "\n".join(json.dumps(row) for row in rows)


def ids(dataset):
    return [example.id for example in dataset]


def refusal(path, **arguments):
    with pytest.raises(DatasetError) as caught:
        load_examples(path, **arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- JSON Lines


def test_json_lines_give_examples_in_order(written):
    dataset = load_examples(
        written("\ufeff" + lines(ROWS[:2]) + "\r\n\r\n" + lines(ROWS[2:]) + "\n")
    )
    assert dataset.name == "triage"
    assert list(dataset) == [
        Example("a", {"message": "Hello"}, {"gold": "x"}, {"language": "en", "kind": "short"}),
        Example("b", {"message": "Wo?"}, {"gold": "y"}, {"language": "de", "kind": "short"}),
        Example("c", {"message": "Nein!"}, None, {"language": "de", "kind": "hard"}),
    ]
    assert dataset.tags == {"kind": ["hard", "short"], "language": ["de", "en"]}
    assert isinstance(dataset[1:], Dataset) and ids(dataset[1:]) == ["b", "c"]


def test_whole_numbers_become_ids_and_tags_become_text(written):
    dataset = load_examples(
        written('{"id": 7, "inputs": {}, "tags": {"length": 12, "hard": true, "none": null}}')
    )
    assert (dataset[0].id, dataset[0].tags) == ("7", {"length": "12", "hard": "true"})


def test_an_example_without_an_id_is_known_by_its_content(written):
    first, second = load_examples(written('{"inputs": {"a": 1, "b": 2}}\n{"inputs": {"a": 2}}'))
    [again] = load_examples(written('{"inputs": {"b": 2, "a": 1}}', "again.jsonl"))
    assert first.id == again.id != second.id


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (r'{"id": "1", "inputs": {"x": "a\ud800b"}}', "a\ud800b"),
        (r'{"id": "1", "inputs": {"x": "\u0000"}}', "\0"),
        (
            '{"id": "1", "inputs": {"x": 123456789012345678901234567890}}',
            123456789012345678901234567890,
        ),
        ('{"id": "1", "inputs": {"x": -0.5e-3}}', -0.0005),
    ],
)
def test_odd_values_arrive_as_they_are(written, line, value):
    assert load_examples(written(line))[0].inputs == {"x": value}


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (b"{broken", "not valid JSON: Expecting property name"),
        (b'{"id": "x", "inputs": {}},', "take off the comma at its end"),
        (b'{"id": "x", "inputs": {"a": NaN}}', "not valid JSON: NaN is not JSON: write null"),
        (b'{"id": "x", "inputs": {"a": 1e999}}', "not valid JSON: 1e999 is not JSON"),
        (
            b'{"id": "x", "inputs": {"a": ' + b"9" * 5000 + b"}}",
            "not valid JSON: Exceeds the limit",
        ),
        (b"[1, 2]", "list in place of an object"),
        (b'"text"', "str in place of an object"),
        (
            b'{"id": "a", "inputs": {}}',
            "id 'a' is on line 1 already: give every example its own id",
        ),
        (b'{"id": true, "inputs": {}}', "id is True: it must be text or a whole number"),
        (b'{"id": 1.5, "inputs": {}}', "id is 1.5: it must be text or a whole number"),
        (
            b'{"id": "x", "inputs": "text"}',
            'no "inputs" object: write {"id": ..., "inputs": {...}}',
        ),
        (b'{"id": "x", "text": "hello"}', "say with columns= what is what"),
        (b'{"id": "x", "inputs": {}, "tags": ["en"]}', '"tags" must be an object of texts'),
        (
            b'{"id": "x", "inputs": {}, "tags": {"a": [1]}}',
            "tag 'a' is list: it must be one text or number",
        ),
        (b'{"id": "x", "inputs": {"a": "\xff"}}', "not UTF-8 text: save the file as UTF-8"),
        (b'{"id": "x", "inputs": {"a": ' + b"[" * 100_000, "nested too deeply: flatten it"),
        (
            b'{"input": [{"role": "user", "content": 3}], "ideal": "x"}',
            '"input" is neither text nor messages',
        ),
        (
            b'{"input": [{"role": "system", "content": "x"}], "ideal": "x"}',
            '"input" holds no message of the user',
        ),
    ],
)
def test_a_bad_line_is_named_with_file_and_number(written, second, message):
    said = refusal(written(b'{"id": "a", "inputs": {}}\n\n' + second + b"\n"))
    assert said.startswith("datasets/triage.jsonl, line 3: ")
    assert message in said


def test_what_is_not_there_or_not_known_is_said_with_what_is(written, project):
    assert "holds no example: write one a line" in refusal(written("\n\n"))
    assert (
        refusal("datasets/tirage.jsonl")
        == "datasets/tirage.jsonl is not there: is 'triage.jsonl' meant?"
    )
    assert "nowhere/x.csv is not there: check the path" in refusal("nowhere/x.csv")
    assert refusal("datasets/x.docx").startswith(
        "datasets/x.docx: .docx is not known: use .jsonl, .json, .csv, .tsv, .xlsx, .xls, .xlsb, "
    )
    assert "datasets: no ending is not known" in refusal("datasets")


# --- OpenAI evals


def test_openai_evals_lines_give_the_last_user_message_and_the_ideal(written):
    system, question = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "2+2?"},
    )
    rows = [{"input": [system, question], "ideal": ["4", "four"]}, {"input": "3+3?", "ideal": "6"}]
    chat, text = load_examples(written(lines(rows)))
    assert (chat.inputs, chat.expected) == (
        {"input": "2+2?", "system": "Be brief.", "messages": [question]},
        ["4", "four"],
    )
    assert (text.inputs, text.expected) == ({"input": "3+3?"}, "6")
    mapped = load_examples(
        "datasets/triage.jsonl", columns={"inputs": {"message": "input"}, "expected": "ideal"}
    )
    assert [example.inputs for example in mapped] == [{"message": "2+2?"}, {"message": "3+3?"}]


# --- CSV and Parquet


def test_csv_columns_go_by_their_names(written):
    text = '\ufeffid,message,expected,tag.language\n1,"Hello, ""you""\nthere",thanks,en\n2,Wo?,,\n'
    first, second = load_examples(written(text, "t.csv"))
    assert first == Example("1", {"message": 'Hello, "you"\nthere'}, "thanks", {"language": "en"})
    assert second == Example("2", {"message": "Wo?"}, None, {})
    tabs = load_examples(
        written("id\tinputs.a\tother\texpected.label\n1\tx, y\tignored\tgood\n", "t.tsv")
    )
    assert list(tabs) == [Example("1", {"a": "x, y"}, {"label": "good"}, {})]


def test_columns_map_a_flat_file(written):
    text = "key,body,gold,lang,noise\n1,Hello,thanks,en,x\n2,Wo?,question,de,y\n"
    columns = {
        "id": "key",
        "expected": "gold",
        "inputs": {"message": "body"},
        "tags": {"language": "lang"},
    }
    assert list(load_examples(written(text, "t.csv"), columns=columns)) == [
        Example("1", {"message": "Hello"}, "thanks", {"language": "en"}),
        Example("2", {"message": "Wo?"}, "question", {"language": "de"}),
    ]
    listed = {"id": "key", "inputs": ["body"], "tags": ["lang"]}
    german = load_examples("datasets/t.csv", columns=listed, where={"lang": "de"})
    assert list(german) == [Example("2", {"body": "Wo?"}, None, {"lang": "de"})]
    flat = load_examples(written('{"key": "1", "body": "Hello"}'), columns=listed)
    assert list(flat) == [Example("1", {"body": "Hello"}, None, {})]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("id,text\n1,a\n1,b\n", None, "t.csv, line 3: id '1' is on line 2 already"),
        (
            'id,text\n1,"a\nb"\n2,b,c\n',
            None,
            "t.csv, line 4: 3 fields, the header has 2: quote text with commas",
        ),
        (
            'id,text\n1,"a\n',
            None,
            "t.csv, line 2: not valid CSV: unexpected end of data: mend the quotes",
        ),
        ("id,id\n1,a\n", None, "t.csv, line 1: the header needs a different name for every column"),
        ("id,text\n", None, "t.csv holds no example"),
        ("", None, "t.csv holds no example"),
        (
            "id,text\n1,a\n",
            {"inputs": ["body"]},
            "no column 'body', which columns= gives as inputs: there are id",
        ),
        (
            "id,text\n1,a\n",
            {"expected": "gold"},
            "no column 'gold', which columns= gives as expected",
        ),
        (
            "id,text\n1,a\n",
            {"input": ["text"]},
            "t.csv: columns= has 'input': is 'inputs' meant? It maps id, inputs, expected, tags",
        ),
    ],
)
def test_a_bad_table_is_named_with_file_and_line(written, text, columns, message):
    assert message in refusal(written(text, "t.csv"), columns=columns)


def test_a_field_of_a_csv_file_may_be_long(written):
    assert (
        len(load_examples(written(f"id,text\n1,{'a' * 200_000}\n", "t.csv"))[0].inputs["text"])
        == 200_000
    )


def test_parquet_keeps_lists_and_numbers(project):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [
        {"id": 1, "docs": ["a", "b"], "n": 1.5, "expected": "x", "tag.kind": "hard"},
        {"id": 2, "docs": []},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), project / "datasets" / "t.parquet")
    assert list(load_examples("datasets/t.parquet")) == [
        Example("1", {"docs": ["a", "b"], "n": 1.5}, "x", {"kind": "hard"}),
        Example("2", {"docs": [], "n": None}, None, {}),
    ]


def test_parquet_that_is_no_plain_data_is_named_with_row_and_column(project, written):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    odd = {"Out of range float": float("inf"), "bytes is not JSON": b"x"}
    for reason, value in odd.items():
        table = pyarrow.Table.from_pylist([{"id": "1", "at": None}, {"id": "2", "at": value}])
        parquet.write_table(table, project / "datasets" / "t.parquet")
        said = refusal("datasets/t.parquet")
        assert said.startswith("datasets/t.parquet, row 2: column 'at' cannot be written as JSON: ")
        assert reason in said
    assert "bad.parquet: not a Parquet file that can be read" in refusal(
        written("no", "bad.parquet")
    )


# --- fingerprints and saving


def test_a_fingerprint_is_of_content_in_order(written):
    dataset = load_examples(written(lines(ROWS)))
    shuffled_keys = [dict(reversed(row.items())) for row in ROWS]
    other = load_examples(written(lines(shuffled_keys), "other.jsonl"))
    assert other.fingerprint == dataset.fingerprint == "71e8624b375f"
    assert load_examples(written(lines(ROWS[::-1]))).fingerprint != dataset.fingerprint
    assert dataset[:2].fingerprint != dataset.fingerprint


def test_a_dataset_is_saved_whole_or_not_at_all(project):
    path = Dataset([Example("a", {"x": 1})]).save("datasets/kept.jsonl")
    changed = {"x": 1}
    dataset = Dataset([Example("b", {"x": 1}), Example("c", changed)])
    changed["x"] = object()
    with pytest.raises(
        DatasetError, match="example 'c' cannot be written as JSON: Object of type object"
    ):
        dataset.save("datasets/kept.jsonl")
    assert ids(load_examples(path)) == ["a"]
    assert [entry.name for entry in path.parent.iterdir()] == ["kept.jsonl"]
    with pytest.raises(
        DatasetError, match=r"kept.csv: a dataset is written as JSON Lines: use a name that ends in"
    ):
        Dataset([Example("a", {})]).save("datasets/kept.csv")
