"""A small process that runs a server's command, and ends its whole process group once the parent is
gone.

Run as a script, `python -P supervision_child.py COMMAND ...`, and as the leader of a process group:
the server and whatever workers it starts belong to that group. What they print is passed on without
the keys that they were given.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

sys.path.append(str(Path(__file__).parents[3]))
from workbench.secrets import redact

PATIENCE_SECONDS = 10


def end_with_parent() -> None:
    """Wait for the end of the pipe that the parent holds, then end the group: asked first, then
    made to.
    """
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def pass_on(output: IO[bytes]) -> None:
    """What the server prints, line by line as it comes, without keys."""
    for line in output:
        clean = redact(line.decode(errors="surrogateescape"))
        sys.stdout.buffer.write(clean.encode(errors="surrogateescape"))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    # a handler, because the command would inherit an ignored signal
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = subprocess.Popen(
        sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert server.stdout
    threading.Thread(target=end_with_parent, daemon=True).start()
    passing = threading.Thread(target=pass_on, args=(server.stdout,), daemon=True)
    passing.start()
    status = server.wait()
    passing.join(timeout=1)  # not for ever: workers that outlive the server hold the pipe open
    print(f"{sys.argv[1]} ended with status {status}", flush=True)
    os.killpg(0, signal.SIGKILL)  # workers that outlived their server, and this process with them
