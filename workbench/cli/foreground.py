"""A local server in the foreground of a shell: `workbench serve NAME`."""

import asyncio
import signal
import time
from collections.abc import Sequence

from workbench.models import served as blocks
from workbench.models.servers import starting, supervision
from workbench.printing import leave, rewrite, say, terminal

LOOK_SECONDS = 1.0  # between looks whether the server is there
SAY_SECONDS = 5.0  # between lines on a start, where nobody sees a terminal


def served(name: str, args: Sequence[str]) -> int:
    """Serve a model until SIGINT or SIGTERM; the exit status."""
    line = Line()
    starting.watchers.append(line)
    try:
        asyncio.run(_serve(name, args))
    finally:
        starting.watchers.remove(line)
    return 0


async def _serve(name: str, args: Sequence[str]) -> None:
    told = asyncio.Event()
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: (told.set(), task.cancel()))
    try:
        async with blocks.serve(name, args=args) as model:
            said = ""
            while True:
                url = await supervision.base_url(model)  # one that ended is started again
                if url != said:
                    say(f"{model.id} is served at {url}; Ctrl-C ends it")
                    said = url
                await asyncio.sleep(LOOK_SECONDS)
    except asyncio.CancelledError:
        if not told.is_set():
            raise
    say("the server is not used here any more")


class Line:
    """How far a start is: one line of a terminal written anew, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal, self._said = terminal(), -SAY_SECONDS

    def __call__(self, start: starting.Starting) -> None:
        if self._terminal:
            rewrite(start.sentence, self._terminal)
            if start.state != "starting":
                leave(self._terminal)
        elif start.state != "starting" or time.monotonic() - self._said >= SAY_SECONDS:
            self._said = time.monotonic()
            say(start.sentence, error=True)
