"""`workbench runs` compares two runs, deletes one and prunes old ones, and says what goes first."""

import io
import sys
from datetime import datetime, timedelta

import pytest
from two_days import both_days

import workbench as wb
from workbench.exchange.going import in_bytes


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_two_runs_are_compared_as_in_a_notebook(days, shell):
    yesterday, today = both_days(days)
    asked = ("runs", today.id[:6], "--compare", yesterday.id)
    status, lines, errors = shell(*asked, "--baseline", "v2")
    choice = wb.compare(today, "exact", against=yesterday, baseline="v2")
    assert (status, errors, lines[0]) == (0, "", choice.sentence)
    assert any("Prompt v2 differs" in line for line in lines)
    assert shell("runs", today.id, "--compare", today.id)[0] == 1
    assert "name the run" in shell("runs", "--compare", today.id)[2]
    unknown = shell(*asked, "--critic", "nobody")
    assert unknown[0] == 1 and "critic 'nobody' did not judge run" in unknown[2]


def test_a_deletion_is_said_first_and_done_with_yes(days, shell):
    yesterday, today = both_days(days)
    status, lines, _ = shell("runs", today.id, "--delete", "--dry-run")
    assert status == 0 and lines[0].startswith(f"21 Nov 2026 10:02 · {today.id}")
    assert lines[1].startswith("Goes: 1 run, 80 rows, 40 calls (")
    assert lines[2:4] == ["    40 calls stay: other runs stand on them.", lines[3]]
    assert lines[3].startswith("Stays: labels, the ledger of looks") and lines[-1] == (
        "Nothing was deleted."
    )
    status, lines, _ = shell("runs", today.id, "--delete", "--yes")
    assert status == 0 and lines[-1].startswith("Deleted: 1 run, 40 calls. The store takes ")
    assert [each.id for each in days.store.runs()] == [yesterday.id]


def test_nothing_goes_where_nobody_agrees(days, shell, monkeypatch):
    run = days.run()
    status, _, errors = shell("runs", run.id, "--delete")
    assert (status, errors) == (1, "workbench: nobody is there to ask: say --yes to delete this\n")
    monkeypatch.setattr(sys, "stdin", None)  # closed, as of some jobs
    assert shell("runs", run.id, "--delete")[::2] == (status, errors)
    for answer, left in (("no\n", 1), ("", 1), ("y\n", 0)):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        assert shell("runs", run.id, "--delete")[0] == left
        assert len(days.store.runs()) == left
    assert "no run and no task is called" in shell("runs", run.id, "--delete")[2]
    assert "name the run" in shell("runs", "--delete")[2]


def test_old_runs_are_pruned_and_young_ones_stay(days, shell):
    yesterday, today = both_days(days)
    now = datetime.now()
    days.date(yesterday, now - timedelta(days=40))
    days.date(today, now)
    assert shell("runs", "--prune", "41", "--yes")[1] == ["Nothing is as old as that."]
    assert shell("runs", "elsewhere", "--prune", "39", "--yes")[1] == ["Nothing is as old as that."]
    status, lines, _ = shell("runs", "--prune", "39", "--yes")
    assert status == 0 and lines[-1].startswith("Deleted: 1 run, 40 calls. The store takes ")
    assert [each.id for each in days.store.runs()] == [today.id]


@pytest.mark.parametrize("days_old", ["-1", "nan", "many"])
def test_an_age_that_is_none_is_refused(days, shell, days_old):
    assert shell("runs", "--prune", days_old)[0] == 2


def test_sizes_are_told_as_people_read_them():
    sizes = [0, 840, 1234, 99_500, 3_400_000, 7_200_000_000, 10**13]
    told = ["0 B", "840 B", "1.2 kB", "100 kB", "3.4 MB", "7.2 GB", "10,000 GB"]
    assert [in_bytes(size) for size in sizes] == told
