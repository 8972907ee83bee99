"""A new task's first files: two prompts, examples of its own or three to replace, a critic, and a
notebook set to them.
"""

import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.files import root, write_whole
from workbench.recognising import PART, Recognised, plain_name
from workbench.shipped import MODELS, shipped
from workbench.tabled import card, critic, variants

PROMPT = """---
name: {variant}
description: {description}
metadata:
  task: {task}
inputs:
  - name: message
    kind: string
    description: What the model reads.
    required: true
model:
  options:
    temperature: 0
    maxOutputTokens: 64
template:
  format:
    kind: jinja2
  parser:
    kind: prompty
---
{body}"""
VARIANTS = {
    "v1": (
        "The plain request.",
        "user:\n{{ message }}\n\nSay in one sentence what this message asks for.\n",
    ),
    "v2": (
        "The request with a role and a rule.",
        "system:\nYou read messages for a busy team. Leave out greetings and thanks.\n\n"
        "user:\n{{ message }}\n\nSay in one sentence what this message asks for.\n",
    ),
}
CRITIC = """---
name: {task}_good
description: Does the answer say what the message asks for? (yes/no)
metadata:
  scale: yes/no
inputs:
  - name: message
    kind: string
  - name: output
    kind: string
model:
  options:
    temperature: 0
template:
  format:
    kind: jinja2
  parser:
    kind: prompty
---
system:
You check answers against the message they were written for.

user:
Message:
My blue bowl arrived in two pieces. Could you send a new one?

Answer:
They ask for a new bowl, since theirs arrived broken.

Does the answer say what the message asks for, and nothing that is not in it? Answer yes or no.
assistant:
Yes
user:
Message:
Are you open on Sundays?

Answer:
They want their money back.

Does the answer say what the message asks for, and nothing that is not in it? Answer yes or no.
assistant:
No
user:
Message:
{{{{ message }}}}

Answer:
{{{{ output }}}}

Does the answer say what the message asks for, and nothing that is not in it? Answer yes or no.
"""
NAME = r"[a-z][a-z0-9_]{0,39}"
RESERVED = ("critics", "released")  # folders under prompts/ with a use of their own
EXAMPLES = (
    "Where can I see when my parcel arrives?",
    "Please cancel my order.",
    "Thanks, all sorted!",
)
CARD = """# {task}

Three examples to replace. Write down here where the examples come from, who labelled them and how,
and the licence.
"""
LIMIT = 300
PATTERN = "notebooks/2_evaluate.ipynb"
HOLD = "hold = None  # share of the examples to hold back; None: as many as fits their number"
SPLITS = "\nparts = examples.hold_back(hold)\nexamples, held = parts\nparts"
HELD = """## Examples to work on, and examples held back

A prompt that was changed until it did well on these examples does well on these examples. So a
part of them is held back, two thirds from 90 examples on and a half from 40 on: `held` stays unread
until a prompt is ready, and then settles whether it is better. The side of an example hangs on its
content; with a number as `hold`, such as `0.5`, none changes sides when you write more.
"""
CLAIM = """## Claim it on the examples held back

A prompt that was changed on the examples above is only explored there, whatever its figures say.
When it is ready, a click here asks it and the baseline on `held`, and says better or not yet: no
figure and no row, so that you can go on and claim again. Each claim may be wrong half as often as
the one before. A better one ends these rows, and so does `run.open()`.
"""
CLAIMS = "wb.show(choice, held)"


def scaffold(task: str, found: Recognised | None = None) -> list[Path]:
    """Write a task's first files, from a table where one was recognised, and return their paths;
    WorkbenchError where one exists, and nothing is touched.
    """
    if not re.fullmatch(NAME, task):
        such = plain_name(unicodedata.normalize("NFKD", task).encode("ascii", "ignore").decode())
        known = such if re.fullmatch(NAME, such) and such != "text" else "refunds"
        raise WorkbenchError(
            f"task {task!r}: use a short name of lower-case letters, digits and _, such as {known}"
        )
    if task in RESERVED:
        raise WorkbenchError(
            f"task {task!r}: prompts/{task}/ has a use of its own: choose another name, "
            "such as refunds"
        )
    if not (root() / MODELS).is_file():
        raise WorkbenchError(f"there is no {MODELS} here: begin a project with workbench init")
    files = dict(_files(task, found))
    if taken := [str(path.relative_to(root())) for path in files if os.path.exists(path)]:
        again = f", or to begin it anew delete {words.listed(taken)}"
        raise WorkbenchError(
            f"{taken[0]} exists already: choose another task name{again}; nothing was written"
        )
    return _written(files)


