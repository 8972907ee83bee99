"""Tables in a dataset's own layout: columns of mappings are read as what they are."""

import json

import pytest

from workbench.datasets import Example, load_examples
from workbench.errors import DatasetError


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("")
    (tmp_path / "datasets").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def written(project):
    def write(text, name):
        (project / "datasets" / name).write_text(text)
        return f"datasets/{name}"

    return write


@pytest.fixture
def own_layout(written, project):
    """A dataset file as pandas writes it to Parquet: each mapping gets the keys of all others."""
    pandas = pytest.importorskip("pandas")
    rows = [
        {
            "id": "a",
            "inputs": {"message": "Hello", "docs": [{"title": "x"}]},
            "expected": {"gold": 1},
            "tags": {"k": "v"},
        },
        {"id": "b", "inputs": {"text": "Wo?", "docs": [{"body": "y"}]}, "expected": {"label": "z"}},
        {"id": "c", "inputs": {"message": ""}, "tags": {"o": "p"}},
    ]
    path = written("\n".join(map(json.dumps, rows)), "own.jsonl")
    frame = pandas.read_json(project / path, lines=True)
    frame[::2].to_parquet(project / "datasets" / "part.parquet")
    frame.set_index("id", drop=False).reset_index(drop=True).to_parquet(
        project / "datasets" / "own.parquet"
    )
    return load_examples(path)


def test_parquet_in_a_datasets_own_layout_gives_the_same_examples(own_layout):
    assert list(load_examples("datasets/own.parquet")) == list(own_layout)
    assert load_examples("datasets/own.parquet", where={"k": "v"})[0].tags == {"k": "v"}
    assert list(load_examples("datasets/part.parquet")) == [own_layout[0], own_layout[2]]
    renamed = load_examples("datasets/own.jsonl", columns={"expected": "id"})
    assert [(each.inputs, each.expected) for each in renamed] == [
        (each.inputs, each.id) for each in own_layout
    ]


def test_the_index_that_pandas_adds_to_parquet_is_no_input(project):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame({"id": ["a", "b", "c"], "text": ["x", "y", "z"]})[1:].sample(
        frac=1, random_state=1
    ).to_parquet(project / "datasets" / "t.parquet")
    assert {each.id: each.inputs for each in load_examples("datasets/t.parquet")} == {
        "b": {"text": "y"},
        "c": {"text": "z"},
    }


def test_csv_in_a_datasets_own_layout_holds_its_mappings_as_json(written):
    first, second = (
        '1,"{""message"": ""Hello""}",x,"{""language"": ""en""}"',
        '2,"{""message"": ""Wo?""}",y,',
    )
    text = f"id,inputs,expected,tags\n{first}\n{second}\n"
    assert list(load_examples(written(text, "t.csv"))) == [
        Example("1", {"message": "Hello"}, "x", {"language": "en"}),
        Example("2", {"message": "Wo?"}, "y", {}),
    ]
    python = written("id,inputs\n1,{'message': 'Hello'}\n", "p.csv")
    said = (
        r"datasets/p\.csv, line 2: column 'inputs' reads like a mapping and is no JSON: "
        "write JSON, or say columns="
    )
    with pytest.raises(DatasetError, match=said):
        load_examples(python)
    assert load_examples(python, columns={"inputs": ["inputs"]})[0].inputs == {
        "inputs": "{'message': 'Hello'}"
    }
    assert load_examples(written("id,inputs\n1,plain\n", "q.csv"))[0].inputs == {"inputs": "plain"}


@pytest.mark.parametrize(
    "between", ["", "\n\n", "\r", " ,\n"], ids=["nothing", "blank lines", "CR", "commas"]
)
@pytest.mark.parametrize("indent", [None, 2])
def test_objects_one_behind_the_other_are_read_however_they_are_laid_out(written, between, indent):
    rows = [{"id": "a", "inputs": {"m": "x}{y"}}, {"id": "b", "inputs": {"m": "z"}}]
    text = between.join(json.dumps(row, indent=indent) for row in rows) + "\n"
    if indent is None and between == " ,\n":
        pytest.skip("one a line, with a comma at its end: refused, and said")
    assert [each.id for each in load_examples(written(text, "t.json"))] == ["a", "b"]
    broken = text.replace('"z"', "z")
    with pytest.raises(DatasetError, match="not valid JSON"):
        load_examples(written(broken, "t.json"))


def test_an_object_of_more_keys_than_a_table_has_columns_is_refused_with_its_line(tmp_path):
    keys = ",".join(f'"k{number}": 1' for number in range(16_385))
    (tmp_path / "keys.jsonl").write_text(f'{{"inputs": {{"a": 1}}}}\n{{"inputs": {{{keys}}}}}\n')
    with pytest.raises(DatasetError, match="line 2: more than 16,384 keys in one object: put what"):
        load_examples(tmp_path / "keys.jsonl")
