"""An improvement on show: claimed and confirmed, who came of whom, and what each prompt changed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.improving import Candidate, Improvement
from workbench.page import words
from workbench.page.diff import by_line
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, joined
from workbench.page.svg import Axis, Plot, Point, ends_of
from workbench.prompts import Prompt
from workbench.sections.chapters import Chapter, examples_of
from workbench.sections.leaderboard import signed_tick
from workbench.stats import Interval

HEIGHT = 260  # pixels
REST = 1.5  # places between the last prompt and what was confirmed
MOST_TICKS = 8
MOST_SAID = 160  # characters of why a proposal was none
LEFT = {"search": "left during search", "select": "left during select"}


def improvement_piece(made: Improvement, *, linked: bool = True) -> Html:
    """The sentence, its picture, every prompt with what it changed, and what to do now; of one that
    goes on its picture and prompts. `linked`: they lead to what each changed, as no live view can.
    """
    prompts = {each.name: each.prompt for each in made.candidates}
    prompts[made.baseline.name] = made.baseline
    going = made.doing is not None  # then whoever shows it says what it does
    found = "" if going else made.sentence.partition(f" {made.tried:,} tried")[0]
    return render(
        "sections/improvement.html",
        found=found,
        rest="" if going else made.sentence.removeprefix(found),
        plot=_Tree(made, linked).drawn() if made.candidates else "",
        caption=_caption(made, linked),
        linked=linked,
        ended="Stands" if going else "Ended",
        baseline=made.baseline.name,
        rows=[_row(made, each) for each in made.candidates],
        changes=[_change(made, each, prompts[each.parent]) for each in made.candidates],
        unusable=[clipped(" ".join(each.why.split()), MOST_SAID) for each in made.unusable],
        lines=made.lines,
        next_step="" if going else made.next_step,
    )


def chapter(made: Improvement, shipped: str = "") -> Chapter:
    """What it says in the report of a project: a gain that is not confirmed bears on nothing."""
    tried = f"{words.count(made.tried, 'prompt')} tried beside {made.baseline.name}"
    run = made.choice.run if made.choice else None
    return Chapter(
        "improvement",
        made.sentence,
        "for" if made.is_confirmed else "",
        f"{tried}, {examples_of(run)}" if run else tried,
        run.meta.started if run else "",
        lambda texts: improvement_piece(made),
        ships=made.choice.ship.name if made.choice and made.is_confirmed else "",
        model=made.model if made.is_confirmed else "",
        dollars=made.dollars,
    )


def _caption(made: Improvement, linked: bool) -> str:
    searched = words.count(len(made.parts.search), "search row")
    text = (
        "Every prompt tried, in turn, with a line from the one whose failures it answers. Hollow: "
        f"gain on {searched}, where the best of many looks too good."
    )
    if made.choice:
        rows = words.count(len(made.parts.confirm), "row")
        text += f" Full: {made.winner} on {rows} that no step of the search has read."
    return f"{text} A dot leads to what the prompt changed." if linked else text


@dataclass(frozen=True)
class _Tree:
    """Gains up, prompts in the order in which they were tried."""

    made: Improvement
    linked: bool

    def drawn(self) -> Html:
        under = [self.plot.line("zero", [(self.plot.x.low, 0.0), (self.plot.x.high, 0.0)])]
        points = [self._start(), *map(self._node, self._shown), *self._confirmed()]
        return self.plot.draw(points, joined([*under, *self._edges()]))

    @cached_property
    def plot(self) -> Plot:
        made, last = self.made, len(self.made.candidates)
        gains = [0.0, *(each.search for each in made.candidates), *ends_of([made.confirmed])]
        step = math.ceil((last + 1) / MOST_TICKS)
        return Plot(
            Axis(-0.5, self._end[0] + 0.8, tuple(float(n) for n in range(0, last + 1, step))),
            Axis.around(gains, most_ticks=6, ends=(-1, 1)),
            "prompts in the order tried",
            f"gain on {made.baseline.name}, points",
            lambda place: "start" if place == 0 else f"{place:.0f}",
            signed_tick,
            f"Gains of {words.count(last, 'prompt')} on search rows, and what was confirmed",
            height=HEIGHT,
        )

    @property
    def _end(self) -> tuple[float, float]:
        """Where the confirmed gain stands, if there is one."""
        rest = REST if self.made.choice else 0
        return len(self.made.candidates) + rest, self.made.confirmed.estimate

    @property
    def _shown(self) -> list[Candidate]:
        return [each for each in self.made.candidates if not math.isnan(each.search)]

    @cached_property
    def _at(self) -> dict[str, tuple[float, float]]:
        """Where each prompt stands; the one to improve at 0."""
        candidates = enumerate(self.made.candidates, start=1)
        found = {each.name: (float(place), each.search) for place, each in candidates}
        return {self.made.baseline.name: (0.0, 0.0)} | found

    @cached_property
    def _way(self) -> set[str]:
        """The winner and those that it came of."""
        parents = {each.name: each.parent for each in self.made.candidates}
        way: set[str] = set()
        name = self.made.winner
        while name in parents:
            way.add(name)
            name = parents[name]
        return way

    def _edges(self) -> Iterator[Html]:
        """From each prompt to those that answer its failures; the winner's way stands out."""
        for each in sorted(self._shown, key=lambda each: each.name in self._way):
            css = "still" if each.name in self._way else "ideal"
            yield self.plot.line(css, [self._at[each.parent], self._at[each.name]])
        if self.made.winner and self.made.choice:
            yield self.plot.line("still dash2", [self._at[self.made.winner], self._end])

    def _start(self) -> Point:
        name = self.made.baseline.name
        return Point(name, 0.0, Interval(0.0, 0.0, 0.0), "", f"{name}, the prompt to improve")

    def _node(self, each: Candidate) -> Point:
        """A prompt's gain on search rows, which claims nothing."""
        place, gain = self._at[each.name]
        tip = f"{each.name}: {words.signed(gain)} on {words.count(each.search_rows, 'search row')}"
        css = "better" if each.name in self._way else ""
        name = f"{each.name} {words.signed(gain)}" if each.name == self.made.winner else ""
        spot = Interval(gain, gain, gain)
        href = f"#{_anchor(self.made, each)}" if self.linked else ""
        return Point(name, place, spot, css, tip, hollow=True, href=href)

    def _confirmed(self) -> Iterator[Point]:
        made = self.made
        if made.difference is None:
            return
        found = made.confirmed
        said = f"confirmed {words.signed(found.estimate)}"
        tip = f"{made.winner}: {said} ({words.between(found.low, found.high)})"
        css = {"better": "better", "worse": "worse"}.get(made.difference.decision, "")
        yield Point(said, self._end[0], found, css, tip)


