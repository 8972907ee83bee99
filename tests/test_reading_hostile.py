"""What hostile and broken files of other tools do: they are refused in a line, or what is wrong in
them is left out and said.
"""

import json
import math

import pytest
from other_results import (
    HEADER,
    archive,
    case,
    column,
    deepeval,
    deflated,
    promptfoo,
    promptfoo_row,
    reading,
    said,
    sample,
)

import workbench as wb
from workbench.errors import DatasetError
from workbench.exchange import within_bounds as bounded


@pytest.fixture
def read(tmp_path):
    return reading(tmp_path)


def test_numbers_without_an_end_and_endless_nesting_in_an_example_are_left_out(read):
    deep = json.loads("[" * 60 + "]" * 60)
    rows = [promptfoo_row(0), promptfoo_row(2, vars={"a": math.nan, "b": "x"})]
    rows[0] |= {"vars": {"text": deep}}
    run = read(promptfoo(rows), store=None)
    assert run.examples[1].inputs == {"a": None, "b": "x"}
    assert [each.place for each in run.unread] == [
        "results.json, example test-0", "results.json, example test-1"
    ]  # fmt: skip
    assert "no finite number, or deeper than 40 levels" in said(run)[0]


def test_what_is_beyond_the_list_of_what_was_not_understood_is_counted(read):
    rows = ["no row", *(promptfoo_row(2 * n, reason=2, error="judge down") for n in range(1_003))]
    run = read(promptfoo(rows))
    assert len(run.unread) == 1_001
    assert said(run)[-1] == "results.json: 3 more were not understood and are not listed"


def test_thousands_of_cases_of_one_name_are_told_apart(read):
    cases = [{**case("c", "a", []), "input": f"i{n // 2}"} for n in range(3_000)]
    run = read(deepeval(cases))
    assert len(run.examples) == 1_500
    assert run.columns["example"][:4] == ["c", "c", "c-2", "c-2"]
    assert run.columns["repeat"][:4] == [0, 1, 0, 1]


def test_what_rows_cannot_be_is_said_with_the_file(read):
    held = {**HEADER, "samples": [sample("a"), sample("a")]}
    with pytest.raises(DatasetError, match=r"results\.json: row 1: the same prompt, model"):
        read(held)


