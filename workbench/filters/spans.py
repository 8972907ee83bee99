"""The parts of a text that a model looks at."""

WINDOW, STRIDE = 2000, 1500  # characters of a window, and from one to the next
MOST_READ = 100_000  # characters of a text


def windows(text: str) -> list[str]:
    """The parts of a text, overlapping; a short one is one part.

    What stands beyond MOST_READ characters is not read.
    """
    text = text[:MOST_READ]
    last = max(len(text) - WINDOW + STRIDE, 1)
    return [text[start : start + WINDOW] for start in range(0, last, STRIDE)]


def unread(text: str) -> str:
    """That not all of a text was read, where that is so."""
    left = len(text) - MOST_READ
    return f"the last {left:,} characters were not read" if left > 0 else ""
