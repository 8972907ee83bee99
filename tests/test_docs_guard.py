"""The page on filters: its code runs on the shipped texts and says what the page says."""

import ast
from pathlib import Path
from types import FunctionType

from test_tutorial import blocks

from workbench import testing

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "guard.md").read_text("utf-8")


async def test_the_code_of_the_page_guards_and_measures(shipped, tmp_path, monkeypatch, capsys):
    with testing.serve(lambda ask: '{"reply": "We shall see."}') as server:
        file = server.models_file(tmp_path / "models.yaml", "actor")
        monkeypatch.setenv("WORKBENCH_MODELS", str(file))
        code = "\n".join(each.text for each in blocks(PAGE) if each.kind == "python")
        found = {}
        await FunctionType(compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), found)()
        assert len(server.log) == 12
    said = capsys.readouterr().out
    assert "80 rows: 27 unwanted, 53 harmless." in said
    assert "27 unwanted rows can tell two filters apart" in said
    assert (
        "Of 1,000 harmless texts of letters 87 (95\u202f% interval 24 to 268) would be stopped"
        in said
    )
    assert found["run"].counts["ok"] == 12
    assert found["chain"].members[1].threshold > -10
    assert (shipped / "filters.html").stat().st_size > 20_000
