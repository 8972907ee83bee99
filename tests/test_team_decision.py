"""Two processes that join decide in the bytes in which one process does."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

from joined_decision import decided, write
from test_team import shared_store  # noqa: F401  a fixture

from workbench import testing
from workbench.testing import Ask, Reply

SCRIPT = Path(__file__).with_name("joined_decision.py")
CALLS = 240  # two prompts on 60 examples, an answer and a verdict each


def judged(ask: Ask) -> Reply:
    """The second prompt is right more often; the same for the same request."""
    wait = random.Random(ask.text).uniform(0.01, 0.03)
    if not ask.system.startswith("CRITIC"):
        return Reply(f"answer to {ask.text}", seconds=wait)
    number = int(ask.text.split()[-1])
    return Reply("Yes" if number % (5 if "v2" in ask.text else 2) else "No", seconds=wait)


def machine(store: str, url: str, folder: Path) -> subprocess.Popen[str]:
    paths = os.pathsep.join(map(str, (SCRIPT.parent.parent, SCRIPT.parent)))
    told = {"OPENAI_BASE_URL": url, "WORKBENCH_JOIN": "night", "PYTHONPATH": paths}
    command = [sys.executable, str(SCRIPT), store, str(folder)]
    return subprocess.Popen(command, env=os.environ | told, stdout=subprocess.PIPE, text=True)


def without_times(said):
    """A decision but for measured seconds, which no two runs have in common."""
    if isinstance(said, list):
        return [without_times(each) for each in said]
    if not isinstance(said, dict):
        return said
    kept = {name: each for name, each in said.items() if not re.match("seconds|latency", name)}
    return {name: without_times(each) for name, each in kept.items()}


async def test_two_machines_and_one_decide_in_the_same_bytes(shared_store, tmp_path):  # noqa: F811
    write(tmp_path)
    with testing.serve(judged) as server:
        both = [machine(shared_store, server.url, tmp_path) for _ in range(2)]
        (first, one), (second, other) = (
            process.communicate(timeout=90)[0].splitlines() for process in both
        )
        asked = len(server.log)
        made, alone = await decided(shared_store, server.url, tmp_path)
        assert (asked, len(server.log), made) == (CALLS, CALLS, 0)
        _, by_itself = await decided(tmp_path / "own.db", server.url, tmp_path)
    assert int(first) + int(second) == CALLS and 0 < int(first) < CALLS
    assert one == other == alone
    assert without_times(json.loads(by_itself)) == without_times(json.loads(one))
