"""How the CPU time of a decision, a report and a view grows with rows and with variants.

    python -m benchmarks.growth [--most 100000] [--plot reports/growth.html]

Prints seconds of CPU and the power of the growth over the upper half of each line (n log n is about
1.1 there), and draws them. Ends with 0 where no power exceeds LIMIT.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

import workbench as wb

ROWS = (1_000, 3_000, 10_000, 30_000, 100_000)  # examples, of two variants each
VARIANTS = (2, 4, 8, 16, 32)  # on two thousand examples
# n log n, and what leaving the processor's caches adds: a look-up in a dictionary of 100,000 takes
# twice as long as in one of 10,000; what takes the square of n has 2
LIMIT = 1.35
Line = dict[int, float]  # seconds by size


def run_of(examples: int, variants: int) -> wb.Run:
    """A run with answers, times, slices and scores of a made-up critic."""
    random = np.random.default_rng(examples)
    luck, languages = random.random(examples), ("en", "de", "pt")
    rows = [
        {"prompt": f"v{variant}", "example": f"e{row:06d}", "output": f"answer {variant} {row}"}
        | {"seconds": 0.5 + luck[row], "cost": 1e-4, "tag.language": languages[row % 3]}
        | {"good": float(luck[row] < 0.7 + 0.01 * variant)}
        for variant in range(variants)
        for row in range(examples)
    ]
    return wb.Run.of(rows, critics={"good": wb.Scale()})


def works(run: wb.Run, folder: str) -> dict[str, Callable[[], object]]:
    """What is timed, in the order of a user's day."""
    choice = wb.compare(run, "good", baseline="v0")
    return {
        "decision": lambda: wb.compare(run, "good", baseline="v0"),
        "report": lambda: wb.report(choice, f"{folder}/page.html", rows="sample"),
        "view of a decision": lambda: wb.show(choice).twin(),
        "view of the rows": lambda: wb.show(run).twin(),
    }


def timed(sizes: tuple[int, ...], made: Callable[[int], wb.Run]) -> dict[str, Line]:
    """Seconds of CPU by what was done and by size."""
    found: dict[str, Line] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            for name, work in works(made(size), folder).items():
                found.setdefault(name, {})[size] = _least(work)
    return found


def _least(work: Callable[[], object]) -> float:
    """The least of two times, of up to eight where it is soon done."""
    found: list[float] = []
    while len(found) < 2 or (sum(found) < 3 and len(found) < 8):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def power(line: Line) -> float:
    """Of the growth over the upper half of the sizes: 1 is in proportion."""
    sizes = sorted(line)[len(line) // 2 :]
    return float(np.polyfit(np.log(sizes), np.log([line[size] for size in sizes]), 1)[0])


def drawn(tables: dict[str, dict[str, Line]], path: Path) -> None:
    """Both tables as lines on two logarithmic axes, in a page that needs no network."""
    figure = go.Figure(layout={"xaxis_type": "log", "yaxis_type": "log"})
    figure.update_layout(xaxis_title="examples, or variants", yaxis_title="seconds of CPU")
    for over, lines in tables.items():
        for name, line in lines.items():
            label = f"{name}, by {over}"
            figure.add_scatter(x=list(line), y=list(line.values()), name=label)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.write_html(path, include_plotlyjs=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=ROWS[-1], help="examples at most")
    parser.add_argument("--plot", type=Path, default=Path("reports/growth.html"))
    given = parser.parse_args()
    rows = tuple(size for size in ROWS if size <= given.most)
    tables = {
        "examples": timed(rows, lambda size: run_of(size, 2)),
        "variants": timed(VARIANTS, lambda size: run_of(2_000, size)),
    }
    powers = []
    for over, lines in tables.items():
        for name, line in lines.items():
            powers.append(power(line))
            told = ", ".join(f"{size:,}: {seconds:.2f}" for size, seconds in line.items())
            print(f"{name:20s} seconds by {over} ({told}): power {powers[-1]:.2f}")
    drawn(tables, given.plot)
    return 0 if max(powers) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
