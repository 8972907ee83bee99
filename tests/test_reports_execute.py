"""Notebooks executed headlessly, what they leave, and their pages."""

import json
import subprocess
import sys
import time
from html import unescape

import nbformat
import pytest

from workbench.errors import WorkbenchError
from workbench.page.frame import hash_of
from workbench.reports.execute import execute
from workbench.reports.lean import lean
from workbench.reports.notebook import notebook_page, plotly_script
from workbench.reports.settings import check, parameters_of

KEY = "sk-" + "canary-0123456789abcdef"


def notebook(path, *cells, parameters=""):
    made = nbformat.v4.new_notebook()
    if parameters:
        made.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    made.cells += [
        nbformat.v4.new_markdown_cell(c[3:])
        if c.startswith("md:")
        else nbformat.v4.new_code_cell(c)
        for c in cells
    ]
    nbformat.write(made, path)
    return path


def outputs_page(path, *outputs):
    """A page of a notebook with these outputs."""
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell("# Title <script>x</script>"),
        nbformat.v4.new_code_cell("1", outputs=list(outputs)),
    ]
    nbformat.write(made, path / "n.ipynb")
    return notebook_page(path / "n.ipynb", path / "n.html").read_text()


def test_a_notebook_page_keeps_words_and_text_without_colours(tmp_path):
    stream = nbformat.v4.new_output(
        "stream", name="stdout", text="10 %\r100 %\n\x1b[31mred\x1b[0m <b>not bold</b>"
    )
    page = outputs_page(tmp_path, stream)
    assert "<h1>Title &lt;script&gt;x&lt;/script&gt;</h1>" in page
    assert "100 %\nred &lt;b&gt;not bold&lt;/b&gt;</pre>" in page and "10 %\r" not in page


def test_a_failed_cell_is_told_in_a_line_with_its_trace_folded_away(tmp_path):
    error = nbformat.v4.new_output(
        "error",
        ename="ValueError",
        evalue="no <such>",
        traceback=["\x1b[0;31mValueError\x1b[0m: no"],
    )
    page = outputs_page(tmp_path, error)
    assert "<b>This cell failed.</b> ValueError: no &lt;such&gt;" in page
    assert "\x1b" not in page


def test_a_figure_is_drawn_by_a_plotly_that_the_page_carries_and_admits_by_hash(tmp_path):
    figure = nbformat.v4.new_output(
        "display_data",
        data={"application/vnd.plotly.v1+json": {"data": [{"x": [1]}], "layout": {}}},
    )
    page = outputs_page(tmp_path, figure)
    assert hash_of(plotly_script()) in unescape(page)
    assert '<div class="figure" data-figure="0"></div>' in page
    assert 1_500_000 < len(page) < 2_500_000
    assert "plotly" not in outputs_page(
        tmp_path, nbformat.v4.new_output("stream", name="stdout", text="none")
    )


def test_pictures_are_carried_and_html_is_made_harmless(tmp_path):
    picture = nbformat.v4.new_output(
        "display_data", data={"image/png": 'aGk="><script>', "text/plain": "<Figure>"}
    )
    rich = nbformat.v4.new_output(
        "display_data", data={"text/html": "<b onclick=x>hi</b><script>alert(1)</script>"}
    )
    page = outputs_page(tmp_path, picture, rich)
    assert '<img src="data:image/png;base64,aGk=script" alt="&lt;Figure&gt;">' in page
    assert '<div class="rich"><b>hi</b></div>' in page


def test_keys_are_taken_out_of_the_page_of_a_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_API_KEY", KEY)
    page = outputs_page(
        tmp_path, nbformat.v4.new_output("stream", name="stdout", text=f"key {KEY}")
    )
    assert KEY not in page and "[CANARY_API_KEY]" in page


def test_a_lean_notebook_has_no_papermill_notes_widgets_or_doubled_figures():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}
    figure = {"application/vnd.plotly.v1+json": {}}
    cells = [
        {
            "cell_type": "markdown",
            "metadata": {"tags": ["papermill-error-cell-tag"]},
            "source": "An Exception",
        },
        {
            "cell_type": "code",
            "metadata": {"papermill": {"duration": 1}},
            "source": "1",
            "outputs": [
                {"output_type": "display_data", "data": data, "metadata": {}}
                for data in (
                    {**widget, "text/html": "", "text/plain": ""},
                    {**widget, "text/html": "<b>twin</b>"},
                    {**figure, "text/html": "5 MB"},
                )
            ],
        },
    ]
    metadata = {"papermill": {}, "widgets": {"state": 1}, "kernelspec": {}}
    found = json.loads(lean(json.dumps({"cells": cells, "metadata": metadata})))
    assert found["metadata"] == {"kernelspec": {}}
    (cell,) = found["cells"]
    assert cell["metadata"] == {}
    assert [output["data"] for output in cell["outputs"]] == [
        {"text/html": "<b>twin</b>"},
        {"application/vnd.plotly.v1+json": {}},
    ]


