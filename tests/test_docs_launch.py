"""The page on launching: its code runs, on generated logs and with a scripted critic."""

import ast
from pathlib import Path
from types import FunctionType

from test_tutorial import blocks

import workbench as wb

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "launch.md").read_text("utf-8")


async def test_the_code_of_the_page_ships_reads_and_foresees(shipped, capsys):
    code = "\n".join(each.text for each in blocks(PAGE) if each.kind == "python")
    compiled = compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    found = {"wb": wb}
    await FunctionType(compiled, found)()
    said = capsys.readouterr().out
    assert "arms v1 and v2" in said
    assert "ship\nShip v2, after 14 days. Satisfaction: better, +" in said
    assert found["disliked"][0].tags["feedback"] == "0"
    assert "50 " in said
    assert found["card"].raters == ("users",)
    assert found["card"].word in ("may rank", "may gate")
    assert 0 < len(found["apart"]) < 40
    assert "About $" in said and "server" in said
    assert "One server is said to carry 0.2 requests a second" in said
    assert "v2 meets its requirements: 6 of 6 met." in said
    assert "full launch foreseen from" in found["checked"].outcomes[2].evidence
    assert (shipped / "reports" / "launch.html").is_file()
