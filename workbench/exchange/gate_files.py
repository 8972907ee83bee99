"""What a gate decided as files that CI reads: JUnit XML and a summary, beside decision.json."""

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.exchange.junit import junit, tool_error
from workbench.exchange.summary import summary
from workbench.files import canonical, write_whole
from workbench.requirements import Checked
from workbench.requirements.read_back import read_checked

DECISION, JUNIT, SUMMARY = "decision.json", "junit.xml", "summary.md"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def read_decision(path: Path) -> dict[str, Any]:
    """A decision as plain data; WorkbenchError where the file holds none."""
    try:
        decision = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"{path}: no decision can be read: {error}") from None
    if not isinstance(decision, dict) or "version" not in decision:
        raise WorkbenchError(f"{path} is no decision.json: a report of a comparison leaves one")
    return decision


def gate_of(decision: Mapping[str, Any], notebook: str) -> Checked:
    """What a gate settled; WorkbenchError where none did."""
    if "exit_status" not in decision:
        cells = "checked = await wb.settle(requirements, choice) and report it"
        raise WorkbenchError(f"{notebook} settled no requirements: give it {cells}")
    return read_checked(decision["gate"])


def add_recordings(folder: Path, decision: dict[str, Any], found: Mapping[str, Any]) -> str:
    """Say in words what recordings a decision stands on; in decision.json too where they are held
    against a revision's, for without one it is the same bytes as when it was recorded.
    """
    if "since" in found:
        decision["recordings"] = dict(found)
        write_whole(folder / DECISION, canonical(decision))
    return recorded(found, datetime.now(UTC).date())


def recorded(found: Mapping[str, Any], today: date | None = None) -> str:
    """What recordings a decision stands on, in words; with `today` how old they are."""
    calls = words.count(found["calls"], "recorded call")
    changed = ""
    if "changed" in found:
        since = re.sub(r"([0-9a-f]{8})[0-9a-f]{32,}", r"\1", found["since"])
        changed = f", of which {found['changed']:,} changed since {since}"
    elif "since" in found:
        changed = "; git does not know how many of them changed"
    return f"Replayed from {calls}{changed}.{_answered(found, today)}"


def _answered(found: Mapping[str, Any], today: date | None) -> str:
    if "oldest" not in found:
        return ""
    first, last = found["oldest"], found["newest"]
    days = f" on {first}" if first == last else f" from {first} to {last}"
    age = (today - date.fromisoformat(first)).days if today else 0
    old = f"; the oldest answer is {words.count(age, 'day')} old" if age > 0 else ""
    ahead = "; the newest is of a day to come" if today and date.fromisoformat(last) > today else ""
    return f" Answered{days}{old}{ahead}."


def write_gate(folder: Path, checked: Checked, name: str, *, spent: float, notes: str) -> str:
    """junit.xml and summary.md; the text of the latter."""
    write_whole(folder / JUNIT, junit(checked))
    text = summary(checked, name=name, spent=spent, report="report.html", notes=notes)
    write_whole(folder / SUMMARY, text)
    return text


def show_step(text: str) -> None:
    """Put a summary where GitHub shows that of a step, if it is asked for."""
    if step := os.environ.get(STEP_SUMMARY):
        with open(step, "a", encoding="utf-8") as file:
            file.write(text + "\n")


def write_trouble(folder: Path, name: str, message: str) -> None:
    """junit.xml of a gate that came to no word: an error of the tool, not of the prompt."""
    write_whole(folder / JUNIT, tool_error(name, message))
