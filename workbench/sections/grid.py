"""A run as a table: one line an example and repeat, one cell a variant."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.critics import Exact
from workbench.page import words
from workbench.page.markup import clipped, visible
from workbench.runs import Run, VariantKey
from workbench.runs.meta import CriticFacts
from workbench.stats import Scale

HEAD = 80  # characters of an answer in the table
SHORT = 40  # characters; where answers are this short, "differs" compares them and not their scores


def scale_of(run: Run, critic: str) -> Scale:
    """The scale of a critic of a run."""
    return run.meta.critics[critic].scale


@dataclass(frozen=True)
class Grid:
    """Where a run's rows stand: `columns[variant][line]` is a row of the run, -1 for none."""

    variants: tuple[VariantKey, ...]
    lines: tuple[tuple[str, int], ...]  # example, repeat
    columns: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, run: Run) -> "Grid":
        run.needed_open("a table of answers")
        columns = run.columns
        once = not any(columns["repeat"])  # texts are looked up in half the time of pairs
        pairs = zip(columns["example"], columns["repeat"], strict=True)
        keys: list[Any] = columns["example"] if once else list(pairs)
        lines = {key: line for line, key in enumerate(dict.fromkeys(keys))}
        table = {(each.prompt, each.model): [-1] * len(lines) for each in run.variants}
        cells = zip(columns["prompt"], columns["model"], keys, strict=True)
        for row, (prompt, model, key) in enumerate(cells):
            table[prompt, model][lines[key]] = row
        shown = tuple((key, 0) for key in lines) if once else tuple(lines)
        return cls(run.variants, shown, tuple(map(tuple, table.values())))

    @cached_property
    def names(self) -> list[str]:
        return [variant.name for variant in self.variants]

    @cached_property
    def titles(self) -> list[str]:
        """Each line's example, with its repeat where there are several."""
        repeated = any(repeat for _, repeat in self.lines)
        return [
            visible(f"{example} · {repeat + 1}" if repeated else example)
            for example, repeat in self.lines
        ]

    def rows(self, line: int) -> list[int]:
        """The run's rows that stand on a line, variant by variant."""
        return [column[line] for column in self.columns]


@dataclass(frozen=True)
class Judge:
    """A critic as the table shows it."""

    name: str
    scale: Scale
    ticks: bool  # yes or no: shown as ✓ and ✗; else as the score
    against: str = ""  # the prompt whose answers it compares with

    def ties(self, score: float) -> bool:
        """Whether a comparison found neither answer better."""
        return bool(self.against) and score == 0.5

    @classmethod
    def all_of(cls, run: Run, first: str = "") -> tuple["Judge", ...]:
        """The critics of a run, `first` in front."""
        critics = run.meta.critics
        names = sorted(critics, key=lambda name: name != first)
        return tuple(
            cls(
                name,
                scale_of(run, name),
                ticks=_is_yes_or_no(critics[name]),
                against=critics[name].against,
            )
            for name in names
        )


def _is_yes_or_no(critic: CriticFacts) -> bool:
    return (critic.scale.low, critic.scale.high) == (0, 1) and critic.kind != "choice"


def gives_probabilities(run: Run, critic: str) -> bool:
    """Whether most scores of a critic are the probability of its yes: their mean is no share of
    right answers.
    """
    modes = Counter(mode for mode in run.columns[f"{critic}.mode"] if mode)
    ends = scale_of(run, critic).ends
    return ends == (0, 1) and modes["logprob"] > sum(modes.values()) / 2


def score_name(run: Run, critic: str) -> str:
    """What the mean of a critic's own scores is called; of a check's, by its name."""
    if gives_probabilities(run, critic):
        return "Mean P(yes)"
    facts = run.meta.critics[critic]
    is_check = facts.model is None and facts.kind not in ("panel", "recorded")
    return f"Score by {critic}" if is_check else "Critic’s score"


def gold_of(run: Run) -> str:
    """The first check of a run that compares with right answers; empty where there is none."""
    return next((each.name for each in run.critics if isinstance(each, Exact)), "")


