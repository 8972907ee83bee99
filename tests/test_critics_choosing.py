"""Replies of many kinds: dresses, scripts, hedges, denials, lists, corrections."""

import math
import time

import pytest

from workbench.critics import read_choice, read_rating

CHOICES = [
    ("Yes", "yes"), ("**No**", "no"), ("No, it does not.", "no"),
    ("Yes\n\nThe summary fits.", "yes"), ("The answer is yes.", "yes"),
    ("Reason: no problem.\nAnswer: Yes", "yes"), ("first no. Final answer: yes", "yes"),
    ("Reasoning...\n\nNo", "no"), ('{"answer": "Yes", "reason": "no"}', "yes"),
    ("<think>no?</think> yes", "yes"),
]  # fmt: skip
UNREADABLE = [
    "", "maybe", "There is no evidence.", "not answerable", "Answer: Not sure", "yesterday", "none",
]  # fmt: skip
LETTERS = [
    ("A", "A"), ("b.", "B"), ("(B) because", "B"), ("[[A]]", "A"), ("Option B is better", "B"),
    ("I choose A.", "A"), ("Response A is better", "A"), ("My final verdict is: [[B]]", "B"),
    ("A summary of the thing", ""), ("A or B", ""),
]  # fmt: skip

# What a reply of many kinds gives; under "" those that give none, or two that differ.
KINDS_OF_CHOICES = {
    ("yes", "no"): {
        "": [
            "No issues found.", "I would not say yes.", "Yes? No.", "yes and no",
            "Yes. Actually, no.", "No, wait. Yes.", "The answer is no longer relevant",
            "No doubt it is right.", "No problem!", "Probably yes.", "Yes, partially.",
            "It is not a yes.", "Neither yes nor no.", "Yes\n\nReason: fits\n\nNo",
            "Is it free of errors? No issues.", "Yes if you squint", "Yes, if you squint",
            "The user said \"yes\".", "Answer: yes\nAnswer: no", "No.\n\nYes.",
            "No errors were found, the answer is right.", "Oui", "None", "Nope", "Yes, and no.",
            "No one can say", "yes no", "Hmm", "No?", "yes, no", "Yes, no, maybe",
            "Verdict: No issues found.", "{\"answer\": \"No issues\"}",
            "{\"verdict\": \"yes\"}\n{\"verdict\": \"no\"}", "The expected answer is yes.",
            "The correct answer is no.", "If asked, I'd say yes", "The answer should be yes",
            "Not yes", "The customer said: no", "Yes indeed",
        ],
        "yes": [
            "Yes, no errors.", "I'd say yes, no doubt", "Answer yes or no: yes", "Yes it does",
            "**Verdict:** Yes", "<answer>yes</answer>", "`yes`", "\"Yes\"", "yes.", "YES!",
            "答案：Yes", "Ｙｅｓ", "Yes。", "Is it right? Yes.", "- Yes", "Yes: the label fits",
            "No errors, so yes.", "Yes, but it is long", "```\nyes\n```", "$\\boxed{yes}$",
            "Yes...", "\ufeffYes", "Conclusion: the answer is right. Yes", "So the answer is: yes",
            "It says no. I say yes.", "Q: Is it right?\nA: Yes", "It is right. Therefore, yes.",
            "Yes (95% sure)", "{\"answer\": true}", "{\"answer\": \"Yes, it is\"}",
            "**Yes**, the label fits.", "Yes.  \n\n", "✅ Yes", "Assistant: Yes", "Rating: yes",
            "My answer would be yes", "Yes, I think no one would object", "yes!!",
            "Absolutely, yes.", "Is it true? yes",
        ],
        "no": [
            "Yes/No: No", "No it doesn't.", "**Answer**: **No**", "### Verdict\nNo",
            "| Verdict | No |", "No - it fails", "No because it fails", "Final answer: no",
            "Yes. Final answer: no", "\\boxed{\\text{No}}", "No: the label is wrong",
            "*No.* It misses.", "Judgment: No", "no\n", "I think the answer is no.", "> yes\nNo",
            "Does it help? Not really. No.", "The answer is: \"no\"",
        ],
    },
    ("a", "tie", "b"): {
        "b": [
            "Answer: B", "**B**", "B is better than A", "B, a clear win",
            "Both A and B are good, but B is better.", "[[B]]", "Answer: b", "B) it is complete",
            "(B)", "b", "Option B is better", "B.", "The better response is B.", "I'd go with B.",
            "B wins because", "Response B", "答案：B", "Ｂ", "I prefer B because",
            "B is clearly the better response", "The winner is B", "Assistant B is better",
            "The second, B, is better.", "I choose response B",
        ],
        "": [
            "a clear win for one", "A clear win for B", "A summary of the thing", "A or B",
            "The answer is a little vague", "Answer: A good one", "A is not better than B",
            "A: short\nB: long", "A. The first.\nB. The second.", "neither A nor B", "I think A.",
            "Answer: A or B", "A > B", "A and B tie.", "B is worse", "A is good, B is bad",
            "Neither", "A draw", "I like A", "A response that is better", "a is better",
            "Answer: a bit unclear", "A is better, no, B is better",
        ],
        "a": [
            "A is better than B", "I prefer A over B", "My final verdict is: [[A]]",
            "Response A wins.", "Winner: A", "Answer: **A**", "(A)", "A\n\nA is clearer",
            "A. B is worse", "Output A is better than output B", "Option A", "A, as it is short",
            "In my opinion A is better", "A is the best",
        ],
        "tie": [
            "It's a tie.", "Tie", "Verdict: tie", "a tie", "Both are good. Tie.", "It is a tie",
        ],
    },
    ("incorrect", "partially correct", "correct"): {
        "": [
            "mostly correct", "not correct", "It isn't correct.", "The correct answer is 5.",
            "technically correct", "I don't think it is correct.", "correct, mostly",
            "almost correct", "The claims are correct, but the whole is incorrect.",
            "It would be correct if x", "It is correct that the answer is wrong",
            "Nothing is incorrect", "correct?",
        ],
        "incorrect": [
            "Incorrect.",
        ],
        "partially correct": [
            "partially correct", "Partially Correct - it", "partially_correct",
            "partially-correct",
        ],
        "correct": [
            "The answer is correct.", "Verdict: Correct", "completely correct", "Correct!",
        ],
    },
    ("not helpful", "helpful"): {
        "not helpful": [
            "not helpful",
        ],
        "helpful": [
            "Helpful", "very helpful", "It is helpful.",
        ],
        "": [
            "Not very helpful", "Unhelpful",
        ],
    },
    ("-1", "0", "1"): {
        "-1": [
            "-1", "Score: -1", "−1",
        ],
        "1": [
            "1",
        ],
        "0": [
            "0.",
        ],
        "": [
            "1.5",
        ],
    },
}  # fmt: skip
KINDS_OF_RATINGS = {
    4: [
        "4/5", "评分：4", "4 out of 5", "４", "٤", "４／５", "On a scale of 1 to 5, I give 4.",
        "Bewertung: 4", "Note : 4/5", "점수: 4", "Оценка: 4", "スコア：4", "4分", "**4**", "`4`",
        "<think>5?</think>4", "hm</think>\n\n4", "```json\n{\"rating\": 4}\n```", "4️⃣", "'4'",
        "4!", "Rating: 4/5.", "4/5 stars", "Rating: **4** out of **5**", "Score: 4 (not 5)",
        "mark: 4", "I rate it 4", "[RESULT] 4", "Feedback: good [RESULT] 4", "### Score: 4",
        "Overall Score: 4.0", "Rating: 4 ⭐", "★★★★☆ (4/5)", "Final score (1-5): 4", "SCORE = 4",
        "score:4", "(4)", "[4]", "I would rate this 4 out of 5, maybe 5",
        "Evaluation: fine\nTotal rating: 4", "**Rating:** `4`", "Rating - 4/5",
        "Rating: \\boxed{4}", "4 (four)", "Four (4)", "rating: 4, reason: 5 facts", "评分：４／５",
        "4점",
        "Оценка — 4", "4.", "4:", "4 - ok", "4, ok", "four.", "The final score is 4 out of 5.",
        "```\n4\n```", "Answer: 4", "\"4\"", "Score: 2. Wait, that is wrong. Score: 4", "𝟒",
        "Rating:4/5", "rating 4",
    ],
    5: [
        "5: only 1 typo", "five", "Five out of five!", "٥",
    ],
    math.nan: [
        "4-5", "4... actually 3", "Rating: 4... no wait, 3", "<think>4", "Clarity: 4\nStyle: 2",
        "Rating: 4–5", "II", "Rating: 6", "1 to 5: 4", "<4>", "4+", "4-", "~4", ">4", ">=4",
        "at least 4", "3.5-4", "4/5 - 5/5", "Score: 4 or 5", "3~4", "4 to 5", "4 / 10", "40%",
        "80/100", "Accuracy: 5\nTone: 3\nTotal: 8",
        "{\"score\": 4, \"score\": 2}", "Score: 4, actually 3", "My rating is 4; no, 3.",
        "4 (maybe 5)",
    ],
    3: [
        "5 would be perfect; this is a 3", "得分：3", "3 – fair", "Total rating: 3",
    ],
    1: [
        "I give it a score of one.", "score of one.",
    ],
    4.5: [
        "Rating: 4.5", "4,5", "4 and a half",
    ],
    3.5: [
        "3.5/5",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "choices, reply, choice",
    [
        (choices, reply, choice)
        for choices, kinds in KINDS_OF_CHOICES.items()
        for choice, replies in kinds.items()
        for reply in replies
    ],
)
def test_a_choice_is_read_where_it_is_the_verdict_and_nowhere_else(choices, reply, choice):
    assert read_choice(reply, choices) == choice


@pytest.mark.parametrize(
    "reply, rating", [(reply, each) for each, kinds in KINDS_OF_RATINGS.items() for reply in kinds]
)
def test_a_rating_is_read_in_any_dress_and_script(reply, rating):
    assert read_rating(reply) == pytest.approx(rating, nan_ok=True)


@pytest.mark.parametrize(
    "hostile", ["\n" * 30000 + "x", "no, " * 5000, "A or " * 5000, "yes" * 9000]
)
def test_a_long_reply_without_a_choice_is_refused_soon(hostile):
    began = time.monotonic()
    assert read_choice(hostile, ("A", "tie", "B")) == ""
    assert time.monotonic() - began < 5


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
