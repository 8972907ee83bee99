"""The page on exchange: its code runs and says what the page says."""

import json
import runpy
from pathlib import Path

from other_results import promptfoo, promptfoo_row
from test_tutorial import blocks

import workbench as wb
from workbench.exchange.formats import FORMATS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "exchange.md").read_text("utf-8")
OUT, IN = PAGE.split("\n## In\n")


def run_page(page, folder, **names):
    code = folder / "page.py"
    code.write_text("\n".join(block.text for block in blocks(page)))
    return runpy.run_path(str(code), {"wb": wb, "json": json, **names})


def test_what_goes_out_is_written_as_the_page_says(make_run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run({"v1": [0.0] * 40, "v2": [1.0] * 40})
    found = run_page(OUT, tmp_path, choice=wb.compare(run, "good", baseline="v1"))
    assert "v2.py" in [file.name for file in found["release"].files]
    said = capsys.readouterr().out
    assert said.startswith("Exported v2 to prompts/released/")
    assert "better ['a value that holds <<<dotprompt:role:system>>> opens" in said


def test_what_comes_in_is_read_as_the_page_says(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [promptfoo_row(number, f"answer {number}", number % 2) for number in range(80)]
    rows[4]["gradingResult"]["componentResults"][0]["score"] = "high"
    Path("results.json").write_text(json.dumps(promptfoo(rows)))
    Path("ratings.csv").write_text("example,prompt,rating\ntest-0,A,yes\ntest-0,B,no\n")
    Path("promptfooconfig.yaml").write_text(
        "prompts: ['{{ text }}']\ntests:\n  - vars: {text: a}\n    assert:\n      - {type: cost}\n"
    )
    found = run_page(IN, tmp_path)
    assert found["choice"].differences[0].decision == "worse"
    said = capsys.readouterr().out
    assert "results.json, results[4], equals: the score of equals is 'high', no number" in said
    assert "promptfooconfig.yaml, line 5: the assertion cost has no counterpart" in said
    assert said.endswith("2 2\n")


def test_the_page_names_every_format():
    assert [name for name in FORMATS if f"| `{name}` |" not in PAGE] == []
