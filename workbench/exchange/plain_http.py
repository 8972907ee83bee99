"""A few requests of JSON to a host that holds a key of ours: no redirects, no key without https, no
more bytes and no more time than such an answer takes.
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.secrets import redact

SECONDS = 60.0  # a whole request may take, however slowly its answer drips in
MOST_BYTES = 20_000_000  # of an answer: 100 comments of the greatest length are 6,600,000
AT_HOME = ("127.0.0.1", "localhost", "::1")
SHOWN = 300  # bytes of a refusal
MEANS = {  # what a refusal means to a token that writes comments, by its status
    401: "the token is none, or no longer: give the job another",
    404: "there is no such thing, or the token may not see it",
    413: "the text is too long for it",
    422: "it takes no such text, or the thread is locked",
    429: "it was asked too often: run this again later",
}


class Refused(WorkbenchError):
    """A host that answered, and not with what was asked for."""

    def __init__(self, host: str | None, method: str, status: int, said: str) -> None:
        why = _meaning(status)
        shown = " ".join(said.split())
        super().__init__(f"{host} refused {method} with status {status}{why}: {shown}")
        self.host, self.method, self.status = host, method, status


def _meaning(status: int) -> str:
    """In words, where the status has a meaning of its own; empty elsewhere."""
    if 300 <= status < 400:
        why = "it leads elsewhere, and a token goes nowhere else"
    elif status >= 500:
        why = "it is in trouble itself: run this again later"
    else:
        why = MEANS.get(status, "")
    return why and f" ({why})"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is for the host that it was meant for."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def ask(
    method: str,
    url: str,
    body: Mapping[str, Any] | None = None,
    *,
    headers: Mapping[str, str],
    seconds: float = SECONDS,
) -> Any:
    """What the host answers; Refused where it says no, WorkbenchError where it cannot be asked, or
    answers too much or too slowly.
    """
    request, host = _request(method, url, body, headers), urlsplit(url).hostname
    try:
        answer = _in_time(request, seconds)
        if len(answer) > MOST_BYTES:
            raise WorkbenchError(f"{host} answered more than {MOST_BYTES:,} bytes")
        return json.loads(answer)
    except urllib.error.HTTPError as error:
        raise Refused(host, method, error.code, redact(error.msg)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise WorkbenchError(f"{host} cannot be asked: {redact(str(error))}") from None


def _in_time(request: urllib.request.Request, seconds: float) -> bytes:
    """The bytes of an answer, at most one more than may be; TimeoutError where it takes longer than
    `seconds`, whatever it waits for: a timeout of a socket counts from byte to byte.
    """
    found: list[bytes | Exception] = []

    def fetch() -> None:
        try:
            found.append(_fetched(request, seconds))
        except Exception as error:  # noqa: BLE001  what is no HTTP has errors of its own
            found.append(error if isinstance(error, OSError) else OSError(repr(error)))

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimeoutError(f"no whole answer in {seconds:g} s")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _fetched(request: urllib.request.Request, seconds: float) -> bytes:
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=seconds) as answer:
            return answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:  # its text is read here, where it may take its time
        error.msg = error.read(SHOWN).decode(errors="replace")
        raise


def _request(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> urllib.request.Request:
    host = urlsplit(url)
    if host.scheme != "https" and host.hostname not in AT_HOME:
        raise WorkbenchError(f"{host.scheme}://{host.hostname}: a token is sent by https alone")
    said = {**headers, "Content-Type": "application/json", "User-Agent": "prompt-workbench"}
    content = None if body is None else json.dumps(body).encode()
    return urllib.request.Request(url, content, said, method=method)
