"""How things are drawn, knowing no noun: escaped text, templates, plots, whole pages."""
