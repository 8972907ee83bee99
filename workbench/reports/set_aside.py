"""What an earlier execution left: set aside while another runs, and kept where that one fails."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from workbench.page import words

# what an execution leaves beside the notebook, and a gate of it
LEFT = ("report.html", "decision.json", "junit.xml", "summary.md")
EARLIER = "earlier"  # the folder of those that are set aside


def set_aside(folder: Path, page: str = "") -> None:
    """Move what an earlier execution left, and the notebook's `page`, out of the way, for it must
    not pass for this one's; what lies aside from before one that failed stays.
    """
    aside, half = folder / EARLIER, folder / f".{EARLIER}"  # half: by one that was killed here
    left = [folder / name for name in (*LEFT, page) if (folder / name).is_file()]
    told = any(path.name in (*LEFT[:2], page) for path in left)
    if not aside.is_dir() and (half.is_dir() or told):
        half.mkdir(exist_ok=True)
        for path in left:
            path.replace(half / path.name)
        half.rename(aside)
    for path in left:
        path.unlink(missing_ok=True)


def let_go(folder: Path) -> None:
    """Take away what was set aside: an execution came to its end."""
    shutil.rmtree(folder / EARLIER, ignore_errors=True)


def kept(folder: Path, page: str) -> str:
    """What lies aside, and how old it is; empty where nothing does."""
    aside = folder / EARLIER
    found = [aside / name for name in (*LEFT, page) if (aside / name).is_file()]
    if not found:
        return ""
    when = datetime.fromtimestamp(found[0].stat().st_mtime, UTC).isoformat()
    return f"; the last run before it that ended left {found[0]}, of {words.moment(when)}"
