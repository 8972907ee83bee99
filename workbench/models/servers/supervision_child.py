"""A small process that runs a command, and ends its whole process group once nobody uses it.

Run as a script, `python -P supervision_child.py RECORD TURN COMMAND ...`, and as the leader of a
session: the command and whatever workers it starts belong to it. RECORD is the file whose users
keep it alive, TURN the number of the open file whose lock says that this process lives. What the
command prints is passed on without the keys that it was given.
"""

import fcntl
import os
import re
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


def end_with_users(record: str) -> None:
    """Wait for the end of the pipe that the parent holds and until no other process uses the
    server; then end the group: asked first, then made to.
    """
    sys.stdin.buffer.read()
    with open(record, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate()  # whoever comes now finds no server
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def pass_on(output: IO[bytes]) -> None:
    """What the command prints, line by line as it comes, without keys; a line that is written anew
    ends, too.
    """
    begun = b""
    while read := output.read1(2**16):  # type: ignore[attr-defined]
        *lines, begun = re.split(rb"(?<=[\r\n])", begun + read)
        write("".join(redact(line.decode(errors="surrogateescape")) for line in lines))
    write(redact(begun.decode(errors="surrogateescape")))


def write(text: str) -> None:
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    record, turn, *command = sys.argv[1:]
    # a handler, because the command would inherit an ignored signal
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=end_with_users, args=(record,), daemon=True).start()
    fcntl.flock(int(turn), fcntl.LOCK_EX)  # the server before it may still be leaving
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert server.stdout
    passing = threading.Thread(target=pass_on, args=(server.stdout,), daemon=True)
    passing.start()
    status = server.wait()
    passing.join(timeout=1)  # not for ever: workers that outlive the server hold the pipe open
    print(f"{command[0]} ended with status {status}", flush=True)
    os.killpg(0, signal.SIGKILL)  # workers that outlived their server, and this process with them
