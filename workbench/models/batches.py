"""The Batch API: lines that are checked, files that go up and come down, and batches that are
followed until they end.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import openai
import orjson
from openai.types import Batch, FileObject

from workbench.errors import ModelError
from workbench.models.call import Request, body_bytes
from workbench.models.documents import loads
from workbench.models.openai_client import Client
from workbench.models.replies import Outcome, failed, read_outcome
from workbench.models.session import Session

URL = "/v1/chat/completions"  # of every line, and of the batch
WINDOW = "24h"
MOST_LINES, MOST_BYTES = 50_000, 200_000_000  # of a file
ENDED = ("completed", "failed", "expired", "cancelled")
TICKET = "workbench"  # the name of a batch's metadata that holds whose it is
# codes of lines that were not worked on before their batch ended
NOT_REACHED = ("batch_expired", "batch_cancelled")
Given = TypeVar("Given")
_STREAM = ("stream", "stream_options")  # no batch streams


@dataclass(frozen=True, slots=True)
class Fault:
    """What an endpoint says is wrong with a file: the number of its line, from 1, or None for all
    of it.
    """

    line: int | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class State:
    """How far a batch is."""

    id: str
    status: str
    done: int
    files: tuple[str, ...]  # with answers, those that are errors in one of their own
    faults: tuple[Fault, ...]

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Answer:
    """A line that came back: the HTTP status and the body of its answer."""

    custom_id: str
    status: int
    body: bytes

    def outcome(self, request: Request) -> Outcome:
        """What it means for its request."""
        return read_outcome(request, self.status, {}, self.body, time.time())


def line(custom_id: str, request: Request) -> bytes:
    """A request as a line of a batch's file."""
    body = {name: value for name, value in request.body().items() if name not in _STREAM}
    return b'{"custom_id":"%s","method":"POST","url":"%s","body":%s}\n' % (
        custom_id.encode(),
        URL.encode(),
        body_bytes(body),
    )


def line_fault(written: bytes) -> str:
    """What is wrong with a line, which would have the whole file refused; empty where it is fit."""
    if len(written) > MOST_BYTES:
        return f"it is longer than the {MOST_BYTES:,} bytes that a batch's file may have"
    try:
        orjson.loads(written)
    except orjson.JSONDecodeError as error:
        return f"it is no JSON that every endpoint reads: {error}"
    return ""


def refused_line(request: Request, fault: Fault) -> Outcome:
    """What it means for a request that its line was refused."""
    error = {"error": {"message": fault.message, "code": fault.code}}
    return read_outcome(request, 400, {}, body_bytes(error), time.time())


class Batches:
    """The batches of one endpoint, through its client."""

    longest_look = 60.0  # seconds between looks

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def session(self) -> Session:
        return self._client.session

    async def begin(self, ticket: str, lines: Sequence[bytes]) -> State:
        """Send lines up and have them worked on; a batch whose making was not heard of is found by
        its ticket, and not made twice.
        """

        async def upload(api: openai.AsyncOpenAI) -> Any:
            content = (f"{ticket}.jsonl", b"".join(lines))
            return self._of(FileObject, await api.files.create(file=content, purpose="batch"))

        what = "take files for batches, which need OpenAI's Batch API"
        file, since, tried = await self._client.asked(what, upload), time.time(), False

        async def create(api: openai.AsyncOpenAI) -> Any:
            nonlocal tried
            if tried and (made := await _find(api, ticket, since)):
                return made
            tried = True
            return await api.batches.create(
                completion_window=WINDOW,
                endpoint=URL,
                input_file_id=file.id,
                metadata={TICKET: ticket},
            )

        return self._state(await self._client.asked("take a batch", create))

    async def find(self, ticket: str, since: float) -> State | None:
        """The batch of a ticket that was written then, if it was made."""

        async def find(api: openai.AsyncOpenAI) -> Any:
            return await _find(api, ticket, since)

        made = await self._client.asked("list its batches", find)
        return self._state(made) if made else None

    async def look(self, id: str) -> State:
        """How far a batch is."""

        async def retrieve(api: openai.AsyncOpenAI) -> Any:
            return await api.batches.retrieve(id)

        return self._state(await self._client.asked(f"say how far batch {id} is", retrieve))

    def _state(self, told: Any) -> State:
        return _state(self._of(Batch, told))

    def _of(self, kind: type[Given], told: Any) -> Given:
        """What was told, if it is of a kind: a page answers anything with 200."""
        if isinstance(told, kind) and getattr(told, "id", None):
            return told
        raise ModelError(f"{self.session.where} has no Batch API: run without batch=True")

    async def answers(self, state: State) -> list[Answer]:
        """The lines of a batch that came back, in no order."""
        found: list[Answer] = []
        for file in state.files:

            async def download(api: openai.AsyncOpenAI, id: str = file) -> bytes:
                return (await api.files.content(id)).content

            written = await self._client.asked(f"give file {file} of batch {state.id}", download)
            found += read_answers(self.session, written)
        return found


SLACK_SECONDS = 3600.0  # that two clocks may differ by


async def _find(api: openai.AsyncOpenAI, ticket: str, since: float) -> Any:
    async for batch in api.batches.list(limit=100):
        if batch.created_at and batch.created_at < since - SLACK_SECONDS:
            return None
        if (batch.metadata or {}).get(TICKET) == ticket:
            return batch
    return None


def _state(batch: Batch) -> State:
    counts = batch.request_counts
    files = (batch.output_file_id, batch.error_file_id)
    errors = getattr(batch.errors, "data", None) or []
    return State(
        batch.id,
        batch.status,
        (counts.completed or 0) + (counts.failed or 0) if counts else 0,
        tuple(file for file in files if file),  # an empty text names no file
        tuple(Fault(each.line, each.code or "", each.message or "") for each in errors),
    )


def read_answers(session: Session, written: bytes) -> Iterator[Answer]:
    """The answers in a file; lines that are none are left out, and their calls count as
    unanswered.
    """
    for each in written.split(b"\n"):
        document = loads(session.blotted(each)) if each.strip() else None
        if isinstance(document, dict) and (answer := _answer(document)):
            yield answer


def _answer(document: dict[str, Any]) -> Answer | None:
    response, error = document.get("response"), document.get("error")
    custom_id = str(document.get("custom_id"))
    if isinstance(response, dict) and isinstance(response.get("status_code"), int):
        body = response.get("body") or error or {}  # vLLM says of an error beside the response
        return Answer(custom_id, response["status_code"], body_bytes(body))
    if not isinstance(error, dict) or error.get("code") in NOT_REACHED:
        return None
    return Answer(custom_id, 500, body_bytes({"error": error}))


def unanswered(status: str) -> Outcome:
    """What it means for a request that its batch ended without it."""
    late = f"its batch ended ({status}) without an answer to it"
    return failed(late, status="timeout", retry=True)
