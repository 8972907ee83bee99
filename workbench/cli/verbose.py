"""What one line leaves out, said where it is asked for: where an error comes from, what was sent
again, and what was learnt of servers.
"""

import traceback
from collections.abc import Iterator
from typing import Any

from workbench import words

HELP = "say more: what an error came from, what was sent again, what was learnt of servers"


def add_verbose(commands: Any) -> None:
    """The option of every command but lab, whose options are jupyter's."""
    for name, parser in commands.choices.items():
        if name != "lab":
            parser.add_argument("-v", "--verbose", action="store_true", help=HELP)


def causes(error: BaseException) -> Iterator[str]:
    """An error with all that led to it, line by line."""
    for text in traceback.format_exception(error):
        yield from text.rstrip("\n").splitlines()


def happened(since: float) -> Iterator[str]:
    """What the project's store knows of runs that began since a time, and of servers."""
    from workbench.store import Store

    store = Store()
    for kept in store.runs():
        record = store.run_record(kept.id)
        if record["started"] >= since:
            yield _calls(kept.id, record["counts"])
    for (endpoint, model), features in sorted(store.refusals(since).items()):
        refused = ", ".join(sorted(features))
        yield f"learnt of {endpoint}: model {model} does not take {refused}"


def _calls(id: str, counts: dict[str, Any]) -> str:
    """What a run sent."""
    calls, requests = counts.get("calls", 0), counts.get("requests", 0)
    again = max(0, requests - calls)
    of_store = words.count(counts.get("cached", 0), "answer")
    ended = f"; it ended: {counts['stopped']}" if counts.get("stopped") else ""
    sent = f"{words.count(calls, 'call')} in {words.count(requests, 'request')}"
    return f"run {id}: {sent}, {again:,} sent again; {of_store} from the store{ended}"
