"""Towards fine-tuning: the best judged answers of a run, or the right ones, as a training file.

Chat JSON Lines, a conversation a line: what OpenAI's fine-tuning and TRL's SFTTrainer take.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from workbench import words
from workbench.comparison.scores import finite_scale, read_scores
from workbench.datasets import Dataset, Example
from workbench.datasets.splitting import position
from workbench.errors import WorkbenchError
from workbench.files import Written, resolve, write_whole
from workbench.meant import instead
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.runs import Run
from workbench.runs.heldout import rows_of
from workbench.runs.seen import variant_identities
from workbench.store.ledger import each_row
from workbench.store.text import writable

FEWEST_LINES = 10  # OpenAI takes no file with fewer
BYTES_PER_TOKEN = 4  # of English text in a byte-pair vocabulary; other scripts take fewer
Answers = Literal["best", "gold"]


@printed
@dataclass(frozen=True)
class TrainingFile:
    """A file to train a model on, and the examples that a comparison of it may use.

    `tokens` are estimated from the text; `price` is in dollars for a million of them.
    """

    path: Written
    lines: int
    tokens: int
    epochs: int
    price: float | None
    left_out: Mapping[str, int]  # why examples are not in it, and how many
    kept: Dataset = field(repr=False)  # in no line: compare the tuned model on these

    @property
    def dollars(self) -> float:
        """What training costs in all epochs; NaN without a price."""
        return math.nan if self.price is None else self.price * self.tokens * self.epochs / 1e6

    @property
    def sentence(self) -> str:
        """What is in it, what training costs, and what is not in it."""
        cost = words.money(self.dollars) or "what no price was given for"
        times = f" in {words.count(self.epochs, 'epoch')}" if self.epochs > 1 else ""
        return (
            f"{self.path.name}: {words.count(self.lines, 'conversation')}, about {self.tokens:,} "
            f"tokens, training{times} costs {cost}; left out: {_reasons(self.left_out)}. Compare "
            f"the tuned model on the {words.count(len(self.kept), 'example')} that are kept."
        )

    def __repr__(self) -> str:
        return self.sentence


def training_file(
    run: Run,
    path: str | Path,
    *,
    critic: str,
    prompt: str = "",
    answers: Answers = "best",
    at_least: float = 0.5,
    keep: float = 1 / 2,
    seed: int = 0,
    epochs: int = 1,
    price: float | None = None,
) -> TrainingFile:
    """Write, for each example, the messages of `prompt` and the answer that a model is to learn.

    `answers="best"`: the one that `critic` scored highest among all variants and repeats, where it
    has `at_least` that share of the scale; "gold": the example's right answer. The share `keep` of
    the examples, by `seed` and their inputs, is left out to compare the tuned model on, and so is
    every row that is held back or on which something was claimed. `price` is what the trainer asks
    for a million tokens, in dollars. `prompt` may be left out where the run has one. Raises
    WorkbenchError under 10 lines.
    """
    run.needed_open("a training file")
    if not 0 <= keep < 1 or not 0 <= at_least <= 1 or epochs < 1:
        raise ValueError("keep and at_least are shares, and epochs count from 1")
    chosen = _Chosen(run, critic, answers, at_least, _apart(run, keep, seed))
    lines = chosen.needed_lines(_prompt(run, prompt))
    file = _written(resolve(path), lines)
    kept = Dataset(chosen.kept, f"{run.meta.dataset.name}-kept")
    return TrainingFile(file, len(lines), _tokens(lines), epochs, price, chosen.left_out, kept)


def _tokens(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) // BYTES_PER_TOKEN for line in lines)


def _written(path: Path, lines: Sequence[str]) -> Written:
    if path.suffix != ".jsonl":
        raise WorkbenchError(f"{path.name}: a training file ends in .jsonl")
    return write_whole(path, lines)


def _reasons(left_out: Mapping[str, int]) -> str:
    """31 kept to compare, 5 no answer good enough."""
    return ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "none"


def _prompt(run: Run, name: str) -> Prompt:
    """The prompt that the tuned model will be asked with."""
    known = {each.name: each for each in run.prompts}
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        raise WorkbenchError(f"prompt={name!r}: {instead(name, known, 'name one of this run,')}")
    if not known[name].messages:
        raise WorkbenchError(f"the text of {name} is not known to this run")
    return known[name]


def _apart(run: Run, keep: float, seed: int) -> Mapping[str, str]:
    """The examples that no line may hold, each with the reason."""
    claimed = _claimed(run)
    found: dict[str, str] = {}
    for each in run.examples:
        if each.held:
            found[each.id] = "held back"
        elif each_row(rows_of([each])) & claimed:
            found[each.id] = "claimed on"
        elif position(seed, dict(each.inputs)) >= 1 - keep:
            found[each.id] = "kept to compare"
    return found


def _claimed(run: Run) -> set[bytes]:
    """The rows on which something was claimed while held back, or that were planned to be read."""
    if run.store is None:
        return set()
    rows = rows_of(run.examples)
    looks = (
        entry
        for critic in run.meta.critics
        for each in variant_identities(run)
        for entry in run.store.looks_at(critic, each.asked)
    )
    settled = (entry.rows for entry in looks if {"claim", "plan"} & entry.record.keys())
    return each_row(run.store.ended(rows)).union(*map(each_row, settled))


@dataclass
class _Chosen:
    """Which answer of which example is learnt, and why others are not."""

    run: Run
    critic: str
    answers: Answers
    at_least: float
    apart: Mapping[str, str]
    left_out: Counter[str] = field(default_factory=Counter)
    kept: list[Example] = field(default_factory=list)

    def needed_lines(self, prompt: Prompt) -> list[str]:
        """The lines; WorkbenchError where they are too few."""
        lines = list(self.lines(prompt))
        if len(lines) < FEWEST_LINES:
            raise WorkbenchError(
                f"{words.count(len(lines), 'line')} to train on, and {FEWEST_LINES} are the fewest "
                f"that a trainer takes (left out: {_reasons(self.left_out)}): run more examples"
            )
        return lines

    def lines(self, prompt: Prompt) -> Iterator[str]:
        """A line for each example that has an answer to learn."""
        best = self._best() if self.answers == "best" else {}
        for example in self.run.examples:
            reason = self.apart.get(example.id, "")
            answer = best.get(example.id) if self.answers == "best" else _gold(example, prompt)
            if reason == "kept to compare":
                self.kept.append(example)
            if not reason and answer is None:
                reason = "no answer good enough" if self.answers == "best" else "no right answer"
            if reason or answer is None:
                self.left_out[reason] += 1
                continue
            yield _line(prompt.render(example.inputs), answer)

    def _best(self) -> dict[str, str]:
        """Per example, the text of the answer with the highest score, where it is high enough."""
        columns = self.run.columns
        scale = finite_scale(self.critic, read_scores(self.run, self.critic).scale)
        best: dict[str, tuple[float, str]] = {}
        for row, status in enumerate(columns["status"]):
            merit = scale.merit(columns[self.critic][row])
            if status != "ok" or not merit >= self.at_least:  # an unscored row is NaN
                continue
            example = columns["example"][row]
            if example not in best or merit > best[example][0]:
                best[example] = merit, columns["output"][row]
        return {example: text for example, (_, text) in best.items()}


def _gold(example: Example, prompt: Prompt) -> str | None:
    """The right answer in the form in which the prompt asks for it."""
    if example.expected is None:
        return None
    if isinstance(example.expected, str) and not prompt.schema:
        return example.expected
    if isinstance(example.expected, str) and prompt.schema:
        [name, *others] = [each.name for each in prompt.outputs]
        if others:
            return None  # of several outputs, which one it is nobody said
        return json.dumps({name: example.expected}, ensure_ascii=False)
    return json.dumps(example.expected, ensure_ascii=False)


def _line(messages: Sequence[Mapping[str, Any]], answer: str) -> str:
    """A conversation; what an assistant said earlier in it is not learnt."""
    told = [
        {**each, "weight": 0} if each["role"] == "assistant" else dict(each) for each in messages
    ]
    said = {"messages": [*told, {"role": "assistant", "content": answer}]}
    return writable(json.dumps(said, ensure_ascii=False)) + "\n"
