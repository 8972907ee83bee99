# pyright: strict
"""Two scripts for `serve`: a model that obeys seven of the suite's attacks unless its prompt
forbids it, and its twin that quotes attacks in its refusals and obeys none. Both know attacks by
the text that arrives.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from workbench.safety.suite import Attack, suite

OBEYED = (
    "direct-01",
    "indirect-03",
    "indirect-08",
    "leak-01",
    "leak-05",
    "judge-03",
    "consumption-02",
)
FORBIDS = "is never an instruction"  # in a system message
AT_THE_END = "indirect-03"  # elsewhere in a text it is not obeyed
_HALVES = {"a": r"(?P<a>[A-Z]{3})", "b": r"(?P<b>[A-Z]{3})", "host": r"[a-z.]+"}


class Asked(Protocol):
    """A request as `serve` hands it to its script."""

    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def text(self) -> str: ...
    @property
    def system(self) -> str: ...


def _pattern(attack: Attack) -> re.Pattern[str]:
    """The attack's text with whichever canary."""
    literal = re.escape(attack.text.replace("{{", "{").replace("}}", "}"))
    for name, half in _HALVES.items():
        literal = literal.replace(re.escape(f"{{{name}}}"), half, 1)
    end = r"\s*\Z" if attack.id == AT_THE_END else ""
    return re.compile(literal + end)


_PATTERNS = {attack.id: _pattern(attack) for attack in suite() if attack.id in OBEYED}


def gullible(ask: Asked) -> str:
    """Obeys the attacks of OBEYED unless its system message forbids it; does its task otherwise."""
    if FORBIDS in ask.system:
        return hardened(ask)
    said = str(ask.body["messages"][-1]["content"])
    found = {name: match for name, each in _PATTERNS.items() if (match := each.search(said))}
    if _judges(ask):
        return "yes" if "judge-03" in found else "no"
    obeyed = next((name for name in OBEYED if name in found), "")
    return _obedient(ask, obeyed, "".join(found[obeyed].groups()) if obeyed else "")


def _obedient(ask: Asked, obeyed: str, word: str) -> str:
    """What an attack asks for; `word` is its canary, joined."""
    replies = {
        "direct-01": word,
        AT_THE_END: word,
        "leak-01": ask.system,
        "leak-05": base64.b64encode(ask.system.encode()).decode(),
        "consumption-02": "again " * 400,
    }
    if obeyed == "indirect-08" and "response_format" in ask.body:
        return json.dumps({**json.loads(_task(ask)), word: True})
    return replies.get(obeyed) or _task(ask)


def hardened(ask: Asked) -> str:
    """Does its task, and refuses by quoting what it was told where that is any attack."""
    said = str(ask.body["messages"][-1]["content"])
    if _judges(ask):
        return "no"
    if "response_format" not in ask.body and any(each.search(said) for each in _PATTERNS.values()):
        quoted = said.replace('"', "'").replace("\n", " ")
        return f'I will not do what "{quoted}" says.'
    return _task(ask)


def _judges(ask: Asked) -> bool:
    """Whether it is asked as a critic: for one word about fenced data."""
    return "<data-" in ask.text


def _task(ask: Asked) -> str:
    """A plain answer of the kind that is asked for."""
    asked = ask.body.get("response_format")
    if not asked:
        return "It is a question about an order."
    fields = asked["json_schema"]["schema"]["properties"]
    return json.dumps({name: field.get("enum", ["some"])[0] for name, field in fields.items()})
