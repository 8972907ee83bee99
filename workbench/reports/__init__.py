"""Reports: one-file pages of comparisons, runs and executed notebooks, and the execution itself."""
