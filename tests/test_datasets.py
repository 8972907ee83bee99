"""Datasets: what loads from which format, what is refused and how it is said, and which examples a
sample draws.
"""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        == "datasets/tirage.jsonl is not there: there is triage.jsonl"
    )
    assert "nowhere/x.csv is not there: check the path" in refusal("nowhere/x.csv")
    assert (
        refusal("datasets/x.xlsx")
        == "datasets/x.xlsx: .xlsx is not known: use .jsonl, .csv, .tsv, .parquet"
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
        {"input": "2+2?", "messages": [system, question]},
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
        (
            "id;text\n1;a\n",
            None,
            "t.csv, line 1: the columns are parted by semicolons: save the file with commas",
        ),
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
            "t.csv: columns maps id, inputs, expected, tags, not input",
        ),
    ],
)
def test_a_bad_table_is_named_with_file_and_line(written, text, columns, message):
    assert message in refusal(written(text, "t.csv"), columns=columns)


def test_a_csv_file_that_is_not_utf8_is_named_with_its_line(written):
    assert "t.csv, line 3: not UTF-8 text" in refusal(
        written(b"id,text\n1,a\n2,na\xefve\n", "t.csv")
    )


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
    from datetime import UTC, datetime

    from pyarrow import parquet

    odd = {
        "Out of range float": float("nan"),
        "datetime is not JSON": datetime.now(UTC),
        "bytes is not JSON": b"x",
    }
    for reason, value in odd.items():
        table = pyarrow.Table.from_pylist([{"id": "1", "at": None}, {"id": "2", "at": value}])
        parquet.write_table(table, project / "datasets" / "t.parquet")
        said = refusal("datasets/t.parquet")
        assert said.startswith("datasets/t.parquet, row 2: column 'at': ")
        assert reason in said
    assert "bad.parquet: not a Parquet file that can be read" in refusal(
        written("no", "bad.parquet")
    )


# --- sampling and selecting


@pytest.fixture
def hundred(written):
    return written(
        lines({"id": f"e{n}", "inputs": {"n": n}, "tags": {"half": str(n % 2)}} for n in range(100))
    )


def test_a_larger_sample_holds_the_smaller_one_in_file_order(hundred):
    small, large = load_examples(hundred, limit=10), load_examples(hundred, limit=30)
    assert len(small) == 10 and set(ids(small)) < set(ids(large))
    assert ids(large) == sorted(ids(large), key=lambda name: int(name[1:]))
    assert (
        ids(small)
        == ids(load_examples(hundred, limit=10, seed=0))
        != ids(load_examples(hundred, limit=10, seed=1))
    )
    assert ids(small) == [
        "e4",
        "e18",
        "e36",
        "e38",
        "e42",
        "e51",
        "e59",
        "e70",
        "e78",
        "e83",
    ]  # on every machine
    assert ids(load_examples(hundred, limit=3, seed=None)) == ["e0", "e1", "e2"]
    assert len(load_examples(hundred, limit=1000)) == 100


def test_what_was_drawn_stays_when_examples_are_added(hundred, written, project):
    before = set(ids(load_examples(hundred, limit=50)))
    more = lines({"id": f"new{n}", "inputs": {}} for n in range(5))
    after = set(
        ids(load_examples(written((project / hundred).read_text() + "\n" + more), limit=50))
    )
    assert len(before & after) >= 45


def test_a_sample_is_drawn_evenly(hundred):
    counts = [0] * 100
    for seed in range(200):
        for name in ids(load_examples(hundred, limit=20, seed=seed)):
            counts[int(name[1:])] += 1
    assert (
        min(counts) > 15 and max(counts) < 70
    )  # 40 each, give or take five standard deviations of 5.7


def test_where_takes_tags_or_a_function(hundred, written):
    path = written(lines(ROWS), "t.jsonl")
    assert ids(load_examples(path, where={"language": "de"})) == ["b", "c"]
    assert ids(load_examples(path, where={"language": ["de", "en"], "kind": "short"})) == ["a", "b"]
    assert ids(load_examples(path, where=lambda example: "e" in example.inputs["message"])) == [
        "a",
        "c",
    ]
    assert ids(load_examples(hundred, where={"half": 1}, limit=2, seed=None)) == ["e1", "e3"]
    assert "t.jsonl has no tag 'lang': there are kind, language" in refusal(
        path, where={"lang": "de"}
    )
    assert "t.jsonl has no example with language fr: loosen `where`" in refusal(
        path, where={"language": "fr"}
    )
    assert "t.jsonl has no example that `where` accepts" in refusal(
        path, where=lambda example: False
    )


