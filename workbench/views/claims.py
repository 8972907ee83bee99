"""Rows that are held back, on show: what claims can find, their one word, and opening them."""

from collections.abc import Mapping
from typing import Any

from workbench.comparison import Comparison, compare
from workbench.comparison.holding import prospects
from workbench.comparison.one_word import write_new_rows
from workbench.datasets import Dataset
from workbench.exchange.winners import export
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.printing import printed
from workbench.reports.onefile import report
from workbench.runs import Run, run, unwatched
from workbench.sections.claim import claimed
from workbench.views.matrix import Matrix
from workbench.views.view import View


@printed
class ClaimToMake(View):
    """What claims of a comparison's best challenger on held rows can find; a click makes one."""

    def __init__(self, choice: Comparison, held: Dataset) -> None:
        super().__init__(f"{held.name}: rows to claim on")
        self.choice, self.held = choice, held
        self.challenger = choice.focus.challenger if choice.focus else ""
        self.made: Comparison | None = None

    def __repr__(self) -> str:
        return self.made.sentence if self.made else prospects(self.choice, self.held).text

    def twin(self) -> Html:
        return self._draw(live=False)

    def live(self) -> Html:
        return self._draw(live=True)

    def _draw(self, *, live: bool) -> Html:
        if self.made:
            return _with_buttons(self.made, live=live)
        found = prospects(self.choice, self.held)
        again = f"Show the claim on {self.challenger}: {found.said}" if found.said else ""
        on = words.count(found.rows, "held-out example")
        new = f"Claim {self.challenger} on {on}" if self.challenger and not found.missing else ""
        return render(
            "views/claim.html",
            found=found.text,
            missing=write_new_rows(found.missing) if found.missing else "",
            challenger=self.challenger,
            baseline=self.choice.baseline,
            button=again or new,
            live=live,
            code=self._code,
        )

    @property
    def _code(self) -> str:
        """The same without a click."""
        names = (self.choice.baseline, self.challenger)
        pair = tuple(key.prompt for key in self.choice.run.variants if key.name in names)
        return (
            f"pair = [prompt for prompt in prompts if prompt.name in {pair!r}]\n"
            "run = await wb.run(pair, held, choice.run.models, choice.run.critics)\n"
            f"wb.compare(run, {self.choice.critic!r}, **choice.settings)"
        )

    def on_claim(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("{}", "Asking and judging on the held-out examples.")})
        self.start(self.claim())

    async def claim(self) -> None:
        """Run the challenger and the baseline on the held rows, and compare them."""
        past = self.choice.run
        chosen = [k for k in past.variants if k.name in (self.choice.baseline, self.challenger)]
        prompts = [p for p in past.prompts if p.name in {key.prompt for key in chosen}]
        models = [m for m in past.models if m.name in {key.model for key in chosen}]
        with unwatched():
            asked = await run(prompts, self.held, models, past.critics, store=past.store)
        self.made = compare(asked, self.choice.critic, **self.choice.settings)
        self.keep()
        self.send({"html": str(self.live())})

    def on_export(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw(_exported(self.made))

    def on_report(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw(_reported(self.made))


class ClaimMade(View):
    """A comparison on held rows: its one word."""

    def __init__(self, choice: Comparison) -> None:
        super().__init__(choice.sentence)
        self.choice = choice

    def twin(self) -> Html:
        return _with_buttons(self.choice, live=False)

    def live(self) -> Html:
        return _with_buttons(self.choice, live=True)

    def on_export(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw(_exported(self.choice))

    def on_report(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw(_reported(self.choice))


def _with_buttons(choice: Comparison, *, live: bool) -> Html:
    """A claim that was made, and what can be done with it."""
    named = {"claim": claimed(choice), "winner": choice.winner, "live": live}
    return render("views/claimed.html", **named)


def _exported(choice: Comparison | None) -> dict[str, Html]:
    return {"done": html("{}", export(choice).sentence)} if choice else {}


def _reported(choice: Comparison | None) -> dict[str, Html]:
    return {"done": html("The report is {}.", report(choice))} if choice else {}


class HeldRun(View):
    """A run on held rows: that it was made, and a click that opens it."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"Run {run.id}, on rows that are held back")
        self.run = run

    def twin(self) -> Html:
        return self._draw(live=False) if self.run.held else Matrix(self.run).twin()

    def live(self) -> Html:
        return self._draw(live=True) if self.run.held else self.twin()

    def _draw(self, *, live: bool) -> Html:
        examples = words.count(self.run.meta.dataset.n, "held-out example")
        names = words.listed(list(self.run.meta.prompts))
        return render("views/held_run.html", examples=examples, names=names, live=live)

    def on_open(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.run.open()
        self.keep()
        self.send({"html": str(self.live())})