def _written(files: Mapping[Path, str]) -> list[Path]:
    """Write all of the files; where one cannot be, take back the others and the folders made for
    them.
    """
    folders = {folder for path in files for folder in path.parents if not os.path.exists(folder)}
    written = []
    try:
        for path, text in files.items():
            written.append(write_whole(path, text))
    except WorkbenchError as error:
        with suppress(OSError):
            for each in written:
                each.unlink()
        for folder in sorted(folders, reverse=True):  # the deepest first
            with suppress(OSError):
                folder.rmdir()
        raise WorkbenchError(f"{error}; nothing was kept") from None
    return written


def _files(task: str, found: Recognised | None) -> Iterator[tuple[Path, str]]:
    here = root()
    first = _from_table(task, found) if found else _to_replace(task)
    for name, text in first.items():
        yield here / name, text
    answer = PART if found and found.labels else ""
    yield here / "notebooks" / f"{task}.ipynb", _notebook(task, answer)


def _to_replace(task: str) -> dict[str, str]:
    prompts = {
        f"prompts/{task}/{variant}.prompty": PROMPT.format(
            variant=variant, description=description, task=task, body=body
        )
        for variant, (description, body) in VARIANTS.items()
    }
    lines = (_example(task, number, message) for number, message in enumerate(EXAMPLES, 1))
    return prompts | {
        f"prompts/critics/{task}_good.prompty": CRITIC.format(task=task),
        f"datasets/{task}.jsonl": "".join(lines),
        f"datasets/{task}.md": CARD.format(task=task),
    }


def _from_table(task: str, found: Recognised) -> dict[str, str]:
    prompts = {
        f"prompts/{task}/{prompt.name}.prompty": prompt.text for prompt in variants(task, found)
    }
    return prompts | {
        f"prompts/critics/{task}_good.prompty": critic(task, found).text,
        f"datasets/{task}.jsonl": "".join(found.examples.lines()),
        f"datasets/{task}.md": card(task, found),
    }


def _example(task: str, number: int, message: str) -> str:
    fields = {
        "id": f"{task}-{number:03d}",
        "inputs": {"message": message},
        "expected": None,
        "tags": {"kind": "plain"},
    }
    return json.dumps(fields) + "\n"


def _notebook(task: str, answer: str) -> str:
    """The evaluation notebook with the task's names in its parameters cell, with a gold check where
    there is an answer, on the examples that are not held back, and with a claim on those that are.
    """
    book, named, loads, decides = _pattern()
    cells = book["cells"]
    cells[named]["source"] = _lines(_set_to(task, answer, "".join(cells[named]["source"])))
    cells[loads]["source"] = _lines("".join(cells[loads]["source"]).rstrip() + SPLITS)
    code = {**_cell("code", "claim", CLAIMS), "execution_count": None, "outputs": []}
    cells[decides + 1 : decides + 1] = [_cell("markdown", "claims", CLAIM), code]
    cells.insert(loads, _cell("markdown", "held", HELD))
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, id: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "id": id, "metadata": {}, "source": _lines(source)}


def _pattern() -> tuple[dict[str, Any], int, int, int]:
    """The evaluation notebook, and where its parameters stand, where it loads examples and where it
    decides.
    """
    path = root() / PATTERN
    path = path if path.exists() else shipped() / PATTERN
    try:
        book = json.loads(path.read_text("utf-8"))
        tagged = ["parameters" in cell["metadata"].get("tags", ()) for cell in book["cells"]]
        sources = ["".join(cell["source"]) for cell in book["cells"]]
        loads, decides = (
            [verb in source for source in sources].index(True)
            for verb in ("load_examples(", "wb.compare(")
        )
        return book, tagged.index(True), loads, decides
    except (OSError, ValueError, LookupError, TypeError):
        raise WorkbenchError(
            f"{path}, of which a new task's notebook is a copy, is missing or has no cell tagged "
            "parameters or none that loads and compares: bring it back, or work in its project"
        ) from None


def _set_to(task: str, answer: str, parameters: str) -> str:
    """The parameters cell with a task's names, and with what is held back."""
    values = {"task": task, "question": f"{task}_good", "answer": answer, "baseline": "v1"}
    for name, value in values.items():
        parameters = re.sub(
            rf"^{name} = .*?(?=  #)", f"{name} = {json.dumps(value)}", parameters, flags=re.M
        )
    return re.sub(r"^limit = .*", f"limit = {LIMIT}  # examples\n{HOLD}", parameters, flags=re.M)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
