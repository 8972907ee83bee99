"""A few requests of JSON to a host that holds a key of ours: no redirects, no key without https."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.secrets import redact

SECONDS = 30
AT_HOME = ("127.0.0.1", "localhost", "::1")
SHOWN = 300  # bytes of a refusal


class Refused(WorkbenchError):
    """A host that answered, and not with what was asked for."""

    def __init__(self, host: str | None, method: str, status: int, said: str) -> None:
        super().__init__(f"{host} refused {method} with status {status}: {said}")
        self.host, self.method, self.status = host, method, status


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is for the host that it was meant for."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def ask(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, headers: Mapping[str, str]
) -> Any:
    """What the host answers; Refused where it says no, WorkbenchError where it cannot be asked."""
    request, host = _request(method, url, body, headers), urlsplit(url)
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        shown = redact(error.read(SHOWN).decode(errors="replace"))
        raise Refused(host.hostname, method, error.code, shown) from None
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"{host.hostname} cannot be asked: {redact(str(error))}") from None


def _request(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> urllib.request.Request:
    host = urlsplit(url)
    if host.scheme != "https" and host.hostname not in AT_HOME:
        raise WorkbenchError(f"{host.scheme}://{host.hostname}: a token is sent by https alone")
    said = {**headers, "Content-Type": "application/json", "User-Agent": "prompt-workbench"}
    content = None if body is None else json.dumps(body).encode()
    return urllib.request.Request(url, content, said, method=method)
