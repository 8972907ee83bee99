"""A model completes messages, and is as much a value as the entry it is made of."""

from dataclasses import replace

import workbench as wb
from workbench import testing


async def test_a_model_completes_messages_outside_a_run():
    with testing.serve(lambda ask: f"you said {ask.text}") as server:
        done = await server.model().complete(
            [{"role": "user", "content": "hi"}], parameters={"max_tokens": 7}
        )
    assert (done.text, done.status, done.attempts) == ("you said hi", "ok", 1)
    assert server.log[0].ask.body["max_tokens"] == 7


def test_models_with_the_same_fields_are_equal_and_a_changed_one_is_still_a_model():
    one, same = (wb.Model("m", "x", "https://one.example/v1") for _ in range(2))
    assert one == same
    assert isinstance(replace(one, id="y"), wb.Model)
    assert repr(one) == "Model m: x at https://one.example/v1"
