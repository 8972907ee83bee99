"""Searches texts for patterns, a line of JSON each, and gives up a search after so many seconds.

Run as a script, `python -I -S searching_child.py SECONDS`; it ends with its standard input.
"""

import json
import re
import signal
import sys
from typing import Any, NoReturn


def give_up(*_: Any) -> NoReturn:
    raise TimeoutError


def answer(line: str, seconds: float) -> dict[str, Any]:
    pattern, text, most = json.loads(line)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)  # of computing: a busy machine is no fault
    try:
        found = re.search(pattern, text)
        return {"found": found.group()[:most] if found else None}
    except (TimeoutError, MemoryError, RecursionError):
        return {"late": True}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


if __name__ == "__main__":
    signal.signal(signal.SIGVTALRM, give_up)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line, float(sys.argv[1]))) + "\n")
        sys.stdout.flush()
