"""Examples seen before they are used: copies, thin slices, leaks of answers, languages, lengths."""

import pytest

import workbench as wb
from workbench.datasets.duplicates import nearly_same, same
from workbench.datasets.surveying import survey
from workbench.models.contexts import context_tokens
from workbench.models.model import Model

LONG = (
    "The kettle arrived on Monday with a lid that does not close, and the courier had left it "
    "in the rain, so that the box fell apart in my hands when I lifted it up from the step."
)


def rows(*texts, **more):
    return wb.Dataset(
        [wb.Example(f"e{n}", {"text": text}, **more) for n, text in enumerate(texts)], "rows"
    )


def found(examples):
    return {each.kind: each for each in survey(examples).findings}


def test_copies_differ_in_case_and_punctuation_only():
    assert same(["Where is it?", "where is it", "Where are they?", ""]) == [[0, 1]]


def test_near_copies_share_most_of_their_runs_of_twelve_words():
    changed = LONG.replace("Monday", "Tuesday")
    assert nearly_same([LONG, changed, "Something else entirely."]) == [(0, 1), (1, 0)]
    assert nearly_same([LONG, LONG]) == []
    assert nearly_same(["A short one.", "A short two."]) == []


def test_a_phrase_that_all_share_makes_no_copies():
    signature = " ".join(f"word{n}" for n in range(12))
    assert nearly_same([f"{signature} {n} {n}" for n in range(300)]) == []


def test_copies_with_other_answers_contradict_each_other():
    examples = wb.Dataset(
        [wb.Example("a", {"t": "Where?"}, "x"), wb.Example("b", {"t": "where"}, "y"),
         wb.Example("c", {"t": "How?"}, "x"), wb.Example("d", {"t": "How"}, "x")]
    )  # fmt: skip
    seen = found(examples)
    assert (seen["contradiction"].ids, seen["same"].ids) == (("b",), ("b", "d"))
    assert seen["contradiction"].sentence == (
        "1 example has the words of another and a different right answer (b as a)"
    )


def test_a_field_that_is_the_answer_leaks_it():
    examples = wb.Dataset(
        wb.Example(f"e{n}", {"text": f"no {n}", "queue": kind}, {"label": kind})
        for n, kind in enumerate(["billing", "delivery"] * 6)
    )
    assert found(examples)["leak"].sentence.startswith(
        "queue is the right answer itself in 12 examples: whoever reads them need not work it out"
    )


def test_an_answer_that_stands_in_its_text_leaks_and_a_label_that_often_does():
    said = "the lid does not close"
    free = wb.Dataset([wb.Example("a", {"text": LONG}, "lid that does not close")])
    assert found(free)["leak"].about == "the right answer stands word for word"
    kinds = ["billing", "delivery"] * 10
    hinted = wb.Dataset(
        wb.Example(f"e{n}", {"text": f"{said} ({kind if n % 2 else 'x'}) {n}"}, kind)
        for n, kind in enumerate(kinds)
    )
    assert found(hinted)["leak"].count == 10
    natural = wb.Dataset(
        wb.Example(f"e{n}", {"text": f"billing or delivery? {n}"}, kind)
        for n, kind in enumerate(kinds)
    )
    assert "leak" not in found(natural)


def test_slices_below_ten_are_thin_and_blank_rows_are_named():
    examples = wb.Dataset(
        wb.Example(f"e{n}", {"text": "" if n == 3 else f"text {n}"}, tags={"kind": kind})
        for n, kind in enumerate(["a"] * 12 + ["b"] * 3)
    )
    seen = found(examples)
    assert (seen["thin"].about, seen["thin"].count) == ("kind b", 3)
    assert seen["blank"].ids == ("e3",)


def test_a_text_in_another_language_than_its_tag_is_a_reason_to_read_it():
    tagged = rows("Where is my order, and when will it come?", tags={"language": "de"})
    german = rows("Wo ist meine Bestellung, und wann kommt sie?", tags={"language": "de-AT"})
    both = wb.Dataset([*german, wb.Example("x", tagged[0].inputs, tags={"language": "de"})])
    assert found(both)["language"].ids == ("x",)


def test_lengths_and_languages_are_of_what_the_inputs_say():
    seen = survey(rows("a" * 10, "b" * 20, "c" * 300))
    assert (seen.length(0.5), seen.length(0.95), seen.lengths[-1]) == (20, 300, 300)
    talk = [{"role": "user", "content": "Where is my order? I have been waiting for it."}]
    assert survey(wb.Dataset([wb.Example("a", {"talk": talk})])).languages == {"en": 1}


def test_many_rows_are_seen_in_part_and_no_row_is_no_trouble():
    many = wb.Dataset(wb.Example(f"e{n}", {"text": f"text {n}"}) for n in range(20_500))
    assert (len(survey(many).texts), survey(many).of) == (20_000, 20_500)
    assert wb.show(wb.Dataset([])).twin()


@pytest.mark.parametrize(
    "model, tokens",
    [
        (Model("m", id="gpt-4.1", base_url="https://api.openai.com/v1"), 1_000_000),
        (Model("m", id="x", base_url="http://127.0.0.1:1/v1"), None),
        (Model("m", server="embedded"), 2048),
        (Model("m", id="x", server="vllm", args=("--max-model-len", "4096")), 4096),
        (Model("m", id="x", server="vllm", args=("--max-model-len=8192",)), 8192),
        (Model("m", id="x", server="vllm"), None),
    ],
)
def test_a_models_context_is_known_or_said_to_be_unknown(model, tokens):
    assert context_tokens(model) == tokens


def test_a_dataset_on_show_says_what_to_look_at_and_how_long_its_inputs_are():
    examples = rows(*[f"Where is my order number {n}? I <b>have</b> to know." for n in range(12)])
    drawn = str(wb.show(examples, Model("m", id="x", base_url="http://127.0.0.1:1/v1")).twin())
    assert "<b>Languages</b> en 12" in drawn
    assert "half of the inputs up to 50 characters" in drawn
    assert "<b>In m</b> the longest input takes about 12 tokens, its context is not known" in drawn
    copied = str(wb.show(rows("Where is it?", "where is it")).twin())
    assert "1 example has the words of an earlier one" in copied
    held = examples.hold_back(1).held
    assert "Languages" not in str(wb.show(held).twin())
