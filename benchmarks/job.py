"""The standard job: one prompt, N examples, one actor call and one yes/no critic call each.

    python benchmarks/job.py N CONCURRENCY [--store PATH_OR_URL]

It asks the endpoint at OPENAI_BASE_URL and ends with status 0 only when every row has an answer and
a verdict. Without --store a fresh one is used and thrown away.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.pop(0)  # this folder, whose statistics.py would hide the standard library's
import workbench as wb
from workbench.models.entry import Price

NOUNS = [
    "river",
    "bridge",
    "engine",
    "market",
    "garden",
    "signal",
    "theory",
    "museum",
    "harbour",
    "vaccine",
    "comet",
]
VERBS = [
    "changed",
    "improved",
    "delayed",
    "replaced",
    "explained",
    "measured",
    "connected",
    "protected",
    "restored",
]

PROMPT = """---
name: summary
model: {options: {temperature: 0}}
inputs:
  - {name: text, kind: string}
---
user:
Summarise the note below in one plain sentence for a busy reader.

Note: {{text}}
"""
CRITIC = """---
name: faithful
metadata: {fence: false}
model: {options: {temperature: 0}}
inputs:
  - {name: text, kind: string}
  - {name: output, kind: string}
---
system:
You are a CRITIC. Answer only Yes or No.
user:
Note: {{text}}

Summary: {{output}}

Is the summary faithful, clear and one sentence long?
"""


def note(number: int) -> str:
    """About 250 characters that no other number gives."""
    chosen = random.Random(number)
    sentences = []
    for _ in range(4):
        subject, thing, place = (chosen.choice(NOUNS) for _ in range(3))
        year, verb = 1900 + chosen.randrange(120), chosen.choice(VERBS)
        sentences.append(f"In {year} the {subject} {verb} the {thing} near the {place}.")
    return f"Case {number}. " + " ".join(sentences)


async def work(n: int, concurrency: int, store: str, folder: Path) -> bool:
    (folder / "summary.prompty").write_text(PROMPT)
    (folder / "faithful.prompty").write_text(CRITIC)
    stub = wb.Model(
        "stub",
        "stub",
        os.environ["OPENAI_BASE_URL"],
        api_key_env="OPENAI_API_KEY",
        max_concurrency=concurrency,
        price=Price(0, 0),
    )
    critic = wb.Rubric.load(folder / "faithful.prompty", stub)
    examples = [wb.Example(f"e{number:06d}", {"text": note(number)}) for number in range(n)]
    run = await wb.run(
        wb.load_prompt(folder / "summary.prompty"), examples, stub, [critic], store=store
    )
    print(run.counts, f"{run.seconds:.2f} s")
    return run.counts.get("ok") == n and not run.counts["unscored"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("n", type=int)
    parser.add_argument("concurrency", type=int)
    parser.add_argument(
        "--store", help="a file or database URL that is kept, so that a second job costs no call"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or f"{folder}/store.db"
        sys.exit(0 if asyncio.run(work(given.n, given.concurrency, store, Path(folder))) else 1)
