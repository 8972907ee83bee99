"""A model is a plain value: its endpoint stands for it in keys, and it completes by itself."""

import pytest

import workbench as wb
from workbench import testing


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        (wb.Model("m", "x", "https://one.example/v1/"), "https://one.example/v1"),
        (wb.Model("m", "x", "http://127.0.0.1:99/v1", server="vllm"), "vllm:x"),
        (wb.Model("m", "x", server="vllm", args=("--seed", "1")), "vllm:x --seed 1"),
    ],
)
def test_an_endpoint_is_its_url_or_what_a_local_server_serves(model, endpoint):
    assert model.endpoint == endpoint


async def test_a_model_completes_messages_outside_a_run():
    with testing.serve(lambda ask: testing.Reply(f"you said {ask.text}")) as server:
        done = await server.model().complete(
            [{"role": "user", "content": "hi"}], parameters={"max_tokens": 7}
        )
    assert (done.text, done.status, done.attempts) == ("you said hi", "ok", 1)
    assert server.log[0].ask.body["max_tokens"] == 7
