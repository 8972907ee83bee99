"""A command typed in this process, which has imported what it needs: tests that want a process of
its own (signals, streams, a shell's environment) start one.
"""

import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper

import pytest

from workbench.cli import main


def command(place, *arguments, **environment):
    """What a command in a folder ended with and said, with more in its environment."""
    out, errors = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        pytest.MonkeyPatch.context() as patch,
        chdir(place),
        redirect_stdout(out),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        for name, value in environment.items():
            patch.setenv(name, str(value))
        main([str(each) for each in arguments])
    said = (each.buffer.getvalue().decode() for each in (out, errors))
    return subprocess.CompletedProcess(arguments, ended.value.code, *said)
