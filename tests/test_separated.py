"""CSV as people's programs write it: separators, encodings, blank rows, lines of the file."""

import pytest

from workbench.datasets import Example, described, load_examples
from workbench.errors import DatasetError


@pytest.fixture
def loaded(tmp_path):
    def load(content, name="t.csv", **asked):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_examples(path, **asked)

    return load


def remarks(dataset):
    return {(remark.kind, remark.about): remark.lines for remark in dataset.remarks}


@pytest.mark.parametrize(
    ("separator", "named"), [(";", "semicolons"), ("\t", "tabs"), ("|", "pipes")]
)
def test_what_parts_the_columns_is_found_and_said(loaded, separator, named):
    text = "id,message,expected\n7,Grüße,ja\n".replace(",", separator)
    dataset = loaded(text)
    assert list(dataset) == [Example("7", {"message": "Grüße"}, "ja")]
    assert described(dataset).endswith(f"; columns parted by {named}")


def test_commas_in_text_and_decimal_commas_are_no_separators(loaded):
    [only] = loaded('id;message;price\n1;"pan, lid";3,50\n')
    assert only.inputs == {"message": "pan, lid", "price": "3,50"}


def test_a_header_that_two_signs_could_part_is_refused_unless_told(loaded):
    text = "key;name, first;text\n1;Ma, Jo;a\n2;Li, Bo;b\n"
    with pytest.raises(DatasetError, match="parted by commas or by semicolons: say separator="):
        loaded(text)
    assert loaded(text, separator=";")[1].inputs["name, first"] == "Li, Bo"


def test_excels_first_line_says_what_parts_and_lines_are_counted_with_it(loaded):
    assert loaded("sep=|\r\nid|message\r\n1|a;b,c\r\n")[0].inputs == {"message": "a;b,c"}
    with pytest.raises(DatasetError, match=r"t\.csv, line 3: 3 fields, the header has 2: quote te"):
        loaded("sep=;\r\nid;message\r\n1;a;b\r\n")


def test_a_ragged_row_deep_in_a_file_is_named(loaded):
    rows = [f'{n};"two\nlines"' for n in range(1000)]
    rows[900] += ";more"
    with pytest.raises(DatasetError, match=r"line 1802: 3 fields, the header has 2: quote text wi"):
        loaded("id;message\n" + "\n".join(rows))


def test_blank_rows_and_nameless_blank_columns_are_left_out_and_counted(loaded):
    dataset = loaded("\r\nid,message,,\r\n1,a,,\r\n,,,\r\n , ,,\r\n\r\n2,b,,\r\n")
    assert [example.id for example in dataset] == ["1", "2"]
    assert remarks(dataset) == {("blank column", "2 columns"): (), ("blank row", ""): (4, 5, 6)}
    assert "3 rows blank and left out (lines 4, 5 and 6)" in described(dataset)


def test_a_column_without_a_name_that_holds_something_is_refused_with_the_way_out(loaded):
    with pytest.raises(DatasetError, match=r"line 2: column 1 has no name .*index=False"):
        loaded(",message\n0,hello\n")
    with pytest.raises(DatasetError, match="line 3: column 3 has no name and holds 'note'"):
        loaded("id,message,\n1,a,\n2,b,note\n")


def test_a_title_above_the_header_is_left_out_and_said(loaded):
    dataset = loaded("Export,,\n,,\nid,message,expected\n1,a,x\n")
    assert [each.expected for each in dataset] == ["x"]
    assert remarks(dataset) == {("title", ""): (1,)}


def test_a_row_of_data_is_not_taken_for_names(loaded):
    """Of two columns one has no name: below it lies data, and no other row of names."""
    with pytest.raises(DatasetError, match=r"'hello there' stands beside 'message', .* --header"):
        loaded("message,\nhi,hello there\n")
    with pytest.raises(DatasetError, match=r"column 1 has no name .* without pandas' index"):
        loaded(",message\n0,hello\n1,there\n")


def test_rows_that_are_hardly_examples_are_named_and_warned_of(loaded, caplog):
    """A header again where exports were joined, a line of sums, and a note at the end."""
    text = "id,message,sum\n1,a,2\nid,message,sum\n2,b,3\n,,5\n,Total,5\nNote,,\n"
    dataset = loaded(text)
    assert [each.id for each in dataset][:2] == ["1", "2"]
    assert remarks(dataset) == {
        ("header again", ""): (3,), ("no id", ""): (5, 6), ("no inputs", ""): (7,),
    }  # fmt: skip
    said = described(dataset)
    assert "1 row repeating the columns' names left out (line 3)" in said
    assert "2 rows without an id, unlike the others: sums or notes? (lines 5 and 6)" in said
    assert "1 row whose inputs are all blank (line 7)" in said
    [record] = caplog.records
    assert record.levelname == "WARNING" and "sums or notes? (lines 5 and 6)" in record.message
    assert loaded("message\na\nb\n").remarks == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_that_the_file_names_is_read(loaded, encoding):
    dataset = loaded("id;message\n1;Größe\u2028zwei\n".encode(encoding))
    assert dataset[0].inputs == {"message": "Größe\u2028zwei"}
    assert "encoding" not in {remark.kind for remark in dataset.remarks}


