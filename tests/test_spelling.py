"""Labels in several spellings: which are one, and which are asked about."""

import pytest

from workbench.datasets.spelling import meant_labels, misspelt, usual
from workbench.errors import DatasetError

LABELS = ["Lieferung"] * 8 + ["lieferung", " Lieferung ".strip(), "LIEFERUNG", "Rechnung"] * 2


def test_case_blanks_and_forms_of_letters_make_no_other_label():
    assert usual([*LABELS, "Ｒｅｃｈｎｕｎｇ"]) == {
        "Lieferung": "Lieferung", "lieferung": "Lieferung", "LIEFERUNG": "Lieferung",
        "Rechnung": "Rechnung", "Ｒｅｃｈｎｕｎｇ": "Rechnung",
    }  # fmt: skip


@pytest.mark.parametrize("slip", ["Liefrung", "Liefeurng", "Lieferuung", "Lieferong", "liefrung"])
def test_a_slip_of_the_pen_is_found(slip):
    assert misspelt(["Lieferung"] * 4 + [slip]) == {slip: "Lieferung"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paid", "unpaid"), ("zufrieden", "unzufrieden"), ("Frage", "Fragen"), ("row 1", "row 2"),
        ("hot", "hat"), ("accept", "except"), ("Reklamation", "Rückfrage"),
    ],
)  # fmt: skip
def test_other_words_are_other_labels(one, other):
    assert misspelt([one] * 9 + [other]) == {}
    assert misspelt(["Kosten"] * 3 + ["Kasten"]) == {}  # too many rows for a slip


def test_what_seems_misspelt_is_asked_about_until_somebody_says():
    labels = ["Lieferung"] * 8 + ["Liefrung", "", "lieferung"]
    said = (
        "t: is 'Lieferung' meant by 'Liefrung'[?] If so, mend the cells, or say "
        "--label Liefrung=Lieferung; Liefrung=Liefrung keeps 'Liefrung' as it is"
    )
    with pytest.raises(DatasetError, match=said):
        meant_labels(labels, {}, "t")
    meant = meant_labels(labels, {"Liefrung": "Lieferung"}, "t")
    assert meant == dict.fromkeys(["Lieferung", "Liefrung", "lieferung"], "Lieferung")
    assert meant_labels(labels, {"Liefrung": "Liefrung"}, "t")["Liefrung"] == "Liefrung"
    with pytest.raises(DatasetError, match="t holds no 'Liefrun': is 'Liefrung' meant"):
        meant_labels(labels, {"Liefrun": "Lieferung"}, "t")
