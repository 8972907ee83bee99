"""What all calls to one model at one endpoint share: its address, the way to it, its key and what
is known of its limits.
"""

import asyncio
import logging
import math
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

from multidict import CIMultiDict, istr
from yarl import URL

from workbench.errors import ModelError
from workbench.models import connecting, keys
from workbench.models.call import Request
from workbench.models.entry import ELSEWHERE, ModelEntry
from workbench.models.limits import Gate, Limit
from workbench.models.sent_headers import headers_for
from workbench.models.servers import triton
from workbench.models.shares import Share
from workbench.secrets import blots, blotted

if TYPE_CHECKING:
    import aiohttp

    from workbench.models.servers.kserve import TextModel

_log = logging.getLogger("workbench")
CHAT, MODERATIONS = "/chat/completions", "/moderations"
FIRST_LOOK, LONGEST_LOOK = 0.25, 5.0  # seconds between looks whether an endpoint has loaded


@dataclass(slots=True, eq=False)
class Session:
    """What all calls to one model at one endpoint share."""

    model: ModelEntry
    url: URL
    proxy: URL | None = field(repr=False)  # it may hold a user and a password
    headers: CIMultiDict[str] = field(repr=False)  # the key is among them
    blots: tuple[tuple[bytes, str], ...] = field(repr=False)  # keys that no reply may hold
    gate: Gate
    tls: ssl.SSLContext | bool = True
    reached: float = -math.inf  # time.monotonic() when the endpoint last answered anything
    refused: set[str] = field(default_factory=set[str])  # features that the endpoint does not have
    texts: "TextModel | None" = None  # what a Triton said of the model
    met: float = -math.inf  # time.monotonic() then; calls are timed from there
    better: asyncio.Task[str] | None = None  # looks for a base URL that may have been meant
    turned_away: int = 0  # calls in a row, as no call can be answered any more
    _loading_since: float = math.nan  # time.monotonic()

    @property
    def is_triton(self) -> bool:
        """Whether it is asked in Triton's protocol."""
        return self.model.server in ELSEWHERE

    @property
    def where(self) -> str:
        """The model and its endpoint, for errors."""
        return f"model {self.model.name!r} ({self.model.id} at {self.url.origin()})"

    def url_of(self, request: Request) -> URL:
        """Where a request goes."""
        if not request.moderation:
            return self.url
        return self.url.with_path(self.url.path.removesuffix(CHAT) + MODERATIONS).with_query(
            dict(self.model.query)
        )

    @property
    def through(self) -> str:
        """By which way, for errors: the proxy without user and password, if there is one."""
        return f" through the proxy {self.proxy.origin()}" if self.proxy else ""

    def ask(
        self,
        pool: "aiohttp.ClientSession",
        method: str,
        url: URL,
        limits: "aiohttp.ClientTimeout",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Any:
        """The context of an HTTP request on this session's way, with its key unless other `headers`
        are given; a redirect is an answer, for the key goes nowhere else.
        """
        return pool.request(
            method,
            url,
            data=body,
            headers=self.headers if headers is None else headers,
            proxy=self.proxy,
            ssl=self.tls,
            timeout=limits,
            allow_redirects=False,
        )

    def answered(self) -> None:
        """A call was answered: nothing is loading."""
        self._loading_since = math.nan
        self.turned_away = 0

    def say_if_gone(self, error: str) -> None:
        """Say once that an endpoint is waited for which can be reached no more."""
        if error and math.isnan(self._loading_since):
            patience = self.model.patience_seconds
            _log.warning("%s: %s; it is waited for, %.0f s at most", self.where, error, patience)

    def loading_seconds(self) -> float:
        """How long the endpoint has said that it is loading; 0 where it does not."""
        seconds = time.monotonic() - self._loading_since
        return 0.0 if math.isnan(seconds) else seconds

    def loading_pause(self) -> float:
        """Seconds until to ask an endpoint again that says it is loading: longer and longer."""
        if math.isnan(self._loading_since):
            self._loading_since = time.monotonic()
        return min(max(FIRST_LOOK, self.loading_seconds() / 4), LONGEST_LOOK)

    def blotted(self, body: bytes) -> bytes:
        """The bytes with every key replaced by `[key]`."""
        return blotted(body, self.blots)


def chat_url(base_url: str) -> URL:
    """Where an endpoint completes messages."""
    return URL(base_url.rstrip("/") + CHAT)


def _url(model: ModelEntry, base_url: str) -> URL:
    """Where a model is asked."""
    if model.server in ELSEWHERE:
        return URL(base_url.rstrip("/") + triton.path(model))
    return chat_url(base_url)


def session_for(
    model: ModelEntry,
    base_url: str,
    refused: Iterable[str] = (),
    share: Callable[[], Share] = Share,
) -> Session:
    """A session with a model at a base URL, which refuses these features; `share` of its limits is
    this process's, all of them where it runs the server itself. ModelError where the key may not be
    sent there.
    """
    where = f"model {model.name!r}"
    url = _url(model, base_url)
    keys.address(str(url), where)
    url = url.with_query(dict(model.query))
    key = keys.key_for(model) or ""
    # in the form that aiohttp reads soonest: it does so for every call
    headers = CIMultiDict({istr(name): value for name, value in headers_for(model).items()})
    limit = Limit(
        model.max_concurrency,
        requests_per_minute=model.requests_per_minute,
        tokens_per_minute=model.tokens_per_minute,
        known=model.is_local,
        share=(lambda: share().own) if model.is_local else share,
    )
    proxy = _proxy(url, where)
    tls = connecting.tls() if url.scheme == "https" else True
    return Session(model, url, proxy, headers, blots(key), Gate(limit), tls, refused=set(refused))


def _proxy(url: URL, where: str) -> URL | None:
    """The proxy that the environment names for a URL; this machine's own servers are never behind
    one.
    """
    named = getproxies().get(url.scheme)
    if (
        not named
        or keys.address(str(url.with_query(None)), where).is_loopback
        or proxy_bypass(url.host or "")
    ):
        return None
    try:
        proxy = URL(named if "://" in named else f"http://{named}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in ("http", "https"):
        raise ModelError(
            f"{where}: {url.scheme}_proxy holds no address of an HTTP proxy: write http://host:port"
        )
    return proxy
