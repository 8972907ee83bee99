"""What the columns of a table are taken for, and the task that begins from it."""

import json

import nbformat
import pytest

import workbench as wb
from workbench import testing
from workbench.cli import main
from workbench.errors import DatasetError, WorkbenchError
from workbench.recognising import Columns, recognise
from workbench.scaffold import scaffold

HEADER = "Ticket-Nr;Betreff;Nachricht;Sprache;Kategorie"
LABELS = ("Frage", "Beschwerde", "Beschwerde")


def line(number):
    text = f'"Guten Tag,\r\nmeine {number}. Pfanne ist zu groß; was nun?"'
    return f"{number};Nr {number};{text};{'de' if number % 2 else 'fr'};{LABELS[number % 3]}"


@pytest.fixture
def table(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)

    def write(rows=12, header=HEADER, row=line):
        text = "\r\n".join([header, *map(row, range(1, rows + 1)), ";;;;", ""])
        (tmp_path / "export.csv").write_bytes(text.encode("utf-8-sig"))
        return tmp_path / "export.csv"

    return write


def test_a_classification_is_recognised_and_what_was_taken_for_what_is_said(table):
    found = recognise(table(), Columns())
    assert found.columns == Columns(("Nachricht",), "Kategorie", "Ticket-Nr", ("Sprache",))
    assert (found.labels, found.left_out) == (("Beschwerde", "Frage"), ("Betreff",))
    assert found.examples[0] == wb.Example(
        "1",
        {"nachricht": "Guten Tag,\r\nmeine 1. Pfanne ist zu groß; was nun?"},
        {"label": "Beschwerde"},
        {"sprache": "de"},
    )
    [read, parted, blank, columns, kind] = found.sentences
    assert read == (
        "export: 12 examples; inputs nachricht (text); expected label (text); tags sprache"
    )
    assert parted == "columns parted by semicolons"
    assert blank == "1 row blank and left out (line 26)"
    assert columns == (
        "columns: input 'Nachricht'; right answer 'Kategorie'; id 'Ticket-Nr'; tag 'Sprache'; "
        "left out 'Betreff'"
    )
    assert kind == "taken for a classification with 2 labels: Beschwerde, Frage"


def test_a_line_of_sums_is_left_out_and_no_reason_to_lose_the_ids(table):
    path = table(rows=20)
    path.write_bytes(path.read_bytes() + b";;Summe: 20;;")
    found = recognise(path, Columns())
    assert found.columns.id == "Ticket-Nr"
    assert [each.id for each in found.examples] == [str(number) for number in range(1, 21)]
    said = "1 row with neither an id nor a right answer left out as sums or notes"
    assert any(each.startswith(said) for each in found.sentences)


@pytest.mark.parametrize("name", ["Vorgang", "ticket"])
def test_a_column_of_case_numbers_names_the_rows(table, name):
    path = table(rows=20)
    path.write_bytes(path.read_bytes().replace(b"Ticket-Nr", name.encode(), 1))
    assert recognise(path, Columns()).columns.id == name


def test_what_is_said_goes_before_what_is_recognised(table):
    given = Columns(("Betreff", "Nachricht"), "Sprache", "Betreff", ("Kategorie",))
    found = recognise(table(), given)
    assert (found.columns, found.labels) == (given, ("de", "fr"))
    assert found.inputs == ("betreff", "nachricht")
    with pytest.raises(DatasetError, match=r"export.csv: no column 'Klasse': there are Ticket-Nr"):
        recognise(table(), Columns(expected="Klasse"))


def test_free_answers_are_no_classification(table):
    def row(n):
        return f"the message number {n};the answer to number {n}"

    found = recognise(table(header="message;expected", row=row), Columns())
    assert (found.labels, found.columns.expected) == ((), "expected")
    assert found.examples[0].expected == "the answer to number 1"


def test_a_table_without_text_is_asked_about(table):
    with pytest.raises(DatasetError, match="no column holds text to work on: say which with --in"):
        recognise(table(header="class", row=lambda n: "ab"[n % 2]), Columns())


