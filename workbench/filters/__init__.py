"""What may go in and out: filters, shaped like critics, and chains of them."""

from typing import TYPE_CHECKING, Any

from workbench.filters.chain import Chain
from workbench.filters.endpoint import Endpoint
from workbench.filters.guard import Guard
from workbench.filters.moderation import Moderation
from workbench.filters.pii import PII
from workbench.filters.rules import Rules
from workbench.filters.ruling import Filter, Ruling

if TYPE_CHECKING:
    from workbench.filters.injection import Injection
    from workbench.filters.unsafe import Unsafe, train

__all__ = [
    "PII",
    "Chain",
    "Endpoint",
    "Filter",
    "Guard",
    "Injection",
    "Moderation",
    "Rules",
    "Ruling",
    "Unsafe",
    "train",
]


def __getattr__(name: str) -> Any:
    """Those that compute are imported when they are asked for: numpy and scipy take their time."""
    if name == "Injection":
        from workbench.filters.injection import Injection

        return Injection
    if name in ("Unsafe", "train"):
        from workbench.filters import unsafe

        return getattr(unsafe, name)
    raise AttributeError(f"module 'workbench.filters' has no attribute {name!r}")
