"""The page on looks: its code runs and decides as it says."""

import runpy
from pathlib import Path

from test_tutorial import blocks

import workbench as wb

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "looks.md").read_text("utf-8")


def test_the_plan_of_the_page_is_kept(make_run, tmp_path, capsys):
    run = make_run({"v1": [0.0, 1.0] * 30, "v2": [1.0] * 60})
    code = tmp_path / "page.py"
    code.write_text("\n".join(block.text for block in blocks(PAGE)))
    found = runpy.run_path(str(code), {"wb": wb, "run": run})
    assert found["choice"].planned == (50, 100, 200)
    assert capsys.readouterr().out.endswith(
        "this is the first look at these rows. Another look is due at 100 rows.\n"
    )