def test_a_new_task_holds_the_labels_in_prompt_and_schema_and_the_check_in_its_notebook(table):
    scaffold("tickets", recognise(table(), Columns()))
    prompts = wb.load_prompts("prompts/tickets")
    assert prompts.names == ["v1", "v2"]
    for prompt in prompts:
        assert prompt.schema and prompt.schema["properties"]["label"]["enum"] == [
            "Beschwerde", "Frage",
        ]  # fmt: skip
        [*_, message] = prompt.render(wb.load_examples("datasets/tickets.jsonl")[0].inputs)
        assert (
            'Beschwerde, Frage?\nAnswer with JSON such as {"label": "Beschwerde"}.'
            in message["content"]
        )
    [cell] = [
        cell
        for cell in nbformat.read("notebooks/tickets.ipynb", 4).cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    assert 'answer = "label"' in cell.source and 'question = "tickets_good"' in cell.source
    with pytest.raises(WorkbenchError, match="exists already"):
        scaffold("tickets", recognise(table(), Columns()))


def test_from_an_excel_export_to_a_decision_no_file_is_edited(table, monkeypatch, capsys):
    """A BOM, semicolons, umlauts and line breaks within quotes; v1 asks, v2 also has a role."""

    def answers(ask):
        if "yes or no" in ask.text:
            return "yes"
        number = int(ask.text.split("meine ")[1].split(".")[0])
        return json.dumps({"label": LABELS[number % 3] if "You sort" in ask.text else "Frage"})

    table(rows=90)
    with testing.serve(answers) as server:
        monkeypatch.setenv("WORKBENCH_MODELS", str(server.models_file("m.yaml", "actor", "critic")))
        for command in (
            ["new", "tickets", "--from", "export.csv"],
            ["run", "notebooks/tickets.ipynb"],
        ):
            with pytest.raises(SystemExit, match=r"^0$"):
                main(command)
    told = capsys.readouterr().out
    assert "taken for a classification with 2 labels: Beschwerde, Frage" in told
    assert "Ship v2: better than v1 by 65.5 points" in told


def test_labels_with_braces_are_written_as_they_are(table):
    rows = recognise(
        table(header="message;label", row=lambda n: f"a longer text {n};" + ("{{x}}", "{y")[n % 2]),
        Columns(),
    )
    scaffold("odd", rows)
    text = wb.load_prompt("prompts/odd/v1.prompty").render({"message": "m"})[0]["content"]
    assert "{y, {{x}}?" in text and json.dumps({"label": "{y"}) in text


def test_a_task_begun_from_conversations_sends_them_as_messages(table):
    said = [{"role": "user", "content": "Is it iron?"}, {"role": "assistant", "content": "Yes."}]
    rows = [{"inputs": {"history": said}, "expected": {"label": "ab"[n % 2]}} for n in range(8)]
    table().with_name("talks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    scaffold("talks", recognise("talks.jsonl", Columns()))
    [example, *_] = wb.load_examples("datasets/talks.jsonl")
    first, second, asked = wb.load_prompt("prompts/talks/v1.prompty").render(example.inputs)
    assert [first, second] == said
    assert asked["content"].startswith("Which label fits best: a, b?")


def test_rows_that_the_check_or_the_prompt_could_not_use_are_left_out_by_name(table):
    def row(n):
        text, label = ("" if n == 3 else f"a longer text {n}"), ("" if n in (5, 6) else "ab"[n % 2])
        return f"{n};{text};{label};{'0' if n == 3 else n}"

    found = recognise(table(header="Nr.;Mail;Kategorie (richtig);Betrag", row=row), Columns())
    assert (found.columns.id, found.columns.expected) == ("Nr.", "Kategorie (richtig)")
    assert [each.id for each in found.examples] == ["1", "2", "4", "7", "8", "9", "10", "11", "12"]
    assert all(each.expected for each in found.examples)
    said = found.sentences
    assert "1 row without a text to work on left out (Nr. 3)" in said
    assert "2 rows without a right answer left out (Nr. 5 and 6)" in said


def test_text_without_blanks_between_words_is_the_input_and_a_number_is_not(table):
    texts = "注文が届きません", "壊れていました", "ありがとうございます"

    def row(n):
        return f"{n * 1000000};{texts[n % 3]}{n};{'質問苦情'[2 * (n % 2) :][:2]}"

    found = recognise(table(header="Betrag;本文;label", row=row), Columns())
    assert (found.columns.inputs, found.columns.expected) == (("本文",), "label")


def test_a_column_called_like_right_answers_is_asked_about_where_its_values_tell_nothing(table):
    path = table(header="Mail;Kategorie", row=lambda n: f"a longer text {n};Lob")
    said = "'Kategorie' is not taken for right answers, since it has one value, or hardly any twice"
    assert recognise(path, Columns()).sentences[-1] == f"{said}: --expected takes it"
    kept = recognise(path, Columns(expected="Kategorie")).sentences[-1]
    assert kept.endswith(": the right answers are kept, and no check compares with them")


def test_what_is_recognised_is_said_once(table, caplog):
    path = table()
    path.write_bytes(path.read_text("utf-8-sig").encode("cp1252"))
    assert recognise(path, Columns()).sentences[1].startswith("read as cp1252")
    assert caplog.messages == []


def test_an_id_that_stands_twice_is_named_with_its_column(table):
    path = table(header="Nr.;Mail", row=lambda n: f"{n % 11};a longer text {n}")
    with pytest.raises(DatasetError, match=r"column 'Nr.' holds '1' twice: .* with --id$"):
        recognise(path, Columns(id="Nr."))


def test_what_a_row_came_with_is_no_right_answer_and_rivals_are_named(table):
    asked = table(
        header="Text;Ja/Nein;Sterne;Sprache", row=lambda n: f"Nr {n} tropft sehr;{n % 2};{n % 3};de"
    )
    found = recognise(asked, Columns())
    assert (found.columns.expected, found.rivals) == ("Sterne", ("Ja/Nein",))
    assert (
        "'Sterne' is taken for right answers: --expected takes 'Ja/Nein' instead" in found.sentences
    )
    alone = recognise(
        table(header="Text;Land", row=lambda n: f"Nr {n} tropft sehr;{n % 2}"), Columns()
    )
    assert (alone.columns.expected, alone.columns.tags) == ("", ("Land",))
    assert "nothing is taken for right answers: --expected takes 'Land' instead" in alone.sentences


def test_an_answer_in_free_words_is_right_and_not_shown_to_the_model(table):
    table(
        header="Frage;Antwort", row=lambda n: f"Wie geht Nummer {n} denn?;Man liest die Seite {n}."
    )
    found = recognise("export.csv", Columns())
    assert (found.columns.inputs, found.columns.expected) == (("Frage",), "Antwort")
    assert found.examples[0].expected == "Man liest die Seite 1."


def test_a_table_without_names_is_told_by_a_name_that_is_a_value(table):
    rows = table(
        header="Wo ist mein Paket denn;Frage", row=lambda n: f"Text Nummer {n};{LABELS[n % 3]}"
    )
    said = "column 'Frage' is called like one of its values: if that row is an example"
    assert [each for each in recognise(rows, Columns()).sentences if each.startswith(said)]


def test_lines_of_json_need_no_form_of_their_own(table, tmp_path):
    flat = [
        {"nr": f"T{n}", "question": f"How do I reset {n}?", "answer": f"Hold it {n} s."}
        for n in range(9)
    ]
    evals = [{"input": f"How do I {n}?", "ideal": "so"} for n in range(9)]
    table()
    for name, rows in (("flat", flat), ("evals", evals)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = recognise("flat.jsonl", Columns())
    assert found.columns == Columns(("question",), "answer", "nr")
    assert recognise("evals.jsonl", Columns()).examples[0].inputs == {"input": "How do I 0?"}


def test_another_column_may_be_the_id_than_the_one_called_so(table):
    row = lambda n: f"{n % 2};K{n};die Nummer {n} tropft;{LABELS[n % 3]}"  # noqa: E731
    path = table(header="id;key;text;label", row=row)
    with pytest.raises(DatasetError, match="id '1' is on line 2 already"):
        recognise(path, Columns())
    assert recognise(path, Columns(id="key")).examples[0].id == "K1"
    path = table(
        header="ID;text;label", row=lambda n: f"00{n};die Nummer {n} tropft;{LABELS[n % 3]}"
    )
    assert recognise(path, Columns(id="ID")).examples[0].id == "001"
