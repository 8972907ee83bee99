"""The matrix: every answer of a run, one line an example, with sort, filter and search; a line
opens to its answers.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from workbench.datasets import Example
from workbench.labels.joined import label_rows
from workbench.runs import Run
from workbench.views import words
from workbench.views.diff import by_word
from workbench.views.grid import Grid, Judge, differs, figure, figures, headline, is_failure, mark
from workbench.views.markup import Html, clipped, html, joined, visible
from workbench.views.view import View

TWIN_LINES = 20
FEW = 3  # variants beside which the text column needs no width of its own (as in table.js)
TEXT = 160  # characters of an example in the table
LONG = 20_000  # characters of a text in a line's detail


def whole(text: str) -> str:
    """A text in full, or the beginning of a very long one and how much more there is."""
    return text if len(text) <= LONG else f"{text[:LONG]}\n… {len(text) - LONG:,} more characters"


class Matrix(View):
    """A run on show."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"Run {run.id}: {outcome(run)}")
        self.run = run
        self.grid = Grid.of(run)
        self.judges = Judge.all_of(run)
        self.judge = self.judges[0] if self.judges else None
        self.examples: dict[str, Example] = {example.id: example for example in run.examples}

    def twin(self) -> Html:
        shown = range(min(TWIN_LINES, len(self.grid.lines)))
        head = joined(
            html('<th scope="col" class="k-cell" title="{0}">{0}</th>', name)
            for name in self.grid.names
        )
        left = len(self.grid.lines) - len(shown)
        more = (
            f"{len(shown)} of {len(self.grid.lines):,} rows; the report holds more. "
            if left
            else ""
        )
        many = len(self.grid.names) > FEW
        more += f"Scroll sideways for all {len(self.grid.names)} variants. " if many else ""
        return html(
            '{}<div class="scroll" tabindex="0" role="region" aria-label="Answers"><table class="mx{}"><thead><tr>'
            '<th scope="col" class="k-id">Example</th><th scope="col" class="k-text">Text</th>{}</tr></thead>'
            '<tbody>{}</tbody></table></div><p class="q small">{}{}</p>',
            self._head(),
            " many" if many else "",
            head,
            joined(self._twin_line(line) for line in shown),
            more,
            self._legend(),
        )

    def live(self) -> Html:
        choose = ""
        if len(self.judges) > 1:
            options = joined(html("<option>{}</option>", judge.name) for judge in self.judges)
            choose = html(
                '<label>Judged by <select name="judge" data-live="judge">{}</select></label>',
                options,
            )
        several = len(self.grid.variants) > 1
        differ = (
            html('<label><input type="checkbox" name="differs">Differs only</label>')
            if several
            else ""
        )
        labelled = any(
            any(not math.isnan(label) for label in label_rows(self.run, j.name))
            for j in self.judges
        )
        opposed = (
            html('<label><input type="checkbox" name="opposed">Person disagrees</label>')
            if labelled
            else ""
        )
        return html(
            '{}<div class="matrix"><div class="bar"><input type="search" name="search" data-live="search" '
            'placeholder="Search" aria-label="Search examples and answers">'
            '<label><input type="checkbox" name="fails">Failures only</label>{}{}{}'
            '<span class="q push" data-count aria-live="polite"></span></div><div data-table></div>'
            '<p class="q small"><span data-part="legend">{}</span> <kbd>/</kbd> search <kbd>↑</kbd><kbd>↓</kbd> move '
            "<kbd>Enter</kbd> open <kbd>Esc</kbd> close</p></div>",
            self._head(),
            differ,
            opposed,
            choose,
            self._legend(),
        )

    def _head(self) -> Html:
        run = self.run
        said = f"{words.count(len(self.examples), 'example')}, {words.count(len(self.grid.variants), 'variant')}"
        return html(
            '<div class="head"><h3>{}: {}</h3><span class="q">{}</span></div>',
            run.meta.dataset.name,
            said,
            outcome(run),
        )

    def _legend(self) -> str:
        if self.judge is None:
            return "No critic judged these answers."
        bold = f", bold: differs from {self.grid.names[0]}" if len(self.grid.names) > 1 else ""
        return f"{self._marks(self.judge)}{bold}."

    def _marks(self, judge: Judge) -> str:
        """What stands beside an answer, in words."""
        if judge.against:
            return f"✓ better than {judge.against} by {judge.name}, ✗ not, no mark: a tie"
        if judge.ticks:
            return f"✓ {judge.name} passes, ✗ fails"
        low, high = judge.scale.low, judge.scale.high
        bad = "lower" if judge.scale.higher_is_better else "upper"
        return f"Number: {judge.name}, {low:g} to {high:g}; failures are the {bad} half"

    def _twin_line(self, line: int) -> Html:
        cells = joined(_cell(*cell) for cell in self._cells(line))
        text = '<tr class="row"><td class="mono clip">{}</td><td class="clip" dir="auto">{}</td>{}</tr>'
        return html(text, self.grid.titles[line], self._text(line), cells)

    def _text(self, line: int) -> str:
        example = self.examples[self.grid.lines[line][0]]
        said = " · ".join(words.value(value)[: 2 * TEXT] for value in example.inputs.values())
        return clipped(visible(" ".join(said.split())), TEXT)

    def _cells(self, line: int) -> list[tuple[str, int | str | None, bool, str]]:
        """Per variant what it said, its mark, whether it differs from the first, and a score that
        is no yes or no.
        """
        run, rows = self.run, self.grid.rows(line)
        first = headline(run.columns["output"][rows[0]])
        cells = []
        for row in rows:
            said = headline(run.columns["output"][row])
            cells.append(
                (said, mark(run, row, self.judge), said != first, figure(run, row, self.judge))
            )
        return cells

    # --- what the front end asks for

    def on_show(self, argument: Any, values: Mapping[str, Any]) -> None:
        super().on_show(argument, values)
        self.send({"table": self.table()})

    def table(self) -> dict[str, Any]:
        """Everything the table shows, column by column."""
        lines = range(len(self.grid.lines))
        by_line = [self._cells(line) for line in lines]
        cells = [[by_line[line][v] for line in lines] for v in range(len(self.grid.variants))]
        people = self._people()
        columns = [
            ("Example", "id"),
            ("Text", "text"),
            *((visible(name), "cell") for name in self.grid.names),
        ]
        rows: list[Any] = [self.grid.titles, [self._text(line) for line in lines], *cells]
        if any(people):
            columns, rows = [*columns, ("Person", "word")], [*rows, people]
        return {
            "columns": [{"name": name, "kind": kind} for name, kind in columns],
            "rows": rows,
            "fails": [self._fails(line) for line in lines],
            "differs": [differs(self.run, self.grid.rows(line), self.judge) for line in lines],
            "opposed": [word == "disagrees" for word in people],
        }

    def _fails(self, line: int) -> bool:
        return any(is_failure(self.run, row, self.judge) for row in self.grid.rows(line))

    @cached_property
    def _labels(self) -> list[float]:
        return label_rows(self.run, self.judge.name if self.judge else "")

    def _people(self) -> list[str]:
        """Per line: agrees or disagrees with the critic, empty where nobody labelled."""
        return [self._person(self.grid.rows(line)) for line in range(len(self.grid.lines))]

    def _person(self, rows: Sequence[int]) -> str:
        judge, labels = self.judge, self._labels
        labelled = [row for row in rows if not math.isnan(labels[row])]
        if judge is None or not labelled:
            return ""
        scores = self.run.columns[judge.name]
        agree = all(
            judge.scale.passes(labels[row]) == judge.scale.passes(scores[row]) for row in labelled
        )
        return "agrees" if agree else "disagrees"

    def on_judge(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.judge = next(judge for judge in self.judges if judge.name == values["judge"])
        self.__dict__.pop("_labels", None)
        self.redraw({"legend": html("{}", self._legend())})
        self.send({"table": self.table()})

    def on_search(self, argument: Any, values: Mapping[str, Any]) -> None:
        wanted = values["search"].strip().casefold()
        lines = range(len(self.grid.lines))
        self.send(
            {
                "table": {
                    "found": [line for line in lines if self._holds(line, wanted)]
                    if wanted
                    else None
                }
            }
        )

    def _holds(self, line: int, wanted: str) -> bool:
        """Whether an example's id or inputs, or an answer to it or its reason, hold a text."""
        example, columns = self.examples[self.grid.lines[line][0]], self.run.columns
        if wanted in example.id.casefold() or any(
            wanted in words.value(v).casefold() for v in example.inputs.values()
        ):
            return True
        names = ["output", *(f"{judge.name}.reason" for judge in self.judges)]
        return any(
            wanted in columns[name][row].casefold()
            for row in self.grid.rows(line)
            for name in names
        )

    def on_open(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.send({"table": {"row": argument, "html": str(self.detail(int(argument)))}})

    # --- a line's detail

    def detail(self, line: int) -> Html:
        """The example, and the answers to it side by side."""
        example = self.examples[self.grid.lines[line][0]]
        tags = [f"{key}: {value}" for key, value in example.tags.items()]
        expected = (
            [f"expected: {clipped(words.value(example.expected), 300)}"]
            if example.expected is not None
            else []
        )
        rows = self.grid.rows(line)
        return html(
            '<p class="q small">{}</p>{}<div class="side">{}</div>',
            " · ".join([*tags, *expected]),
            inputs(example),
            joined(
                self._answer(name, row, rows[0])
                for name, row in zip(self.grid.names, rows, strict=True)
            ),
        )

    def _answer(self, name: str, row: int, first: int) -> Html:
        columns = self.run.columns
        compared = row != first and columns["status"][row] == columns["status"][first] == "ok"
        changed = by_word(columns["output"][first], columns["output"][row]) if compared else None
        error = columns["error"][row]
        return joined(
            [
                html("<div><h5><span>{}</span>{}</h5>", name, self._badge(row)),
                html(
                    '<p class="answer" dir="auto">{}</p>', changed or whole(columns["output"][row])
                ),
                html('<p class="q" dir="auto">{}</p>', clipped(error, 500)) if error else "",
                *(self._opinion(judge, row) for judge in self.judges),
                html('<p class="q small">{}</p>{}</div>', figures(self.run, row), self._raw(row)),
            ]
        )

    def _badge(self, row: int) -> Html:
        """What the critic says in a word."""
        said = mark(self.run, row, self.judge)
        if self.judge is None or isinstance(said, str):
            return html('<span class="uns">{}</span>', said) if said else html("")
        if said is None:
            score = "a tie" if self.judge.ticks else figure(self.run, row, self.judge)
            return html('<span class="q vd">{}: {}</span>', self.judge.name, score)
        return html(
            '<span class="vd {}">{}</span>', *(("yes", "passes") if said else ("no", "fails"))
        )

    def _opinion(self, judge: Judge, row: int) -> Html:
        columns = self.run.columns
        score, label, reason = (
            columns[judge.name + part][row] for part in ("", ".label", ".reason")
        )
        if columns["status"][row] != "ok" or (math.isnan(score) and not reason):
            return html("")
        exact = judge.ticks and score in (0, 1)
        shown = (
            "unscored" if math.isnan(score) else label if exact else f"{label} {score:.2f}".strip()
        )
        because = f". {clipped(reason, 2000)}" if reason and reason != label else ""
        return html('<p class="q" dir="auto">{}: {}{}</p>', judge.name, shown, because)

    def _raw(self, row: int) -> Html:
        """The messages sent and the replies as they came, from the store."""
        if self.run.columns["status"][row] == "unsent" or self.run.store is None:
            return html("")
        kept = self.run.details(row)
        sent = [(f"sent, {message['role']}", message["content"]) for message in kept["messages"]]
        replies = [("reply", kept["reply"].text)] if kept["reply"] else []
        judged = [
            (f"reply of {name}", call["reply"].text)
            for name, calls in kept["critics"].items()
            for call in calls
        ]
        parts = (
            html('<p class="q small">{}</p><pre dir="auto">{}</pre>', title, whole(text))
            for title, text in [*sent, *replies, *judged]
        )
        return html(
            "<details><summary>Messages and raw replies</summary>{}</details>", joined(parts)
        )


def outcome(run: Run) -> str:
    """237 answers, 3 malformed, $0.24."""
    counts = run.counts
    failed = words.statuses(counts)
    parts = [
        words.count(counts.get("ok", 0), "answer"),
        failed,
        words.money(run.cost),
        words.duration(run.seconds),
    ]
    return ", ".join(part for part in parts if part)


def inputs(example: Example) -> Html:
    """An example's inputs, each with its name where there are several."""
    several = len(example.inputs) > 1
    return joined(
        html(
            "{}{}",
            html('<p class="q small">{}</p>', name) if several else "",
            html('<div class="message" dir="auto">{}</div>', whole(words.value(value))),
        )
        for name, value in example.inputs.items()
    )


def _cell(text: str, said: int | str | None, differing: bool, score: str) -> Html:
    """A cell as the table's script draws it."""
    if isinstance(said, str):
        return html('<td class="n clip"><span class="uns">{}</span></td>', said)
    kind = "" if said is None else "vd yes" if said else "vd no"
    figure = html(' <span class="q">{}</span>', score) if score else ""
    shown = '<td class="n clip"><bdi class="{}{}">{}</bdi>{}</td>'
    return html(shown, kind, " df" if differing else "", text, figure)