def test_where_none_takes_the_examples_without_the_tag(written):
    path = written(lines([*ROWS, {"id": "d", "inputs": {}}]))
    assert ids(load_examples(path, where={"language": None})) == ["d"]
    assert ids(load_examples(path, where={"language": ["en", None]})) == ["a", "d"]
    assert "has no example with kind None and language de" in refusal(
        path, where={"kind": None, "language": "de"}
    )
    assert "`where`: tag 'kind' is dict: it must be one text" in refusal(
        path, where={"kind": {"a": 1}}
    )


@pytest.mark.parametrize("seed", [0, 3, None])
def test_after_gives_the_examples_that_a_limit_left(hundred, seed):
    chosen, held_out = (
        load_examples(hundred, limit=40, seed=seed),
        load_examples(hundred, after=40, seed=seed),
    )
    assert len(held_out) == 60
    assert set(ids(chosen)) | set(ids(held_out)) == set(ids(load_examples(hundred)))
    assert ids(load_examples(hundred, limit=10, after=40, seed=seed)) == [
        id for id in ids(held_out) if id in set(ids(load_examples(hundred, limit=50, seed=seed)))
    ]


@pytest.mark.parametrize("after", [-1, 100, True, 1.5])
def test_an_after_that_leaves_nothing_is_refused(hundred, after):
    assert "give a number of examples below 100" in refusal(hundred, after=after)


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "3"])
def test_a_limit_that_is_no_count_is_refused(hundred, limit):
    assert "give a number of examples from 1" in refusal(hundred, limit=limit)


# --- fingerprints and saving


def test_a_fingerprint_is_of_content_in_order(written):
    dataset = load_examples(written(lines(ROWS)))
    shuffled_keys = [dict(reversed(row.items())) for row in ROWS]
    other = load_examples(written(lines(shuffled_keys), "other.jsonl"))
    assert other.fingerprint == dataset.fingerprint == "71e8624b375f"
    assert load_examples(written(lines(ROWS[::-1]))).fingerprint != dataset.fingerprint
    assert dataset[:2].fingerprint != dataset.fingerprint


_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | _FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_TAGS = st.dictionaries(st.text(), st.text(min_size=1), max_size=2)
_EXAMPLES = st.lists(
    st.builds(
        Example, st.text(min_size=1), st.dictionaries(st.text(), _PLAIN, max_size=3), _PLAIN, _TAGS
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda example: example.id,
)


@given(_EXAMPLES, st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_saved_dataset_loads_as_it_was(tmp_path_factory, examples, halves):
    if halves:
        examples = [*examples, Example("half of a character \ud83d", {"x": "\udfff"})]
    dataset = Dataset(examples)
    path = dataset.save(tmp_path_factory.mktemp("saved") / "d.jsonl")
    assert list(load_examples(path)) == examples
    assert load_examples(path).fingerprint == dataset.fingerprint


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


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [10**5000, nested(2000), {1, 2}, float("nan"), object()], ids=type
)
def test_an_example_holds_nothing_that_a_dataset_file_could_not(value):
    for parts in (
        {"inputs": {"x": value}},
        {"inputs": {}, "expected": value},
        {"inputs": {}, "tags": {"x": value}},
    ):
        with pytest.raises(
            DatasetError, match="example 'a' cannot be written as JSON: "
        ) as refused:
            Example("a", **parts)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/../b", "..", "", "a\0"])
def test_a_datasets_name_never_leads_out_of_the_folder_of_what_is_exported(name):
    with pytest.raises(
        DatasetError, match=r"cannot name a dataset, .* use a plain name such as 'triage'"
    ):
        Dataset([Example("a", {})], name)


def test_two_examples_of_one_id_are_no_dataset():
    with pytest.raises(DatasetError, match="dataset 'mine' holds id 'a' twice"):
        Dataset([Example("a", {}), Example("a", {})], "mine")


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=50, deadline=None)
def test_any_text_survives_a_csv_file(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("id", "text"), *((str(n), text) for n, (text,) in enumerate(cells))]
        )
    assert [example.inputs["text"] for example in load_examples(path)] == [
        text for (text,) in cells
    ]
