"""A store however it is named."""

from pathlib import Path

from workbench.store import Store

Named = Store | str | Path | None  # a store, its path or URL, or the project's own


def opened(store: Named) -> Store:
    """The store that is meant."""
    return store if isinstance(store, Store) else Store(store)
