"""What tests of calls share: texts asked of a loopback endpoint that answers by script."""

import asyncio

from workbench import testing
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.models.transport import Transport
from workbench.testing import Reply


def ask(model: Model, text: str, **fields) -> Request:
    return Request(model, [{"role": "user", "content": text}], **fields)


async def complete(
    script, *texts: str, stream: bool = False, parameters=None, **fields
) -> list[Completion]:
    """The completions of texts, asked all at once of an endpoint that answers by script."""
    with testing.serve(script) as server:
        model = server.model("actor", **fields)
        async with Transport() as transport:
            asked = [ask(model, text, parameters=parameters or {}) for text in texts]
            return await asyncio.gather(
                *(transport.complete(request, stream=stream) for request in asked)
            )


def first(reply: Reply, then: str = "fine"):
    """A script that gives a reply once, then answers."""
    return lambda asked: reply if asked.attempt == 1 else then
