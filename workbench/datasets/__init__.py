"""Datasets: examples read from the files people have, checked, sampled and written."""

from workbench.datasets.columns import MAPPED
from workbench.datasets.dataset import Dataset, Example, Split, load_examples

__all__ = ["MAPPED", "Dataset", "Example", "Split", "load_examples"]
