"""The files of the project as it is shipped, in another folder."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# by name, for beside them lie the prompts, datasets and notebooks of whoever works in this checkout
SHIPPED = (
    "notebooks/[01234]_*.ipynb", "prompts/triage/requirements.yaml",
    "prompts/triage/v[123].prompty", "prompts/digest/v[123].prompty",
    "prompts/critics/faithful.prompty", "prompts/critics/helpful.prompty",
    "prompts/critics/right_label.prompty", "prompts/critics/answers.prompty",
    "prompts/letters/*.prompty", "datasets/triage.*", "datasets/digest.*", "datasets/letters.*",
)  # fmt: skip


def copy_shipped(folder: Path) -> None:
    """Put what is shipped into a folder."""
    for pattern in SHIPPED:
        files = sorted(ROOT.glob(pattern))
        assert files, f"{pattern} names no file"
        for file in files:
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
