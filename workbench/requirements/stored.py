# pyright: strict
"""What earlier stages left in the store of one variant, for the lines that its run does not
measure; and where they left nothing that counts, why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.requirements.later import Later
from workbench.requirements.lines import Requirement
from workbench.requirements.measured import Measured

MEASURED_BY: Mapping[str, tuple[str, ...]] = {  # a line -> who knows it, the latest first
    "rate": ("capacity",), "latency": ("trial", "capacity"), "first_token": ("capacity",),
    "cost": ("forecast", "trial", "hosting"),
    **dict.fromkeys(("malformed", "unsafe_output", "errors", "satisfaction"), ("trial",)),
}  # fmt: skip
ENOUGH = "what is kept of it is too little to know"


@dataclass(frozen=True)
class Stored:
    """By stage what it knows of the variant, `when` that was measured in words, and of a stage that
    left nothing that counts why not, and what to do.
    """

    of: Mapping[str, Later] = field(default_factory=dict[str, Later])
    when: Mapping[str, str] = field(default_factory=dict[str, str])
    lacks: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def known(self, line: Requirement) -> tuple[Measured, ...]:
        """The values of a line by the latest stage that knows it, each with its date."""
        for stage in MEASURED_BY.get(line.measure, ()):
            found = self.of[stage].known(line) if stage in self.of else ()
            if found:
                return tuple(_dated(each, self.when[stage]) for each in found)
        return ()

    def lacking(self, line: Requirement) -> tuple[str, str] | None:
        """Why nothing that is kept counts for a line, and what to do; None where nothing is."""
        stages = MEASURED_BY.get(line.measure, ())
        return next((self.lacks[stage] for stage in stages if stage in self.lacks), None)


def _dated(known: Measured, when: str) -> Measured:
    """No row of the run makes more of it."""
    return known._replace(evidence=f"{known.evidence}, {when}", lacking=known.lacking or ENOUGH)
