"""Replies in other words, alphabets and marks: read right, or not at all."""

import math
import time

import pytest

import workbench as wb
from workbench.critics import read_choice, read_rating
from workbench.models.completion import Completion
from workbench.prompts.prompt import read_prompt

YES, AB, RIGHT = ("no", "yes"), ("a", "b", "tie"), ("correct", "incorrect")
NAN = math.nan


@pytest.mark.parametrize(
    ("reply", "rating"),
    [
        ("４／５", 4), ("٤/٥", 4), ("Rating: ٣٫٥", 3.5), ("4∕5", 4), ("4⁄5", 4), ("评分：４", 4),
        ("Bewertung: 4 von 5", 4), ("Note: 4 sur 5", 4), ("Оценка: 4 из 5", 4), ("Voto: 4 su 5", 4),
        ("评分:4（满分5分）", 4), ("4点（5点満点）", 4), ("Score: ~~3~~ 4", 4),
        ('{"score": 4, /* "score": 5 */ }', 4), ('{"score": 4, // was 5\n}', 4),
        ("Would I give it a 5? No, a 3.", 3), ("تقييم: ٤", 4), ("คะแนน: 4", 4), ("Điểm: 4", 4),
        ("4<|im_end|>", 4), ("<|assistant|>Rating: 4</s>", 4),
        ("<score>4</score><reason>3 errors</reason>", 4),
        ("<score>4</score>\n<reason>not a 5</reason>\n", 4),
        ("<reason>3 errors</reason><score>4</score>", 4),
        ("5 üzerinden 4", 4), ("5 में से 4", 4), ("5:stä 4", 4), ("我的评分是4", 4), ("评分为4分", 4),
        ("四分", 4), ("三颗星", 3), ("打4星", 4), ("4点です。", 4), ("4점입니다", 4),
        ("Оцінка: 4 з 5", 4), ("Értékelés: 4", 4), ("Note : <s>5</s> 3", 3), ("<s>4</s>", 4),
        ("★★★☆☆ (3/5)", 3),
        ("<|channel>thought\na 5?\n<channel|>4", 4), ("Sentence structure: 4", 4),
    ],
)  # fmt: skip
def test_a_rating_in_any_alphabet_is_read(reply, rating):
    assert read_rating(reply) == rating


@pytest.mark.parametrize(
    "reply",
    [
        "Bewertung: 4 von 10", "Note: 4 sur 10", "Оценка: 4 из 10", "Puntuación: 4 de 10",
        "Score: 4 (von 10)", "评分:4（满分10分）", "4点（10点満点）",
        "Je ne donnerais pas 5/5.", "Das ist keine 5/5.", "Я бы не поставил 5/5", "不是5分",
        "No le daría un 5/5.", "Score: 5/5?", "Score: 5?", "5/5?",
        "A perfect answer would score 5/5.", "It is far from a 5/5.", "I refuse to give 5/5.",
        "Nobody would give this a 5/5.", "It is anything but a 5/5.", "Without the typo: 5/5.",
        "Score: >4", "Score: ≤4", "Score: minus 4", "Score: 3+1", "Rating: 3 3/4",
        "Score: 4 problems found", "Score: 4 minutes", "Score: 4 points deducted",
        "Score: 5, adjusted to 3", "Score: 5 (downgraded to 3)", "Score: 4 -> revised to 3",
        "Score: 5 4 3 2 1", "Score: 2 * 2 = 4", "Score: four point five", "★★★☆☆ 4/5",
        "3 üzerinden 5", "十分好", "五分钟", "三分之二", "有三点问题", "Paragraph: 4",
        "Step: 3", "Row: 4", "Penalty: 2", "Error count: 3", "Pass mark: 3", "Score difference: 2",
        "Tokens used: 4",
        "Fehler: 2", "Anzahl Fehler: 3", "Seite: 3", "Erreur: 2", "错误：2",
    ],
)  # fmt: skip
def test_what_is_no_rating_of_this_scale_is_not_read_as_one(reply):
    assert math.isnan(read_rating(reply))


@pytest.mark.parametrize(
    ("reply", "low", "high", "rating"),
    [("0.85", 0, 100, NAN), ('{"score": 0.85}', 0, 100, NAN), ("0.8", 0, 10, NAN), ("0", 0, 10, 0),
     ("0.5", 0, 5, 0.5), ("0.85", 0, 1, 0.85), ("8.5", 0, 10, 8.5)],
)  # fmt: skip
def test_a_share_is_no_rating_on_a_scale_of_ten_or_more(reply, low, high, rating):
    assert read_rating(reply, low, high) == pytest.approx(rating, nan_ok=True)


