"""Execute a notebook headlessly: its own kernel, live progress, a lean notebook and pages of it
left behind.
"""

import json
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import IO, Any

from workbench import schemas  # noqa: F401, before papermill, which imports jsonschema
from workbench.errors import WorkbenchError
from workbench.files import make_folder, no_project, root
from workbench.meant import instead
from workbench.page.markup import clipped, without_ansi
from workbench.reports.foreseen import refuse_early
from workbench.reports.lean import lean_scheme, without_passwords
from workbench.reports.notebook import notebook_page
from workbench.reports.set_aside import kept, let_go, set_aside
from workbench.reports.settings import check
from workbench.secrets import redact

TICK = 0.3  # seconds between looks at the progress file
WORKBENCH_ERRORS = {
    "WorkbenchError",
    *(each.__name__ for each in WorkbenchError.__subclasses__()),
    "OfflineMiss",
}
# Run in the kernel: errors made for users show no traceback, so the line of the cell that raised is
# written to a file.
# Each cell that begins is written among the ticks, so that something is seen from the first second.
TELL_LINE = """
def _tell_cell(info, numbers=iter(range(1, 1_000_000))):
    import json, os
    with open(os.environ["WORKBENCH_PROGRESS"], "a") as file:
        file.write(json.dumps({{"cell": next(numbers)}}) + "\\n")
get_ipython().events.register("pre_run_cell", _tell_cell)
del _tell_cell
def _tell_line(result):
    import pathlib, traceback
    raised = result.error_in_exec
    frames = traceback.walk_tb(raised and raised.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_name == "<module>"]
    lines.append(getattr(result.error_before_exec, "lineno", None) or 1)
    pathlib.Path({path!r}).write_text(str(lines[0]))
get_ipython().events.register("post_run_cell", _tell_line)
del _tell_line
"""


@dataclass(frozen=True)
class Executed:
    """What an execution left: the notebook with its outputs, the same as a page, and the report to
    open first.
    """

    notebook: Path
    page: Path
    report: Path  # report.html if the notebook wrote one, else the page


def execute(
    notebook: str | Path,
    folder: str | Path,
    parameters: Mapping[str, Any] | None = None,
    *,
    progress: Callable[[Mapping[str, Any]], None] | None = None,
    environment: Mapping[str, str] = {},
) -> Executed:
    """Run a notebook with `parameters` in place of those of its parameters cell, and leave
    everything in `folder`.

    The kernel is this interpreter and starts in the notebook's folder if that lies in a project,
    else in the project at hand. It finds WORKBENCH_OUT set, so that reports land in `folder`.
    `progress` receives the ticks of its runs; `environment` is added to the kernel's. Raises
    WorkbenchError for an unknown parameter, one that looks like a key, a folder that another
    execution is using, and a cell that failed (named); the executed notebook is kept then too.
    """
    notebook, folder, given = Path(notebook), Path(folder).absolute(), dict(parameters or {})
    executed = folder / notebook.name
    _check_paths(notebook, executed)
    check(notebook, given)
    refuse_early(notebook, given, _home(notebook), environment)
    with _held(folder):
        failure = _executed(notebook, executed, given, progress, environment)
        page = notebook_page(executed, _page(executed))
        if failure:
            raise WorkbenchError(f"{notebook.name}: {failure}; {_done(executed)}")
        let_go(folder)
    return _left(executed, page)


def _page(executed: Path) -> Path:
    return executed.with_suffix(".html")


def _done(executed: Path) -> str:
    return f"what was done is in {executed}{kept(executed.parent, _page(executed).name)}"


def _left(executed: Path, page: Path) -> Executed:
    report = executed.with_name("report.html")
    return Executed(executed, page, report if report.is_file() else page)


def _check_paths(notebook: Path, executed: Path) -> None:
    if not notebook.is_file():
        beside = sorted(path.name for path in notebook.parent.glob("*.ipynb"))
        there = instead(notebook.name, beside) if beside else f"{notebook.parent} holds none"
        raise WorkbenchError(f"{notebook}: there is no such notebook: {there}{no_project()}")
    if executed.exists() and executed.samefile(notebook):
        own = "give another folder than its own"
        raise WorkbenchError(f"{executed} would be replaced by its executed copy: {own}")


def _executed(
    notebook: Path,
    executed: Path,
    parameters: dict[str, Any],
    progress: Callable[[Mapping[str, Any]], None] | None,
    more: Mapping[str, str],
) -> str:
    """Execute into a folder that is held; which cell failed and why, or nothing."""
    folder = executed.parent
    with _explained(folder):
        set_aside(folder, _page(executed).name)
    with tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as scratch:
        ticks = Path(scratch, "progress.jsonl")
        environment = {"WORKBENCH_OUT": str(folder), "WORKBENCH_PROGRESS": str(ticks), **more}
        with _followed(ticks, progress):
            return _run(notebook, executed, parameters, environment, Path(scratch, "line"))


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be used why, and what to do."""
    try:
        yield
    except OSError as error:
        raise WorkbenchError(
            f"{folder} cannot take what the run leaves: {error.strerror}: give another folder"
        ) from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Make the folder and keep other executions out of it; a process that dies lets go of it by
    itself.
    """
    with _explained(folder):
        make_folder(folder)
    if sys.platform == "win32":  # no flock there: two executions in one folder are not kept apart
        yield
        return
    path = folder / ".lock"
    with _explained(folder):
        file = _locked(path)
    with file:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _locked(path: Path) -> IO[str]:
    """The lock file, locked, with this process's number in it; WorkbenchError where another
    execution has it.
    """
    import fcntl

    while True:
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                file.seek(0)
                holder = file.read() or "that has just begun"
            raise WorkbenchError(
                f"{path.parent} is in use by process {holder}, which executes a notebook into it: "
                "wait for it, or give another folder with -o"
            ) from None
        if os.fstat(file.fileno()).st_nlink:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            return file
        # its last holder took it away between our opening and locking it: again, with a new one
        file.close()


