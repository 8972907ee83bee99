# pyright: strict
"""What the stages after the evaluation know of a line: full launch, users, servers."""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.release import Forecast, Trial
from workbench.requirements.at_launch import foreseen, in_production, within_peak
from workbench.requirements.by_serving import hosted_cost, of_server
from workbench.requirements.lines import Requirement
from workbench.requirements.measured import Measured
from workbench.serving import Capacity, Hosting


@dataclass(frozen=True)
class Later:
    """What was measured of one variant: of its server, whose servers pay, its users, everyone."""

    variant: str
    capacity: Capacity | None = None
    hosting: Hosting | None = None
    trial: Trial | None = None
    forecast: Forecast | None = None

    def known(self, line: Requirement, *, screened: bool = False) -> tuple[Measured, ...]:
        """The value of a line by the latest stage that has one; a screening (`screened`) says more
        of unsafe outputs than users' flags.
        """
        served = tuple(self._served(line))
        if served and line.measure == "rate":
            return tuple(self._within_peak(each, line) for each in served)
        users = () if screened and line.measure == "unsafe_output" else self._users(line)
        return tuple(self._launch(line)) or tuple(users) or served

    def _launch(self, line: Requirement) -> Iterator[Measured]:
        if self.forecast:
            yield from foreseen(self.forecast, line)

    def _users(self, line: Requirement) -> Iterator[Measured]:
        if self.trial:
            yield from in_production(self.trial, line)

    def _served(self, line: Requirement) -> Iterator[Measured]:
        if line.measure == "cost":
            if self.hosting:
                yield from hosted_cost(self.hosting, self.variant, line)
        elif self.capacity:
            yield from of_server(self.capacity, line)

    def _within_peak(self, known: Measured, line: Requirement) -> Measured:
        return within_peak(known, self.forecast, line) if self.forecast else known
