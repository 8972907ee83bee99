"""A project in which v2 was overwritten between two runs, on scripted models."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

import workbench as wb
from workbench import testing
from workbench.models.entry import Price

YESTERDAY, TODAY = datetime(2026, 11, 20, 9, 14), datetime(2026, 11, 21, 10, 2)
COUNT = 40
PRICE = Price(1000, 0)  # dollars a million tokens: 1/10 cent a word of a prompt


def right(number: int) -> str:
    return "odd" if number % 2 else "even"


def script(ask: testing.Ask) -> str:
    """v1 is wrong on every third number, v2 on every fourth; as it is rewritten on every tenth."""
    number = int(ask.text.split()[-1])
    wrong_on = 10 if "Carefully" in ask.text else 4 if "Exactly" in ask.text else 3
    return right(number) if number % wrong_on else "neither"


def write_prompt(name: str, body: str) -> Path:
    path = Path(f"prompts/parity/{name}.prompty")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nname: {name}\n# by hand\n---\nuser:\n{body} {{{{ text }}}}\n")
    return path


def write_examples(count: int = COUNT) -> None:
    Path("datasets").mkdir(exist_ok=True)
    rows = (
        {"id": f"e{n}", "inputs": {"text": str(n)}, "expected": right(n), "tags": {"size": "one"}}
        for n in range(1, count + 1)
    )
    Path("datasets/parity.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@dataclass
class Days:
    """A project's store and its model."""

    store: wb.Store
    server: testing.Server

    def run(self, examples=None, *, at=None, prompts=None, model="m", critics=None, **given):
        """A run of the task as it is now, dated."""
        asked = wb.run(
            prompts or wb.load_prompts("prompts/parity"),
            examples or wb.load_examples("datasets/parity.jsonl"),
            self.server.model(model, price=PRICE),
            critics or [wb.Exact()],
            store=self.store,
            **given,
        )
        with ThreadPoolExecutor(1) as beside:  # a browser test has a loop of its own
            made = beside.submit(asyncio.run, asked).result()
        if at:
            self.date(made, at)
        return made

    def date(self, run: wb.Run, at: datetime) -> None:
        """Put a run at another time."""
        with self.store._database.write() as connection:
            change = text("UPDATE run SET started = :at WHERE id = :id")
            connection.execute(change, {"at": at.timestamp(), "id": run.id})


@contextmanager
def days(folder: Path):
    """In a project folder that is worked in."""
    (folder / "models.yaml").write_text("models: {}\n")
    write_examples()
    write_prompt("v1", "Even or odd:")
    write_prompt("v2", "Exactly even or odd:")
    with testing.serve(script) as server:
        store = wb.Store()
        yield Days(store, server)
        store.close()


def both_days(made: Days) -> tuple[wb.Run, wb.Run]:
    """Yesterday's run, and today's with v2 rewritten."""
    yesterday = made.run(at=YESTERDAY)
    write_prompt("v2", "Carefully, even or odd:")
    return yesterday, made.run(at=TODAY)
