"""A dataset: how many examples, which slices, and the first of them."""

from collections import Counter

from workbench.datasets import Dataset, Example
from workbench.views import words
from workbench.views.markup import Html, clipped, html, joined
from workbench.views.view import View

SHOWN = 10
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
        head = joined(html('<th scope="col">{}</th>', name) for name in ["Example", *inputs, "Expected", "Tags"])
        left = len(examples) - SHOWN
        return html(
            '<div class="head"><h3>{}</h3><span class="q">fingerprint <span class="mono">{}</span></span></div>{}'
            '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}',
            repr(self), examples.fingerprint, joined(self._slices()), head,
            joined(self._row(example, inputs) for example in examples[:SHOWN]),
            html('<p class="q small">The first {} of {:,}.</p>', SHOWN, len(examples)) if left > 0 else "",
        )  # fmt: skip

    def _slices(self) -> list[Html]:
        """Each tag with the commonest of its values."""
        lines = []
        for tag in self.examples.tags:
            values = Counter(example.tags[tag] for example in self.examples if tag in example.tags)
            said = ", ".join(f"{value} {number:,}" for value, number in values.most_common(12))
            more = f" and {len(values) - 12} more" if len(values) > 12 else ""
            lines.append(html('<p class="small"><b>{}</b> {}{}</p>', tag, said, more))
        return lines

    def _row(self, example: Example, inputs: list[str]) -> Html:
        values = [example.inputs.get(name, "") for name in inputs]
        expected = "" if example.expected is None else example.expected
        tags = ", ".join(example.tags.values())
        texts = [clipped(words.value(value), TEXT) for value in [*values, expected, tags]]
        cells = joined(html('<td dir="auto">{}</td>', text) for text in texts)
        return html('<tr><td class="mono n">{}</td>{}</tr>', clipped(example.id, 60), cells)