def asked(run: Run, column: Sequence[int]) -> list[int]:
    """The rows of a variant that were sent; a run that ended early leaves some."""
    status = run.columns["status"]
    return [row for row in column if row >= 0 and status[row] != "unsent"]


def headline(output: str) -> str:
    """What stands for an answer in a narrow cell: the first plain field of a JSON object, else the
    first line.
    """
    text = output.strip()
    if text.startswith("{") and len(text) < 20_000:
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = {}
        plain = (value for value in fields.values() if isinstance(value, str | int | float | bool))
        text = words.value(next(plain, _calls(fields) or text))
    return clipped(visible(text.partition("\n")[0]), HEAD)


def _calls(fields: dict[str, Any]) -> str:
    """get_order(order=7), of an answer that calls tools; empty for any other."""
    calls = fields.get("tool_calls")
    if set(fields) != {"tool_calls"} or not isinstance(calls, list):
        return ""
    return ", ".join(_call(call) for call in calls if isinstance(call, dict))


def _call(call: dict[str, Any]) -> str:
    given = call.get("arguments")
    arguments = given if isinstance(given, dict) else {}
    listed = ", ".join(f"{name}={words.value(value)}" for name, value in arguments.items())
    return f"{call.get('name')}({listed})"


def is_failure(run: Run, row: int, judge: Judge | None) -> bool:
    """Whether a row has no answer, no score, or a score on the bad half of the scale."""
    if run.columns["status"][row] != "ok":
        return True
    return judge is not None and not judge.scale.passes(run.columns[judge.name][row])


def differs(run: Run, rows: Sequence[int], judge: Judge | None) -> bool:
    """Whether answers to one example differ: short ones by text, long ones by pass or fail."""
    texts = {run.columns["status"][row] + headline(run.columns["output"][row]) for row in rows}
    if len(texts) < 2 or all(len(text) <= SHORT for text in texts):
        return len(texts) > 1
    return len({is_failure(run, row, judge) for row in rows}) > 1


def mark(run: Run, row: int, judge: Judge | None) -> str:
    """yes (passed), no (failed), nothing for a tie, or the word for a row without a score."""
    status = run.columns["status"][row]
    if status != "ok" or judge is None:
        return "" if status == "ok" else status
    score = run.columns[judge.name][row]
    if math.isnan(score):
        return "unscored"
    return "" if judge.ties(score) else "yes" if judge.scale.passes(score) else "no"


def figure(run: Run, row: int, judge: Judge | None) -> str:
    """A score that is no plain yes or no: two decimals of a share, one of a rating."""
    score = run.columns[judge.name][row] if judge else math.nan
    if judge is None or math.isnan(score) or (judge.ticks and score in (0, 1)):
        return ""
    return f"{score:.2f}" if judge.scale.width <= 1 else f"{score:.1f}"


def figures(run: Run, row: int) -> str:
    """164 tokens in, 26 out, 12 of them thinking · 0.58 s · first token 0.11 s · queued 2.1 s ·
    $0.00011
    """
    at = {name: run.columns[name][row] for name in _FIGURES}
    sent, given = (words.number(at[name]) for name in ("prompt_tokens", "completion_tokens"))
    thought = f", {at['thinking_tokens']:,} of them thinking" if at["thinking_tokens"] > 0 else ""
    first, queued = (words.seconds(at[name]) for name in ("first_token_seconds", "queue_seconds"))
    parts = [
        f"{sent} tokens in, {given} out{thought}" if sent and given else "",
        words.seconds(at["seconds"]),
        f"first token {first}" if first else "",
        f"queued {queued}" if at["queue_seconds"] >= LONG_QUEUE else "",
        words.money(at["cost"]),
    ]
    return " · ".join(filter(None, parts))


LONG_QUEUE = 0.1  # seconds that a call waited here, from which it is said
_FIGURES = (
    "prompt_tokens", "completion_tokens", "thinking_tokens", "seconds", "first_token_seconds",
    "queue_seconds", "cost",
)  # fmt: skip