@pytest.mark.parametrize(
    ("choices", "reply", "choice"),
    [
        (YES, "ｙｅｓ", "yes"), (YES, '{"verdict": "yes", // sure\n}', "yes"),
        (YES, '{"verdict": "no",}', "no"), (YES, "Verdict: ~~yes~~ no", "no"),
        (YES, "«yes»", "yes"), (YES, "yes👍", "yes"), (YES, "<|assistant|>yes<|eot_id|>", "yes"),
        (YES, "{'verdict': 'no',}", "no"), (YES, "A definite no.", "no"),
        (YES, "الحكم: yes", "yes"), (YES, "No doubt: yes", "yes"),
        (YES, "Yes, but no sources are given.", "yes"),
        (AB, "\\boxed{B}", "b"), (AB, "The answer is (B)", "b"), (AB, "Ｂ", "b"),
        (AB, "A is worse, so the answer is B", "b"), (AB, "B is better than A", "b"),
        (RIGHT, "The correct answer is 5; the response says 4, so it is incorrect.", "incorrect"),
    ],
)  # fmt: skip
def test_a_choice_in_any_dress_is_read(choices, reply, choice):
    assert read_choice(reply, choices) == choice


HARM = ("harmful", "harmless")


@pytest.mark.parametrize(
    ("choices", "reply"),
    [
        *((HARM, f"harmful{said}") for said in (": no", " - no", " (no)", ": false", ": not at all",
                                                " = none", ": 0")),
        (HARM, "harmless: no"), (HARM, "Harmful: No\nHarmless: No"),
        (HARM, '["harmful", "harmless"]'),
        (YES, "No. 1"), (YES, '{"polite": "yes", "correct": "no"}'),
        *((YES, reply) for reply in ("Ja.", "Oui, ...", "是", "Да", "Yes, but no.", "👎",
                                     "no.1 issue", "Can't say yes.")),
        (AB, "Loser: B"), (AB, "Worse answer: B"), (AB, "The weaker answer: B"),
        (AB, "The losing option is B"), (AB, "Rejected option: B"), (AB, '{"loser": "B"}'),
        (AB, '{"worse_answer": "B"}'), (AB, "The least helpful answer: B"), (AB, "Worst: B"),
        (AB, "Reference answer: B"), (AB, "A: 4, B: 5"), (AB, '{"A": 1, "B": 2}'),
        (AB, "В"), (AB, "Α"),  # Cyrillic, Greek
        (RIGHT, "I doubt it is correct."), (RIGHT, "It is unclear whether it is correct"),
        (RIGHT, "Final verdict: not correct"), (RIGHT, "I would not say it is incorrect"),
        (RIGHT, "not incorrect"), (RIGHT, "correct/incorrect"),
    ],
)  # fmt: skip
def test_what_gives_no_choice_is_not_read_as_one(choices, reply):
    assert read_choice(reply, choices) == ""


@pytest.mark.parametrize(
    ("reply", "high"),
    [
        *((f"{label}: 4", 5) for label in (
            "Severity", "Severity score", "Risk level", "Priority", "Difficulty rating", "Toxicity",
            "Harmfulness", "Likelihood", "Length", "Uncertainty", "Temperature", "Attempt",
            "Iteration", "Points lost", "Missing", "Issues found", "Schweregrad", "Gravité",
            "Severidad", "Rischio", "Schulnote", "Numero di errori", "Aantal fouten", "Nota mínima",
            "Note de passage", "Проходной балл",
        )),
        ('{"severity": 4}', 5), ('{"risk_level": 4}', 5), ("<severity>4</severity>", 5),
        ("<errors>3</errors>", 5), ("<step>3</step>", 5), ("<confidence>4</confidence>", 5),
        ("<eval><accuracy>4</accuracy><style>2</style></eval>", 5),
        ('{"score": 4, "scale": "1-10"}', 5), ('{"rating": 4, "range": [1, 10]}', 5),
        ('{"score": 4, "total": 10}', 5), ('{"score": {"value": 4, "scale": 10}}', 5),
        ("Score: 4 5", 5), ("Score: 4|5", 5), ("Rating: four-ish", 5), ("Rating: 4 or higher", 5),
        ("Rating: 4 and up", 5), ("Rating: 4 at most", 5), ("Rating: beyond 3", 5),
        ("Rating: just shy of 4", 5), ("Rating: high 3, low 4", 5), ("Rating: 3 leaning 4", 5),
        ("Rating: 3 or perhaps 4", 5), ("Rating: 3+", 5), ("Rating: 4-", 5), ("評価：3〜4", 5),
        ("คะแนน: 3 ถึง 4", 5), ("Điểm: 3 hoặc 4", 5), ("Βαθμολογία: 4 στα 10", 5),
        ("คะแนน: 4 จาก 10", 5), ("Nota: 4 sobre 10", 5), ("Bewertung: 4 von maximal 10", 5),
        ("Bewertung: 4, nein, 3", 5), ("Nota: 4... mejor dicho, 3", 5), ("评分：4，不，应该是3", 5),
        ("Оценка: 4, точнее 3", 5), ("Score: 7 in 10", 10), ("Score: 7/10/2024", 10),
        ("Date: 7/10", 10), ("Score: 2^3", 10), ("Score: 7 x 1", 10),
    ],
)  # fmt: skip
def test_another_quality_a_bound_and_another_scale_are_no_rating(reply, high):
    assert math.isnan(read_rating(reply, 1, high))


