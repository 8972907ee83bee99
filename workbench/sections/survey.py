"""What is to be known of examples before they are used: languages, lengths, what to look at."""

from collections.abc import Iterator, Sequence

from workbench.datasets import Dataset
from workbench.datasets.surveying import Survey, survey
from workbench.models.contexts import context_tokens
from workbench.models.model import Model
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, visible
from workbench.runs.quotes import BYTES_PER_TOKEN

LONGEST = 300  # characters of a sentence


def survey_piece(examples: Dataset, models: Sequence[Model]) -> Html:
    """Lines and findings; `models` are those whose contexts the examples must fit."""
    seen = survey(examples)
    return render(
        "sections/survey.html",
        lines=[("Languages", _languages(seen)), ("Lengths", _lengths(seen)), *_fits(seen, models)],
        findings=[clipped(visible(each.sentence), LONGEST) for each in seen.findings],
    )


def _languages(seen: Survey) -> str:
    """en 155, de 30, not sure 16."""
    named = [f"{code or 'not sure'} {count:,}" for code, count in seen.languages.items()]
    unsure = [each for each in named if each.startswith("not sure")]
    known = [each for each in named if each not in unsure]
    return f"{', '.join([*known, *unsure])}, read from the texts"


def _lengths(seen: Survey) -> str:
    half, most, longest = seen.length(0.5), seen.length(0.95), seen.lengths[-1]
    parts = f"half of the inputs up to {half:,} characters, 95 of 100 up to {most:,}"
    return f"{parts}, the longest {longest:,}"


def _fits(seen: Survey, models: Sequence[Model]) -> Iterator[tuple[str, str]]:
    """How the longest input lies in the context of each model."""
    size = max(len(text.encode("utf-8", "replace")) for text in seen.texts)
    takes = f"the longest input takes about {max(1, size // BYTES_PER_TOKEN):,} tokens"
    for model in models:
        window = context_tokens(model)
        of = f"of {window:,} that prompt and reply share" if window else "its context is not known"
        yield f"In {model.name}", f"{takes}, {of}"
