"""Every command that a page names is there, with the options that the page gives it: those of the
workbench, of make and of the benchmarks. None is run.
"""

import argparse
import re
import shlex
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pages
import pytest
from test_tutorial import blocks

from workbench.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
OTHERS = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")
PAGES = [*OTHERS, *(f"docs/{name}.md" for name in pages.names())]
KINDS = {"sh", "python", "text", "prompty", "yaml", "jsonl", "csv"}
SPAN = re.compile(r"(?<!`)`((?:workbench|make|python) [^`]+)`")


def text_of(page):
    return (ROOT / page).read_text("utf-8")


def typed(page):
    """The commands of a page's blocks, word by word, without comments."""
    lines = [
        line
        for each in blocks(text_of(page))
        if each.kind == "sh"
        for line in each.text.replace("\\\n", " ").split("\n")
    ]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def named(page):
    """The commands that stand in a page's sentences, one for each alternative of `a|b`."""
    for span in SPAN.findall(text_of(page)):
        words = re.sub(r"[\[\]]|(?<!\S)\.\.\.(?!\S)", " ", span).split()
        yield from product(*(word.split("|") for word in words))


def of_program(name, page):
    """What follows the program's name, of the page's commands."""
    told = [*typed(page), *map(list, named(page))]
    return [words[1:] for words in told if Path(words[0]).name == name]


def options_of(parser):
    """Every command of a parser with its options."""
    [commands] = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    return {
        name: {option for action in each._actions for option in action.option_strings}
        for name, each in commands.choices.items()
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page):
    fences = [line for line in text_of(page).split("\n") if line.startswith("```")]
    assert {fence.removeprefix("```") for fence in fences[::2]} <= KINDS
    assert set(fences[1::2]) <= {"```"}


@pytest.mark.parametrize("page", PAGES)
def test_a_command_that_a_block_types_is_read_as_a_whole(page):
    for words in typed(page):
        if Path(words[0]).name == "workbench" and words[1] != "lab":
            _parser().parse_args(words[1:])


@pytest.mark.parametrize("page", PAGES)
def test_a_command_that_is_named_is_there_with_its_options(page):
    known = options_of(_parser())
    for command, *rest in of_program("workbench", page):
        assert command in known, command
        given = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        assert given <= known[command] or command == "lab", f"workbench {command} {rest}"


def targets():
    return sorted({words[0] for page in PAGES for words in of_program("make", page)})


@pytest.mark.skipif(not shutil.which("make"), reason="needs make, which is not on PATH")
@pytest.mark.parametrize("target", targets())
def test_make_knows_every_target(target):
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_a_benchmark_that_is_named_is_there_with_its_options(page):
    for words in of_program("python", page):
        script = words[1] if words[0] == "-m" else words[0].removesuffix(".py")
        if not re.match(r"benchmarks[./]", script):
            continue
        source = (ROOT / f"{script.replace('.', '/')}.py").read_text("utf-8")
        assert [word for word in words if word.startswith("--") and word not in source] == []


RAN_BY = {"tutorial": "test_tutorial", "files": "test_docs", "scale": "test_site"}


@pytest.mark.parametrize("page", pages.names())
def test_a_page_with_code_has_a_test_that_runs_it(page):
    room = page.partition("/")[0]
    if any(block.kind == "python" for block in blocks(pages.text_of(page))):
        test = ROOT / "tests" / f"{RAN_BY.get(room, f'test_docs_{room}')}.py"
        assert re.search(r"exec\(|run_path|FunctionType|run_cell", test.read_text("utf-8"))
