# pyright: strict
"""Files of a project that a notebook stands on: what it names, what it imports, and what would be
imported in place of what is installed.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder, all_suffixes
from pathlib import Path, PurePosixPath

from workbench.files import root

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
SOURCES = ("", "src")  # folders of modules beside the notebook's own
ITSELF = "workbench"


def is_named(path: PurePosixPath, texts: Sequence[str]) -> bool:
    """Whether texts name a file whole, or its folders and, without suffix, itself as words."""
    stem = path.name.partition(".")[0]
    words = [*path.parent.parts, stem]
    apart = len(words) > 1 and path.suffix != ".md" and all(_has(each, texts) for each in words)
    return bool(stem) and (apart or _has(path.name, texts))


def _has(word: str, texts: Sequence[str]) -> bool:
    whole = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
    return any(whole.search(text) for text in texts)


def modules(code: str, home: Path) -> dict[Path, str]:
    """The project's Python files that code imports in the folder `home`, and those that they
    import, with their text; of a package all.
    """
    found: dict[Path, str] = {}
    texts = [code]
    while texts:
        for path in _imported(texts.pop(), home):
            if path not in found:
                found[path] = path.read_text("utf-8", "replace")
                texts.append(found[path])
    return found


def _imported(code: str, home: Path) -> Iterator[Path]:
    lines = re.findall(r"^[ \t]*(?:import|from)[ \t]+(.+)", code, re.MULTILINE)
    for name in sorted({word for line in lines for word in re.findall(r"\w+", line)} - {ITSELF}):
        for folder in (home, *(root() / each for each in SOURCES)):
            if (file := folder / f"{name}.py").is_file():
                yield file
            yield from sorted((folder / name).rglob("*.py"))


def hides(path: Path, home: Path) -> bool:
    """Whether a file in a notebook's folder would be imported in place of what is installed."""
    if not path.is_relative_to(home) or not path.name.endswith(tuple(all_suffixes())):
        return False
    name = path.relative_to(home).parts[0].partition(".")[0]
    elsewhere = [each for each in sys.path if each and Path(each).resolve() not in (root(), home)]
    known = name in sys.modules or name in sys.stdlib_module_names
    return known or PathFinder.find_spec(name, elsewhere) is not None