def _run(
    notebook: Path,
    executed: Path,
    parameters: dict[str, Any],
    environment: Mapping[str, str],
    raised: Path,
) -> str:
    """Execute and say which cell failed and why, or nothing; the kernel keeps in the file `raised`
    the line that raised.
    """
    from papermill.exceptions import PapermillExecutionError

    with tempfile.TemporaryFile() as log:
        try:
            _through_papermill(notebook, executed, parameters, _kernel(environment, log, raised))
        except PapermillExecutionError as error:
            if _may_raise(executed, error.cell_index):  # then no later cell failed either
                return ""
            return _failed(error, int(raised.read_text()) if raised.is_file() else 1)
        except RuntimeError as error:  # on its way, or before it was ready
            log.seek(0)
            said = _last_line(log.read().decode(errors="replace")) or _last_line(str(error))
            return f"its kernel died: {redact(said)}"
    return ""


def _may_raise(executed: Path, index: int) -> bool:
    """Whether a cell says of itself that it raises."""
    tags = json.loads(executed.read_text("utf-8"))["cells"][index]["metadata"].get("tags", ())
    return "raises-exception" in tags


def _through_papermill(
    notebook: Path, executed: Path, parameters: dict[str, Any], kernel: type
) -> None:
    from papermill import execute_notebook

    for name in ("papermill", "papermill.translators"):
        logging.getLogger(name).addFilter(_is_no_guess)
    execute_notebook(
        str(notebook),
        lean_scheme() + str(executed),
        parameters,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        kernel_manager_class=kernel,
        store_widget_state=False,
        resources={"metadata": {"path": str(_home(notebook))}},
    )


def _home(notebook: Path) -> Path:
    """The folder that the kernel starts in."""
    home = notebook.resolve().parent
    return home if (root(home) / "models.yaml").is_file() else root()


def _is_no_guess(record: logging.LogRecord) -> bool:
    """Keep out papermill's warnings of parameters that it could not infer: `check` has read them
    all.
    """
    return not str(record.msg).startswith(("Unable to parse line", "Passed unknown parameter"))


def _failed(error: Any, number: int) -> str:
    """Which cell failed, at which line of it (IPython counts from the first that is not empty), and
    its last word.
    """
    source = redact(
        without_passwords(error.source)
    )  # before it is cut: a part of a key is one too many
    lines = list(dropwhile(lambda line: not line.strip(), source.splitlines())) or [""]
    line = lines[min(number, len(lines)) - 1].strip()
    text = _ends(redact(without_ansi(error.evalue)))
    name = "" if error.ename in WORKBENCH_ERRORS else f"{error.ename}: " if text else error.ename
    return f"cell [{error.exec_count}] `{clipped(line, 60)}` failed: {name}{clipped(text, 500)}"


def _ends(text: str) -> str:
    """The first line of a text, and the last where it has more: either may hold the reason."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " … ".join(dict.fromkeys(lines[:1] + lines[-1:]))


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _kernel(environment: Mapping[str, str], log: IO[bytes], raised: Path) -> type:
    """A kernel manager that starts this interpreter, whatever kernels are installed, with more in
    its environment.

    What the process itself says goes to `log`; what cells say travels as outputs, without the keys
    that it holds. The line of a cell that raised is written to `raised`.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    command = [
        sys.executable,
        "-m",
        "ipykernel_launcher",
        "--log-level=ERROR",
        "-f",
        "{connection_file}",
    ]
    command.append("--Session.packer=workbench.secrets.packed")
    command.append(f"--IPKernelApp.exec_lines={TELL_LINE.format(path=str(raised))}")
    spec = KernelSpec(
        argv=command, display_name="Python 3", language="python", env=dict(environment)
    )

    class OwnKernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        async def start_kernel(self, **options: Any) -> None:
            await super().start_kernel(stdout=log, stderr=log, **options)

    return OwnKernel


@contextmanager
def _followed(ticks: Path, progress: Callable[[Mapping[str, Any]], None] | None) -> Iterator[None]:
    """Pass on the lines that the kernel's runs write while the notebook executes."""
    done = threading.Event()

    def follow() -> None:
        seen = 0  # bytes
        while True:
            ended = done.wait(TICK)
            if progress and ticks.is_file():
                with ticks.open("rb") as file:
                    file.seek(seen)
                    for line in file:
                        if not line.endswith(b"\n"):
                            break  # half written: the next look reads it whole
                        seen += len(line)
                        if tick := _tick(line):
                            progress(tick)
            if ended:
                return

    follower = threading.Thread(target=follow, name="progress", daemon=True)
    follower.start()
    try:
        yield
    finally:
        done.set()
        follower.join()


def _tick(line: bytes) -> Mapping[str, Any] | None:
    """What a line of progress says, or None for one that two writers made unreadable."""
    try:
        return json.loads(line)
    except ValueError:
        return None
