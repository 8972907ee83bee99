"""The page on serving: its code runs, and says what the page promises."""

import ast
from pathlib import Path
from types import FunctionType

import pytest
from test_tutorial import blocks

import workbench as wb

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "serve.md").read_text("utf-8")


@pytest.mark.usefixtures("shipped")
async def test_the_code_of_the_page_goes_from_load_to_whose_servers_pay(capsys):
    code = "\n".join(each.text for each in blocks(PAGE) if each.kind == "python")
    compiled = compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    found = {"wb": wb}
    await FunctionType(compiled, found)()
    load, carries, best, pays, checked = capsys.readouterr().out.splitlines()
    assert load.startswith("simulated takes ")
    assert load.endswith("confirmed by a long run.")
    assert "The busiest minute of 7.5 a second needs 3 servers." in carries
    assert best == "--max-num-seqs 16"
    assert pays.startswith("Own servers pay from ")
    assert "is not worse than v1 @ hosted by 5 points" in pays
    assert checked.startswith("v1 @ simulated misses its requirements")
    evidence = {each.requirement.measure: each.evidence for each in found["checked"].outcomes}
    assert "of 3 load tests at" in evidence["latency"]
    assert "3 servers with simulated" in evidence["rate"]
    assert "on own servers at 1.0 requests a second" in evidence["cost"]
