"""Two drawings of what no view shows: the way of one datum, and machines on one run."""

from collections.abc import Sequence
from itertools import pairwise

from workbench.page.markup import Html, html, joined

STYLE = Html(
    "<style>svg { font: 14px system-ui, sans-serif; display: block }"
    " text { fill: #1b1f24; text-anchor: middle } .says { fill: #545b64; font-size: 12px }"
    " .noun { font-weight: 600 } rect { fill: #f6f7f9; stroke: #d5dae0 }"
    " line { stroke: #6a727c; stroke-width: 1.5 } polygon { fill: #6a727c }</style>"
)
WIDE, HIGH = 140, 50  # pixels of a box
WAY = (  # of one datum, in rows of five that are read from left to right
    ("prompt file", "prompts/x.prompty"),
    ("Prompt", "load_prompts"),
    ("messages", "with an Example"),
    ("Completion", "of a Model"),
    ("Verdict", "of a Critic"),
    ("row in the store", "kept for good"),
    ("Run", "run, load_run"),
    ("Comparison", "compare"),
    ("view, report", "show, report"),
    ("released prompt", "export"),
)


def way() -> Html:
    """What becomes of a prompt, in ten steps."""
    places = [(80 + 160 * (n % 5), 40 + 110 * (n // 5)) for n in range(len(WAY))]
    steps = [
        arrow(a, b) for a, b in zip(places[:4] + places[5:9], places[1:5] + places[6:], strict=True)
    ]
    turn = [(720, 65), (720, 95), (80, 95), (80, 125)]
    steps += [html('<line x1="{}" y1="{}" x2="{}" y2="{}"/>', *a, *b) for a, b in pairwise(turn)]
    steps.append(head(80, 125, down=True))
    return drawing(
        800, 190, [*steps, *(box(*at, *told) for at, told in zip(places, WAY, strict=True))]
    )


def machines() -> Html:
    """The same command on several machines, one store, one endpoint."""
    centres = [(110, 40), (110, 120), (110, 200)]
    command = "workbench run … --join night-7"
    boxes = [box(x, y, f"machine {n}", command, 200) for n, (x, y) in enumerate(centres, 1)]
    store = box(430, 120, "PostgreSQL store", "every answer once, leases, one budget", 260)
    endpoint = box(720, 120, "endpoint", "each its share", WIDE)
    lines = [arrow((x, y), (430, 120), 200, 260) for x, y in centres]
    return drawing(800, 240, [*lines, arrow((430, 120), (720, 120), 260), *boxes, store, endpoint])


def drawing(width: int, height: int, parts: Sequence[Html]) -> Html:
    return STYLE + html('<svg width="{}" height="{}">{}</svg>', width, height, joined(parts))


def box(x: int, y: int, noun: str, says: str, wide: int = WIDE) -> Html:
    """A noun and what is said of it, round a centre."""
    return html(
        '<rect x="{}" y="{}" width="{}" height="{}"/><text class="noun" x="{}" y="{}">{}</text>'
        '<text class="says" x="{}" y="{}">{}</text>',
        x - wide / 2, y - HIGH / 2, wide, HIGH, x, y - 3, noun, x, y + 15, says,
    )  # fmt: skip


def arrow(start: tuple[int, int], end: tuple[int, int], wide: int = WIDE, to: int = WIDE) -> Html:
    """From the right side of a box to the left side of another."""
    x, y = end[0] - to / 2, end[1]
    line = html('<line x1="{}" y1="{}" x2="{}" y2="{}"/>', start[0] + wide / 2, start[1], x, y)
    return line + head(x, y)


def head(x: float, y: float, *, down: bool = False) -> Html:
    """The head of an arrow that ends there."""
    ends = (
        [(x, y), (x - 5, y - 8), (x + 5, y - 8)]
        if down
        else [(x, y), (x - 8, y - 5), (x - 8, y + 5)]
    )
    return html('<polygon points="{}"/>', " ".join(f"{a},{b}" for a, b in ends))
