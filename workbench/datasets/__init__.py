"""Datasets: examples read from the files people have, checked, sampled and written."""

from workbench.datasets.columns import MAPPED
from workbench.datasets.dataset import Dataset, Example, load_examples

__all__ = ["MAPPED", "Dataset", "Example", "load_examples"]
