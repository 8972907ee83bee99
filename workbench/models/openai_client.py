"""The openai package's client, for what its care is worth more than speed: the list of models,
files and batches.

It reaches an endpoint as calls do, by the same address, proxy, certificates and headers; of what
the package takes from the environment nothing is sent.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Self, TypeVar

import openai

from workbench.errors import ModelError, PausedTooLong
from workbench.models.attempts import FIRST_BACKOFF, LONGEST_BACKOFF
from workbench.models.call import Request
from workbench.models.connecting import Resolver
from workbench.models.hopeless import stop_if_asked
from workbench.models.replies import Outcome, failed, read_outcome
from workbench.models.session import Session

TIMEOUT_SECONDS = 600.0  # of one request; a file of 200 MB takes its time

Given = TypeVar("Given")

_PROTOCOL = re.compile(
    r"host|accept(-encoding)?|connection|content-(type|length)|transfer-encoding|user-agent"
    r"|x-stainless-.*",
    re.IGNORECASE,
)  # headers of HTTP and of the package itself


class Client:
    """Asks an endpoint through the openai package; use it as an async context manager."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._headers = {name: value for name, value in session.headers.items() if _is_ours(name)}
        self._openai = openai.AsyncOpenAI(
            api_key="none",  # else it would take one from the environment
            base_url=str(session.url.with_query(None)).removesuffix("/chat/completions"),
            default_query=dict(session.model.query),
            max_retries=0,
            timeout=TIMEOUT_SECONDS,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False,
                trust_env=False,
                verify=session.tls,
                proxy=str(session.proxy) if session.proxy else None,
                event_hooks={"request": [self._dress]},
            ),
        )

    async def __aenter__(self) -> Self:
        url = self.session.url
        if not self.session.proxy:
            try:
                await Resolver().resolve(url.host or "", url.port or 443)
            except OSError as error:
                raise ModelError(f"{self.session.where} cannot be reached: {error}") from error
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._openai.close()

    async def _dress(self, request: Any) -> None:
        """Leave a request the headers of the protocol and those of the model's calls."""
        for name in [name for name in request.headers if not _PROTOCOL.fullmatch(name)]:
            del request.headers[name]
        request.headers.update(self._headers)

    async def asked(
        self,
        what: str,
        ask: Callable[[openai.AsyncOpenAI], Awaitable[Given]],
        *,
        once: bool = False,
    ) -> Given:
        """What the endpoint answers, asked again while that may help and the patience lasts, or
        only `once` where somebody waits who can ask again.

        `what` it is to do stands in the errors: ModelError where it cannot be had, PausedTooLong
        where it may be had later.
        """
        session, began = self.session, time.monotonic()
        for tries in count():
            try:
                return await ask(self._openai)
            except openai.OpenAIError as error:
                outcome = self._outcome(error)
            stop_if_asked(outcome, session)
            if once or not outcome.retry:
                raise ModelError(f"{session.where} cannot {what}: {_said(outcome)}")
            backoff = min(FIRST_BACKOFF * 2**tries, LONGEST_BACKOFF)
            wait = outcome.after if outcome.after > 0 else backoff
            if time.monotonic() + wait - began > session.model.patience_seconds:
                raise PausedTooLong(
                    f"{session.where} could not {what} for {session.model.patience_seconds:.0f} s: "
                    f"{outcome.completion.error}; what is done is kept: run again to go on"
                )
            await asyncio.sleep(wait)
        raise AssertionError

    def _outcome(self, error: openai.OpenAIError) -> Outcome:
        """What an error of the package means, by the table that calls go by."""
        if isinstance(error, openai.APIStatusError):
            answer = error.response
            body = self.session.blotted(answer.content)
            asked = Request(self.session.model, [])
            return read_outcome(asked, answer.status_code, answer.headers, body, time.time())
        said = self._clean(str(error.__cause__ or error))
        connects = isinstance(error, openai.APIConnectionError)
        shown = f"no connection: {said}" if connects else said
        return failed(shown, retry=connects, unreachable=connects)

    def _clean(self, said: str) -> str:
        """What the package says, without keys and without a proxy's user and password."""
        session = self.session
        clean = session.blotted(said.encode("utf-8", "replace")).decode()
        if session.proxy:
            clean = clean.replace(str(session.proxy), str(session.proxy.origin()))
        return clean


def _said(outcome: Outcome) -> str:
    step = "; start it, or correct its base_url" if outcome.unreachable else ""
    return f"{outcome.completion.error}{step}"


def _is_ours(name: str) -> bool:
    return name.lower() != "content-type"
