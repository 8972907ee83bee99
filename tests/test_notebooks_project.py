"""The page of a project: what the notebooks before left in the store, without a call."""

from test_notebooks import command, last_lines, scripted

__all__ = ["scripted"]


def test_each_notebook_takes_what_the_ones_before_left(shipped, scripted, tmp_path):
    last_lines(command("run", "notebooks/1_prototype.ipynb", "-o", tmp_path / "1"))
    kept = ["-p", "limit", 12, "-p", "release_to", tmp_path / "released"]
    last_lines(command("run", "notebooks/2_evaluate.ipynb", *kept, "-o", tmp_path / "2"))
    asked = len(scripted.log)
    assert len({repr(each.ask.body) for each in scripted.log}) == asked  # of the store, not twice
    roles = ["-p", "task", "triage", "-p", "actor", "actor", "-p", "critic", "critic"]
    gold = ["-p", "question", "right_label", "-p", "answer", "label", "-p", "limit", 12]
    asking = ["-p", "recording", "", "-p", "labels", ""]
    trusted = ["run", "notebooks/3_trust_critic.ipynb", *roles, *gold, *asking]
    assert last_lines(command(*trusted, "-o", tmp_path / "3"))["calls"] == "0"
    paged = ["run", "notebooks/7_project.ipynb", "-p", "limit", 12]
    done = last_lines(command(*paged, "-o", tmp_path / "7"))
    assert done["calls"] == "0" and len(scripted.log) == asked
    page = (tmp_path / "7" / "report.html").read_text()
    assert "Should this sort our messages?" in page
    assert "<b>Not measured.</b> Attacks, filters, serving, hosting, limited release and" in page
