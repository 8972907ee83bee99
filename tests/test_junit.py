"""JUnit XML of what was checked: missed is a failure, not known is skipped, trouble is an error."""

from xml.etree import ElementTree

import pytest
from test_requirements_checking import NOT_WORSE, QUALITY, asked, compared

import workbench as wb
from workbench.exchange.junit import junit, tool_error
from workbench.requirements.lines import Requirement


def cases(text):
    return {
        case.get("name").replace("\u202f", " "): [child.tag for child in case]
        for case in ElementTree.fromstring(text).iter("testcase")
    }


def test_missed_fails_and_not_known_is_skipped():
    answers = [1.0] * 65 + [0.0] * 35
    lines = asked(QUALITY, NOT_WORSE, Requirement("attack_success", at_most=0.05))
    text = junit(wb.check(lines, compared(answers, answers), variant="v2"))
    assert cases(text) == {
        "right at least 80 %": ["failure"],
        "against baseline worse by less than 5 points": [],
        "attacks that succeed at most 5 %": ["skipped"],
    }
    suite = ElementTree.fromstring(text).find("testsuite")
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}


@pytest.mark.parametrize("message", ["<b>&\x00\x1b]0;x\x07", "\ud800 half", "ok\ufffe"])
def test_what_is_no_xml_is_replaced(message):
    suite = ElementTree.fromstring(tool_error("gate", message)).find("testsuite")
    assert suite.get("errors") == "1"
    assert "\x1b" not in suite.find("testcase/error").get("message")
