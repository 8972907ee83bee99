"""Batches of a local server's model: the lines of OpenAI's Batch API, answered by `vllm run-batch`
on this machine.

It writes what it made at its end alone, over what was there, and one line that it cannot read ends
it. So lines go to it in chunks, each with files of its own: what is done stays done, whoever goes
on with it, and a line that it refuses is found without the others being lost.
"""

import asyncio
import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import ModelError
from workbench.files import root, write_whole
from workbench.models.batches import Answer, State, read_answers
from workbench.models.call import body_bytes
from workbench.models.servers import SERVERS, sharing
from workbench.models.servers.children import Child, spawn_supervised
from workbench.models.servers.logs import end_of, new_log
from workbench.models.servers.sharing import Place, Record
from workbench.models.servers.vllm import batch_command
from workbench.models.session import Session

CHUNK_LINES = (
    5000  # that are lost, at most, where the machine goes down; each chunk loads the model
)
KEPT_SECONDS = 30 * 86400.0
_DONE = re.compile(rb"Running batch:[^\r\n]*?(\d+)/\d+ \[")
_REFUSED = re.compile(r"validation errors? for BatchRequestInput.*", re.DOTALL)


class LocalBatches:
    """Batches of one model here, one chunk at a time; `close` leaves them to be gone on with."""

    longest_look = 1.0  # seconds between looks: whoever looks goes on with the next chunk

    def __init__(self, session: Session) -> None:
        self.session = session
        self._child: Child | None = None
        self._chunk = Path()  # that it works on

    async def begin(self, ticket: str, lines: Sequence[bytes]) -> State:
        """Write down what is to be done, and begin it."""
        await asyncio.to_thread(_clear_old)
        await asyncio.to_thread(_write_chunks, _folder(ticket), lines)
        return await self.look(ticket)

    async def find(self, ticket: str, since: float) -> State | None:
        """The batch of a ticket, if it was written down whole and on this machine."""
        return await self.look(ticket) if _is_whole(_folder(ticket)) else None

    async def look(self, id: str) -> State:
        """How far a batch is; whoever looks goes on with it where nobody does."""
        return await asyncio.to_thread(self._look, id)

    async def answers(self, state: State) -> list[Answer]:
        """The lines of a batch that came back, in no order."""
        files = [Path(file) for file in state.files]
        parts = await asyncio.to_thread(lambda: [file.read_bytes() for file in files])
        return [answer for part in parts for answer in read_answers(self.session, part)]

    async def close(self) -> None:
        """End what this process does of it."""
        if self._child:
            self._child.let_go()
            await asyncio.to_thread(self._child.end)

    def _look(self, id: str) -> State:
        folder = _folder(id)
        if not _is_whole(folder):  # another machine's, or removed
            return State(id, "expired", 0, (), ())
        chunks = sorted(folder.glob("*.in.jsonl"))
        done = [_out(chunk) for chunk in chunks if _is_done(chunk)]
        counted = sum(map(_lines, done))
        left = [chunk for chunk in chunks if _out(chunk) not in done]
        if not left:
            return State(id, "completed", counted, tuple(map(str, done)), ())
        return State(id, "in_progress", counted + self._work(id, left[0]), (), ())

    def _work(self, id: str, chunk: Path) -> int:
        """See to it that a chunk is worked on; how many of its lines are done."""
        place = Place(f"batch-{id}")
        if found := place.running():
            return _done_in(Path(found.log))
        if self._child and self._chunk == chunk:  # it has ended, and the chunk is not done
            log, self._child = self._child.log, None
            self._settle(chunk, log)
        else:
            self._child, self._chunk = self._start(place, chunk), chunk
        return 0

    def _start(self, place: Place, chunk: Path) -> Child:
        model, log = self.session.model, new_log("vllm-batch", f"{self.session.where}: its batch")
        command = batch_command(model, chunk, _part(chunk))
        with sharing.alone(), place.use(), place.turn() as turn:
            child = spawn_supervised(command, SERVERS[model.server], log, place, turn)
            session = child.process.pid
            what = f"the vllm batch of {model.id}"
            place.enter(Record(what, session, 0, str(log), sharing.boot()))
        return child

    def _settle(self, chunk: Path, log: Path) -> None:
        """What follows from a chunk that came to nothing: a line that vLLM cannot read is found by
        the shape of its request; ModelError for every other reason.
        """
        refused = _REFUSED.search(log.read_text(errors="replace"))
        if not refused:
            end = end_of(log, SERVERS[self.session.model.server].causes)
            raise ModelError(f"{self.session.where}: its batch ended; {end}; run again to go on")
        lines = chunk.read_bytes().splitlines(keepends=True)
        shapes = _by_shape(lines)
        if len(shapes) > 1:
            for number, lines in enumerate(shapes.values()):
                write_whole(chunk.with_name(f"{chunk.name[:-9]}-{number}.in.jsonl"), lines)
            chunk.unlink()
            return
        said = " ".join(refused[0].split())[:400]
        write_whole(_out(chunk), [_refusal(json.loads(line), said) for line in lines])


def _folder(ticket: str) -> Path:
    return root() / ".workbench" / "batches" / ticket


def _write_chunks(folder: Path, lines: Sequence[bytes]) -> None:
    for start in range(0, len(lines), CHUNK_LINES):
        name = f"{start // CHUNK_LINES:04d}.in.jsonl"
        write_whole(folder / name, lines[start : start + CHUNK_LINES])
    write_whole(folder / "whole", "")


def _clear_old() -> None:
    """Remove batches that were written down long ago: nobody will fetch them."""
    for whole in (root() / ".workbench" / "batches").glob("*/whole"):
        if time.time() - whole.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(whole.parent)


def _is_whole(folder: Path) -> bool:
    return (folder / "whole").is_file()


def _out(chunk: Path) -> Path:
    return chunk.with_name(chunk.name.replace(".in.", ".out."))


def _part(chunk: Path) -> Path:
    """What vLLM writes: it counts once it has a line for each."""
    return chunk.with_name(chunk.name.replace(".in.", ".part."))


def _is_done(chunk: Path) -> bool:
    """Whether a chunk has its answers; those that vLLM has written whole are taken over."""
    part = _part(chunk)
    if not _out(chunk).is_file() and part.is_file() and _lines(part) == _lines(chunk):
        part.replace(_out(chunk))
    return _out(chunk).is_file()


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n")


def _done_in(log: Path) -> int:
    """The lines that are done, by vLLM's own count."""
    counts = _DONE.findall(log.read_bytes())
    return int(counts[-1]) if counts else 0


def _by_shape(lines: Sequence[bytes]) -> Mapping[str, list[bytes]]:
    """The lines by all of their request but what it says: what is at fault, all of a shape have."""
    shapes: dict[str, list[bytes]] = {}
    for line in lines:
        body = {**json.loads(line)["body"], "messages": None}
        shapes.setdefault(json.dumps(body, sort_keys=True), []).append(line)
    return shapes


def _refusal(line: Mapping[str, Any], said: str) -> bytes:
    """The answer to a line that vLLM would end at, as it answers to others."""
    error = {"error": {"message": said, "type": "BadRequestError", "code": 400}}
    response = {"status_code": 400, "body": error}
    return body_bytes({"custom_id": line["custom_id"], "response": response}) + b"\n"
