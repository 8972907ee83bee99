"""A disk that is full: what was committed is kept, and the store's own error is what is told."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.datasets import Dataset, Example
from workbench.prompts import load_prompt
from workbench.testing import Reply

LARGEST_FILE = 900_000  # bytes; what is beyond does not fit, as on a full disk


async def job(folder: Path, url: str, count: int = 400) -> wb.Run:
    prompt = load_prompt(prompt_file(folder, "p", "Say it."))
    rows = Dataset(Example(f"e{i}", {"message": f"note {i}"}) for i in range(count))
    model = wb.Model("m", id="m", base_url=url, max_concurrency=8)
    return await wb.run(prompt, rows, model, store=folder / "store.db")


def on_a_small_disk(folder: Path, url: str) -> None:
    import resource

    wb.Store(folder / "store.db")
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, resource.RLIM_INFINITY))
    try:
        asyncio.run(job(folder, url))
    except wb.WorkbenchError as error:
        (folder / "told.json").write_text(json.dumps([type(error).__name__, str(error)]))


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_full_disk_is_told_and_what_was_committed_is_kept(tmp_path):
    with testing.serve(
        lambda ask: Reply(f"{ask.text} {os.urandom(3000).hex()}", seconds=0.02)
    ) as server:
        given = f"t.Path({str(tmp_path)!r}), {server.url!r}"
        script = f"import test_store_full as t; t.on_a_small_disk({given})"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=Path(__file__).parent, check=False
        )
        assert done.returncode == 0
        kind, text = json.loads((tmp_path / "told.json").read_text())
        assert (kind, "what was committed is kept" in text) == ("StoreError", True)
        asked = server.answered
        whole = asyncio.run(job(tmp_path, server.url))
    assert whole.counts["ok"] == 400
    assert 0 < whole.counts["calls"] < 400
    assert server.answered - asked == whole.counts["calls"]
