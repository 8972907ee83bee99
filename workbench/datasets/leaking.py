"""Right answers that stand in the inputs: whoever reads them need not work them out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.datasets.dataset import Example
from workbench.datasets.duplicates import plain
from workbench.turns import in_words, is_conversation, read_turns

FEWEST_WORDS = 4  # of a right answer that is looked for in a text; a shorter one is a label
OFTEN = 0.5  # share of the rows in which a field is the answer itself
LABEL_SHARE, LABEL_RATIO = 0.2, 3.0  # of rows that hold their own label; times as often as others'
Leak = tuple[str, list[int]]  # how it leaks, and in which examples


def leaks(examples: Sequence[Example], texts: Sequence[str]) -> Iterator[Leak]:
    """An input that is the answer itself; else answers that stand in what the inputs say (`texts`)
    word for word, or labels that do far more often than other rows' labels.
    """
    answers = [plain(answer_of(each)) for each in examples]
    yield from list(_fields(examples, answers)) or _in_texts(answers, texts)


def _in_texts(answers: Sequence[str], texts: Sequence[str]) -> Iterator[Leak]:
    padded = [f" {plain(text)} " for text in texts]
    holding = [at for at, answer in enumerate(answers) if answer and f" {answer} " in padded[at]]
    yield "the right answer stands word for word", [at for at in holding if _is_long(answers[at])]
    labels = [at for at in holding if not _is_long(answers[at])]
    often = LABEL_SHARE * sum(bool(answer) and not _is_long(answer) for answer in answers)
    if len(labels) > max(often, LABEL_RATIO * _by_chance(answers, padded)):
        yield "the right label stands in the text", labels


def _is_long(answer: str) -> bool:
    return len(answer.split()) >= FEWEST_WORDS


def _fields(examples: Sequence[Example], answers: Sequence[str]) -> Iterator[Leak]:
    for name in dict.fromkeys(name for each in examples for name in each.inputs):
        values = [plain(text_of(each.inputs.get(name))) for each in examples]
        held = [at for at, value in enumerate(values) if value and value == answers[at]]
        if len(held) > OFTEN * len(answers):
            yield f"{name} is the right answer itself", held


def _by_chance(answers: Sequence[str], padded: Sequence[str]) -> int:
    """How many texts hold the label of the row before them, where it is another one."""
    before = zip(answers, [*answers[-1:], *answers[:-1]], padded, strict=True)
    return sum(bool(other) and other != own and f" {other} " in text for own, other, text in before)


def text_of(value: Any) -> str:
    """What an input says; nothing of images."""
    if is_conversation(value):
        try:
            return in_words(read_turns(value))
        except ValueError:
            return ""
    if isinstance(value, str):
        return "" if value.startswith("data:image/") else value.strip()
    if isinstance(value, Mapping):
        return " ".join(filter(None, map(text_of, value.values())))
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(text_of, value)))
    return "" if value is None or isinstance(value, bool) else str(value)


def answer_of(example: Example) -> str:
    """A right answer as one text; of a list the first."""
    expected = example.expected
    if isinstance(expected, Mapping):
        return " ".join(text_of(value) for value in expected.values())
    if isinstance(expected, list | tuple):
        return text_of(expected[0]) if expected else ""
    return text_of(expected)
