"""How fast one model at one endpoint may be called."""

import asyncio


class Limit:
    """Lets calls to one model through, as many at a time and as fast as its endpoint takes them."""

    def __init__(self, max_concurrency: int) -> None:
        self._slots = asyncio.Semaphore(max_concurrency)
        self._paused_until = 0.0

    async def enter(self, tokens: int) -> None:
        """Wait until a call of about `tokens` tokens may be sent."""
        await self._slots.acquire()
        loop = asyncio.get_running_loop()
        while (wait := self._paused_until - loop.time()) > 0:
            await asyncio.sleep(wait)

    def leave(self) -> None:
        self._slots.release()

    def pause(self, seconds: float) -> None:
        """Send nothing for a while."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)
