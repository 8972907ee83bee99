"""A run as a table: one line an example and repeat, one cell a variant."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.runs import Run, VariantKey
from workbench.runs.meta import CriticFacts
from workbench.views import words
from workbench.views.markup import clipped, visible
from workbench.views.scale import Scale

HEAD = 80  # characters of an answer in the table
SHORT = 40  # characters; where answers are this short, "differs" compares them and not their scores


@dataclass(frozen=True)
class Grid:
    """Where a run's rows stand in the table: `place[variant][line]` is a row of the run, -1 where
    there is none.
    """

    variants: tuple[VariantKey, ...]
    lines: tuple[tuple[str, int], ...]  # example, repeat
    place: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, run: Run) -> "Grid":
        columns = run.columns
        lines = list(dict.fromkeys(zip(columns["example"], columns["repeat"], strict=True)))
        variant = {(key.prompt, key.model): v for v, key in enumerate(run.variants)}
        line = {key: k for k, key in enumerate(lines)}
        place = [[-1] * len(lines) for _ in run.variants]
        keys = zip(
            columns["prompt"], columns["model"], columns["example"], columns["repeat"], strict=True
        )
        for row, (prompt, model, example, repeat) in enumerate(keys):
            place[variant[prompt, model]][line[example, repeat]] = row
        return cls(run.variants, tuple(lines), tuple(map(tuple, place)))

    @cached_property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.variants]

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
        return [column[line] for column in self.place]


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
                Scale.of(critics[name]),
                ticks=_is_yes_or_no(critics[name]),
                against=critics[name].against,
            )
            for name in names
        )


def _is_yes_or_no(critic: CriticFacts) -> bool:
    return (critic.scale.low, critic.scale.high) == (0, 1) and critic.kind != "choice"


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
        text = words.value(next(plain, text))
    return clipped(visible(text.partition("\n")[0]), HEAD)


def is_failure(run: Run, row: int, judge: Judge | None) -> bool:
    """Whether a row has no answer, no score, or a score on the bad half of the scale."""
    if run.columns["status"][row] != "ok":
        return True
    return judge is not None and not judge.scale.passes(run.columns[judge.name][row])


def differs(run: Run, rows: Sequence[int], judge: Judge | None) -> bool:
    """Whether the variants' answers to one example differ: short answers by text, long ones by pass
    or fail.
    """
    said = {run.columns["status"][row] + headline(run.columns["output"][row]) for row in rows}
    if len(said) < 2 or all(len(text) <= SHORT for text in said):
        return len(said) > 1
    return len({is_failure(run, row, judge) for row in rows}) > 1


def mark(run: Run, row: int, judge: Judge | None) -> int | str | None:
    """1 passed, 0 failed, None where neither is said (not judged, a rating, a tie), or the word for
    no score.
    """
    status = run.columns["status"][row]
    if status != "ok" or judge is None:
        return None if status == "ok" else status
    score = run.columns[judge.name][row]
    if math.isnan(score):
        return "unscored"
    return int(judge.scale.passes(score)) if judge.ticks and not judge.ties(score) else None


def figure(run: Run, row: int, judge: Judge | None) -> str:
    """The score of a row where it is no plain yes or no: two decimals of a share, one of a rating."""
    score = run.columns[judge.name][row] if judge else math.nan
    if judge is None or math.isnan(score) or (judge.ticks and score in (0, 1)):
        return ""
    return f"{score:.2f}" if judge.scale.width <= 1 else f"{score:.1f}"


def figures(run: Run, row: int) -> str:
    """164 tokens in, 26 out · 0.58 s · $0.00011"""
    columns = run.columns
    tokens_in, tokens_out = (
        words.number(columns["prompt_tokens"][row]),
        words.number(columns["completion_tokens"][row]),
    )
    parts = [
        f"{tokens_in} tokens in, {tokens_out} out" if tokens_in and tokens_out else "",
        words.seconds(columns["seconds"][row]),
        words.money(columns["cost"][row]),
    ]
    return " · ".join(part for part in parts if part)
