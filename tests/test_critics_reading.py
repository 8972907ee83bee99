"""Ratings and choices read from any honest reply; nothing read from what holds none."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.critics.reading import read_choice, read_rating

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

RATINGS = [
    ("4", 4),
    (" 4.\n", 4),
    ("**4**", 4),
    ("five", 5),
    ("4.00/5.00", 4),
    ("4 / 5", 4),
    ("Rating: **4**", 4),
    ("**Score:** 4", 4),
    ("***Final Score***: **2**", 2),
    ("## Rating\n\n4", 4),
    ("Score:\n4", 4),
    ("Score - 4", 4),
    ("Rating – 4", 4),
    ("Rating = 4", 4),
    ("Rating: [[4]]", 4),
    ("| Score | 4 |", 4),
    ("<score>4</score>", 4),
    ("$\\boxed{4}$", 4),
    ("The final answer is \\boxed{4}.", 4),
    ("Score (1-5): 4", 4),
    ("Rating: 5 (out of 5)", 5),
    ("5 out of 5 stars", 5),
    ("4 out of a possible 5", 4),
    ("four out of five stars", 4),
    ("four stars", 4),
    ("I give it 2.5 stars.", 2.5),
    ("★★★☆☆", 3),
    ("Score: 4.5", 4.5),
    ("I'd give it a four.", 4),
    ("I would say this is a solid 4", 4),
    ("My rating would be 4.", 4),
    ("It deserves a 3.", 3),
    ("The response earns a 4 for helpfulness.", 4),
    ("The summary scores 1 point.", 1),
    ("The answer is vague, scoring a one out of five.", 1),
    ("I rate this a 5, indicating perfect consistency.", 5),
    ("a 5, indicating perfect", 5),
    ("I would rate this summary's coherence as 3 out of 5", 3),
    ("On a scale from 1 (worst) to 5 (best), this is a 2.", 2),
    ("Out of 5, I'd say 4.", 4),
    ("4. The summary is good.", 4),
    ("4, because it is fine", 4),
    ("The summary is well written.\n4", 4),
    ("Rating: 4\nReason: The article mentions 5 people and 3 dogs.", 4),
    ("Score: 4 (1 = bad, 5 = good)", 4),
    ('{"rating": 4, "reason": "mentions 3 people"}', 4),
    ('```json\n{"score": "4/5"}\n```', 4),
    ("{'score': 4}", 4),
]

SEVERAL = [
    ("I first thought the score was 3, but my final score is 4.", 4),
    ("<think>maybe a 3, score: 3</think>\n5", 5),
    ("Coherence: 3\nConsistency: 4\nOverall: 4", 4),
    ("I would score it 4 out of 5.\n\nThe breakdown:\n\n* Main events: 5/5 (all there)\n* Names: 5/5", 4),
    ("Score: 4. A score of 5 would require more.", 4),
    ("Final score: 4\n\nTo get a 5, it would need more detail.", 4),
]

NONE = [
    "",
    "I cannot rate this.",
    "Score: N/A",
    "Score (1-5):",
    "Score: 3-4",
    "I'd rate it between 3 and 4.",
    "3 or 4",
    "on a scale of 1 to 5",
    "2023-05-04",
    "Published 5/5/2015.",
    "4 May 2015",
    "4th of July",
    "COVID-19",
    "He has 4 children.",
    "He scored 2 goals in the match.",
    "The team won with a score of 2-1.",
    "a five-star hotel",
    "It cost 5.",
    "one of the best",
    "This is 1 of the 5 summaries.",
    "1. The summary is short.\n2. It is wrong.\n3. Bad.",
    "85%",
    "Score: 8",
    "Score: 0",
    "Score: -1",
    "Rating: 10/10",
    "Score: 4/10",
    "The rating is not 5.",
    '{"score": null}',
    '{"score": true}',
    '{"score": 9}',
]


@pytest.mark.parametrize("reply, rating", RATINGS)
def test_a_rating_is_read_from_any_honest_reply(reply, rating):
    assert read_rating(reply) == rating


@pytest.mark.parametrize("reply, rating", SEVERAL)
def test_of_several_ratings_the_last_one_meant_counts(reply, rating):
    assert read_rating(reply) == rating


@pytest.mark.parametrize("reply", NONE)
def test_what_holds_no_rating_is_unscored(reply):
    assert math.isnan(read_rating(reply))


def test_the_scale_decides_what_is_a_rating():
    assert read_rating("Score: 8", 1, 10) == 8
    assert read_rating("Score: 0", 0, 4) == 0
    assert read_rating("85/100", 0, 100) == 85 and read_rating("Score: 85%", 0, 100) == 85
    assert math.isnan(read_rating("4/5", 1, 10))


def test_recorded_replies_of_critics_are_read_as_two_parsers_agree():
    path = SHARED / "data" / "critic_replies_A.jsonl"
    if not path.is_file():
        pytest.skip("the recorded replies lie in ../shared/data, which is not here")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    read = [read_rating(row["reply"]) for row in rows]
    invented = [row["reply"] for row, value in zip(rows, read, strict=True) if row["rating"] is None and value == value]
    wrong = [row["reply"] for row, value in zip(rows, read, strict=True) if row["rating"] not in (None, value)]
    assert invented == []
    assert len(wrong) <= 0.01 * len(rows), wrong


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_rating_on_the_scale_or_none(text):
    value = read_rating(text)
    assert math.isnan(value) or 1 <= value <= 5
    assert read_choice(text, ("yes", "no")) in ("yes", "no", "")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5), st.text("abcdefghij .,\n", max_size=60))
def test_a_json_rating_is_read_whatever_the_reason_says(rating, reason):
    assert read_rating(json.dumps({"reason": reason + " Score: 2", "rating": rating})) == rating


@pytest.mark.parametrize("hostile", ["score " * 4000, "1 to " * 4000, "{" * 20000, "(" * 20000, "a " * 20000])
def test_long_and_hostile_replies_end_unread(hostile):
    assert math.isnan(read_rating(hostile)) and read_choice(hostile, ("yes", "no", "A")) == ""


CHOICES = [
    ("Yes", "yes"),
    ("**No**", "no"),
    ("No, it does not.", "no"),
    ("Yes\n\nThe summary fits.", "yes"),
    ("The answer is yes.", "yes"),
    ("Reason: no problem.\nAnswer: Yes", "yes"),
    ("first no. Final answer: yes", "yes"),
    ("Reasoning...\n\nNo", "no"),
    ('{"answer": "Yes", "reason": "no"}', "yes"),
    ("<think>no?</think> yes", "yes"),
]
UNREADABLE = ["", "maybe", "There is no evidence.", "not answerable", "Answer: Not sure", "yesterday", "none"]
LETTERS = [
    ("A", "A"),
    ("b.", "B"),
    ("(B) because", "B"),
    ("[[A]]", "A"),
    ("Option B is better", "B"),
    ("I choose A.", "A"),
    ("Response A is better", "A"),
    ("My final verdict is: [[B]]", "B"),
    ("A summary of the thing", ""),
    ("A or B", ""),
]


@pytest.mark.parametrize("reply, choice", CHOICES)
def test_yes_and_no_are_read_from_any_honest_reply(reply, choice):
    assert read_choice(reply, ("yes", "no")) == choice


@pytest.mark.parametrize("reply", UNREADABLE)
def test_what_is_neither_yes_nor_no_is_neither(reply):
    assert read_choice(reply, ("yes", "no")) == ""


@pytest.mark.parametrize("reply, choice", LETTERS)
def test_a_letter_is_read_but_not_an_article(reply, choice):
    assert read_choice(reply, ("A", "B")) == choice


def test_longer_choices_win_and_negated_ones_do_not_count():
    assert read_choice("It is very good", ("good", "very good")) == "very good"
    assert read_choice("The tone is positive.", ("positive", "negative")) == "positive"
    assert read_choice("Not positive", ("positive", "negative")) == ""
    assert read_choice("positive or negative", ("positive", "negative")) == ""
