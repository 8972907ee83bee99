"""A Batch API on loopback: files go up, batches end as they are fated to, and files come down."""

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import web

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a batch.

    `status` is how it ends, after so many `looks`; `answered` the number of its lines that were
    worked on by then (None: all). A failed batch has `faults`: `{code, message, line}`. With `lost`
    it is made but the answer to whoever made it is lost; with `made=False` neither.
    """

    status: str = "completed"
    answered: int | None = None
    looks: int = 1
    faults: Sequence[Document] = ()
    lost: bool = False
    made: bool = True


@dataclass(slots=True)
class Batch:
    """A batch that was asked for: its lines, and what was told of it."""

    id: str
    lines: Sequence[Document]
    fate: Fate
    metadata: Document
    looked: int = 0
    files: dict[str, str] = field(default_factory=dict)  # name of its field -> id

    @property
    def ended(self) -> bool:
        return self.looked >= self.fate.looks


class BatchAPI:
    """The endpoints of files and batches. `answer` gives the HTTP status and body of a line."""

    def __init__(self, answer: Callable[[Document], tuple[int, Document]]) -> None:
        self._answer = answer
        self.fate: Callable[[Sequence[Document]], Fate] = lambda lines: Fate()
        self.batches: list[Batch] = []
        self._files: dict[str, bytes] = {}
        self._number = itertools.count(1)

    def add_to(self, router: "web.UrlDispatcher") -> None:
        router.add_post("/v1/files", self._upload)
        router.add_get("/v1/files/{id}/content", self._download)
        router.add_post("/v1/batches", self._create)
        router.add_get("/v1/batches", self._list)
        router.add_get("/v1/batches/{id}", self._look)

    async def _upload(self, request: "web.Request") -> "web.Response":
        form = await request.post()
        content = form["file"].file.read()  # pyright: ignore[reportAttributeAccessIssue] (a file)
        return _told({"object": "file", "id": self._keep(content), "bytes": len(content)})

    def _keep(self, content: bytes) -> str:
        id = f"file-{next(self._number)}"
        self._files[id] = content
        return id

    async def _download(self, request: "web.Request") -> "web.Response":
        from aiohttp import web

        content = self._files.get(request.match_info["id"])
        return _lost("no such file") if content is None else web.Response(body=content)

    async def _create(self, request: "web.Request") -> "web.Response":
        asked = await request.json()
        lines = [json.loads(line) for line in self._files[asked["input_file_id"]].splitlines()]
        fate = self.fate(lines)
        id = f"batch_{next(self._number)}"
        batch = Batch(id, lines, fate, asked.get("metadata") or {})
        if fate.made:
            self.batches.append(batch)
        if (fate.lost or not fate.made) and request.transport:
            request.transport.abort()
        return _told(self._document(batch))

    async def _list(self, request: "web.Request") -> "web.Response":
        listed = [self._document(batch) for batch in reversed(self.batches)]
        return _told({"object": "list", "data": listed, "has_more": False})

    async def _look(self, request: "web.Request") -> "web.Response":
        named = [batch for batch in self.batches if batch.id == request.match_info["id"]]
        if not named:
            return _lost("no such batch")
        [batch] = named
        batch.looked += 1
        if batch.ended and not batch.files and batch.fate.status != "failed":
            self._work(batch)
        return _told(self._document(batch))

    def _work(self, batch: Batch) -> None:
        """Answer the lines that it gets to, and write the files."""
        written: dict[str, list[str]] = {"output_file_id": [], "error_file_id": []}
        reached = len(batch.lines) if batch.fate.answered is None else batch.fate.answered
        for line in batch.lines[:reached]:
            status, body = self._answer(line)
            file = "output_file_id" if status == 200 else "error_file_id"
            response = {"status_code": status, "request_id": "r", "body": body}
            written[file].append(_line(line, response, None))
        for line in batch.lines[reached:]:
            error = {"code": f"batch_{batch.fate.status}", "message": "not executed"}
            written["error_file_id"].append(_line(line, None, error))
        # in no order, as the original's
        batch.files = {
            name: self._keep("\n".join(reversed(lines)).encode()) if lines else ""
            for name, lines in written.items()
        }

    def _document(self, batch: Batch) -> Document:
        ended = batch.ended
        errors = {"object": "list", "data": [_fault(each) for each in batch.fate.faults]}
        return {
            "object": "batch",
            "id": batch.id,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "input_file_id": "file-0",
            "created_at": int(time.time()),
            "status": batch.fate.status if ended else "in_progress",
            "errors": errors if ended and batch.fate.faults else None,
            "metadata": batch.metadata,
            "request_counts": {
                "total": len(batch.lines),
                "completed": len(batch.lines) if ended else len(batch.lines) // 2,
                "failed": 0,
            },
            "output_file_id": batch.files.get("output_file_id") or None,
            "error_file_id": batch.files.get("error_file_id"),
        }


def _line(line: Document, response: Document | None, error: Document | None) -> str:
    named = {"id": "batch_req_1", "custom_id": line["custom_id"]}
    return json.dumps({**named, "response": response, "error": error})


def _fault(given: Document) -> Document:
    return {"code": "invalid", "message": "refused", "line": None, "param": None, **given}


def _told(document: Document) -> "web.Response":
    from aiohttp import web

    return web.json_response(document)


def _lost(message: str) -> "web.Response":
    from aiohttp import web

    return web.json_response({"error": {"message": message}}, status=404)
