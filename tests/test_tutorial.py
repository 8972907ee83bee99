"""The tutorial, done as a reader does it: every block in order, in a project of its own, on
scripted models.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import workbench as wb
from workbench import testing
from workbench.errors import WorkbenchError
from workbench.models.catalogue import load_models
from workbench.views.view import WIDGET

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
LABELS = re.compile(r"Label (\d+) answers")
GOOD = "The writer asks"  # how the scripted answers begin that the critic and the reader find good


def script(ask):
    """The prompt that shows an example is answered well, the others mostly badly; the critic is
    mostly right.
    """
    draw = hashlib.sha256(ask.text.encode()).digest()[0] / 255
    if ask.body.get("logprobs"):
        yes = 0.1 + 0.2 * draw + 0.6 * (GOOD in ask.text)
        return testing.Reply(
            "yes" if yes > 0.5 else "no", probabilities={"yes": yes, "no": 1 - yes}
        )
    return (
        f"{GOOD} {draw:.3f}."
        if "blue bowl" in ask.text or draw < 0.1
        else f"Dear writer {draw:.3f},"
    )


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins on, and the line of prose before
    it.
    """

    kind: str
    text: str
    line: int
    prose: str


def blocks(page: str) -> Iterator[Block]:
    kind, start, prose, lines = "", 0, "", []
    for number, line in enumerate(page.splitlines(), 1):
        if kind and line == "```":
            yield Block(kind, "\n".join(lines), start, prose)
            kind = ""
        elif kind:
            lines.append(line)
        elif line.startswith("```"):
            kind, start, lines = line.removeprefix("```"), number, []
        elif line:
            prose = line
    assert not kind, f"line {start}: the block is never closed"


class Reader:
    """Types what the page shows: commands in a shell, cells in a notebook, files in an editor, keys
    in a view.
    """

    def __init__(self, notebook: NotebookClient, server: testing.Server, stack: ExitStack) -> None:
        self.notebook, self.server, self.stack = notebook, server, stack
        self.seen = ""  # what the last command or cell said
        self.bind_models()

    def do(self, page: str) -> None:
        doing = {
            "sh": self.type_command,
            "python": self.run_cell,
            "prompty": self.save_file,
            "yaml": self.save_file,
            "csv": self.save_file,
            "text": self.look,
        }
        for block in blocks(page):
            doing[block.kind](block)
            if "labels.draw" in block.text:
                self.press_keys(int(LABELS.findall(page)[0]))

    def type_command(self, block: Block) -> None:
        done = subprocess.run(
            ["sh", "-ec", block.text], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"line {block.line}: {done.stderr}"
        self.seen = done.stdout

    def run_cell(self, block: Block) -> None:
        cells = self.notebook.nb.cells
        if not cells:
            self.stack.enter_context(self.notebook.setup_kernel())
        cells.append(nbformat.v4.new_code_cell(block.text))
        outputs = self.notebook.execute_cell(cells[-1], len(cells) - 1).outputs
        self.seen = "\n".join(output.data["text/plain"] for output in outputs if "data" in output)

    def save_file(self, block: Block) -> None:
        [name] = re.findall(r"`([\w./]+)`:$", block.prose)
        Path(name).write_text(block.text + "\n")
        self.bind_models()

    def look(self, block: Block) -> None:
        assert self.seen.strip() == block.text, f"line {block.line} shows another output"

    def bind_models(self) -> None:
        """The models of models.yaml, each played by the scripted server under its own name, in the
        same roles.
        """
        load_models("models.yaml")  # what is wrong with it is said here
        real = yaml.safe_load(Path("models.yaml").read_text())
        file = self.server.models_file("scripted.yaml", *real["models"])
        file.write_text(json.dumps(json.loads(file.read_text()) | {"roles": real["roles"]}))

    def press_keys(self, count: int) -> None:
        """What a browser sends for y or n, for as many of the drawn answers as the page asks to
        label.
        """
        [view] = [
            o.data[WIDGET]["model_id"]
            for o in self.notebook.nb.cells[-1].outputs
            if WIDGET in o.data
        ]
        run = wb.load_run()
        rows = wb.labels.draw(run, "refunds_good", rater="me").rows[:count]
        client = self.notebook.kc
        assert client and len(rows) == count
        for row in rows:
            good = run.columns["output"][row].startswith(GOOD)
            pressed = {"do": "label", "argument": "1.0" if good else "0.0", "values": {}}
            content = {"comm_id": view, "data": {"method": "custom", "content": pressed}}
            client.shell_channel.send(client.session.msg("comm_msg", content))


@pytest.fixture
def reader(shipped, monkeypatch):
    """Somebody at a fresh copy of the project, with a shell in its folder and a notebook beside the
    others.
    """
    (shipped / ".venv").mkdir()
    (shipped / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    monkeypatch.setenv("WORKBENCH_MODELS", "scripted.yaml")
    place = {"metadata": {"path": str(shipped / "notebooks")}}
    notebook = NotebookClient(
        nbformat.v4.new_notebook(), kernel_name="python3", resources=place, timeout=120
    )
    with testing.serve(script) as server, ExitStack() as stack:
        yield Reader(notebook, server, stack)


def test_every_block_of_the_tutorial_runs_in_order(reader):
    reader.do(PAGE)
    released = Path("prompts/released/refunds")
    names = ["aliases.json", "v3.card.json", "v3.prompty"]
    assert sorted(path.name for path in released.iterdir()) == names
    decision = json.loads((released / "v3.card.json").read_text())["decision"]
    # eight examples: one label stands for all answers to an example that read alike
    assert min(variant["labels"] for variant in decision["variants"]) >= 8
    assert Path(".workbench/reports/labelled/report.html").is_file()
    asked = Counter(logged.ask.body["model"] for logged in reader.server.log)
    assert asked["embedded"] <= 2 * 90  # the command asked, and the notebook found every answer
    assert asked["llama"] and asked["gpt-4"]  # the last command used the models it was given


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("```sh\nls nowhere\n```", "line 1: .*nowhere"),
        ("One\n```sh\necho one\n```\n```text\ntwo\n```", "line 5 shows another output"),
        ("```python\nno_such_name\n```", "'no_such_name' is not defined"),
        ("Write `models.yaml`:\n```yaml\nmodels: {a: {}}\n```", "model 'a': add `id:`"),
        ("```sh\ntrue", "line 1: the block is never closed"),
    ],
    ids=["a command", "an output", "a cell", "a file", "a fence"],
)
def test_what_goes_wrong_in_a_tutorial_is_noticed(reader, page, said):
    with pytest.raises((AssertionError, CellExecutionError, WorkbenchError), match=said):
        reader.do(page)
