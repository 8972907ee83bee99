"""Base and head of a repository through one gate."""
