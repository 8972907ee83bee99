# pyright: strict
"""The arguments that vLLM is given beside the user's: by the model and by what computes it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from workbench.models.servers import devices
from workbench.models.servers.devices import GPU

OURS = frozenset({"host", "port", "served-model-name"})  # nobody else gives these
LARGEST_SHARE = 0.92  # of a GPU's memory: vLLM's own choice for one that is its alone
SPARE_MIB = 512  # of what is free now: others of this GPU need some more at times
BFLOAT16_FROM = 8.0  # compute capability: older GPUs have no bfloat16
MOST_CACHE_GIB = 8  # on processors

_SHORT = {"tp": "tensor-parallel-size", "O": "compilation-config", "cc": "compilation-config"}


def chosen(max_concurrency: int, given: Sequence[str]) -> list[str]:
    """What is sensible here and the user has not said; a file of arguments says all of it."""
    said = named(given)
    if "config" in said:
        return []
    sensible = [*_everywhere(max_concurrency), *_by_device(devices.gpus(), given)]
    return [part for name, *value in sensible if name not in said for part in (f"--{name}", *value)]


def environment() -> dict[str, str]:
    """Variables that vLLM reads on processors, where nobody has set them."""
    if _has_gpu():
        return {}
    share = max(1, min(MOST_CACHE_GIB, int(devices.free_memory() / 4)))
    return {"VLLM_CPU_KVCACHE_SPACE": str(share)}


def named(given: Iterable[str]) -> set[str]:
    """The arguments that a command line names, as vLLM's help spells them: `--no_x=1` names x."""
    names = (each.partition("=")[0].replace("_", "-") for each in given if each.startswith("-"))
    plain = (name.lstrip("-").removeprefix("no-") for name in names)
    return {_SHORT.get(name, name) for name in plain}


def _everywhere(max_concurrency: int) -> Iterator[tuple[str, ...]]:
    yield "max-model-len", "auto"  # the model's own, or as much of it as the memory holds
    yield "max-num-seqs", str(max_concurrency)
    yield ("enable-prefix-caching",)
    yield "seed", "0"


def _by_device(gpus: Sequence[GPU], given: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """How numbers are held and how much memory is taken."""
    if gpus:
        used = gpus[: _wanted(given)]
        yield "gpu-memory-utilization", f"{_share(used):.2f}"
        if min(gpu.capability for gpu in used) < BFLOAT16_FROM:
            yield "dtype", "half"
        else:
            yield "dtype", "auto"
    elif not devices.has_other_accelerator():
        yield "dtype", "bfloat16"
        yield ("enforce-eager",)  # warming up compiled code takes many minutes on processors


def _has_gpu() -> bool:
    return bool(devices.gpus()) or devices.has_other_accelerator()


def _wanted(given: Sequence[str]) -> int:
    """GPUs that the model is to lie on."""
    after = dict(pairwise(given))
    pairs = {**after, **dict(each.split("=", 1) for each in given if "=" in each)}
    sizes = (pairs.get(name, "") for name in ("--tensor-parallel-size", "-tp"))
    return next((int(size) for size in sizes if size.isdigit() and int(size)), 1)


def _share(used: Sequence[GPU]) -> float:
    """The share of a GPU's memory to take: vLLM refuses more than is free."""
    free = min((gpu.free - SPARE_MIB) / gpu.total for gpu in used)
    return max(0.05, min(LARGEST_SHARE, int(free * 100) / 100))