@pytest.mark.parametrize(
    ("held", "error"),
    [
        (b"", "is no file that is read: give results of promptfoo"),
        (b"\x89PNG", "is no file that is read"),
        (b"{}", "is no file that is read"),
        (b"[1, 2]", "is no file that is read"),
        (b'{"results": {"results": []}}', "holds no rows that could be read"),
        (b'{"testCases": []', "not JSON"),
        (b"[" * 100_000, "not JSON that can be read"),
        (b'{"testCases": ' + b"9" * 5000 + b"}", "not JSON that can be read"),
        (b'{"testCases": "\xff"}', "not UTF-8 text at byte 15"),
        (b"PK\3\4 cut off", "is no whole archive"),
        (archive({"header.json": b"{}"}), "holds no rows that could be read"),
        (archive({"samples/a_epoch_1.json": b"{"}), "samples/a_epoch_1.json: not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_in_a_line(held, error, read):
    with pytest.raises(DatasetError) as told:
        read(held, "x.eval")
    assert error in str(told.value) and "\n" not in str(told.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"gone\.json is not there"):
        wb.read_run(tmp_path / "gone.json")
    with pytest.raises(DatasetError, match="is not there, or no file"):
        wb.read_run(tmp_path)


def test_bombs_are_refused_before_memory_is_full(read, monkeypatch):
    bomb = {"samples/a_epoch_1.json": b" " * 3_000_000, "samples/b_epoch_1.json": b" " * 3_000_000}
    for packed in (archive(bomb), deflated(bomb)):
        assert len(packed) < 8_000
        monkeypatch.setattr(bounded, "MOST_MEMBER", 1_000_000)
        with pytest.raises(DatasetError, match=r"a_epoch_1\.json: unpacked it is larger"):
            read(packed, "x.eval")
        monkeypatch.setattr(bounded, "MOST_MEMBER", 4_000_000)
        monkeypatch.setattr(bounded, "MOST_UNPACKED", 5_000_000)
        with pytest.raises(DatasetError, match=r"(b_epoch_1.json: unpacked|not JSON)"):
            read(packed, "x.eval")
    monkeypatch.setattr(bounded, "MOST_MEMBERS", 1)
    with pytest.raises(DatasetError, match="has more than 1 members"):
        read(archive(bomb), "x.eval")
    monkeypatch.setattr(bounded, "MOST_BYTES", 100)
    with pytest.raises(DatasetError, match="is larger than 100 bytes"):
        read(archive(bomb), "x.eval")


LISTED = {**HEADER, "eval": {**HEADER["eval"], "dataset": {"sample_ids": ["a", "b", 3, "d"]}}}


def broken_log(tmp_path, listed):
    """Of four samples that are listed one is whole, two are broken and one is lacking."""
    whole = {each: json.dumps(sample(each)).encode() for each in "ab"}
    members = {f"samples/{id}_epoch_1.json": data for id, data in whole.items()}
    members |= {"samples/3_epoch_1.json": b'{"id": 3', "header.json": json.dumps(listed).encode()}
    packed = archive(members)
    at = packed.index(b"samples/b_epoch_1.json") + 60  # within what Zstandard packed
    (tmp_path / "x.eval").write_bytes(packed[:at] + b"\x55" + packed[at + 1 :])
    return tmp_path / "x.eval"


def test_a_damaged_sample_is_an_error_and_a_lacking_one_unsent_and_the_others_are_read(tmp_path):
    run = wb.read_run(broken_log(tmp_path, LISTED))
    assert list(zip(column(run, "example"), column(run, "status"), strict=True)) == [
        ("a", "ok"), ("b", "error"), ("3", "error"), ("d", "unsent"),
    ]  # fmt: skip
    assert run.columns["error"][1].startswith("samples/b_epoch_1.json of the log: it ")
    assert run.counts["stopped"] == "not in the file"
    assert [each.place for each in run.unread] == [
        "x.eval, samples/b_epoch_1.json", "x.eval, samples/3_epoch_1.json", "x.eval, samples",
    ]  # fmt: skip
    assert said(run)[2].endswith("1 answer that it lists it does not hold (d): rows are unsent")


def test_a_member_that_unpacks_to_other_bytes_than_were_written_is_damaged(tmp_path):
    members = {f"samples/{id}_epoch_1.json": json.dumps(sample(id)).encode() for id in "ab"}
    packed = bytearray(archive(members | {"header.json": json.dumps(HEADER).encode()}))
    packed[packed.rindex(b"samples/b_epoch_1.json") - 46 + 16] ^= 1  # of its checksum
    (tmp_path / "x.eval").write_bytes(packed)
    run = wb.read_run(tmp_path / "x.eval")
    assert column(run, "status") == ["ok", "error"]
    assert "it is damaged: its checksum is another one" in said(run)[0]


def test_a_header_that_is_damaged_leaves_what_the_log_began_with(read):
    begun = {**LISTED, "status": "started"}
    members = {
        "header.json": b"{",
        "_journal/start.json": begun,
        "samples/a_epoch_1.json": sample("a"),
    }
    run = read(deflated(members), "x.eval")
    assert column(run, "prompt") == ["sorting"] * 4
    assert column(run, "status") == ["ok", "unsent", "unsent", "unsent"]
    assert said(run)[0].startswith("x.eval, header.json: not JSON")


def test_names_in_an_archive_lead_nowhere(read, tmp_path):
    members = {"samples/../../evil_epoch_1.json": sample("e"), "/etc/x": {}, "header.json": HEADER}
    run = read(deflated(members), "x.eval")
    assert column(run, "example") == ["e"]
    assert [each.name for each in tmp_path.iterdir()] == ["x.eval"]
