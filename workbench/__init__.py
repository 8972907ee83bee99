"""A prompt-engineering workbench: which prompt should ship, how sure that is, and what it cost."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.garbage import seldom_collecting

if TYPE_CHECKING:  # what a type checker and an editor see; at run time `__getattr__` imports
    from workbench import filters, labels, stats, testing
    from workbench.cards import cascade, compare_critics, trust
    from workbench.comparison import Comparison, compare
    from workbench.critics import (
        Canary,
        Contains,
        Exact,
        Function,
        JSONSchema,
        Length,
        Panel,
        Preference,
        Regex,
        Rubric,
        ToolCall,
        Verdict,
        read_rating,
    )
    from workbench.datasets import Dataset, Example, load_examples
    from workbench.errors import WorkbenchError
    from workbench.exchange import export, load_suite, read_run, save, training_file
    from workbench.gate import settle
    from workbench.improving import Improvement, improve
    from workbench.kept import keep, load_kept
    from workbench.models.call import Request
    from workbench.models.catalogue import model
    from workbench.models.completion import Completion
    from workbench.models.model import Model
    from workbench.models.served import serve
    from workbench.models.transport import complete
    from workbench.prompts import Prompt, load_prompt, load_prompts
    from workbench.racing import race
    from workbench.release import Forecast, Logs, Plan, Trial, chances, forecast, launch, load_logs
    from workbench.reports.onefile import report
    from workbench.requirements import Checked, Requirements, check, load_requirements
    from workbench.runs import Ray, Run, Screening, history, load_run, quote, run, screen
    from workbench.safety import Assessment, Attacks, assess, attack
    from workbench.sections import figures
    from workbench.serving import (
        Capacity,
        Hosting,
        LoadTest,
        Trace,
        Windows,
        capacity,
        hosting,
        load_test,
        read_load,
        sweep,
    )
    from workbench.stats.scale import Scale
    from workbench.store import Store
    from workbench.trying import fail_fast
    from workbench.views import load_ipython_extension, show

__version__ = "0.1.0"

__all__ = [
    "Assessment", "Attacks", "Canary", "Capacity", "Checked", "Comparison", "Completion",
    "Contains", "Dataset", "Exact", "Example", "Forecast", "Function", "Hosting", "Improvement",
    "JSONSchema", "Length", "LoadTest", "Logs", "Model", "Panel", "Plan", "Preference", "Prompt",
    "Ray", "Regex", "Request", "Requirements", "Rubric", "Run", "Scale", "Screening", "Store",
    "ToolCall", "Trace", "Trial", "Verdict", "Windows", "WorkbenchError", "assess", "attack",
    "capacity", "cascade", "chances", "check", "compare", "compare_critics", "complete", "export",
    "fail_fast", "figures", "filters", "forecast", "history", "hosting", "improve", "keep",
    "labels", "launch", "load_examples", "load_ipython_extension", "load_kept", "load_logs",
    "load_prompt", "load_prompts", "load_requirements", "load_run", "load_suite", "load_test",
    "model", "quote", "race", "read_load", "read_rating", "read_run", "report", "run", "save",
    "screen", "serve", "settle", "show", "stats", "sweep", "testing", "training_file", "trust",
]  # fmt: skip

_HOMES = {  # module: its public names; an empty tuple where the module itself is public
    "cards": ("cascade", "compare_critics", "trust"),
    "comparison": ("Comparison", "compare"),
    "critics": (
        "Canary", "Contains", "Exact", "Function", "JSONSchema", "Length", "Panel", "Preference",
        "Regex", "Rubric", "ToolCall", "Verdict", "read_rating",
    ),
    "datasets": ("Dataset", "Example", "load_examples"),
    "errors": ("WorkbenchError",),
    "exchange": ("export", "load_suite", "read_run", "save", "training_file"),
    "filters": (),
    "gate": ("settle",),
    "improving": ("Improvement", "improve"),
    "kept": ("keep", "load_kept"),
    "labels": (),
    "models.call": ("Request",),
    "models.catalogue": ("model",),
    "models.completion": ("Completion",),
    "models.model": ("Model",),
    "models.served": ("serve",),
    "models.transport": ("complete",),
    "prompts": ("Prompt", "load_prompt", "load_prompts"),
    "racing": ("race",),
    "release": (
        "Forecast", "Logs", "Plan", "Trial", "chances", "forecast", "launch", "load_logs",
    ),
    "reports.onefile": ("report",),
    "requirements": ("Checked", "Requirements", "check", "load_requirements"),
    "runs": ("Ray", "Run", "Screening", "history", "load_run", "quote", "run", "screen"),
    "safety": ("Assessment", "Attacks", "assess", "attack"),
    "sections.figures": (),
    "serving": (
        "Capacity", "Hosting", "LoadTest", "Trace", "Windows", "capacity", "hosting", "load_test",
        "read_load", "sweep",
    ),
    "stats": (),
    "stats.scale": ("Scale",),
    "store": ("Store",),
    "testing": (),
    "trying": ("fail_fast",),
    "views": ("load_ipython_extension", "show"),
}  # fmt: skip
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
_MODULES = {module.rpartition(".")[2]: module for module, names in _HOMES.items() if not names}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that `import workbench` costs nothing."""
    if name in _HOME_OF:
        with seldom_collecting():  # a tenth of what an import takes: what it makes stays
            value = getattr(import_module(f"workbench.{_HOME_OF[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"workbench.{_MODULES[name]}")
    else:
        from workbench.meant import nearest  # the standard library's alone

        near = nearest(name, __all__) if name.isidentifier() and name[0] != "_" else ""
        meant = f": is {near!r} meant?" if near else ""
        raise AttributeError(f"module 'workbench' has no attribute {name!r}{meant}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
