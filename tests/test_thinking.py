"""Thinking never counts as the answer, however an endpoint sends it."""

import pytest

from workbench.models.thinking import Said, apart, read_message

MARKED = {
    "<think>so\nit is</think>\n\nyes": ("so\nit is", "yes"),
    "<think>never ends": ("never ends", ""),
    "the template opened it</think>\nyes": ("the template opened it", "yes"),
    "<think>\n\n</think>\n\nyes": ("", "yes"),
    "<think>a</think>\n<think>b</think>yes": ("a\nb", "yes"),
    "<thinking>a</thinking>yes": ("a", "yes"),
    "<reasoning>a</reasoning>yes": ("a", "yes"),
    "<thought>a</thought>yes": ("a", "yes"),
    "<seed:think>a</seed:think>yes": ("a", "yes"),
    "[THINK]a[/THINK]yes": ("a", "yes"),
    "◁think▷a◁/think▷yes": ("a", "yes"),
    "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>yes<|END_RESPONSE|>": ("a", "yes"),
    "<|channel|>analysis<|message|>a<|end|><|start|>assistant"
    "<|channel|>final<|message|>yes<|return|>": ("a", "yes"),
    "<|begin_of_thought|>a<|end_of_thought|>yes": ("a", "yes"),
    "<|think|>a<|/think|>yes": ("a", "yes"),
    "<|channel>thought\na<channel|>yes": ("a", "yes"),  # Gemma 4
    "<|channel>thought\n<channel|>yes": ("", "yes"),
    "the template opened it\n<channel|>yes": ("the template opened it", "yes"),
    "<unused94>thought\na<unused95>yes": ("a", "yes"),  # MedGemma
    "<|inner_prefix|>a<|inner_suffix|>yes": ("a", "yes"),  # Apertus
    "<longcat_think>a</longcat_think>yes": ("a", "yes"),
    "<mm:think>a</mm:think>yes": ("a", "yes"),
    "<｜think｜>a<｜/think｜>yes": ("a", "yes"),
    "<think effort='high'>a</think >yes": ("a", "yes"),
    "<think>a</think>\n<response>yes</response>\n": ("a", "yes"),  # Granite 3.3, ERNIE
    "Here is my thought process: a\n\nHere is my response: yes": ("a", "yes"),  # Granite 3.2
    "<|START_RESPONSE|>yes<|END_RESPONSE|>": ("", "yes"),
    "<think>a</think><|begin_of_box|>yes<|end_of_box|>": ("a", "yes"),  # GLM
    "<|channel|>analysis<|message|>cut": ("cut", ""),
    '<|channel|>final <|constrain|>json<|message|>{"a": 1}': ("", '{"a": 1}'),
    "analysisWe look.assistantfinalyes": ("We look.", "yes"),
    '<think>it says "</think>" here</think>no': ('it says "</think>" here', "no"),
}


@pytest.mark.parametrize("text", MARKED)
def test_marks_tell_thinking_from_the_answer(text):
    assert apart(text) == MARKED[text]


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "",
        "Models end it with `</think>`.",
        "Write <think>first</think> like this.",
        "<analysis>asked for</analysis><label>a</label>",
        "analysis of the case",
        "<response>asked for</response>",
        "<chain_of_thought>asked for</chain_of_thought>yes",
        "Here is my thought process: I began.",
        "a <|START_RESPONSE|> within",
        "a | b / c",
    ],
)
def test_an_answer_that_only_speaks_of_marks_is_left_as_it_is(text):
    assert apart(text) == ("", text)


MESSAGES = [
    ({"content": "yes<|im_end|>"}, Said("", "yes")),
    ({"content": "yes </s>\n<|eot_id|>\n"}, Said("", "yes")),
    ({"content": "<think>a</think><|endoftext|>"}, Said("a", "")),
    ({"content": "<s>no</s>"}, Said("", "<s>no</s>")),
    ({"content": "a <|im_end|> within"}, Said("", "a <|im_end|> within")),
    ({"reasoning_content": "a", "content": "yes"}, Said("a", "yes")),
    ({"reasoning": "a", "content": None}, Said("a", None)),
    ({"reasoning": "a", "reasoning_details": [{"text": "a"}], "content": "yes"}, Said("a", "yes")),
    ({"reasoning_details": [{"summary": "a"}, {"text": "b"}], "content": ""}, Said("ab", "")),
    (
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]},
                {"type": "text", "text": "yes"},
            ]
        },
        Said("a", "yes"),
    ),
    ({"content": [{"type": "reasoning", "text": "a"}, "ye", {"text": "s"}]}, Said("a", "yes")),
    ({"reasoning_content": "a", "content": "<think>b</think>yes"}, Said("a\nb", "yes")),
    (
        {"reasoning_content": "a", "content": "it ends with </think> there"},
        Said("a", "it ends with </think> there"),
    ),
    ({"content": {"text": "no list"}, "thinking": {"deep": 1}}, Said("", '{"text": "no list"}')),
    ({"content": {"type": "text", "text": "one part"}}, Said("", "one part")),
    (
        {"content": [{"type": "text", "text": {"value": "deep", "annotations": []}}]},
        Said("", "deep"),
    ),
    ({"content": 5}, Said("", "5")),
]


@pytest.mark.parametrize(("message", "said"), MESSAGES)
def test_thinking_in_fields_and_parts_of_a_message_is_kept_apart(message, said):
    assert read_message(message) == said


def test_parts_nested_without_end_break_nothing():
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    assert read_message({"content": nested, "reasoning": nested}) == Said("", "")