def test_text_of_windows_is_read_and_said_and_another_encoding_may_be_told(loaded, caplog):
    dataset = loaded("id,message\n1,a\n2,10 € für Größe\n".encode("cp1252"))
    assert dataset[1].inputs == {"message": "10 € für Größe"}
    assert remarks(dataset)[("encoding", "cp1252 (Windows, Western Europe)")] == (3,)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    polish = "id,message\n1,łódź\n".encode("iso-8859-2")
    assert loaded(polish, encoding="iso-8859-2")[0].inputs == {"message": "łódź"}


FOREIGN = {
    "cp1251": "Где мой заказ?", "koi8-r": "Где мой заказ?", "cp1253": "Καλημέρα σας",
    "cp1255": "שלום לכם", "cp1256": "مرحبا", "gb18030": "退款什么时候到？我的 iPhone 坏了",
    "big5": "請問退款多久", "euc-kr": "환불은 언제 되나요", "cp874": "สวัสดีครับ",
    "cp1250": "Zażółć gęślą jaźń", "mac-roman": "Grüße im naïven Café",
    "shift_jis": "この鍋は壊れた", "cp932": "テスト", "sjis": "質問", "ms932": "良い",
}  # fmt: skip


@pytest.mark.parametrize("encoding", FOREIGN)
def test_text_of_no_western_encoding_is_not_taken_for_one(loaded, encoding):
    data = f"id,message\n1,a\n2,{FOREIGN[encoding]}\n".encode(encoding)
    with pytest.raises(DatasetError, match=r"line 3: .*nor of Western Europe.* say encoding="):
        loaded(data)
    assert loaded(data, encoding=encoding)[1].inputs == {"message": FOREIGN[encoding]}


@pytest.mark.parametrize(
    "text",
    [
        "„MENÜ“ öffnen, ÄÖÜ äöüß", "été à l’hôtel: 50 €, œuvre, où? «Être»", "IRMÃ”, não, ações",
        "¿Qué? ¡Sí! señor", "þýðing, áður, íslensku", "yö, ääni, jäääär", "50 °C, 5 m², 3½, 100 µg",
        "CAFÉ À EMPORTER", "col·legi", "één",
        "It’s “fine” – don’t…", "Žižek", "Œuvre", "São", "l’h “A”", "5–10", "—",
        "‚Änderung‘ und ‚Übung‘", "ƒ 12 en ƒ 1.200",
    ],
)  # fmt: skip
def test_every_language_of_windows_in_the_west_is_read(loaded, text):
    assert loaded(f'id,message\n1,"{text}"\n'.encode("cp1252"))[0].inputs == {"message": text}


def test_two_encodings_in_one_file_and_what_was_spoilt_before_are_said(loaded):
    with pytest.raises(DatasetError, match="line 2: text of two encodings"):
        loaded("id,message\n1,Grüße\n".encode() + "2,Köln\n".encode("cp1252"))
    spoilt = loaded("id,message\n1,ok\n2,GrÃ¼ÃŸe\n3,Gr\ufffd\ufffde\n")
    assert remarks(spoilt) == {("damaged", ""): (3, 4)}


@pytest.mark.parametrize("sign", ["^", "~", ":", "\x1f"])
def test_other_signs_that_part_every_line_are_not_taken_for_text(loaded, sign):
    text = "id,message,expected\n1,a,x\n2,b,y\n".replace(",", sign)
    with pytest.raises(DatasetError, match=r"may be parted by .*: say separator="):
        loaded(text)
    assert loaded(text, separator=sign)[1].inputs == {"message": "b"}
    assert len(loaded("message\nhello: you\nwhat now\n")) == 2
    with pytest.raises(DatasetError, match="fixed widths"):
        loaded("id   message   expected\n1    hello     x\n")


def test_names_and_cells_are_what_people_see(loaded):
    nfd = "e\u0301te\u0301"
    dataset = loaded(f'id,\ufeffmessage\u200b,a\u00a0b,{nfd},expected\u200b\n="007",x,y,z,w\n')
    assert list(dataset) == [Example("007", {"message": "x", "a b": "y", "été": "z"}, "w")]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"\xef\xbb\xbf<!DOCTYPE html><table>", "t.csv", "this is a web page"),
        (b"\n<html><table>", "t.xls", "this is a web page"),
        (b"%PDF-1.4", "t.csv", "this is a PDF"),
        (b"\x1f\x8b\x08\x00", "t.csv", "a packed file: let its name end in .gz"),
    ],
)
def test_other_things_than_their_names_say_are_named(loaded, data, name, said):
    with pytest.raises(DatasetError, match=said):
        loaded(data, name)


