"""What a shell completes: commands, options, and the names of this project's things."""

import argparse
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.files import resolve, root
from workbench.printing import in_line, say

if TYPE_CHECKING:
    from workbench.runs.listing import PastRun

SHELLS = ("bash", "zsh", "fish")
# how a shell reads the script
HOW = {
    "bash": 'bash: eval "$(workbench completion bash)" in ~/.bashrc',
    "zsh": 'zsh: eval "$(workbench completion zsh)" in ~/.zshrc, behind compinit',
    "fish": "fish: workbench completion fish > ~/.config/fish/completions/workbench.fish",
}
Given = argparse.Namespace
Completer = Callable[..., list[str]]


def add_completion(commands: Any) -> None:
    """The parser of completion."""
    completion = commands.add_parser(
        "completion",
        help="print the script by which a shell completes this command",
        description="Print the script by which a shell completes commands, options and the names "
        f"of runs, prompts and models. {'; '.join(HOW.values())}.",
    )
    completion.add_argument("shell", choices=SHELLS, help="your shell")
    completion.set_defaults(command=_completion)


def _completion(given: Given) -> int:
    from argcomplete.shell_integration import shellcode

    for line in shellcode(["workbench"], shell=given.shell).splitlines():
        say(line)
    return 0


def complete_if_asked(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks for completions, and end."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser, always_complete_options=False)


def completed_by(action: Any, names: Callable[[Given], Iterable[str]]) -> None:
    """Have an argument completed by the names that stand there; what is broken or not there yet
    completes nothing.
    """

    def complete(prefix: str, parsed_args: Given, **_: Any) -> list[str]:
        try:
            found = [name for name in names(parsed_args) if name.startswith(prefix)]
        except WorkbenchError:
            return []
        return [name for name in found if name and name == in_line(name)]

    action.completer = complete


def runs(given: Given) -> Iterable[str]:
    """The ids of runs."""
    return [run.kept.id for run in _past(given)]


def tasks_and_runs(given: Given) -> Iterable[str]:
    """What runs may be named by: their tasks, then their ids."""
    past = _past(given)
    return [*dict.fromkeys(run.task for run in past), *(run.kept.id for run in past)]


def critics(given: Given) -> Iterable[str]:
    """The critics of runs."""
    return dict.fromkeys(name for run in _past(given) for name in run.meta.critics)


def _past(given: Given) -> "list[PastRun]":
    from workbench.runs.listing import past_runs
    from workbench.store.database import DEFAULT

    named = given.store or os.environ.get("WORKBENCH_STORE")
    if not named and not resolve(DEFAULT).exists():
        return []  # to complete a word makes no store
    return past_runs(store=given.store)


def prompts(given: Given) -> Iterable[str]:
    """The prompts of the project, `task/variant`."""
    found = sorted((root() / "prompts").glob("*/*.prompty"))
    return [f"{path.parent.name}/{path.stem}" for path in found]


def tasks(given: Given) -> Iterable[str]:
    """The tasks of the project: folders of prompts."""
    return dict.fromkeys(name.partition("/")[0] for name in prompts(given))


def models(given: Given) -> Iterable[str]:
    """The models and roles of the project's models file."""
    from workbench.models.catalogue import load_models

    return load_models()
