"""Log probabilities of tokens, in the shapes that servers send them; what is odd is none."""

import pytest

from workbench.models.completion import Token
from workbench.models.logprobs import read_tokens

YES = Token("yes", -0.1, (("yes", -0.1), ("no", -2.4)))
ENTRY = {"token": "yes", "logprob": -0.1, "top_logprobs": [
    {"token": "yes", "logprob": -0.1}, {"token": "no", "logprob": -2.4},
]}  # fmt: skip
COLUMNS = {
    "tokens": ["yes"],
    "token_logprobs": [-0.1],
    "top_logprobs": [{"yes": -0.1, "no": -2.4}],
    "text_offset": [0],
}
SHAPES = {
    "OpenAI, Azure, vLLM, SGLang": {"content": [{**ENTRY, "bytes": [121, 101, 115]}]},
    "llama.cpp": {"content": [{"id": 9, **ENTRY}], "refusal": None},
    "Ollama": [ENTRY],
    "Fireworks": COLUMNS,
    "numbers as texts": {"content": [{**ENTRY, "logprob": "-0.1"}]},
}


@pytest.mark.parametrize("logprobs", SHAPES.values(), ids=SHAPES)
def test_a_servers_shape_gives_the_same_tokens(logprobs):
    assert read_tokens(logprobs) == (YES,)


def test_tokens_without_alternatives_are_tokens():
    assert read_tokens({"tokens": ["yes"], "token_logprobs": [-0.1]}) == (Token("yes", -0.1),)
    assert read_tokens({"content": [{"token": "yes", "logprob": -0.1, "top_logprobs": None}]}) == (
        Token("yes", -0.1),
    )


@pytest.mark.parametrize(
    "logprobs",
    [
        {}, [], "no", 7, {"content": None}, {"content": [None]}, {"content": [{"token": "yes"}]},
        {**COLUMNS, "token_logprobs": [None]}, {**COLUMNS, "token_logprobs": [-0.1, -0.2]},
        {**COLUMNS, "top_logprobs": [["no"]]}, {"tokens": ["yes"]}, {"content": ["yes"]},
        {"content": [{"token": "yes", "logprob": "likely"}]},
    ],
)  # fmt: skip
def test_what_is_malformed_gives_no_tokens(logprobs):
    assert read_tokens(logprobs) == ()
