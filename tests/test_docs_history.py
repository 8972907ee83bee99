"""The page on the second day: its commands and its code do what it says."""

import runpy
import shlex
from pathlib import Path

import pytest
from test_tutorial import blocks
from two_days import both_days

import workbench as wb
from workbench.cli import main
from workbench.exchange.tracing import Tracing
from workbench.runs import watchers

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "history.md").read_text("utf-8")
*LISTED_AND_COMPARED, TRACED = (block.text for block in blocks(PAGE) if block.kind == "python")


def test_the_code_of_the_page_compares_yesterday_with_today(days, tmp_path, capsys):
    yesterday, today = both_days(days)
    code = tmp_path / "page.py"
    code.write_text("\n".join(LISTED_AND_COMPARED))
    found = runpy.run_path(str(code), {"wb": wb, "today": today})
    assert found["yesterday"].id == yesterday.id
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("v2 (21 Nov) against v2 (20 Nov): +15.0 points (")


def test_the_code_of_the_page_traces_what_runs_from_then_on():
    pytest.importorskip("opentelemetry", reason="the extra otel is not installed here")
    before = list(watchers)
    exec(TRACED, {})  # noqa: S102  the page is ours
    [tracing] = [each for each in watchers if each not in before]
    assert isinstance(tracing, Tracing)
    tracing.stop()
    assert watchers == before


def test_the_commands_of_the_page_run(days, capsys):
    yesterday, today = both_days(days)
    mark = yesterday.meta.prompts["v2"].fingerprint
    lines = [
        line for block in blocks(PAGE) if block.kind == "sh" for line in block.text.split("\n")
    ]
    assert len(lines) == 7
    for line in lines:
        with pytest.raises(SystemExit) as ended:
            named = line.replace("FINGERPRINT", mark[:4]).replace("RUN", today.id)
            main(shlex.split(named)[1:])
        assert ended.value.code == 0, line
    said = capsys.readouterr().out
    assert (
        "prompts/parity/v2.prompty is as it was on 20 Nov 09:14. What it held is saved in" in said
    )
    assert "Exactly" in Path("prompts/parity/v2.prompty").read_text()
