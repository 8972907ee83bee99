"""Files as they lie: compressed, packed, or another thing than their name says."""

import bz2
import gzip
import lzma
import zipfile

import pytest
from workbooks import write_workbook

from workbench.datasets import Example, described, load_examples, source
from workbench.errors import DatasetError

CSV = "id;message\n1;Größe\n".encode()
ONE = [Example("1", {"message": "Größe"})]


def zstd(data):
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.ndjson", '{"id": "1", "inputs": {"message": "Größe"}}\n'.encode()),
        ("x.tab", CSV.replace(b";", b"\t")),
        ("x.csv", "| id | message |\n|:---|---:|\n| 1 | Größe |\n".encode()),  # Markdown
    ],
)
def test_files_that_are_otherwise_called_or_drawn_are_read(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert list(load_examples(tmp_path / name)) == ONE


@pytest.mark.parametrize(
    ("ending", "pack"),
    [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("zst", zstd)],
)
def test_a_compressed_file_is_read_as_what_it_holds(tmp_path, ending, pack):
    path = tmp_path / f"tickets.csv.{ending}"
    path.write_bytes(pack(CSV))
    dataset = load_examples(path)
    assert (list(dataset), dataset.name) == (ONE, "tickets")
    path.write_bytes(pack(CSV)[:-6])
    if ending != "zst":
        with pytest.raises(DatasetError, match=r"cannot be unpacked: .*: pack it again"):
            load_examples(path)


@pytest.mark.parametrize("ending", ["gz", "zip"])
def test_a_file_that_unpacks_to_many_times_its_size_is_refused(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(source, "PLENTY", 10_000)
    path, bomb = tmp_path / f"d.jsonl.{ending}", b" " * 1_000_000
    if ending == "gz":
        path.write_bytes(gzip.compress(bomb))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("d.jsonl", bomb)
    with pytest.raises(DatasetError, match=r"unpacked it holds more than [\d,]+ bytes: part it"):
        load_examples(path)


def test_a_zip_of_one_file_is_read_and_of_several_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("__MACOSX/._tickets.csv", b"noise")
        packed.writestr("export/tickets.csv", CSV)
    dataset = load_examples(tmp_path / "t.zip")
    assert (list(dataset), dataset.name) == (ONE, "tickets")
    assert "tickets.csv inside it" in described(dataset)
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as packed:
        packed.writestr("more.csv", CSV)
    with pytest.raises(DatasetError, match=r"it holds export/tickets\.csv, more\.csv: unpack it"):
        load_examples(tmp_path / "t.zip")


def test_a_compressed_workbook_is_read(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"A": [["id", "message"], [1, "Größe"]]})
    (tmp_path / "t.xlsx.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert list(load_examples(tmp_path / "t.xlsx.gz")) == ONE


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.parquet", "t.xlsx"])
def test_a_pointer_of_git_lfs_is_named_with_the_way_out(tmp_path, name):
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(DatasetError, match=r"Git LFS pointer .*: run git lfs pull"):
        load_examples(tmp_path / name)


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_called_csv_is_told(tmp_path, start):
    (tmp_path / "t.csv").write_bytes(start + b"\0" * 20)
    with pytest.raises(DatasetError, match="this is no text, but an Excel, zip or Parquet file"):
        load_examples(tmp_path / "t.csv")


# JSON


@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_an_array_of_objects_is_read_with_the_line_of_each(tmp_path, name):
    rows = '\ufeff[{"id": "1", "inputs": {"message": "Größe"}},\n\n {"id": "1", "inputs": {}}]\n'
    path = tmp_path / name
    path.write_text(rows.replace('{"id": "1", "inputs": {}}', ""), "utf-8")
    with pytest.raises(DatasetError, match="not valid JSON"):
        load_examples(path)
    path.write_text(rows, "utf-8")
    with pytest.raises(DatasetError, match=r"line 3: id '1' is on line 1 already"):
        load_examples(path)
    path.write_text(rows.replace('"1", "inputs": {}', '"2", "inputs": {}'), "utf-8")
    assert [each.id for each in load_examples(path)] == ["1", "2"]


def test_lines_of_utf_16_are_read_and_others_only_if_told(tmp_path):
    path = tmp_path / "t.jsonl"
    text = '{"id": "1", "inputs": {"message": "Größe"}}\n'
    path.write_text(text, "utf-16")
    assert list(load_examples(path)) == ONE
    path.write_text(text, "cp1252")
    with pytest.raises(DatasetError, match=r"line 1: not UTF-8 text: .* or say encoding="):
        load_examples(path)
    assert list(load_examples(path, encoding="cp1252")) == ONE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1", "inputs": {"a": 1, "a": 2}}', "the key 'a' stands twice: keep one"),
        ('{"id": "1", "inputs": {}, "expcted": 1}', "'expcted' is no part .* 'expected' meant"),
        ('{"id": "1", "inputs": {}, "tag": {}}', "'tag' is no part of an example: is 'tags' meant"),
        ('{"id": "1", "input": "a", "more": "b"}', r"inputs' meant, as an object of input, more"),
    ],
)
def test_a_key_misspelt_or_doubled_is_named_with_its_line(tmp_path, line, said):
    (tmp_path / "t.jsonl").write_text(f'{{"id": "0", "inputs": {{}}}}\n{line}\n')
    with pytest.raises(DatasetError, match=rf"t\.jsonl, line 2: .*{said}"):
        load_examples(tmp_path / "t.jsonl")


def test_fields_that_are_no_part_of_an_example_are_left_out_and_named(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": "1", "inputs": {}, "source": "x"}\n{"id": "2", "inputs": {}}\n')
    assert "'source' is no part of an example and left out of 1 row (line 1)" in described(
        load_examples(path)
    )
