"""Where a critic and people part."""

import math

from workbench.datasets import Dataset
from workbench.errors import WorkbenchError
from workbench.labels.joined import finite, label_rows
from workbench.meant import instead
from workbench.runs import Run


def apart(run: Run, critic: str) -> Dataset:
    """The examples on which a critic and people part: one passes an answer that the other does not.

    With the mean of several raters; answers without a label or a score are on neither side.
    WorkbenchError of a critic that the run does not have.
    """
    scale = next((each.scale for each in run.critics if each.name == critic), None)
    if scale is None:
        known = instead(critic, (each.name for each in run.critics), "it has")
        raise WorkbenchError(f"this run has no critic {critic!r}: {known}")
    pairs = zip(label_rows(run, critic), finite(run.columns[critic]).tolist(), strict=True)
    parted = {
        run.columns["example"][row]
        for row, (label, score) in enumerate(pairs)
        if not math.isnan(label + score) and scale.passes(label) != scale.passes(score)
    }
    examples = [example for example in run.examples if example.id in parted]
    return Dataset(examples, f"{run.meta.dataset.name} {critic} apart")
