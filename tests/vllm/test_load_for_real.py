"""A load test and a sweep of two settings on a real vLLM: `make test-vllm-load`, twenty minutes at
most.
"""

import os

import pytest
from shipped_files import ROOT

import workbench as wb
from workbench.serving import Bounds

WINDOWS = wb.Windows(ladder=30, warm_up=10, after=5)  # seconds
PAGE = ROOT / "test-artifacts" / "vllm-load.html"

pytestmark = pytest.mark.skipif(
    not os.environ.get("WORKBENCH_VLLM_LOAD"), reason="takes up to 20 minutes: make test-vllm-load"
)


@pytest.mark.usefixtures("real")
async def test_two_settings_are_swept_and_nothing_is_confirmed():
    found = await wb.sweep(
        "smol",
        wb.load_prompt("prompts/triage/v1.prompty"),
        wb.load_examples("datasets/triage.jsonl"),
        settings={"max-num-seqs": [4, 16]},
        requirements=Bounds(latency=30.0),
        rates=[1.0, 2.0, 4.0, 8.0],
        quick=True,
        windows=WINDOWS,
    )
    print(found, *found.tried, found.command, sep="\n")
    assert "not confirmed" in found.sentence
    assert [each.failed for each in found.tried] == ["", ""]
    levels = [level for each in found.tried for level in each.load.levels]
    assert all(level.ttft.n and level.output_tokens_per_second > 0 for level in levels)
    assert f"--max-num-seqs {found.best.settings['max-num-seqs']}" in found.command
    assert wb.report([found], PAGE) == PAGE
