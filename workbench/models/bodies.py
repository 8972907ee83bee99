# pyright: strict
"""Replies read within a bound: one that never ends fills no memory."""

from collections.abc import AsyncIterator

import aiohttp
from aiohttp.hdrs import CONTENT_ENCODING

LONGEST_REPLY = 64_000_000  # bytes, unpacked; no completion comes near


class TooLongError(aiohttp.ClientPayloadError):
    """A reply that goes on and on; the same call would come to the same."""


async def pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """A body as it comes; TooLongError where it is longer than any reply."""
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > LONGEST_REPLY:
            raise TooLongError(f"the endpoint's reply is longer than {LONGEST_REPLY:,} bytes")
        yield piece


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """A whole body, bounded likewise; one that says its length need not be counted."""
    length = response.content_length
    if length is not None and length <= LONGEST_REPLY and CONTENT_ENCODING not in response.headers:
        return await response.read()
    return b"".join([piece async for piece in pieces(response)])
