"""The pages on the words of decisions, for who asks in a shell: the rule, why, what to do next."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.shipped import shipped

PAGES: Mapping[str, str] = {  # a word, and its page in docs/decisions
    "better": "better",
    "worse": "better",
    "tie": "tie",
    "need more": "need-more",
    "inconclusive": "inconclusive",
    "exploring": "exploring",
    "not yet": "exploring",
    "what ships": "ships",
    "met": "gate",
    "missed": "gate",
    "not shown": "gate",
    "may gate": "critic",
    "may rank": "critic",
    "do not use": "critic",
    "go on": "tried",
    "ship": "released",
    "hold": "released",
    "stop": "released",
    "more days": "released",
    "confirmed": "improved",
    "no rate pays": "hosted",
}
BY_CAUSE: Mapping[str, str] = {  # where the cause tells more than the word
    "written on these rows": "exploring",
    "baseline written on these rows": "exploring",
    "critic written on these rows": "exploring",
    "rows picked": "exploring",
    "labels lean": "critic",
    "labels outdated": "critic",
    "labels contradict": "what ships",
    "gold contradicts": "what ships",
}
UNREAD = re.compile(r"```python.*?\n```\n|!\[.*?\]\(.*?\)\n|(?<=\])\([^)]*\)", re.DOTALL)


def word_of(difference: Mapping[str, Any]) -> str:
    """Which word a difference of a decision.json is explained by."""
    return BY_CAUSE.get(difference["cause"], difference["decision"])


def rule_page(word: str) -> Iterator[str]:
    """The paragraphs of a word's page, with what its example says; KeyError of no word."""
    text = (shipped() / "docs" / "decisions" / f"{PAGES[word]}.md").read_text("utf-8")
    for paragraph in UNREAD.sub("", text).split("\n\n"):
        if paragraph.startswith("```text\n"):
            said = paragraph.removeprefix("```text\n").partition("\n```")[0]
            yield f"An example: {' '.join(said.split())}"
        elif told := " ".join(paragraph.split()).lstrip("# "):
            yield re.sub(r"[*\[\]]", "", told)
