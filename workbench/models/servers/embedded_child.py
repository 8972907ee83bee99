"""The child process of `server: embedded`: serves GGUF weights on a loopback port until its parent
is gone.

Run as a script, `python -P embedded_child.py WEIGHTS ID PORT SLOTS SLOT_TOKENS`, so that nothing of
the workbench is imported.
"""

import os
import sys

os.environ["OMP_WAIT_POLICY"] = (
    "passive"  # must precede the import: spinning threads cost ten times the wall time
)

from xllamacpp import CommonParams, Server  # pyright: ignore[reportAttributeAccessIssue] (a compiled module)


def parameters(
    weights: str, model_id: str, port: int, slots: int, slot_tokens: int
) -> CommonParams:
    """The server's settings."""
    chosen = CommonParams()
    chosen.model.path = weights
    chosen.model_alias = {model_id}
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.n_parallel = slots
    chosen.n_ctx = slots * slot_tokens  # the total over all slots
    chosen.ui = False
    chosen.endpoint_slots = False  # would show other requests' prompts to every process here
    chosen.cors_origins = ""  # no web page may talk to it
    # of prompts seen before; the default of 8 GiB is a laptop's whole memory
    chosen.cache_ram_mib = 256
    chosen.verbosity = 1  # errors: no line for every request
    return chosen


if __name__ == "__main__":
    server = Server(parameters(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
    # the parent holds the other end of this pipe: its end, however it comes, is the end here
    sys.stdin.buffer.read()
    os._exit(0)  # at once: requests still running are nobody's any more
