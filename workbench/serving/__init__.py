"""Hosted or on servers of one's own: what a server carries, and what it costs."""

from workbench.serving.hosted_or_own import hosting
from workbench.serving.hosting import Hosting

__all__ = ["Hosting", "hosting"]
