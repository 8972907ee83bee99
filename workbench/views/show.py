"""show: one call for every noun."""

from collections.abc import Callable, Sequence
from typing import Any

from workbench.arguments import misfit
from workbench.cards import Card
from workbench.comparison import Comparison
from workbench.datasets import Dataset
from workbench.improving import Improvement
from workbench.labels import Draw
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.racing import Race
from workbench.requirements import Checked, Requirements
from workbench.requirements.checking import untested
from workbench.runs import Quote, Run
from workbench.runs.listing import is_history
from workbench.sections import dataset, past_runs, requirements
from workbench.sections.dataset import dataset_piece
from workbench.sections.project import CHAPTERS, chapter_of
from workbench.sections.requirements import requirements_piece
from workbench.trying import Trying
from workbench.views.card import CardView
from workbench.views.claims import ClaimMade, ClaimToMake, HeldRun
from workbench.views.editor import Editor, bench
from workbench.views.labeller import Labeller
from workbench.views.leaderboard import Leaderboard
from workbench.views.live import race_view, trying_view
from workbench.views.live_improvement import improvement_view
from workbench.views.matrix import Matrix
from workbench.views.offer import Offer
from workbench.views.view import Still, View


def show(what: Any, *others: Any) -> View:
    """A view of a prompt, dataset, quote, run, comparison, race, critic card, a task tried on few
    examples, an improvement, requirements that were checked, attacks, filters screened or assessed,
    a limited release, a forecast, answers drawn for labelling, or the table of `history()`.

    A prompt is shown with examples, models and critics to try it with: `show(prompt, examples,
    model, [critic])`; a comparison with rows that are held back, to claim on them: `show(choice,
    held)`; examples with models whose contexts they must fit: `show(examples, model)`.
    """
    if isinstance(what, Prompt):
        return Editor(what, bench(others))
    if isinstance(what, Comparison) and len(others) == 1 and isinstance(others[0], Dataset):
        return ClaimToMake(what, others[0])
    if isinstance(what, Dataset) and all(isinstance(each, Model) for each in others):
        return _dataset(what, *others)
    if others:
        raise TypeError(f"show takes one {type(what).__name__}, and nothing beside it")
    return _view(what)


def _dataset(examples: Dataset, *models: Model) -> View:
    return Still(dataset.headline(examples), dataset_piece(examples, models))


def _requirements(checked: Checked) -> View:
    return Still(requirements.headline(checked), requirements_piece(checked))


_VIEWS: dict[type, Callable[[Any], View]] = {
    Dataset: _dataset,
    Quote: Offer,
    Run: lambda run: HeldRun(run) if run.held else Matrix(run),
    Comparison: lambda choice: ClaimMade(choice) if choice.claim else Leaderboard(choice),
    Race: race_view,
    Trying: trying_view,
    Improvement: improvement_view,
    Draw: Labeller,
    Card: CardView,
    Checked: _requirements,
    Requirements: lambda asked: _requirements(untested(asked)),
}


def _view(thing: Any) -> View:
    if is_history(thing):
        return Still(past_runs.headline(thing), past_runs.past_runs_piece(thing))
    for noun, view in _VIEWS.items():
        if isinstance(thing, noun):
            return view(thing)
    if chapter := chapter_of(thing):
        return Still(chapter.sentence, chapter.piece(True))
    names = ", ".join(dict.fromkeys(noun.__name__ for noun in (Prompt, *_VIEWS, *CHAPTERS)))
    several = isinstance(thing, Sequence) and not isinstance(thing, str)
    step = "show one of them at a time" if several else f"give one of {names}"
    raise misfit(thing, "what is shown", step)
