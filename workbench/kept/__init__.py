"""What the stages after the evaluation measured, kept in the store for those that come later."""

from workbench.kept.keeping import keep, load_kept

__all__ = ["keep", "load_kept"]
