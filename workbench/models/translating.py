"""Puts a call to a Triton and reads its answer, so that to the rest of the workbench it is one more
endpoint for chat completions.
"""

import math
import time
from collections.abc import Mapping

import aiohttp
import orjson

from workbench.models.attempts import Asked, Sent
from workbench.models.bodies import whole
from workbench.models.documents import loads
from workbench.models.replies import Outcome, failed, is_good, read_outcome
from workbench.models.servers import kserve
from workbench.models.servers.kserve import TextModel
from workbench.models.session import Session


async def put(
    pool: aiohttp.ClientSession, call: Sent, limits: aiohttp.ClientTimeout
) -> Asked | Outcome:
    """What is sent for a call, or what comes of it at once. The model's configuration is asked for
    first, where it is not known.
    """
    session = call.session
    if session.texts is None and (outcome := await _meet(pool, call, limits)):
        return outcome
    model = session.texts
    assert model
    return _refusal(model, call) or _asked(model, call)


async def _meet(
    pool: aiohttp.ClientSession, call: Sent, limits: aiohttp.ClientTimeout
) -> Outcome | None:
    """Ask for the model's configuration; what comes of the call where it is not told."""
    session = call.session
    async with session.ask(pool, "GET", session.url / "config", limits) as response:
        session.reached = time.monotonic()
        body = session.blotted(await whole(response))
        if not is_good(response.status):
            return read_outcome(call.request, response.status, response.headers, body, time.time())
    session.texts = kserve.read_config(loads(body), session.where)
    session.met = time.monotonic()
    return None


def _refusal(model: TextModel, call: Sent) -> Outcome | None:
    """What the model has no input for, by name; sampling parameters are then left out, and with
    them what else a call can do without.
    """
    if call.request.moderation:
        return failed("a Triton has no moderation")
    unknown = kserve.refused(model, call.request.body())
    if not unknown:
        return None
    error = f"the model has no input for {', '.join(unknown)}: it takes {', '.join(model.inputs)}"
    features = call.request.features & frozenset(unknown)
    after = 0.0 if features else math.nan
    return failed(error, retry=bool(features), after=after, refused=features)


def _asked(model: TextModel, call: Sent) -> Asked | Outcome:
    """The request for a call, or the row's own fault."""
    session = call.session
    try:
        given = kserve.values(model, call.request.body())
        if model.decoupled:  # which /infer refuses
            return Asked(session.url / "generate", orjson.dumps(given), session.headers)
        body, headers = kserve.encode(model, given)
    except (TypeError, ValueError) as fault:
        return failed(f"the model cannot take the call: {fault}")
    return Asked(session.url / "infer", body, {**session.headers, **headers})


def read(session: Session, headers: Mapping[str, str], body: bytes) -> bytes:
    """A Triton's answer to a call as that of an endpoint for chat completions; what is none stays
    as it is.
    """
    model = session.texts
    assert model
    outputs = loads(body) if model.decoupled else kserve.decode(headers, body)
    if not isinstance(outputs, dict) or model.answer not in outputs:
        return body
    return orjson.dumps(kserve.completion(model, outputs))
