"""Replies of critics in other languages and dresses than plain English."""

import math

import pytest

from workbench.critics import read_choice, read_rating

RATINGS = {
    4: [
        "4 von 5 Punkten", "Je donne 4 sur 5.", "4 af 5", "4 z 5", "4/5 pistettä", "5점 만점에 4점",
        "5点満点中4点", "5分中的4分", "５点中４点", "我给4分", "総合評価：4", "총점: 4점",
        "۴ از ۵", "Skor: 4 dari 5", "Ich gebe 4 von 5", "Ich vergebe 4 Punkte.", "Le doy un 4.",
        "Dou nota 4.", "Ставлю 4 балла.", "Ik geef een 4.", "Daję 4.", "أعطيه 4",
        "Auf einer Skala von 1 bis 5 gebe ich eine 4.", "sur une échelle de 1 à 5 : 4",
        "Bewertung (1 bis 5): 4", "評価（5段階）：4", "4 étoiles sur 5", "Note (sur 5) : 4",
        "Mit 3 bis 4 Sätzen gut. Bewertung: 4", "3 de 5 afirmaciones. Puntuación: 4",
        "4⭐", "⭐4", "4 👍", "✅ 4", "- 4", "<b>4</b>", "| Rating |\n|---|\n| 4 |",
        "Confiance : 5/5\nNote : 4/5", "Klarheit: 4/5\nTon: 3/5\nGesamt: 4/5",
        "清晰度：5\n准确性：3\n总分：4", "Chiarezza: 5\nPunteggio complessivo: 4",
    ],
    3: ["3 ★", "★ 3", "★★★☆☆", "Keine 5, sondern eine Note: 3"],
    4.5: ["four-and-a-half", "4,5/5"],
    math.nan: [
        "★★★★☆ (3/5)", "★★★☆☆☆☆☆☆☆", "Bewertung: 3 bis 4", "de 3 a 4", "评分：3到4分", "3 или 4",
        "3, 4", "[3, 4]", "3..4", "auf einer Skala von 1 bis 10: 4", "по шкале от 1 до 10: 4",
        "sur une échelle de 1 à 10 : 4", "en una escala del 1 al 10: 4", "10점 만점에 4점",
        "1. Clear\n2. Correct\n3. Short", "5-ből 4", "有2个错误。", "Ich gebe 4 Hinweise.",
        "Puntuación (1 a 10): 4", "评分（1到10）：4", "評価（10段階）：4", "Note (sur 20) : 4",
        "p. 4", "Vertrauen: 5/5", "Die Antwort nennt 4 von 5 Punkten.",
        "4 sur 5 affirmations sont exactes",
        "Ich gebe 2 Punkte Abzug.", "5项中有4项正确", "4 de 5 puntos se cubren", "<b>4</b> of 10",
        "2 Fehler", "Bewertung: 3 Fehler gefunden", "50 %", "4 von 10", "Rating: X/5",
    ],
}  # fmt: skip
CHOICES = {
    "": [
        "Yes, provided that the date is right", "Yes, assuming it is right", "Yes with caveats",
        "yes; however, no for the second part", "3 of 4: yes", "No, I can't judge that.",
        "No, I cannot answer this question", "Yes, I can help with that!",
        "Yes, I understand. Please provide the text.", "No, I'm unable to say",
        "| Item | Met |\n|---|---|\n| a | Yes |\n| b | No |",
    ],
    "yes": ["| Verdict |\n|---|\n| Yes |", "```yes```", "Yes, I can see a source."],
    "no": ["| Criterion | Verdict |\n|---|---|\n| Overall | No |", "No, I can see no source."],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"), [(text, wanted) for wanted, texts in RATINGS.items() for text in texts]
)
def test_a_rating_is_read_in_other_languages_or_not_at_all(text, wanted):
    assert read_rating(text) == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "wanted"), [(text, wanted) for wanted, texts in CHOICES.items() for text in texts]
)
def test_a_reply_about_the_critic_itself_or_with_a_condition_is_no_verdict(text, wanted):
    assert read_choice(text, ("yes", "no")) == wanted


def test_shares_beside_the_sides_and_signs_between_them_choose_neither():
    for text in ("A (8/10) vs B (7/10)", "B<A"):
        assert not read_choice(text, ("A", "B", "tie"))
    assert read_choice("B<|im_end|>", ("A", "B", "tie")) == "B"
