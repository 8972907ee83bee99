"""Searching for patterns: never for ever, whoever wrote the pattern or the text."""

import json
import math
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import workbench as wb
from workbench.critics import searching
from workbench.critics.searching import TooLong, searched
from workbench.exchange.asserted import Asserted, is_known
from workbench.models.completion import Completion

EXAMPLE = wb.Example("e1", {"text": "x"})
ENDLESS, TEXT = r"^(a+)+$", "a" * 60 + "!"

needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer on Windows")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\d+", "no 42 here", "42"),
        (r"\d+", "none", None),
        (r"(?s).*", "\ud800\0 é\n你", "\ud800\0 é\n你"),
        ("x*", "", ""),
        ("a+", "a" * 100, "a" * 80),
    ],
)
def test_what_is_found_is_told(pattern, text, found):
    assert searched(pattern, text) == found


@needs_timer
def test_an_endless_pattern_leaves_an_answer_unscored():
    verdict = wb.Regex(ENDLESS).verdict(EXAMPLE, Completion(TEXT))
    assert math.isnan(verdict.score)
    assert verdict.reason.startswith("its pattern takes more than half a second")
    assert wb.Regex(ENDLESS).verdict(EXAMPLE, Completion("aaa")).score == 1


@needs_timer
def test_patterns_of_other_tools_and_of_schemas_end_too():
    theirs = Asserted("not-regex", {"e1": ["b", ENDLESS]})
    assert math.isnan(theirs.verdict(EXAMPLE, Completion(TEXT)).score)
    schema = wb.JSONSchema({"properties": {"x": {"pattern": ENDLESS}}})
    said = {text: schema.verdict(EXAMPLE, Completion(json.dumps({"x": text})))
            for text in (TEXT, "aa", "b")}  # fmt: skip
    assert math.isnan(said[TEXT].score)
    assert (said["aa"].score, said["b"].score) == (1, 0)
    assert not is_known("is-json", {"properties": {"x": {"pattern": "a"}}})


def test_threads_get_their_own_answers():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: searched(rf"\b{n}\b", f"a {n} b"), range(200)))
    assert found == [str(n) for n in range(200)]


@needs_timer
def test_a_searcher_that_was_ended_is_begun_again():
    assert searched("a", "a") == "a"
    child = searching._searcher(os.getpid())._child
    assert child
    child.kill()
    child.wait()
    assert searched("b", "b") == "b"


def test_it_ends_with_the_process_that_uses_it():
    script = (
        "import os; from workbench.critics import searching as s; s.searched('a', 'a'); "
        "print(s._searcher(os.getpid())._child.pid)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_a_search_that_is_given_up_is_no_match():
    with pytest.raises(TooLong):
        searched(ENDLESS, TEXT)
