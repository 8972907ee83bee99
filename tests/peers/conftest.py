"""Round trips in the tools that prompts and results are exchanged with (`make test-peers`)."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="needs the real peers: make test-peers")
    for item in items:
        if here in item.path.parents and not os.environ.get("WORKBENCH_PEERS"):
            item.add_marker(skip)
