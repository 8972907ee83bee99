"""Tensors through the real tritonclient, against a loopback server that reads and writes the
protocol without it: `make test-triton`, in its own environment.
"""

import asyncio

import pytest

client = pytest.importorskip(
    "tritonclient.http", reason="needs tritonclient, in an environment of its own: make test-triton"
)

import triton_double  # noqa: E402
from loopback import ask  # noqa: E402
from test_triton import answers, shout  # noqa: E402

from workbench.models.servers import kserve  # noqa: E402


async def test_a_text_goes_in_one_tensor_and_comes_back_in_another():
    [first, second], server = await answers(shout, "Grüße", "second", id="shouter")
    assert (first.text, first.status, first.model) == ("GRÜSSE", "ok", "shouter 3")
    assert (first.prompt_tokens, first.finish_reason) == (-1, "stop")
    assert server.given == [
        {"PROMPT": "Grüße", "return_finish_reason": True},
        {"PROMPT": "second", "return_finish_reason": True},
    ]
    assert server.shapes[0] == {"PROMPT": [1, 1], "return_finish_reason": [1, 1]}
    assert second.text == "SECOND"


async def test_parameters_go_into_inputs_of_their_kind():
    parameters = {"max_tokens": 9, "temperature": 0.5, "stop": ["END", "\n\n"]}
    [done], server = await answers(shout, "hi", id="shouter", parameters=parameters)
    assert done.text == "HI"
    given = {name: each for name, each in server.given[0].items() if name != "return_finish_reason"}
    assert given == {
        "PROMPT": "hi", "max_tokens": 9, "temperature": 0.5, "stop_words": ["END", "\n\n"]
    }  # fmt: skip
    assert server.shapes[0]["stop_words"] == [1, 2]


async def test_a_cut_answer_is_truncated_where_the_model_says_so():
    [done], _ = await answers(lambda text, given: f"{text} ...", "hi", id="shouter")
    assert (done.text, done.status) == ("hi ...", "truncated")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_tokens": 1.5}, "its input max_tokens is INT32"),
        ({"max_tokens": 2**40}, "its input max_tokens is INT32: "),
        ({"temperature": "hot"}, "its input temperature is FP32"),
        ({"stop": ["a", 1]}, "its input stop_words is BYTES"),
        ({"max_tokens": True}, "its input max_tokens is INT32"),
    ],
)
async def test_a_value_that_an_input_cannot_hold_is_the_rows_fault_by_name(parameters, said):
    [done], server = await answers(shout, "hi", id="shouter", parameters=parameters)
    assert (done.status, done.attempts, server.given) == ("error", 1, [])
    assert done.error.startswith(f"the model cannot take the call: {said}")


async def test_what_has_no_input_is_left_out_and_said():
    [done], server = await answers(shout, "hi", id="shouter", parameters={"seed": 7})
    assert (done.text, dict(done.left_out), len(server.given)) == ("HI", {"seed": 7}, 1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"outputs": 3}', b"\xff\x00"])
@pytest.mark.parametrize("length", [None, "2", "9999", "-1", "x"])
def test_an_answer_that_is_none_is_none(body, length):
    headers = {} if length is None else {kserve.HEADER: length}
    assert kserve.decode(headers, body) is None


def test_a_text_that_says_it_is_longer_than_it_is_is_none():
    head = (
        b'{"model_name":"m","outputs":[{"name":"T","datatype":"BYTES","shape":[1],'
        b'"parameters":{"binary_data_size":8}}]}'
    )
    raw = b"\xff\xff\xff\x7fabcd"
    assert kserve.decode({kserve.HEADER: str(len(head))}, head + raw) is None


async def test_the_key_in_an_answer_is_blotted_out_of_tensors(monkeypatch):
    monkeypatch.setenv("TRITON_KEY", "tr-0123456789abcdef")
    told = "you sent tr-0123456789abcdef"
    [done], _ = await answers(
        lambda text, given: told, "hi", id="shouter", api_key_env="TRITON_KEY"
    )
    assert done.text == "you sent [key]"


async def test_many_calls_at_once_come_back_to_their_own():
    from test_triton import model_at

    from workbench.models.transport import Transport

    with triton_double.serve(shout) as server:
        model = model_at(server, "shouter")
        async with Transport() as transport:
            texts = [f"text {number}" for number in range(200)]
            done = await asyncio.gather(*(transport.complete(ask(model, each)) for each in texts))
    assert [each.text for each in done] == [each.upper() for each in texts]


def test_the_double_speaks_to_the_client_itself():
    with triton_double.serve(shout) as server:
        real = client.InferenceServerClient(server.url.removeprefix("http://"))
        assert real.get_model_config("shouter")["max_batch_size"] == 8
        real.close()
