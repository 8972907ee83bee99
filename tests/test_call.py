"""What a call is stored under: everything that determines the reply, and nothing else."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.call import Request, body_bytes, call_key
from workbench.models.model import Model

MODEL = Model("actor", "some-id", "https://one.example/v1")
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
REQUEST = Request(MODEL, MESSAGES, {"temperature": 0, "max_tokens": 10, "seed": 1})

OTHERS = {
    "another model": replace(REQUEST, model=replace(MODEL, id="other-id")),
    "another endpoint": replace(REQUEST, model=replace(MODEL, base_url="https://two.example/v1")),
    "the model's own parameters": replace(REQUEST, model=replace(MODEL, parameters={"top_p": 0.5})),
    "another temperature": replace(REQUEST, parameters={**REQUEST.parameters, "temperature": 0.1}),
    "another maximum": replace(REQUEST, parameters={**REQUEST.parameters, "max_tokens": 11}),
    "another seed": replace(REQUEST, parameters={**REQUEST.parameters, "seed": 2}),
    "another system prompt": replace(
        REQUEST, messages=[{"role": "system", "content": "Be brief"}, MESSAGES[1]]
    ),
    "another role": replace(
        REQUEST, messages=[{"role": "user", "content": "Be brief."}, MESSAGES[1]]
    ),
    "a schema": replace(REQUEST, schema={"type": "object"}),
    "another schema": replace(REQUEST, schema={"type": "array"}),
    "log probabilities": replace(REQUEST, top_logprobs=5),
    "another repeat": replace(REQUEST, repeat=1),
}


def test_calls_that_may_be_answered_differently_never_share_a_key():
    keys = {name: request.key() for name, request in {"the call": REQUEST, **OTHERS}.items()}
    assert len(set(keys.values())) == len(OTHERS) + 1


def test_the_name_of_a_model_and_the_order_of_its_parameters_do_not_matter():
    renamed = replace(REQUEST, model=replace(MODEL, name="critic", price=None, max_concurrency=1))
    turned = replace(REQUEST, parameters=dict(reversed(list(REQUEST.parameters.items()))))
    turned = replace(
        turned, messages=[dict(reversed(list(message.items()))) for message in MESSAGES]
    )
    assert renamed.key() == turned.key() == REQUEST.key()


def test_a_local_server_is_the_same_endpoint_at_any_port():
    local = Model("m", "weights", server="vllm")
    assert (
        Request(local, MESSAGES).key()
        == Request(replace(local, base_url="http://127.0.0.1:99/v1"), MESSAGES).key()
    )


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_texts_are_not_normalised(one, other):
    keys = [Request(MODEL, [{"role": "user", "content": text}]).key() for text in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


def test_text_that_json_libraries_refuse_still_has_a_key():
    for text in ("\ud800", "a\0b", "é" * 10_000, "\udfff\ud800"):
        assert (
            Request(MODEL, [{"role": "user", "content": text}]).key()
            == Request(MODEL, [{"role": "user", "content": text}]).key()
        )


def test_huge_integers_are_parameters_like_any_other():
    assert (
        replace(REQUEST, parameters={"seed": 2**70}).key()
        != replace(REQUEST, parameters={"seed": 2**70 + 1}).key()
    )


def test_the_key_never_changes_between_versions():
    """Stores outlive versions: whoever changes this value throws every stored answer away."""
    payload = body_bytes(
        {"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0}
    )
    assert payload == b'{"messages":[{"content":"hi","role":"user"}],"model":"m","temperature":0}'
    assert call_key("http://127.0.0.1/v1", 0, payload).hex() == "0fb4d0f9e90a2af315634a6664a2b6cd"


def test_a_prompts_parameters_win_over_the_models():
    request = Request(
        replace(MODEL, parameters={"max_tokens": 5, "top_p": 0.5}), MESSAGES, {"max_tokens": 7}
    )
    assert (request.max_tokens, request.body()["max_tokens"], request.body()["top_p"]) == (
        7,
        7,
        0.5,
    )
    assert Request(MODEL, MESSAGES).max_tokens is None
