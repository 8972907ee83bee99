"""Searching texts for patterns, neither of which is ours: Python's `re` may take longer for a few
dozen characters than anybody waits, and cannot be stopped. A process of its own searches, and
gives up.
"""

import atexit
import json
import os
import re
import signal
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from threading import Lock

SECONDS = 0.5  # of computing, for one search
MOST = 80  # characters of what was found
CHILD = Path(__file__).with_name("searching_child.py")
TOO_LONG = "its pattern takes more than half a second on this text: write it more simply"


class TooLong(Exception):
    """A search that was given up."""


def searched(pattern: str, text: str) -> str | None:
    """The first characters of what a pattern finds, or None; TooLong where it takes for ever."""
    if not hasattr(signal, "setitimer"):  # Windows
        found = re.search(pattern, text)
        return found.group()[:MOST] if found else None
    return _searcher(os.getpid()).search(pattern, text)


@lru_cache(maxsize=1)
def _searcher(process: int) -> "_Searcher":
    """That of this process: a fork would read the answers to another."""
    return _Searcher()


class _Searcher:
    def __init__(self) -> None:
        self._turn = Lock()
        self._child: subprocess.Popen[str] | None = None
        atexit.register(self._end)

    def search(self, pattern: str, text: str) -> str | None:
        with self._turn:
            try:
                said = self._ask(json.dumps([pattern, text, MOST]))
            except BaseException:  # interrupted: what it is about to say answers nobody
                self._end()
                raise
        if not said or "late" in (reply := json.loads(said)):
            raise TooLong
        return reply["found"]

    def _ask(self, line: str) -> str:
        child = self._child
        if child is None or child.poll() is not None:
            command = [sys.executable, "-I", "-S", str(CHILD), str(SECONDS)]
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # an interrupt is for whoever asks
            )
            self._child = child
        assert child.stdin and child.stdout
        child.stdin.write(f"{line}\n")
        child.stdin.flush()
        return child.stdout.readline()

    def _end(self) -> None:
        if child := self._child:
            self._child = None
            child.kill()
            child.communicate()
