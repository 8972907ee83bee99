"""How a command ends: an exit status, and one line of what kept it from its end."""

import signal
import threading
from collections.abc import Callable, Iterable

from workbench.cli.verbose import causes
from workbench.errors import WorkbenchError
from workbench.files import unusable
from workbench.printing import finish, say
from workbench.secrets import redact

LONGEST = 4_000  # characters of an error
CANCELS = ("SIGTERM", "SIGHUP")  # of a job, and of a terminal that is closed (not on Windows)


def ended(command: Callable[[], int], *, verbose: bool = False) -> int:
    """The exit status of a command, carried out; a job that is cancelled is interrupted."""
    _be_interrupted()
    try:
        return command()
    except WorkbenchError as error:
        return _trouble(error, str(error), verbose=verbose)
    except BrokenPipeError:  # who read the output has seen enough, as `head` has
        return 141
    except OSError as error:  # a full disk, say, or a folder that may not be written to
        where = f"{error.filename}: " if error.filename else ""
        return _trouble(error, f"{where}{unusable(error)}", verbose=verbose)
    except MemoryError as error:
        return _trouble(error, "memory is full: free some, or take fewer rows", verbose=verbose)
    except KeyboardInterrupt:
        kept = "finished calls are kept, the same command goes on from there"
        say(f"workbench: interrupted; {kept}", error=True)
        return 130


def tell(lines: Iterable[str]) -> int:
    for line in lines:
        say(redact(line), error=True)
    return 0


def finished() -> int:
    """What was said is out; OSError where it cannot be."""
    finish()
    return 0


def _be_interrupted() -> None:
    """Take what cancels for Ctrl-C, but for what is ignored, as below nohup."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (getattr(signal, name, None) for name in CANCELS):
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _trouble(error: Exception, why: str, *, verbose: bool) -> int:
    if verbose:
        tell(causes(error))
    said = redact(why)
    if len(said) > LONGEST:  # of a value that fills a line, say; the step stands at the end
        said = f"{said[: LONGEST // 2]} … {said[-LONGEST // 2 :]}"
    say(f"workbench: {said}", error=True)
    return 1