@pytest.mark.parametrize(
    ("data", "asked", "said"),
    [
        (b"id,message\n1,a\n2,\x81\xff\n", {}, "line 3: not UTF-8 text: save the file as UTF-8"),
        ("id,message\n1,abc\n".encode("utf-16-le"), {}, "looks like UTF-16: say encoding="),
        (b"id,message\n1,a\xff\n", {"encoding": "utf-8"}, "line 2: not UTF-8 text"),
        (b"id,message\n1,a\n", {"encoding": "klingon"}, "no encoding is called 'klingon'"),
        (b"id,message\n1,a\n", {"separator": ";;"}, "separator is ';;': give one character"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(loaded, data, asked, said):
    with pytest.raises(DatasetError, match=said):
        loaded(data, **asked)


# What becomes of columns


def test_other_letters_are_taken_as_meant_and_a_slip_of_the_pen_is_asked_about(loaded):
    dataset = loaded("ID,message,Expected,TAG.lang\n7,a,x,en\n")
    assert list(dataset) == [Example("7", {"message": "a"}, "x", {"lang": "en"})]
    assert "column 'ID' taken as 'id'" in described(dataset)
    for column, meant in (("expcted", "expected"), ("tags.lang", "tag."), ("input.a", "inputs.")):
        with pytest.raises(DatasetError, match=rf"column '{column}': is '{meant}' meant"):
            loaded(f"id,message,{column}\n1,a,b\n")


def test_columns_that_nothing_maps_are_named(loaded):
    dataset = loaded("id,body,noise,more\n1,a,b,c\n", columns={"inputs": {"message": "body"}})
    assert described(dataset).endswith("left out, since nothing maps them: noise, more")


def test_blank_right_answers_are_none(loaded):
    text = "id,message,expected.label,expected.why\n1,a,x,\n2,b, ,\n"
    assert [each.expected for each in loaded(text)] == [{"label": "x", "why": None}, None]


def test_rows_without_ids_may_say_the_same_and_this_is_said(loaded):
    dataset = loaded("message\nhi\nhi\nho\nhi\n")
    first = dataset[0].id
    assert [each.id for each in dataset] == [first, f"{first}-2", dataset[2].id, f"{first}-3"]
    assert "2 rows without an id, with the content of another (lines 3 and 5)" in described(dataset)


def test_what_looks_like_a_formulas_error_is_told(loaded):
    assert remarks(loaded("id,message\n1,a\n2,#N/A\n")) == {("formula error", "#N/A"): (3,)}
    german = remarks(loaded("id,message\n1,#WERT!\n2,#awesome!\n"))
    assert german == {("formula error", "#WERT!"): (2,)}


def test_a_part_of_the_rows_is_said_with_its_reason(loaded):
    dataset = loaded("id,message\n" + "".join(f"{n},a{n}\n" for n in range(60)), limit=40)
    assert "40 of 60 examples, by limit=40" in described(dataset)


def test_a_table_of_many_columns_is_refused_at_once(loaded):
    """Two of the names are one: to count each of them anew took a minute, of ten thousand."""
    names = [f"c{number}" for number in range(16_385)]
    with pytest.raises(DatasetError, match="more than 16,384 columns: put what is long in rows"):
        loaded(",".join(names) + "\n")
    twice = ",".join([*names[:16_000], "c15999"])
    with pytest.raises(DatasetError, match="'c15999' stands twice"):
        loaded(f"{twice}\n")


def test_numbers_that_name_columns_are_said_for_the_first_row_may_be_an_example(loaded):
    dataset = loaded("1,hello,a\n2,bye,b\n")
    assert remarks(dataset) == {("number as name", "'1'"): (1,)}
    assert "write the names above it" in dataset.remarks[0].sentence


def test_the_sign_with_which_dos_ends_a_file_is_no_row(loaded):
    assert len(loaded("id,message\n1,a\n2,b\n\x1a")) == 2


def test_seven_bits_of_another_alphabet_are_not_taken_for_ascii(loaded):
    text = "id,文\n1,こんにちは\n"
    with pytest.raises(DatasetError, match="line 1: this looks like ISO-2022: say encoding="):
        loaded(text.encode("iso2022_jp"))


def test_lines_that_are_quoted_as_a_whole_are_no_column(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('"id,""message"""\n"1,""a, b"""\n')
    with pytest.raises(DatasetError, match="each line is quoted as a whole"):
        load_examples(path)


def test_a_column_that_pandas_called_unnamed_has_no_name(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("Unnamed: 0,id,message\n0,1,a\n1,2,b\n")
    with pytest.raises(DatasetError, match="column 1 has no name"):
        load_examples(path)
