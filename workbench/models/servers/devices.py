# pyright: strict
"""What this machine computes with: its GPUs, as far as NVIDIA's tool tells, and its memory."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

GIB = 2**30
_ASKED = "index,uuid,memory.total,memory.free,compute_cap"
_OTHERS = ("/dev/kfd", "/dev/accel", "/dev/dri/renderD128")  # AMD's, Gaudi's and Intel's devices


@dataclass(frozen=True, slots=True)
class GPU:
    """A GPU: its memory in MiB, all of it and what is free, and what it can compute (8.0: A100)."""

    total: int
    free: int
    capability: float


def gpus() -> tuple[GPU, ...]:
    """The GPUs that a process started here may use; none where NVIDIA's tool finds none."""
    listed = _told()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(gpu for _, _, gpu in listed)
    wanted = [each.strip() for each in visible.split(",")]
    return tuple(
        gpu
        for name in wanted
        for index, uuid, gpu in listed
        if name and (name == index or uuid.startswith(name))
    )


def has_other_accelerator() -> bool:
    """Whether there is a device that NVIDIA's tool does not know: then vLLM chooses for itself."""
    return any(map(os.path.exists, _OTHERS))


def free_memory() -> float:
    """GiB of this machine's memory that a new process may take."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2 / GIB
    told = dict(line.split(":", 1) for line in lines)
    return int(told["MemAvailable"].split()[0]) * 1024 / GIB


def _told() -> list[tuple[str, str, GPU]]:
    """Number, name and figures of each GPU."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return []
    asked = [tool, f"--query-gpu={_ASKED}", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [[each.strip() for each in line.split(",")] for line in said.stdout.splitlines()]
    return [_read(row) for row in rows if said.returncode == 0 and _is_whole(row)]


def _is_whole(row: list[str]) -> bool:
    return len(row) == 5 and all(_is_number(each) for each in row[2:])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()  # "[N/A]" where a part of a GPU is lent


def _read(row: list[str]) -> tuple[str, str, GPU]:
    index, uuid, total, free, capability = row
    return index, uuid, GPU(int(float(total)), int(float(free)), float(capability))
