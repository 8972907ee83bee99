"""The files of the project as it is shipped, in another folder."""

import shutil
from pathlib import Path

from workbench.shipped import TASKS

ROOT = Path(__file__).resolve().parents[1]


def copy_shipped(folder: Path) -> None:
    """Put what is shipped into a folder."""
    for pattern in TASKS:
        files = sorted(ROOT.glob(pattern))
        assert files, f"{pattern} names no file"
        for file in files:
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
