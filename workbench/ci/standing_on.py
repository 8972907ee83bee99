# pyright: strict
"""Files of a project that a notebook stands on: what it names, what it imports, and what would be
imported in place of what is installed.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import PathFinder, all_suffixes
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.files import root

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
SOURCES = ("", "src")  # folders of modules beside the notebook's own
ITSELF, OUT = "workbench", ".."
DATA = ("datasets/", "prompts/critics/")


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text in which names in braces, as of `f"datasets/{task}_eu.jsonl"`, or between plus signs,
    are parameters' values, where they are of any.
    """
    text = re.sub(r"[\"'] *\+ *(\w+) *\+ *[\"']", r"{\1}", text)
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), text)


def is_named(path: PurePosixPath, texts: Sequence[str], known: Sequence[re.Pattern[str]]) -> bool:
    """Whether texts name a file whole, or its folders and, without suffix, itself as words; of what
    judges and of examples itself alone; or whether it fits one of their patterns.
    """
    stem = path.name.partition(".")[0]
    if not stem or path.suffix == ".md":
        return bool(stem) and path.parts[0] != OUT and _has(path.name, texts)
    if any(each.fullmatch(path.as_posix()) for each in known):
        return True
    if path.as_posix().startswith(DATA):
        return _has(stem, texts, before=r"\w-")
    if path.parts[0] == OUT:  # words alone would mean those of other projects too
        return False
    words = (*path.parent.parts, stem)
    apart = len(words) > 1 and all(_has(each, texts) for each in words)
    return apart or _has(path.name, texts)


def _has(word: str, texts: Sequence[str], before: str = r"\w.-") -> bool:
    whole = rf"(?<![{before}]){re.escape(word)}(?![\w-])"
    return any(word in text and re.search(whole, text) for text in texts)


def patterns(texts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """What paths fit those quoted in code that say only a part of one: `f"datasets/{name}.jsonl"`,
    `"part*.jsonl"`, `task + "_eu.jsonl"`, `"datasets/" + name`, and a folder of folders.
    """
    quoted = {each for text in texts for each in re.findall(r"[\"']([^\"'\n]+)[\"']", text)}
    return tuple(filter(None, map(_pattern, sorted(quoted))))


def _pattern(quoted: str) -> re.Pattern[str] | None:
    said = re.sub(r"^(?:\.\.?/)+", "", quoted)
    up = quoted.removesuffix(said).count(f"{OUT}/")  # from the notebook's folder or the root
    parts = _parts(said)
    rest, known = ".*".join(map(re.escape, parts)), list[str]()
    if len(parts) > 1 and re.search(r"\A\W*+\w.*/|\.\w+$", "".join(parts)):
        known.append(rf"(?!\.\./)(?:.*/)?{rest}")
    if up and re.search(r"\w", said):  # a file beside the project, or all of a folder there
        known.append(rf"(?:\.\./){{{max(1, up - 1)},{up}}}{rest}(?:/.*)?")
    return re.compile("|".join(known), re.DOTALL) if known else None


def _parts(said: str) -> list[str]:
    """What stands between the unsaid parts of a path."""
    if re.match(r"[-_][\w-]*\.\w+$", said):
        said = f"*{said}"
    elif re.search(r"\w/\w*$", said):
        said = f"{said.rstrip('/')}/*"
    return re.split(r"\{[^{}]*\}|[*?]+", said)


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
