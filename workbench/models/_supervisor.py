"""A small process that runs a server's command, and ends its whole process group once the parent is gone.

Run as a script, `python _supervisor.py COMMAND ...`, and as the leader of a process group: the server and whatever
workers it starts belong to that group.
"""

import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE_SECONDS = 10


def end_with_parent() -> None:
    """Wait for the end of the pipe that the parent holds, then end the group: asked first, then made to."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: None)  # a handler, because the command would inherit an ignored signal
    server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=end_with_parent, daemon=True).start()
    print(f"{sys.argv[1]} ended with status {server.wait()}", flush=True)
    os.killpg(0, signal.SIGKILL)  # workers that outlived their server, and this process with them
