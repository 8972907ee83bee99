"""Models that are played: what answers, judges and writes prompts where a picture needs a run, the
same each time.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import workbench as wb
from workbench import testing
from workbench.testing import Ask, Reply

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from shipped_files import copy_shipped  # noqa: E402  what the tests' projects begin with

KINDS = ("complaint", "question", "thanks")
SHARES = {
    "Better:": 0.92,
    "So happy with it.": 0.93,
    "gas stove": 0.82,
    "": 0.7,
}  # right, by prompt
PROPOSED = ("Perhaps:", "In a word:", "Better:", "Kindly:", "At a guess:")


@cache
def labels() -> dict[str, str]:
    """The right label of every message of the shipped task."""
    rows = wb.load_examples(ROOT / "datasets" / "triage.jsonl")
    return {each.inputs["message"]: each.expected["label"] for each in rows}


def play(ask: Ask) -> str | Reply:
    """A proposer, a critic, or an actor that is right as often as its prompt is good."""
    if "You improve prompts" in ask.system:
        return proposed(random.Random(ask.text).choice(PROPOSED))
    asked = ask.body["messages"][-1]["content"]
    if ask.system.startswith("Answer with one word: yes, no."):
        return judged(asked)
    message = asked.partition("\n\n")[0]
    if message not in labels():
        return json.dumps({"reply": "We have read your letter and shall write to you soon."})
    found = label(message, next(SHARES[mark] for mark in SHARES if mark in ask.text))
    return json.dumps({"label": found}) if "response_format" in ask.body else found


def proposed(begins: str) -> str:
    return f"user:\n{{{{ message }}}}\n\n{begins} complaint, question or thanks?\n"


def label(message: str, share: float) -> str:
    """The right label in that share of messages; a better prompt is wrong on fewer of the same."""
    drawn = random.Random(message)
    wrong = [kind for kind in KINDS if kind != labels()[message]]
    return labels()[message] if drawn.random() < share else drawn.choice(wrong)


def judged(asked: str) -> Reply:
    """Yes or no, with a probability that knows something; the message stands between marks."""
    right = next(kind for message, kind in labels().items() if message in asked)
    is_right = asked.strip().endswith(f"{right}?")
    yes = min(0.98, max(0.02, random.Random(asked).gauss(0.75 if is_right else 0.3, 0.2)))
    return Reply("yes" if yes > 0.5 else "no", probabilities={"yes": yes, "no": 1 - yes})


@contextmanager
def project() -> Iterator[testing.Server]:
    """In the shipped project, in a folder of its own, with its models played."""
    with TemporaryDirectory() as folder, chdir(folder), testing.serve(play) as server:
        copy_shipped(Path(folder))
        server.models_file("models.yaml", "actor", "critic", "embedded")
        os.environ.pop("WORKBENCH_MODELS", None)
        yield server
