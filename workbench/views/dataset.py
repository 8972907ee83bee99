"""A dataset: how many examples, which slices, and the first of them."""

from collections import Counter

from workbench.datasets import Dataset, Example
from workbench.page import words
from workbench.page.markup import Html, clipped, html, joined
from workbench.views.view import View

SHOWN = 10
MOST_INPUTS = 4  # columns
MOST_VALUES = 12  # of a tag
TEXT = 300  # characters of a value


class DatasetView(View):
    """A dataset on show."""

    interactive = False

    def __init__(self, examples: Dataset) -> None:
        super().__init__(f"{examples.name}: {words.count(len(examples), 'example')}")
        self.examples = examples

    def twin(self) -> Html:
        examples = self.examples
        inputs = list(dict.fromkeys(name for example in examples for name in example.inputs))
        names = [
            "Example",
            *(clipped(name, 40) for name in inputs[:MOST_INPUTS]),
            "Expected",
            "Tags",
        ]
        head = joined(html('<th scope="col">{}</th>', name) for name in names)
        left = len(examples) - SHOWN
        return html(
            '<div class="head"><h3>{}</h3><span class="q">fingerprint <span class="mono">{}</span></span></div>{}'
            '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}',
            clipped(repr(self), 200),
            examples.fingerprint,
            joined(self._slices()),
            head,
            joined(self._row(example, inputs[:MOST_INPUTS]) for example in examples[:SHOWN]),
            html('<p class="q small">The first {} of {:,}.</p>', SHOWN, len(examples))
            if left > 0
            else "",
        )

    def _slices(self) -> list[Html]:
        """Each tag with the commonest of its values."""
        lines = []
        for tag in self.examples.tags:
            values = Counter(example.tags[tag] for example in self.examples if tag in example.tags)
            shown = values.most_common(MOST_VALUES)
            said = ", ".join(f"{clipped(value, 40)} {number:,}" for value, number in shown)
            more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
            lines.append(html('<p class="small"><b>{}</b> {}{}</p>', tag, said, more))
        return lines

    def _row(self, example: Example, inputs: list[str]) -> Html:
        values = [example.inputs.get(name, "") for name in inputs]
        expected = "" if example.expected is None else example.expected
        tags = ", ".join(example.tags.values())
        texts = [clipped(words.value(value), TEXT) for value in [*values, expected, tags]]
        cells = joined(
            html('<td><div class="few" dir="auto">{}</div></td>', text) for text in texts
        )
        return html('<tr><td class="mono n">{}</td>{}</tr>', clipped(example.id, 60), cells)