def _anchor(made: Improvement, each: Candidate) -> str:
    """The place of the page that says what a prompt changed."""
    return f"change-{made.id}-{made.candidates.index(each) + 1}"


def _row(made: Improvement, each: Candidate) -> dict[str, Any]:
    return {
        "name": each.name,
        "css": "better" if each.name == made.winner and made.is_confirmed else "",
        "parent": each.parent,
        "anchor": _anchor(made, each),
        "search": words.signed(each.search),
        "search_rows": each.search_rows or "",
        "select": words.signed(each.select),
        "select_rows": each.select_rows or "",
        "state": _state(made, each),
    }


def _state(made: Improvement, each: Candidate) -> str:
    """How far a prompt came."""
    if each.name == made.winner:
        return "went on to confirm"
    if made.doing and each.name in made.doing.prompts and made.doing.what != "propose":
        return f"is being asked {made.doing.what} rows"
    if made.doing and each.accepted and not each.select_rows:
        return "ahead so far"
    if each.left or not each.accepted:
        return LEFT.get(each.left, "not ahead on search")
    return "not the best on select" if each.select_rows else "others were better on search"


def _change(made: Improvement, each: Candidate, parent: Prompt) -> dict[str, Any]:
    """What a prompt changed of its parent's messages, and whose failures it answered."""
    added, removed, lines = by_line(_messages(parent), _messages(each.prompt))
    return {
        "name": each.name,
        "parent": each.parent,
        "anchor": _anchor(made, each),
        "added": added,
        "removed": removed,
        "lines": lines,
        "answered": words.listed(each.answered),
    }


def _messages(prompt: Prompt) -> str:
    return "\n".join(f"{each.role}:\n{each.template}" for each in prompt.messages)
