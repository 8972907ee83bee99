"""Every compiled pattern of the package against texts that repeat: none takes the square of their
length, but for those that see a short window only.
"""

import ast
import importlib
import pkgutil
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench

SHORT, LONG = 3_000, 12_000  # characters
LIKELY = 0.002  # seconds of the processor for the short text: below, the long one is no trouble
GROWTH = 8  # times; a linear pattern takes 4 times as long on LONG, a square one 16
LIMIT = 2.0  # seconds of the processor that one attempt may take
UNITS = (
    " ", "a", "1", "-", ".", ",", "<", '"', "\\", "/", "\n", "(", "[", "{", "|", "&", "@", ":",
    "=", "é", "“", "«", "#", "*", "`", "ab ", "a.", "a@", "<a ", "</", "1,", "{{", "\x1b[", "](",
    "- ", "user:\n",
)  # fmt: skip
AFFIXES = (("", ""), ("<", "\x00"))
SEARCHING = {"search", "finditer", "findall", "sub", "subn", "split"}
WAYS = ("match", "fullmatch", "finditer")  # the last stands for all that search
MATCHED = {"workbench.plain_yaml.whole"}  # by PyYAML, and not searched for
OURS = {"workbench.exchange.rule_pages.UNREAD"}  # reads the pages of docs/
# Modules that give their patterns a short piece of a text, however long it is.
IN_A_WINDOW = {"workbench.critics.wording"}  # its WINDOW
WHOLE = {"_TOKEN", "_SCALE"}  # of those that see a whole text


def patterns():
    """Each compiled pattern that a module of the package holds, by the first name it has, and in
    which ways it is used.
    """
    for each in pkgutil.walk_packages(workbench.__path__, "workbench."):
        if "child" not in each.name and "__main__" not in each.name:
            try:
                importlib.import_module(each.name)
            except ImportError:  # of an extra that is not installed
                continue
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("workbench"):
            for attribute, value in vars(module).items():
                for pattern in compiled(value):
                    if name not in IN_A_WINDOW or attribute in WHOLE:
                        found.setdefault(pattern, (name, attribute))
    held = [(f"{name}.{attribute}", each, ways_of(name, attribute))
            for each, (name, attribute) in found.items()]  # fmt: skip
    return [*held, *written()]


def written():
    """The patterns that stand in calls such as re.sub(...), as far as they are plain texts."""
    for path in sorted(Path(workbench.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            function = getattr(call, "func", None)
            if getattr(getattr(function, "value", None), "id", "") != "re" or not call.args:
                continue
            if isinstance(pattern := call.args[0], ast.Constant):
                ways = WAYS[:2] if function.attr == "compile" else among({function.attr})
                yield f"{path.stem}:{call.lineno}", re.compile(pattern.value), ways


def ways_of(name, attribute):
    """As the module uses it; in every way where it is handed on."""
    if f"{name}.{attribute}" in MATCHED:
        return ["match"]
    text = Path(sys.modules[name].__file__).read_text("utf-8")
    return among(re.findall(rf"\b{attribute}\.(\w+)", text))


def among(used):
    named = {"finditer" if each in SEARCHING else each for each in used}
    return [way for way in WAYS if way in named] or WAYS


def compiled(value, depth=0):
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, list | tuple | set | frozenset | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from compiled(each, depth + 1)


def grows(pattern, ways):
    """The first text on which a pattern takes more than GROWTH times as long as on a fourth."""
    for search in (getattr(pattern, way) for way in ways):
        for unit in UNITS:
            for pre, post in AFFIXES:
                short = seconds(search, pattern, pre, unit, post, SHORT)
                if short > LIKELY:
                    short = min(short, seconds(search, pattern, pre, unit, post, SHORT))
                    long = seconds(search, pattern, pre, unit, post, LONG)
                    if short > LIKELY and long > GROWTH * short:
                        return f"{pre!r} + {unit!r} + {post!r}: {short:.3f} s, then {long:.3f} s"
    return ""


def seconds(search, pattern, pre, unit, post, size):
    text = pre + unit * (size // len(unit)) + post
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        found = search(given)
        if isinstance(found, Iterator):
            deque(found, maxlen=0)
    except TimeoutError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


@pytest.fixture
def alarm():
    def raise_it(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, raise_it)
    yield
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows counts no processor time")
def test_no_pattern_takes_the_square_of_a_text(alarm):
    growth = {name: grows(each, ways) for name, each, ways in patterns()}
    assert {name: text for name, text in growth.items() if text and name not in OURS} == {}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows counts no processor time")
def test_a_pattern_that_does_is_found(alarm):
    assert grows(re.compile(r"\s+$"), WAYS)
    assert grows(re.compile(r"\s+$"), WAYS[:2]) == ""
    assert grows(re.compile(r"(?<!\s)\s+$"), WAYS) == ""
