"""How commands end: on full disks, closed outputs, signals, and consoles that lack our signs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli.ended import ended
from workbench.errors import WorkbenchError
from workbench.files import write_whole

ROOT = Path(__file__).parent.parent
NO_SIGNALS = pytest.mark.skipif(os.name == "nt", reason="signals and devices of Unix")
FULL = "standard output: No space left on device: make room, or give another place"


def workbench(place, *arguments, errors=subprocess.PIPE, output=subprocess.PIPE, **environment):
    command = [sys.executable, "-m", "workbench", *arguments]
    own = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(command, cwd=place, env=own, stdout=output, stderr=errors, check=False)


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_traceback(tmp_path):
    """As in `workbench init | head -n 1`."""
    command = [sys.executable, "-m", "workbench", "init", "."]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@NO_SIGNALS
def test_output_that_no_disk_takes_is_one_line_and_a_status(tmp_path):
    with open("/dev/full", "w") as full:
        done = workbench(tmp_path, "explain", "need", "more", output=full)
        assert (done.returncode, done.stderr.decode()) == (1, f"workbench: {FULL}\n")
        assert workbench(tmp_path, "explain", "tie", output=full, errors=full).returncode == 1
        for asked in (["--help"], ["--version"], ["runs", "--help"]):
            done = workbench(tmp_path, *asked, output=full)
            assert (done.returncode, done.stderr.decode()) == (1, f"workbench: {FULL}\n")
        assert workbench(tmp_path, "runs", "--nope", output=full).returncode == 2
        done = workbench(tmp_path, "explain", "tie", errors=full)
    assert (done.returncode, done.stdout[:3]) == (0, b"Tie")


def test_signs_that_a_console_lacks_end_no_command(tmp_path):
    (tmp_path / "\u2212\u202f\u4e2d.json").write_text("{}")
    told = workbench(tmp_path, "explain", "\u2212\u202f\u4e2d.json", PYTHONIOENCODING="cp1252")
    assert told.stderr.startswith(b"workbench: - \\u4e2d.json is no decision.json")


@pytest.mark.skipif(not hasattr(os, "geteuid") or not os.geteuid(), reason="root may write all")
def test_a_folder_that_may_not_be_written_to_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    done = workbench(tmp_path, "init", ".", "--workflow", "github")
    assert b"Permission denied: make it writable, or give another place\n" in done.stderr


def test_what_cannot_be_written_is_said_with_its_path_and_the_old_one_stays(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkbenchError, match=r"file/new\.html cannot be written: Not a directory|"
                       r"File exists"):  # fmt: skip
        write_whole(tmp_path / "file" / "new.html", "text")

    def parts():
        yield "half"
        raise OSError(28, "No space left on device")

    with pytest.raises(WorkbenchError, match=r"file cannot be written: No space .*: make room, or"):
        write_whole(tmp_path / "file", parts())
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"file": "mine"}


def test_trouble_of_the_system_is_one_line(capsys):
    def refused():
        raise PermissionError(13, "Permission denied", "notes.jsonl")

    assert ended(refused) == 1
    said = "workbench: notes.jsonl: Permission denied: make it writable, or give another place\n"
    assert capsys.readouterr().err == said


def test_a_memory_that_is_full_is_one_line(capsys):
    def too_much():
        raise MemoryError

    assert ended(too_much) == 1
    said = "workbench: memory is full: free some, or take fewer rows\n"
    assert capsys.readouterr().err == said


def test_an_error_is_a_line_that_can_be_read_whatever_it_repeats(capsys):
    def refused():
        raise WorkbenchError(f"task is {'x' * 100_000}: give another")

    assert ended(refused) == 1
    said = capsys.readouterr().err
    assert len(said) < 4_100 and said.startswith("workbench: task is xxx")
    assert said.endswith("x: give another\n")


@NO_SIGNALS
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_job_that_is_cancelled_is_interrupted_and_says_so(capsys, name):
    number = getattr(signal, name)
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(number, signal.SIG_DFL)  # the tests themselves may run below nohup
    try:
        status = ended(lambda: signal.raise_signal(number) or 0)
        signal.signal(number, signal.SIG_IGN)  # as nohup has it
        assert ended(lambda: signal.raise_signal(number) or 0) == 0
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert status == 130
    assert capsys.readouterr().err.startswith("workbench: interrupted; finished calls are kept")


def test_what_killed_writers_left_is_gone_a_day_later(tmp_path):
    old, new, other = (
        tmp_path / f".{name}.unfinished"
        for name in ("page.html-abcd1234", "page.html-abcd5678", "table.csv-abcd1234")
    )
    for each in (old, new, other):
        each.write_text("half")
    for each in (old, other):
        os.utime(each, (0, 0))
    write_whole(tmp_path / "page.html", "whole")
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        new.name, other.name, "page.html",
    ]  # fmt: skip
