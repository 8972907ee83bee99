"""Datasets: examples read from the files people have, checked, sampled and written."""

from typing import TYPE_CHECKING

from workbench.lazily import offering

if TYPE_CHECKING:
    from workbench.datasets.columns import MAPPED
    from workbench.datasets.dataset import Dataset, Example, Split
    from workbench.datasets.describing import Field, described, fields_of
    from workbench.datasets.loading import load_examples
    from workbench.datasets.noticed import Remark

__all__ = [
    "MAPPED", "Dataset", "Example", "Field", "Remark", "Split", "described", "fields_of",
    "load_examples",
]  # fmt: skip

_HOMES = {
    "columns": ["MAPPED"],
    "dataset": ["Dataset", "Example", "Split"],
    "describing": ["Field", "described", "fields_of"],
    "loading": ["load_examples"],
    "noticed": ["Remark"],
}
__getattr__, __dir__ = offering(__name__, _HOMES)