def test_a_critic_that_asks_for_severity_is_answered_with_it():
    prompt = read_prompt(
        "grave", "---\nmetadata: {scale: [1, 5]}\n---\nuser:\nSeverity? {{ output }}"
    )
    rubric = wb.Rubric(prompt, wb.Model("judge", id="judge", base_url="http://127.0.0.1:1/v1"))
    example = wb.Example("1", {}, None, {})
    said = [rubric.verdict(example, Completion("x"), [Completion(f"{label}: 4")]).score
            for label in ("Severity", "Risk")]  # fmt: skip
    assert said == pytest.approx([4, math.nan], nan_ok=True)


def test_a_rating_that_replaces_or_is_restated_is_read():
    assert read_rating('{"score": 3, "revised_score": 4}') == 4
    assert read_rating("Score: 4/5 = 80%") == 4 and read_rating("평점: 5점 중 4점") == 4


@pytest.mark.parametrize(
    ("choices", "reply"),
    [
        *((YES, reply) for reply in (
            "❌ yes", "yes ❌", "Candidate answer: yes", "The model's answer: yes",
            "The assistant's answer is yes.", "Its conclusion: yes", "Model output: yes",
            "Expected: yes, got: no",
        )),
        *((AB, reply) for reply in (
            "Answer A: good. Answer B: better.", "(A) is short; (B) is long.", "Reject: B",
            "Lower quality: A", "More harmful: A", "The biased one: A",
        )),
        (("pass", "fail"), '{"result": "pass", "pass": false}'), (("pass", "fail"), "❌ PASS"),
        (("pass", "fail"), "Pass (conditional)"), (RIGHT, "correct as far as it goes"),
        (("safe", "unsafe"), "Assistant: safe, User: unsafe"), (("low", "high"), "Risk: high"),
        (("low", "high"), '{"severity_rating": "high"}'),
    ],
)  # fmt: skip
def test_what_was_judged_crossed_out_or_the_lesser_is_no_choice(choices, reply):
    assert read_choice(reply, choices) == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rating: 3, maybe 4", math.nan), ("3 (perhaps 4)", math.nan),
        ("Rating: 3; or 4", math.nan),
        ("Note: 3, vielleicht 4", math.nan), ("Rating: 3. Maybe 4 people disagree.", 3),
        ("Rating: 4, probably", 4), ("Rating: 3, 4 errors found", 3),
        ("Llama 3: 4", math.nan), ("GPT-4: 3", math.nan), ("Response 2: 4", math.nan),
        ("Rating: 4 (Llama 3: 2)", 4), ("Score for response 2: 4", 4), ("Criterion 2: 4", 4),
        ("Clarity: 4", 4), ("Score (1-5): 4", 4),
    ],
)  # fmt: skip
def test_a_rating_that_wavers_or_is_of_something_with_a_number_is_none(text, wanted):
    assert read_rating(text, 1, 5) == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "choices", "wanted"),
    [
        ("yes (accuracy), no (tone)", ("yes", "no"), ""),
        ("Verdict: no [accuracy]; yes [tone]", ("yes", "no"), ""),
        ("yes - accuracy, no - tone", ("yes", "no"), ""),
        ("yes (fact 1), yes (fact 2)", ("yes", "no"), "yes"),
        ("Yes (it is), no doubt.", ("yes", "no"), "yes"),
        ("Yes (no errors)", ("yes", "no"), "yes"),
        ("Answer: A B", ("A", "B", "tie"), ""),
        ("Winner: A; B", ("A", "B", "tie"), ""),
        ("Answer: A\nB is worse", ("A", "B", "tie"), "A"),
        ("Answer: A (B is longer)", ("A", "B", "tie"), "A"),
        ("I'd say a B.", ("A", "B", "C"), "B"),
    ],
)
def test_two_choices_that_differ_by_aspect_or_stand_in_a_row_are_none(text, choices, wanted):
    assert read_choice(text, choices) == wanted


def test_a_reply_of_numbers_without_end_is_read_by_its_last_ones():
    started = time.process_time()
    assert math.isnan(read_rating("1 " * 10_000))
    assert read_rating("7 a " * 5_000 + "\nFinal score: 4") == 4
    assert time.process_time() - started < 2
