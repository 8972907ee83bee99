"""JSON schemas without the second that jsonschema's grammars take to compile."""

import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax", reason="the grammars of IRIs are not installed here")

# In a process of its own: what a notebook's run imports, then a schema that asks for an IRI.
ASKED = """
import sys
from workbench.reports.execute import execute
from workbench.schemas import Draft202012Validator
import papermill
print("lark" in sys.modules, "rfc3987_syntax" in sys.modules)
checker = Draft202012Validator.FORMAT_CHECKER
given = ("http://example.com/ä", "no iri", 7)
print([checker.conforms(each, "iri") for each in given], "lark" in sys.modules)
import rfc3987_syntax
print(rfc3987_syntax.is_valid_syntax_digit("7"))
"""


def test_grammars_are_compiled_when_a_schema_asks_for_an_iri_and_not_before():
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["False False", "[True, False, True] True", "True"]