def test_parameters_are_the_names_that_the_tagged_cell_sets(tmp_path):
    path = notebook(
        tmp_path / "n.ipynb",
        "x = 1",
        parameters="%load_ext x\na = 1  # one\nb: int = 2\nc, d = 3, 4",
    )
    assert parameters_of(path) == ["a", "b"]


def test_an_unknown_parameter_and_a_key_are_refused_before_anything_runs(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1 / 0", parameters="limit = 3\nname = ''")
    with pytest.raises(
        WorkbenchError,
        match=r"n.ipynb has no parameter 'limits': is 'limit' meant\? It has limit, name",
    ):
        execute(path, tmp_path / "out", {"limits": 1})
    with pytest.raises(WorkbenchError, match="'name' looks like a key"):
        execute(path, tmp_path / "out", {"name": KEY})
    with pytest.raises(WorkbenchError, match="it has none: no cell is tagged parameters"):
        execute(notebook(tmp_path / "m.ipynb", "1"), tmp_path / "out", {"x": 1})
    with pytest.raises(WorkbenchError, match="there is no such notebook"):
        execute(tmp_path / "absent.ipynb", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    [
        "models: {}",
        "[1]",
        "{}",
        '{"cells": [1]}',
        '{"cells": [{}]}',
        '{"cells": [{"metadata": {}}]}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_notebook_is_said_before_anything_runs(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(
        WorkbenchError, match=r"n.ipynb is no notebook: it does not hold the JSON of one"
    ):
        execute(tmp_path / "n.ipynb", tmp_path / "out")
    (tmp_path / "n.ipynb").write_text(
        '{"worksheets": [], "cells": [], "metadata": {}, "nbformat": 3}'
    )
    with pytest.raises(
        WorkbenchError, match=r"n.ipynb is a notebook of an old format: open it in JupyterLab"
    ):
        execute(tmp_path / "n.ipynb", tmp_path / "out")


def test_an_executed_notebook_never_takes_the_place_of_its_source(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1")
    source = path.read_text()
    (tmp_path / "same").symlink_to(tmp_path)
    for folder in (tmp_path, tmp_path / "same"):
        with pytest.raises(
            WorkbenchError,
            match=r"n.ipynb would be replaced by its executed copy: give another folder",
        ):
            execute(path, folder)
    assert path.read_text() == source
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["n.ipynb", "same"]


def test_a_folder_that_cannot_be_one_is_named(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1")
    (tmp_path / "file").write_text("")
    for folder in ("file", "file/below"):
        with pytest.raises(
            WorkbenchError,
            match=rf"{folder} cannot take what the run leaves: .*: give another folder",
        ):
            execute(path, tmp_path / folder)


def test_an_executed_notebook_leaves_itself_a_page_and_its_reports(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("CANARY_API_KEY", KEY)
    (tmp_path / "project" / "notebooks").mkdir(parents=True)
    (tmp_path / "project" / "models.yaml").write_text("models: {}\n")
    path = notebook(
        tmp_path / "project" / "notebooks" / "n.ipynb",
        "md:# A title",
        "import os, sys, json, pathlib\nprint(limit, os.getcwd(), sys.executable, "
        "os.environ['CANARY_API_KEY'])",
        "pathlib.Path(os.environ['WORKBENCH_OUT'], 'report.html').write_text('report')",
        "tick = json.dumps({'done': 1, 'total': 1})\n"
        "with open(os.environ['WORKBENCH_PROGRESS'], 'a') as file:\n    "
        "file.write('half a tick\\n' + tick + '\\n')",
        parameters='recording = ""  # "" = none\nlimit = None  # None = all',
    )
    ticks = []
    made = execute(path, tmp_path / "out", {"limit": 7, "recording": "x"}, progress=ticks.append)
    assert caplog.messages == []  # papermill's guesses at parameters are not told
    said = made.notebook.read_text()
    assert f"7 {tmp_path / 'project' / 'notebooks'} " in said
    assert KEY not in said and KEY not in made.page.read_text()
    assert "papermill" not in said
    assert made.report == tmp_path / "out" / "report.html"
    assert [tick for tick in ticks if "cell" not in tick] == [{"done": 1, "total": 1}]
    assert ticks[0]["cell"] == 1, "something is said before the first run"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "n.html",
        "n.ipynb",
        "report.html",
    ]
    assert "<title>A title</title>" in made.page.read_text()


def test_a_failed_cell_is_named_its_error_said_in_a_line_and_what_was_done_kept(tmp_path):
    of_lines = 'raise ValueError("row 17 lacks a score\\n  more\\n    see the docs")'
    path = notebook(
        tmp_path / "n.ipynb", "print('first')", f"# a remark\n{of_lines}", "print('never')"
    )
    with pytest.raises(
        WorkbenchError,
        match=r"n.ipynb: cell \[2\] `raise .* ValueError: row 17 lacks a score … see the docs;",
    ):
        execute(path, tmp_path / "out")
    kept = (tmp_path / "out" / "n.ipynb").read_text()
    assert "first" in kept and '"never' not in kept.replace("print('never')", "")
    assert "This cell failed." in (tmp_path / "out" / "n.html").read_text()


def test_a_failed_run_keeps_the_last_report_as_an_older_one(tmp_path):
    out = tmp_path / "out"
    writes = "import pathlib, os\nfolder = pathlib.Path(os.environ['WORKBENCH_OUT'])\n"
    good = f"{writes}[(folder / n).write_text('1') for n in ('report.html', 'decision.json')]"
    execute(notebook(tmp_path / "n.ipynb", good), out)
    for _ in range(2):  # a second failure takes nothing away
        with pytest.raises(WorkbenchError, match=r"that ended left .*earlier/report.html, of \d+ "):
            execute(notebook(tmp_path / "n.ipynb", "1 / 0"), out)
        assert not (out / "report.html").exists() and not (out / "decision.json").exists()
        assert (out / "earlier" / "decision.json").read_text() == "1"
    execute(notebook(tmp_path / "n.ipynb", good.replace("'1'", "'2'")), out)
    assert (out / "report.html").read_text() == "2" and not (out / "earlier").exists()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n\n%load_ext autoreload\nlimit = 0\nraise_it(limit)\nlimit = 1", "raise_it(limit)"),
        ("from json import loads\nfor each in 'x':\n    loads(\n        each\n    )", "loads("),
        ("first = 1\nsecond = = 2", "second = = 2"),
        ("%load_ext autoreload\n%load_ext nonsuch", "%load_ext nonsuch"),
        ("value = 1\nawait raise_later()", "await raise_later()"),
    ],
)
def test_a_failed_cell_is_named_by_the_line_that_raised(tmp_path, source, line):
    helpers = (
        "from workbench.errors import WorkbenchError\n\n"
        "def raise_it(limit):\n    raise WorkbenchError(f'limit is {limit}')\n\n"
        "async def raise_later():\n    raise_it(0)"
    )
    with pytest.raises(WorkbenchError) as caught:
        execute(notebook(tmp_path / "n.ipynb", helpers, source), tmp_path / "out")
    assert str(caught.value).startswith(f"n.ipynb: cell [2] `{line}` failed: ")


def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    waiting = (
        "for _ in range(600):\n    if pathlib.Path('go').exists():\n        "
        "break\n    time.sleep(0.05)"
    )
    path = notebook(tmp_path / "n.ipynb", "import pathlib, time", waiting)
    out = tmp_path / "out"
    first = subprocess.Popen(
        [sys.executable, "-m", "workbench", "run", str(path), "-o", str(out)], cwd=tmp_path
    )
    try:
        wait_for(out / "n.ipynb")
        (out / "report.html").write_text("the first one's")
        with pytest.raises(
            WorkbenchError,
            match=rf"out is in use by process {first.pid}, .* give another folder with -o$",
        ):
            execute(path, out)
        assert (out / "report.html").read_text() == "the first one's"
        (tmp_path / "go").touch()
        assert first.wait(60) == 0
    finally:
        first.kill()
        first.wait()
    assert sorted(path.name for path in out.iterdir()) == ["n.html", "n.ipynb", "report.html"]


def test_a_lock_left_by_a_dead_process_is_taken_over(tmp_path):
    (tmp_path / "out").mkdir()
    held = (
        "import sys; from workbench.reports.execute import _locked; from pathlib "
        "import Path; import os, signal\n"
    )
    held += "file = _locked(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", held, str(tmp_path / "out" / ".lock")], timeout=60)
    assert (tmp_path / "out" / ".lock").read_text().isdigit()
    execute(notebook(tmp_path / "n.ipynb", "1"), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["n.html", "n.ipynb"]


def wait_for(path, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)


# What cells and parameters say of themselves


@pytest.mark.parametrize(
    ("default", "value", "wanted"),
    [
        ("0.05", ".o5", "a number"),
        ("40", True, "a number"),
        ("True", 1, "true or false"),
        ('"triage"', 40, "text"),
        ("['v1']", "v2", "a list"),
    ],
)
def test_a_parameter_of_another_kind_than_its_default_is_refused(tmp_path, default, value, wanted):
    path = notebook(tmp_path / "n.ipynb", parameters=f"margin = {default}  # share")
    with pytest.raises(WorkbenchError, match=rf"parameter 'margin' is .*: give {wanted}"):
        execute(path, tmp_path / "out", {"margin": value})
    assert not (tmp_path / "out").exists()


def test_a_whole_number_may_stand_for_any_number_and_none_for_all(tmp_path):
    path = notebook(tmp_path / "n.ipynb", parameters="margin = 0.05\nlimit = 40\nheld = None")
    check(path, {"margin": 1, "limit": 0.5, "held": "x"})
    check(path, {"margin": None, "limit": None})


def test_a_cell_that_says_it_raises_stops_nothing(tmp_path):
    path = notebook(tmp_path / "n.ipynb", "1/0", "print('after')", "None.nothing")
    book = nbformat.read(path, 4)
    book.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(book, path)
    with pytest.raises(WorkbenchError, match=r"cell \[3\] `None.nothing` failed"):
        execute(path, tmp_path / "out")
    assert nbformat.read(tmp_path / "out/n.ipynb", 4).cells[1].outputs[0].text == "after\n"
