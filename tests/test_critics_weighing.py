"""Probabilities weigh the tokens that spell a verdict, and never find another one."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import testing
from workbench.models.completion import Completion, Token

MODEL = wb.Model("judge", id="judge", base_url="http://127.0.0.1:1/v1")
EXAMPLE = wb.Example("e1", {}, None, {})
FIELD = Path(__file__).resolve().parents[1].parent / "shared" / "field"
WORDS = "{incorrect: 0, partially correct: 0.5, correct: 1}"
LETTERS = "{A: 0, tie: 0.5, B: 1}"


@pytest.fixture(scope="session")
def rubric(tmp_path_factory):
    """A rubric of a scale; asked at temperature 0 unless told otherwise."""
    folder = tmp_path_factory.mktemp("rubrics")

    def made(scale="yes/no", outputs=(), model=MODEL, temperature=0):
        fields = "".join(
            f"  - {{name: {name}, kind: string, required: true}}\n" for name in outputs
        )
        path = folder / "judge.prompty"
        path.write_text(
            f"---\nmetadata: {{scale: {scale}}}\n"
            f"model: {{options: {{temperature: {temperature}}}}}\n"
            + (f"outputs:\n{fields}" if outputs else "")
            + "---\nuser:\n{{ output }}\n"
        )
        return wb.Rubric.load(path, model)

    return made


def verdict(critic, *tokens, text=None, finish="stop"):
    """What the critic makes of tokens, each a text or `(text, {alternative: probability})`."""
    made = [_token(*((each, {each: 1.0}) if isinstance(each, str) else each)) for each in tokens]
    text = "".join(token.text for token in made) if text is None else text
    reply = Completion(text=text, tokens=tuple(made), finish_reason=finish)
    return critic.verdict(EXAMPLE, Completion(text="x"), [reply])


def _token(text, chances):
    top = tuple((word, math.log(chance)) for word, chance in chances.items())
    return Token(text, math.log(chances[text]), top)


def test_the_first_verdict_counts_and_not_the_last_word_that_could_be_one(rubric):
    chances = {"Yes": 0.9, "No": 0.1}
    read = verdict(rubric(), ("Yes", chances), ",", " no", " errors", ".")
    assert (read.score, read.label, read.mode) == (pytest.approx(0.9), "yes", "logprob")
    assert read.reason == "Yes, no errors."
    assert read.mass == pytest.approx(1.0)


def test_a_number_in_two_tokens_is_weighed_as_a_whole(rubric):
    first, second = {"1": 0.9, "7": 0.1}, {"0": 0.8, ".": 0.2}
    read = verdict(rubric("[1, 10]"), ("1", first), ("0", second), ".")
    assert read.score == pytest.approx(0.72 * 10 + 0.18 * 1 + 0.1 * 7)
    assert (read.label, read.missing_mass) == ("10", pytest.approx(0.0))
    other = verdict(rubric("[1, 10]"), ("1", first), (".", second))
    assert other.reason == "its words say 1, its probabilities 10: 1."


def test_a_verdict_is_told_from_the_longer_one_that_it_begins(rubric):
    read = verdict(
        rubric("[1, 10]"), "1", (" because", {" because": 0.9, "0": 0.1}), " it", " fails"
    )
    assert (read.label, read.score) == ("1", pytest.approx(0.9 * 1 + 0.1 * 10))


def test_a_word_in_two_tokens_is_weighed_where_it_parts_from_the_others(rubric):
    read = verdict(rubric(WORDS), ("In", {"In": 0.7, "Correct": 0.3}), "correct", ".")
    assert (read.label, read.score) == ("incorrect", pytest.approx(0.3))
    read = verdict(rubric(WORDS), ("Correct", {"In": 0.3, "Correct": 0.7}), ".")
    assert (read.label, read.score) == ("correct", pytest.approx(0.7))


def test_probability_on_no_answer_leaves_a_verdict_unscored(rubric):
    read = verdict(rubric(), ("Yes", {"Yes": 0.7, "Well": 0.3}))
    assert math.isnan(read.score)
    assert read.reason == "30% of the probability lies on other words, though it said: Yes"
    assert (read.mode, read.mass) == ("", pytest.approx(0.7))
    assert verdict(rubric(), ("Yes", {"Yes": 0.81, "Well": 0.19})).score == 1.0


def test_an_endpoint_held_to_the_answers_may_have_wanted_to_say_something_else(rubric):
    held = wb.Model("h", "h", "http://127.0.0.1:1/v1", constrain="grammar")
    weak = verdict(rubric(model=held), ("No", {"The": 0.4, "No": 0.36, "Yes": 0.24}))
    assert (weak.score, weak.label) == (pytest.approx(0.4), "no")
    assert weak.mass == pytest.approx(0.6)
    none = verdict(rubric(model=held), ("No", {"The": 0.6, "No": 0.3, "Yes": 0.1}))
    assert none.reason == "60% of the probability lies on other words, though it said: No"


def test_at_temperature_0_words_and_probabilities_that_disagree_are_unscored(rubric):
    chances = {"No": 0.4, "Yes": 0.35, "yes": 0.25}
    read = verdict(rubric(), ("No", chances))
    assert math.isnan(read.score)
    assert read.reason == "its words say no, its probabilities yes: No"
    sampled = verdict(rubric(temperature=0.7), ("No", chances))
    assert (sampled.score, sampled.label) == (pytest.approx(0.6), "no")


def test_beginnings_that_two_answers_share_leave_the_words_alone(rubric):
    read = verdict(rubric("[0, 100]"), ("8", {"8": 0.6, "7": 0.4}), "5")
    assert (read.score, read.label, read.mode) == (85.0, "85", "greedy")


def test_at_temperature_0_a_likelier_beginning_of_other_answers_is_a_contradiction(rubric):
    chances = {"8": 0.4, "7": 0.6}
    read = verdict(rubric("[0, 100]"), ("8", chances), "5")
    assert read.reason == "its words say 85, its probabilities another answer: 85"
    assert verdict(rubric("[0, 100]", temperature=1), ("8", chances), "5").score == 85.0


def test_probabilities_that_are_no_numbers_weigh_nothing(rubric):
    tokens = (Token("Yes", math.nan, (("Yes", math.nan), ("No", math.nan))),)
    reply = Completion(text="Yes", tokens=tokens)
    read = rubric().verdict(EXAMPLE, Completion(text="x"), [reply])
    assert (read.score, read.mode) == (1.0, "greedy")


@pytest.mark.parametrize("logprobs", [(0.0, 0.0), (0.9, 0.1), (-0.01, -0.02)])
def test_what_adds_up_to_more_than_all_is_no_probability(rubric, logprobs):
    yes, no = logprobs
    tokens = (Token("yes", yes, (("yes", yes), ("no", no))),)
    read = rubric().verdict(EXAMPLE, Completion(text="x"), [Completion(text="yes", tokens=tokens)])
    assert (read.score, read.mode) == (1.0, "greedy")


def test_an_alternative_that_is_listed_twice_counts_once(rubric):
    top = (("yes", math.log(0.6)), ("yes", math.log(0.6)), ("no", math.log(0.4)))
    reply = Completion(text="yes", tokens=(Token("yes", math.log(0.6), top),))
    assert rubric().verdict(EXAMPLE, Completion(text="x"), [reply]).score == pytest.approx(0.6)


def test_the_article_is_not_the_letter(rubric):
    read = verdict(rubric(LETTERS), ("B", {"B": 0.9, "A": 0.1}), ",", " a", " clear", " win")
    assert (read.score, read.label) == (pytest.approx(0.9), "b")
    read = verdict(rubric("[1, 5]"), ("Four", {"Four": 0.9, "3": 0.1}), ".")
    assert (read.score, read.label) == (pytest.approx(3.9), "4")
    read = verdict(rubric(LETTERS), ("B", {"B": 0.9, "a": 0.1}))
    assert (read.score, read.mass) == (1.0, pytest.approx(0.9))


def test_json_is_weighed_at_its_verdict_whatever_stands_before(rubric):
    critic = rubric("yes/no", ("verdict", "reason"))
    tokens = ['{"', "reason", '":"', "no", ' error", "verdict', '": "']
    read = verdict(critic, *tokens, ("yes", {"yes": 0.8, "no": 0.2}), '"}')
    assert (read.score, read.label, read.reason) == (pytest.approx(0.8), "yes", "no error")


@pytest.mark.parametrize(
    "tokens, text",
    [
        (["▁Yes", "."], "Yes."),
        (["ĠYes", "Ċ"], "Yes\n"),
        (["Yes", "<|im_end|>"], "Yes"),
        (["<s>", "▁Y", "es", "</s>"], "Yes"),
        (["<think>", "no", "</think>", "\n\n", "Yes"], "Yes"),
        (["<think>no</think>", "Yes"], "<think>no</think>Yes"),
        (["<0x59>", "es"], "Yes"),
        (["Ye", "s", ""], "Yes"),
    ],
)
def test_tokens_join_to_the_reply_however_a_vocabulary_writes_them(rubric, tokens, text):
    read = verdict(rubric(), *tokens, text=text)
    assert (read.score, read.mode, read.mass) == (1.0, "logprob", 1.0)


@pytest.mark.parametrize("tokens", [["No"], ["Yes", " it", " is"], ["�", "Yes"], []])
def test_tokens_of_another_text_weigh_nothing(rubric, tokens):
    read = verdict(rubric(), *tokens, text="Yes")
    assert (read.score, read.mode) == (1.0, "greedy")
    assert math.isnan(read.mass)


def test_a_reply_cut_before_its_verdict_is_unscored_and_called_cut(rubric):
    read = verdict(rubric(), "Hmm", " no", " errors", text="", finish="length")
    assert math.isnan(read.score)
    assert read.reason == "the reply was cut before its verdict"
    read = verdict(rubric(), "The", " answer", " has", finish="length")
    assert read.reason == "the reply was cut before its verdict: The answer has"
    assert verdict(rubric(), "Yes", ",", " it", finish="length").score == 1.0


def test_a_cut_number_that_may_go_on_is_no_verdict(rubric):
    assert math.isnan(verdict(rubric("[1, 10]"), "1", finish="length").score)
    assert verdict(rubric("[1, 10]"), "1", ",", finish="length").score == 1.0
    assert verdict(rubric("[1, 10]"), "7", finish="length").score == 7.0
    whole = {"1": 0.9, "10": 0.1}  # a vocabulary that spells 10 in one token
    assert verdict(rubric("[1, 10]"), ("1", whole), finish="length").score == pytest.approx(1.9)


def test_json_cut_after_its_verdict_is_read(rubric):
    critic = rubric("yes/no", ("verdict", "reason"))
    cut = Completion(text='{"verdict": "yes", "reason": "it is', status="truncated")
    assert critic.verdict(EXAMPLE, Completion(text="x"), [cut]).score == 1.0
    before = Completion(text='{"reason": "yes', status="truncated")
    read = critic.verdict(EXAMPLE, Completion(text="x"), [before])
    assert read.reason == 'the reply was cut before its verdict: {"reason": "yes'


REPLIES = [
    ("yes/no", "Yes, no errors.", 1), ("yes/no", "**No**", 0), ("yes/no", "Answer: yes", 1),
    ("yes/no", "No issues found.", None), ("yes/no", "Yes? No.", None), ("yes/no", "", None),
    ("yes/no", "I'd say yes, no doubt", 1), ("yes/no", "<think>no</think>\nYes.", 1),
    ("[1, 5]", "4/5", 4), ("[1, 5]", "5: only 1 typo", 5), ("[1, 5]", "Rating: 4.5", 4.5),
    ("[1, 5]", "评分：4", 4), ("[1, 5]", "four out of five", 4), ("[1, 5]", "3 or 4", None),
    ("[1, 10]", "10", 10), ("[1, 10]", "Score: 1. 10 facts are wrong.", 1),
    ("[0, 100]", "7/100", 7),
    (WORDS, "Incorrect.", 0), (WORDS, "partially correct", 0.5), (WORDS, "mostly correct", None),
    (LETTERS, "B, a clear win", 1), (LETTERS, "A is better than B", 0), (LETTERS, "A or B", None),
    ("{not helpful: 0, helpful: 1}", "not helpful", 0),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(REPLIES), st.lists(st.integers(1, 40)), st.booleans())
def test_a_reply_gives_one_verdict_however_it_is_cut_into_tokens(rubric, reply, cuts, marked):
    scale, text, score = reply
    ends = sorted({cut for cut in cuts if cut < len(text)} | {len(text)})
    tokens = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    read = verdict(rubric(scale), *tokens, *(["<|im_end|>"] if marked else []), text=text)
    assert read.score == pytest.approx(math.nan if score is None else score, nan_ok=True)


@pytest.mark.parametrize("name", ["judge_tokens", "judge_texts"])
def test_replies_of_the_field_are_read_as_they_are_meant(rubric, name):
    path = FIELD / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip("the samples of the field lie in ../shared/field, which is not here")
    misread = []
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        critic = rubric(row["scale"], tuple(row.get("outputs", ())))
        finish = row.get("finish", "stop")
        read = verdict(critic, *row.get("tokens", ()), text=row.get("text"), finish=finish)
        want = math.nan if row["want"] is None else row["want"]
        misread += [] if read.score == pytest.approx(want, nan_ok=True) else [(row, read)]
    assert misread == []


async def test_a_served_reply_of_several_tokens_is_weighed_in_a_run(tmp_path, rubric):
    tokens = (("In", {"In": 0.75, "Correct": 0.25}), ("correct", {}))
    reply = testing.Reply(tokens=tokens)
    with testing.serve(lambda ask: reply if ask.body.get("logprobs") else "an answer") as server:
        critic = rubric(WORDS, model=server.model("critic"))
        (tmp_path / "v1.prompty").write_text("user:\n{{ text }}\n")
        prompt = wb.load_prompt(tmp_path / "v1.prompty")
        examples = [wb.Example("e1", {"text": "hi"})]
        run = await wb.run(
            prompt, examples, server.model("actor"), [critic], store=tmp_path / "s.db"
        )
    [row] = run.frame.to_dict("records")
    assert (row["judge"], row["judge.label"], row["judge.mode"]) == (0.25, "incorrect", "logprob")
    assert row["judge.mass"] == pytest.approx(1.0)
    assert row["judge.reason"] == "Incorrect"
    back = wb.load_run(run.id, tmp_path / "s.db").columns
    assert back["judge.mass"] == pytest.approx([1.0])


def test_the_models_own_maximum_wins_over_the_few_tokens_of_a_one_word_answer(rubric):
    reasons = wb.Model(
        "r", "r", "http://127.0.0.1:1/v1", parameters={"max_completion_tokens": 4000}
    )
    [request] = rubric(model=reasons).requests(EXAMPLE, Completion(text="x"))
    body = request.body()
    assert (body["max_completion_tokens"], "max_tokens" in body) == (4000, False)
    [request] = rubric().requests(EXAMPLE, Completion(text="x"))
    assert request.body()["max_tokens"] == 8


def test_an_endpoint_without_json_schemas_is_asked_in_words(rubric):
    plain = wb.Model("p", "p", "http://127.0.0.1:1/v1", constrain="none")
    critic = rubric("yes/no", ("verdict", "reason"), model=plain)
    [request] = critic.requests(EXAMPLE, Completion(text="x"))
    body = request.body()
    assert "response_format" not in body
    assert body["messages"][-1]["content"].endswith(json.dumps(critic.prompt.schema))
    assert "one JSON object" in body["messages"][-1]["content"]
    reply = Completion(text='Sure:\n```json\n{"verdict": "no", "reason": "rude"}\n```')
    read = critic.verdict(EXAMPLE, Completion(text="x"), [reply])
    assert (read.score, read.reason) == (0.0, "rude")
