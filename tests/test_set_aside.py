"""What an earlier execution left is whole after a kill at any moment."""

from workbench.reports.set_aside import set_aside


def left(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def kept(folder):
    return {each.name: each.read_text() for each in (folder / "earlier").iterdir()}


def test_what_a_kill_left_half_set_aside_is_set_aside_whole(tmp_path):
    folder = left(tmp_path, decision_json="1", summary_md="1")
    left(tmp_path / ".earlier", report_html="1")  # moved before the kill
    set_aside(folder)
    assert kept(folder) == {"report.html": "1", "decision.json": "1", "summary.md": "1"}
    left(folder, report_html="2")  # of one that failed
    set_aside(folder)
    assert kept(folder)["report.html"] == "1"
    assert [each.name for each in folder.iterdir()] == ["earlier"]


def test_a_kill_before_the_first_move_loses_nothing(tmp_path):
    folder = left(tmp_path, decision_json="1")
    (folder / ".earlier").mkdir()
    set_aside(folder)
    assert kept(folder) == {"decision.json": "1"}


def test_a_page_of_an_earlier_execution_passes_for_no_later_ones(tmp_path):
    folder = left(tmp_path, evaluate_html="1", other_html="1")
    set_aside(folder, "evaluate.html")
    assert kept(folder) == {"evaluate.html": "1"}
    assert (folder / "other.html").is_file()
