"""What may go in and out: filters, shaped like critics, and chains of them."""

from typing import TYPE_CHECKING

from workbench.lazily import offering

if TYPE_CHECKING:
    from workbench.filters.chain import Chain
    from workbench.filters.endpoint import Endpoint
    from workbench.filters.guard import Guard
    from workbench.filters.injection import Injection
    from workbench.filters.moderation import Moderation
    from workbench.filters.pii import PII
    from workbench.filters.rules import Rules
    from workbench.filters.ruling import Filter, Ruling
    from workbench.filters.unsafe import Unsafe, train

__all__ = [
    "PII", "Chain", "Endpoint", "Filter", "Guard", "Injection", "Moderation", "Rules", "Ruling",
    "Unsafe", "train",
]  # fmt: skip

_HOMES = {
    "chain": ["Chain"],
    "endpoint": ["Endpoint"],
    "guard": ["Guard"],
    "injection": ["Injection"],
    "moderation": ["Moderation"],
    "pii": ["PII"],
    "rules": ["Rules"],
    "ruling": ["Filter", "Ruling"],
    "unsafe": ["Unsafe", "train"],
}
__getattr__, __dir__ = offering(__name__, _HOMES)
