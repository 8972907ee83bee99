"""Traffic as it once was: when requests came, and how many tokens they and their replies had."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench import words
from workbench.datasets.source import Asked, source_of
from workbench.datasets.traffic_rows import MILLISECONDS, traffic_rows
from workbench.errors import WorkbenchError
from workbench.files import resolve, write_whole
from workbench.printing import printed
from workbench.stats.intervals import Floats


@printed
@dataclass(frozen=True, eq=False)
class Trace:
    """Requests (n,) in the order in which they came: `at` in seconds from the first, tokens of the
    prompt and of the reply, one or more each.
    """

    at: Floats
    input_tokens: NDArray[np.int64]
    output_tokens: NDArray[np.int64]
    name: str = "trace"

    def __post_init__(self) -> None:
        shapes = {self.at.shape, self.input_tokens.shape, self.output_tokens.shape}
        if len(shapes) > 1 or self.at.ndim != 1:
            raise ValueError("a trace holds one time and two lengths a request")
        if not len(self.at):
            raise WorkbenchError(f"{self.name} holds no request")
        shortest = min(self.input_tokens.min(), self.output_tokens.min())
        if (np.diff(self.at) < 0).any() or shortest < 1:
            raise ValueError("a trace's times do not fall, and its lengths are 1 or more")

    @classmethod
    def of(
        cls,
        input_tokens: ArrayLike,
        output_tokens: ArrayLike,
        at: ArrayLike | None = None,
        name: str = "trace",
    ) -> "Trace":
        """Of lengths, and of times in seconds where they are known, in any order."""
        given = input_tokens, output_tokens
        prompts, replies = (np.asarray(each, dtype=np.int64) for each in given)
        times = np.zeros(len(prompts)) if at is None else np.asarray(at, dtype=float)
        order = np.argsort(times, kind="stable")
        first = times.min() if len(times) else 0.0
        return cls(times[order] - first, prompts[order], replies[order], name)

    @classmethod
    def read(cls, path: str | Path, columns: Mapping[str, str] | None = None) -> "Trace":
        """From a file of rows (JSON Lines, CSV, Parquet) with `timestamp` in milliseconds,
        `input_length` and `output_length`; `columns` says what they are called there instead.

        A relative path counts from the project root. DatasetError for a file that cannot be read
        and, with the line, for a row that is no request.
        """
        at, prompts, replies = traffic_rows(source_of(path, Asked()), columns).T
        return cls.of(prompts, replies, at, Path(path).name)

    def save(self, path: str | Path) -> Path:
        """Write JSON Lines, a request a line, which other tools' replays of traces read too."""
        return write_whole(resolve(path), self._lines())

    def _lines(self) -> Iterable[str]:
        for at, prompt, reply in zip(self.at, self.input_tokens, self.output_tokens, strict=True):
            yield (
                f'{{"timestamp": {MILLISECONDS * at:.10g}, "input_length": {prompt}, '
                f'"output_length": {reply}}}\n'
            )

    def lengths(self, which: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tokens of the prompt and of the reply, of the requests at these places."""
        return self.input_tokens[which], self.output_tokens[which]

    @property
    def has_times(self) -> bool:
        """Whether it says when requests came."""
        return bool(self.at[-1] > self.at[0])

    def __len__(self) -> int:
        return len(self.at)

    def __repr__(self) -> str:
        prompt, reply = self.input_tokens.mean(), self.output_tokens.mean()
        return (
            f"Trace {self.name}: {words.count(len(self), 'request')} of {prompt:,.0f} tokens, "
            f"{reply:,.0f} in the reply"
        )
