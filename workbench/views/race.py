"""The race: who leads, who left when, and what stopping early saved."""

import math
from weakref import WeakSet

from workbench.racing import Race
from workbench.runs import Run
from workbench.stats import Interval
from workbench.views import words
from workbench.views.leaderboard import parted, tick
from workbench.views.markup import Html, html, joined
from workbench.views.svg import Axis, Plot, Point
from workbench.views.view import View


class RaceView(View):
    """A race on show."""

    interactive = False

    def __init__(self, race: Race) -> None:
        super().__init__(race.sentence)
        self.race = race

    def twin(self) -> Html:
        race = self.race
        table = (
            '<table><thead><tr><th scope="col">Variant</th><th scope="col">Standing</th><th scope="col" class="r">'
            'Mean, points</th><th scope="col" class="r">Answered</th></tr></thead><tbody>{}</tbody></table>'
        )
        return html(
            '<p class="decision">{}</p><div class="two"><div>{}</div><div>{}</div></div><p class="q small">{}</p>',
            parted(race.sentence),
            html(table, joined(self._row(name) for name in self._order())),
            self._courses(),
            self._caption(),
        )

    def _order(self) -> list[str]:
        """Who is still in, leader first, then who left, latest first."""
        return [
            *self.race.top,
            *sorted(self.race.eliminated, key=lambda name: -self.race.eliminated[name]),
        ]

    def _row(self, name: str) -> Html:
        course = self.race.courses.get(name, [(0, math.nan)])
        answered, share = course[-1]
        row = (
            '<tr><th scope="row">{}</th><td><span class="word {}">{}</span></td><td class="r n">{}</td>'
            '<td class="r n">{:,}</td></tr>'
        )
        return html(
            row, name, self._word(name), self._standing(name), words.points(share), answered
        )

    def _word(self, name: str) -> str:
        return "better" if name == self.race.top[0] and not self.race.stopped else ""

    def _standing(self, name: str) -> str:
        race = self.race
        if name in race.eliminated:
            return f"left after {race.eliminated[name]:,}"
        if name == race.top[0]:
            return "leads so far" if race.stopped else "leads"
        return "still in" if race.stopped else "may be as good"

    def _courses(self) -> Html:
        """Each variant's mean as examples came in."""
        courses = self.race.courses
        if not courses:
            return html("")
        ends = [point for course in courses.values() for point in course]
        across = Axis.around([0, 1.15 * max(n for n, _ in ends)], most_ticks=5, ends=(0, math.inf))
        up = Axis.around([share for _, share in ends], most_ticks=4, ends=(0, 1))
        plot = Plot(
            across,
            up,
            "examples answered",
            f"mean by {self.race.critic}, points",
            lambda n: f"{n:,.0f}",
            tick,
            "Mean score of each variant as examples came in",
        )
        lines = joined(
            plot.line("curve" if name in self.race.top else "gone", courses[name])
            for name in courses
        )
        return plot.draw([self._end(name, *course[-1]) for name, course in courses.items()], lines)

    def _end(self, name: str, answered: int, share: float) -> Point:
        said = f"{name}: {words.points(share)} points after {words.count(answered, 'example')}, {self._standing(name)}"
        gone = name in self.race.eliminated
        return Point(
            f"{name} left" if gone else name,
            answered,
            Interval(share, share, share),
            self._word(name),
            said,
            hollow=gone,
        )

    def _caption(self) -> str:
        race = self.race
        low, high = race.scale.ends
        aim = f"The race looks for a variant at most {words.points(race.within / (high - low))} points below the best."
        exact = (
            "exact"
            if race.mode == "betting"
            else "approximate, and good from some dozens of examples on"
        )
        unscored = f" {words.count(race.unscored, 'answer')} had no score." if race.unscored else ""
        cost = words.money(sum(run.cost for run in race.runs)) or "what no price list says"
        bounds = f"Its limits hold however often one looks; they are {exact}."
        return f"{aim} {bounds} The race cost {cost}.{unscored}"


_shown: WeakSet[Run] = WeakSet()  # first runs of the races that are on show


def watch_race(race: Race) -> None:
    """Show a race in the cell that awaits it, look by look."""
    from IPython.display import display, update_display

    if race.runs:  # else it was decided without a call
        first = race.runs[0]
        show = update_display if first in _shown else display
        _shown.add(first)
        show(RaceView(race).static(), raw=True, display_id=f"race-{id(first)}")
