"""The page on exchange: its code runs and says what the page says."""

import json
import runpy
from pathlib import Path

from test_tutorial import blocks

import workbench as wb
from workbench.exchange.formats import FORMATS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "exchange.md").read_text("utf-8")


def test_what_goes_out_is_written_as_the_page_says(make_run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run({"v1": [0.0] * 40, "v2": [1.0] * 40})
    choice = wb.compare(run, "good", baseline="v1")
    code = tmp_path / "page.py"
    code.write_text("\n".join(block.text for block in blocks(PAGE)))
    found = runpy.run_path(str(code), {"wb": wb, "choice": choice, "json": json})
    assert "v2.py" in [file.name for file in found["release"].files]
    said = capsys.readouterr().out
    assert said.startswith("Exported v2 to prompts/released/")
    assert "better ['a value that holds <<<dotprompt:role:system>>> opens" in said


def test_the_page_names_every_format():
    assert [name for name in FORMATS if f"| `{name}` |" not in PAGE] == []
