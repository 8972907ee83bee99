# pyright: strict
"""What one of several processes may use of the limits that they share."""

from dataclasses import dataclass

UNBOUNDED = 1_000_000  # calls at a time: more than any limit


@dataclass(frozen=True, slots=True)
class Share:
    """The share of process `number` (from 0) among `of`; of 0, it may use nothing for now. Whatever
    a model's limit, at most `most` calls to it are in flight here.
    """

    number: int = 0
    of: int = 1
    most: int = UNBOUNDED

    def calls(self, limit: int) -> int:
        """Calls at a time, of a limit: all shares together are the limit."""
        if self.of < 2:
            return min(self.most, limit) * self.of
        each, rest = divmod(limit, self.of)
        return min(self.most, each + (self.number < rest))

    @property
    def own(self) -> "Share":
        """The share of what no other process uses."""
        return Share(most=self.most)
