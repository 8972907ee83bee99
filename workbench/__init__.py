"""A prompt-engineering workbench: which prompt should ship, how sure that is, and what it cost to
know.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "errors": ("WorkbenchError",),
    "prompts": ("Prompt", "load_prompt", "load_prompts"),
    "datasets": ("Dataset", "Example", "load_examples"),
    "models.catalogue": ("model",),
    "models.model": ("Model",),
    "models.transport": ("complete",),
    "models.call": ("Completion", "Request"),
    "stats.scale": ("Scale",),
    "store": ("Store",),
    "critics": (
        "Canary", "Contains", "Exact", "Function", "JSONSchema", "Length", "Panel", "Preference", "Regex", "Rubric",
        "Verdict", "read_rating",
    ),
    "runs": ("Run", "load_run", "quote", "run"),
    "comparison": ("Comparison", "compare"),
    "cards": ("cascade", "compare_critics", "trust"),
    "racing": ("race",),
    "exchange": ("export",),
    "views": ("load_ipython_extension", "show"),
    "reports": ("report",),
}  # fmt: skip
_HOME_OF = {name: f"workbench.{module}" for module, names in _HOMES.items() for name in names}
_MODULES = {
    "labels": "workbench.labels", "stats": "workbench.stats", "testing": "workbench.testing",
    "figures": "workbench.sections.figures",
}  # fmt: skip

__all__ = [*_HOME_OF, *_MODULES]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that `import workbench` costs nothing."""
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
    elif name in _MODULES:
        value = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
