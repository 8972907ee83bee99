"""`workbench runs` and `workbench prompts`: what they print, and that it commands no terminal."""

from pathlib import Path

from two_days import both_days

import workbench as wb


def test_runs_are_listed_with_the_last_that_was_said(days, shell):
    yesterday, today = both_days(days)
    sentence = wb.compare(today, "exact", baseline="v1").sentence
    status, lines, errors = shell("runs")
    assert (status, errors) == (0, "")
    assert lines[0].startswith(
        f"21 Nov 2026 10:02 · {today.id} · parity · v1, v2 on m · by exact · 80 rows · $"
    )
    assert lines[1:2] == [f"    {sentence}"]
    assert lines[2].startswith(f"20 Nov 2026 09:14 · {yesterday.id} · parity ·")
    assert shell("runs", "parity")[1] == lines


def test_one_run_is_told_whole(days, shell):
    yesterday, _ = both_days(days)
    wb.compare(yesterday, "exact", baseline="v1")
    status, lines, _ = shell("runs", yesterday.id[:6])
    assert (status, lines[0]) == (0, f"Run {yesterday.id} of 20 Nov 2026 09:14, finished")
    facts = yesterday.meta
    assert lines[1].startswith(
        f"parity on 40 examples of parity ({facts.dataset.fingerprint}): 80 rows · $"
    )
    assert f"    prompt v2 ({facts.prompts['v2'].fingerprint})" in lines
    assert any(", look 1, by exact against v1: Keep v1 for now." in line for line in lines)
    assert lines[-1] == f'Read it back: wb.load_run("{yesterday.id}")'


def test_a_store_without_runs_and_a_name_that_is_none_say_so(days, shell):
    assert shell("runs") == (0, ["No run yet."], "")
    days.run()
    status, lines, errors = shell("runs", "nothing")
    assert (status, lines) == (1, [])
    assert (
        errors == "workbench: no run and no task is called 'nothing': "
        "`workbench runs` lists what there is\n"
    )
    assert shell("runs", "--store", "elsewhere/other.db") == (0, ["No run yet."], "")


def test_texts_of_a_prompt_are_listed_compared_and_restored(days, shell):
    yesterday, today = both_days(days)
    then, now = (run.meta.prompts["v2"].fingerprint for run in (yesterday, today))
    listed = [
        f"{now} · 21 Nov 2026 10:02 · 1 run · in the file now",
        f"{then} · 20 Nov 2026 09:14 · 1 run",
    ]
    assert shell("prompts", "parity/v2", "--history") == (0, listed, "")
    assert shell("prompts", "parity/v2")[1] == listed
    _, lines, _ = shell("prompts", "parity/v2", "--diff", then)
    assert lines[:2] == [f"--- v2 of 20 Nov 2026 09:14 ({then})", "+++ v2 now"]
    assert lines[-2:] == ["-Exactly even or odd: {{ text }}", "+Carefully, even or odd: {{ text }}"]
    assert shell("prompts", "parity/v2", "--diff", now)[1] == ["v2 holds this text."]
    status, lines, _ = shell("prompts", "parity/v2", "--restore", then)
    assert status == 0 and lines[0].startswith("prompts/parity/v2.prompty is as it was on 20 Nov")
    assert "Exactly" in Path("prompts/parity/v2.prompty").read_text()
    status, lines, error = shell("prompts", "parity/v7")
    assert (status, lines) == (1, []) and "parity/v7.prompty is not there: is v1.prompty" in error
    Path("prompts/parity/v7.prompty").write_text("user:\n{{ text }}\n")
    assert shell("prompts", "parity/v7") == (0, ["No text of it was run yet."], "")


def test_what_a_prompt_says_of_itself_is_printed_as_text(days, shell):
    path = Path("prompts/parity/v2.prompty")
    path.write_text(
        '---\nname: v2\ndescription: "::error::x \\e[31m"\n---\nuser:\n::set {{ text }} 1\n'
    )
    run = days.run()
    path.write_text("---\nname: v2\n---\nuser:\n{{ text }}\n")
    mark = run.meta.prompts["v2"].fingerprint
    lines = [*shell("runs", run.id)[1], *shell("prompts", "parity/v2", "--diff", mark)[1]]
    assert not any("\x1b" in line or line.startswith("::") for line in lines)
    assert any("\\x1b[31m" in line for line in lines)
    assert "-::set {{ text }} 1" in lines
