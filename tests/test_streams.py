"""A streamed reply is the same reply, with its times."""

import math

from loopback import ask, complete, first

from workbench import testing
from workbench.models.transport import Transport
from workbench.testing import Reply


async def test_a_streamed_reply_is_the_same_text_with_its_times():
    with testing.serve(lambda asked: "one two three four") as server:
        async with Transport() as transport:
            whole = await transport.complete(ask(server.model(), "hi"))
            streamed = await transport.complete(ask(server.model(), "hi"), stream=True)
    assert (streamed.text, streamed.status, streamed.completion_tokens) == (whole.text, "ok", 4)
    assert 0 < streamed.first_token_seconds <= streamed.seconds
    assert streamed.token_seconds > 0
    assert math.isnan(whole.first_token_seconds)
    assert server.log[1].ask.body["stream_options"] == {"include_usage": True}


async def test_streaming_can_be_a_models_own_parameter():
    [done] = await complete(lambda asked: "one two", "hi", parameters={"stream": True})
    assert done.first_token_seconds > 0


async def test_a_stream_that_breaks_off_is_no_answer():
    events = b'data: {"choices":[{"delta":{"content":"half an"}}]}\n\n'
    script = first(Reply(body=events, headers={"Content-Type": "text/event-stream"}))
    [done] = await complete(script, "hi", stream=True)
    assert (done.text, done.attempts) == ("fine", 2)
