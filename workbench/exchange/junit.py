"""What was checked as JUnit XML, which every CI server reads."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from workbench.requirements import Checked
from workbench.requirements.outcomes import Outcome, named

# what XML 1.0 has no character for; a model's words reach names and messages
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(checked: Checked) -> str:
    """One test suite, a case for every value of every line: a `failure` is missed, `skipped` is not
    known (reporters must not count it as failed); `tool_error` writes what never came to a word.
    """
    return suites([(checked.variant, checked)])


def tool_error(name: str, message: str) -> str:
    """A suite of one case that ended with an `error`: the tool's trouble, not the prompt's."""
    return suites([(name, message)])


def suites(parts: Iterable[tuple[str, Checked | str]], asked: str = "") -> str:
    """A suite each for what was checked, or for the message of what came to no word, by name; and
    one that fails where a person is `asked` to look.
    """
    whole = ElementTree.Element("testsuites")
    if asked:
        suite = _suite("what decides", 1, failures=1)
        case = ElementTree.SubElement(suite, "testcase", name="reviewed", classname="what decides")
        ElementTree.SubElement(case, "failure", message=_clean(asked))
        whole.append(suite)
    for name, found in parts:
        whole.append(_error(name, found) if isinstance(found, str) else _checked(name, found))
    text = ElementTree.tostring(whole, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _checked(name: str, checked: Checked) -> ElementTree.Element:
    words = [each.word for each in checked.outcomes]
    suite = _suite(name, len(words), failures=words.count("fail"))
    suite.set("skipped", str(words.count("unknown")))
    for outcome in checked.outcomes:
        _case(suite, name, outcome)
    return suite


def _error(name: str, message: str) -> ElementTree.Element:
    suite = _suite(name, 1, errors=1)
    case = ElementTree.SubElement(suite, "testcase", name="gate", classname=_clean(name))
    ElementTree.SubElement(case, "error", message=_clean(message))
    return suite


def _suite(name: str, tests: int, *, failures: int = 0, errors: int = 0) -> ElementTree.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": 0}
    return ElementTree.Element(
        "testsuite", {"name": _clean(name), **{key: str(count) for key, count in counts.items()}}
    )


def _case(suite: ElementTree.Element, variant: str, outcome: Outcome) -> None:
    name = _clean(outcome.text)
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=_clean(variant))
    message = _clean("; ".join(filter(None, (named(outcome), outcome.reason, outcome.next_step))))
    if outcome.word == "fail":
        ElementTree.SubElement(case, "failure", message=message)
    elif outcome.word == "unknown":
        ElementTree.SubElement(case, "skipped", message=message)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
