"""Logs that old releases of Inspect wrote: `logs_of_inspect` holds files as 0.3.8, 0.3.46 and
0.3.100 left them, the last also as it was killed between two samples.
"""

import math
from pathlib import Path

import pytest

import workbench as wb

LOGS = Path(__file__).parent / "logs_of_inspect"


def rows_of(run):
    return sorted(run.frame.to_dict("records"), key=lambda row: row["example"])


def test_a_log_of_the_first_version_names_its_one_scorer():
    run = wb.read_run(LOGS / "0.3.8.json")
    second, first = rows_of(run)
    assert (first["example"], first["output"], first["includes"]) == ("a/1", "yes indeed", 1)
    assert (second["example"], second["includes"]) == ("2", 0)
    assert (first["prompt"], first["model"], first["tag.lang"]) == ("sorting", "openai/gpt-4", "en")
    assert (first["prompt_tokens"], first["completion_tokens"]) == (7, 2)
    assert run.unread == ()


@pytest.mark.parametrize("release", ["0.3.46", "0.3.100"])
def test_a_log_that_is_deflated(release):
    run = wb.read_run(LOGS / f"{release}.eval")
    second, first = rows_of(run)
    assert [each["example"] for each in (first, second)] == ["a/1", "2"]
    assert (first["includes"], first["parts_words"], first["parts_right"]) == (1, 0.5, 1)
    assert (second["includes"], second["status"]) == (0, "ok")
    assert (first["prompt_tokens"], first["completion_tokens"]) == (7, 2)
    assert math.isnan(first["seconds"]) == (release == "0.3.46")  # no clock yet
    assert {each.id: each.expected for each in run.examples} == {"a/1": "yes", "2": "no"}
    assert run.unread == ()


def test_a_log_of_a_process_that_was_killed_has_what_was_written():
    run = wb.read_run(LOGS / "0.3.100-killed.eval")
    lacking, row = rows_of(run)
    assert (row["prompt"], row["example"], row["includes"]) == ("sorting", "a", 1)
    assert (lacking["example"], lacking["status"]) == ("2", "unsent")
    places = ["0.3.100-killed.eval, header.json", "0.3.100-killed.eval, samples"]
    assert [each.place for each in run.unread] == places
