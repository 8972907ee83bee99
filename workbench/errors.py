"""What a user can be told: one line that names the place and the next step."""

from workbench.printing import printable


class WorkbenchError(Exception):
    """Something the user can put right; the message says where and how, and may be printed."""

    def __str__(self) -> str:
        return printable(super().__str__())

    def __repr__(self) -> str:
        return printable(super().__repr__())

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone, since where it was raised helps nobody."""
        return [f"{type(self).__name__}: {self}"]


def in_one_line(error: BaseException, message: str) -> None:
    """Let a notebook show one line for an exception that is not ours, in place of its traceback."""
    error._render_traceback_ = lambda: [printable(message)]  # type: ignore[attr-defined]


class PromptError(WorkbenchError):
    """A prompt file, template or input that cannot be used."""


class DatasetError(WorkbenchError):
    """A dataset file or example that cannot be used."""


class ModelError(WorkbenchError):
    """A model, role, key, server or endpoint that cannot be used."""


class PausedTooLong(ModelError):
    """An endpoint that asks to wait longer than a run should; run again later to go on."""


class StoreError(WorkbenchError):
    """A store that cannot be opened, read or written; nothing in it was deleted."""


class OfflineMiss(StoreError):
    """A call that an offline run needs and the store does not hold."""


class BudgetError(WorkbenchError):
    """A run that would cost more than its budget, or whose price is unknown."""


class RequirementError(WorkbenchError):
    """A requirements file that cannot be used, or asks for what no evidence can show."""


class TooFewLabels(WorkbenchError):
    """A statistic that would be a guess on so few labels."""
