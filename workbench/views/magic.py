"""%%prompt: a prompt edited in the notebook's own editor."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from workbench.datasets import Dataset, Example, load_examples
from workbench.errors import DatasetError, PromptError, WorkbenchError
from workbench.files import inside, resolve, root
from workbench.meant import unknown_option
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.prompts import Prompt, load_prompt, load_prompts
from workbench.prompts.prompty import parse
from workbench.sections import prompt as pieces
from workbench.store import Store
from workbench.views import draft
from workbench.views.editor import actor
from workbench.views.view import View

USAGE = "%%prompt task/variant [--example ID] [--save]"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise PromptError(f"{message}: write {USAGE}")


class Draft(View):
    """A prompt of a cell on show."""

    interactive = False

    def __init__(
        self,
        prompt: Prompt,
        old: Prompt | None,
        examples: Sequence[Example],
        example: Example | None,
        saved: str,
    ) -> None:
        super().__init__(f"Prompt {prompt.name}")
        self.prompt, self.old, self.saved = prompt, old, saved
        self.examples, self.example = examples, example

    def twin(self) -> Html:
        prompt, example, old = self.prompt, self.example, self.old
        change, lines = pieces.change(old, prompt) if old else ("a new variant", Html(""))
        as_saved = old is not None and not lines
        return render(
            "views/draft.html",
            title=draft.title(prompt),
            beside=self.saved or ("as saved" if as_saved else f"{change}, not saved"),
            variables=pieces.variables(prompt, self.examples),
            example=example,
            preview=pieces.preview(prompt, example) if example else "",
            price=self._price(example) if example else "",
            old=old,
            lines=lines,
        )

    def _price(self, example: Example) -> str:
        given = self.prompt, self.examples, example
        text = [pieces.tokens(self.prompt, example)]
        text += [pieces.price(*given, model, Store()) for model in actor()]
        return " · ".join(text)


def prompt_cell(line: str, cell: str) -> tuple[Prompt, Draft]:
    """The prompt in a cell, checked, and its view; saved as a new variant where `--save` asks for
    it.

    The cell holds a prompt file's text, or its messages alone: then the rest comes from the saved
    variant of that name, or from the newest variant of the task.
    """
    given = _given(line)
    task, _, variant = given.name.rpartition("/")
    if not task or not variant:
        raise PromptError(f"{given.name!r} names no variant: write {USAGE}")
    folder = resolve(inside(root() / "prompts", task))
    old = _saved(folder, variant)
    prompt = _read(cell, variant, folder, old)
    examples = _examples(task)
    example = _chosen(examples, given.example)
    if example:
        prompt.check(example.inputs, f"example {example.id!r}: ")
    saved = draft.save(prompt, folder, variant) if given.save else ""
    return prompt, Draft(prompt, old, examples, example, saved)


def _given(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%prompt", add_help=False)
    parser.add_argument("name")
    parser.add_argument("--example")
    parser.add_argument("--save", action="store_true")
    try:
        given = shlex.split(line)
        for asked in given:
            if asked.startswith("--") and (said := unknown_option(asked, parser.format_help())):
                parser.error(said)
        return parser.parse_args(given)
    except ValueError:  # an open quotation
        unclosed = "a quotation mark is not closed"
        raise PromptError(f"%%prompt {line}: {unclosed}: write {USAGE}") from None


def _saved(folder: Path, variant: str) -> Prompt | None:
    path = inside(folder, f"{variant}.prompty")
    return load_prompt(path) if path.is_file() else None


def _read(cell: str, variant: str, folder: Path, old: Prompt | None) -> Prompt:
    where = f"%%prompt {folder.name}/{variant}"
    found = parse(cell, where)
    path = folder / f"{variant}.prompty"
    if cell.lstrip().startswith("---"):
        return Prompt(name=variant, path=path, **found)
    front = old or (
        load_prompts(folder)[-1] if folder.is_dir() and any(folder.glob("*.prompty")) else None
    )
    if front is None:
        return Prompt(name=variant, path=path, **found)
    return replace(front, name=variant, path=path, messages=found["messages"])


def _examples(task: str) -> Sequence[Example]:
    """The task's examples, where it has a dataset."""
    path = root() / "datasets" / f"{task}.jsonl"
    return load_examples(path) if path.is_file() else ()


def _chosen(examples: Sequence[Example], wanted: str | None) -> Example | None:
    if wanted is None:
        return examples[0] if examples else None
    found = next((example for example in examples if example.id == wanted), None)
    if found is None:
        name = examples.name if isinstance(examples, Dataset) else "the dataset"
        raise DatasetError(
            f"{name} has no example {wanted!r}: leave --example out for the first one"
        )
    return found


def register(shell: Any) -> None:
    """Add the cell magic to a notebook's shell; the prompt of the cell is then the variable
    `prompt`.
    """

    def run_cell(line: str, cell: str) -> None:
        from IPython.core.error import UsageError
        from IPython.display import display

        try:
            prompt, view = prompt_cell(line, cell)
        except WorkbenchError as error:
            raise UsageError(str(error)) from None
        shell.user_ns["prompt"] = prompt
        display(view)

    shell.register_magic_function(run_cell, "cell", "prompt")
