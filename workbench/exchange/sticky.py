# pyright: strict
"""One comment on a pull request of GitHub or GitLab, found again by its hidden marker."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange.plain_http import Refused, ask
from workbench.exchange.summary import APART

MARKED = re.compile(r"<!-- workbench gate: [A-Za-z0-9./_ -]{1,200} -->(?=\n)")
PAGE, MOST_PAGES = 100, 100
LONGEST = 65_536  # characters that a host takes; a summary keeps below
# what no summary holds, for names and texts stand in it as text: mentions, references, links,
# images, code, HTML but for folded differences, commands to the host, and signs spelled otherwise
FOREIGN = re.compile(
    r"[@`\[\]{}~\\]|://|<(?!/?(?:details|summary|pre)>)|^(?:[^\S\n]|[+-])*+/|(?<!&)#\d|!\d|\bgh-\d"
    rf"|&(?!#[1-9]\d{{1,3}};)|&#(?:33|35|38|58|64|126);(?!{APART})",
    re.IGNORECASE | re.MULTILINE,
)
ACTIONS = "github-actions[bot]"  # who a job's own token of GitHub is


@dataclass(frozen=True)
class Thread:
    """The comments of one pull request: their address, and how the host is asked."""

    comments: str  # URL
    own: str  # URL that says who the token is
    one: str  # URL of one comment, with {id} and, on GitLab, its number
    headers: Mapping[str, str]
    update: Literal["PATCH", "PUT"]
    unnamed: str = ""  # who the token is where the host does not say


def stick(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Write or bring up to date the one comment that begins with the text's marker; what was done.

    Which pull request it is on, and the token, are read from the environment of a job. Only
    comments of the token's own user are changed, for anybody can write a marker.
    """
    marked = MARKED.match(text)
    if marked is None:
        raise WorkbenchError("this text begins with no marker: name a summary.md of a gate")
    if len(text) > LONGEST or FOREIGN.search(text, marked.end()):
        raise WorkbenchError(
            "this text is no summary of a gate: it is longer, or holds markup that none has"
        )
    thread = thread_of(environment)
    mine = _author(_asked(thread, "GET", thread.own, optional=bool(thread.unnamed)), thread)
    for comment in _comments(thread):
        body = str(comment.get("body") or "")
        if body.startswith(marked[0]) and _author(_user(comment), thread) == mine:
            if body.strip() == text.strip():
                return "the comment stands as it is"
            _asked(thread, thread.update, thread.one.format(id=comment["id"]), {"body": text})
            return "the comment was brought up to date"
    _asked(thread, "POST", thread.comments, {"body": text})
    return "a comment was written"


def thread_of(environment: Mapping[str, str]) -> Thread:
    """The pull request of a job of GitHub Actions or GitLab CI; WorkbenchError where it is of none,
    or no token is there.
    """
    if environment.get("GITHUB_ACTIONS") or environment.get("GITHUB_REPOSITORY"):
        return _github(environment)
    if environment.get("GITLAB_CI") or environment.get("CI_PROJECT_ID"):
        return _gitlab(environment)
    raise WorkbenchError("a comment is written from a job of GitHub Actions or GitLab CI")


def _github(environment: Mapping[str, str]) -> Thread:
    api = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    repository = f"{api}/repos/{_needed(environment, 'GITHUB_REPOSITORY')}"
    token = _needed(environment, "GITHUB_TOKEN")
    return Thread(
        f"{repository}/issues/{_number(environment)}/comments",
        f"{api}/user",
        f"{repository}/issues/comments/{{id}}",
        {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
        "PATCH",
        ACTIONS,
    )


def _number(environment: Mapping[str, str]) -> int:
    """Of the pull request that a job of GitHub runs for."""
    found = re.fullmatch(r"refs/pull/(\d+)/\w+", environment.get("GITHUB_REF", ""))
    if found is None:
        raise WorkbenchError("this job is of no pull request: GITHUB_REF names none")
    return int(found[1])


def _gitlab(environment: Mapping[str, str]) -> Thread:
    api = _needed(environment, "CI_API_V4_URL").rstrip("/")
    project = quote(_needed(environment, "CI_PROJECT_ID"), safe="")
    notes = f"{api}/projects/{project}/merge_requests/{_merge_request(environment)}/notes"
    token = _needed(environment, "GITLAB_TOKEN")
    return Thread(notes, f"{api}/user", f"{notes}/{{id}}", {"PRIVATE-TOKEN": token}, "PUT")


def _merge_request(environment: Mapping[str, str]) -> int:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        raise WorkbenchError("this job is of no merge request: CI_MERGE_REQUEST_IID names none")
    return int(number)


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value or re.search(r"[\x00-\x20\x7f]", value):
        raise WorkbenchError(f"{name} is not set: the job's environment has to hold it")
    return value


def _comments(thread: Thread) -> Iterator[dict[str, Any]]:
    """Every comment, oldest first."""
    for page in range(1, MOST_PAGES + 1):
        found = _asked(thread, "GET", f"{thread.comments}?per_page={PAGE}&page={page}&sort=asc")
        if not isinstance(found, list) or not all(map(_is_comment, cast(list[Any], found))):
            host = urlsplit(thread.comments).hostname
            raise WorkbenchError(f"{host} answered what is no list of comments")
        read = cast(list[dict[str, Any]], found)
        yield from read
        if len(read) < PAGE:
            return


def _is_comment(found: Any) -> bool:
    """Whether an answer has the form of a comment; its number becomes part of an address."""
    return isinstance(found, dict) and type(cast(dict[str, Any], found).get("id")) is int


def _user(comment: Mapping[str, Any]) -> Mapping[str, Any]:
    return comment.get("user") or comment.get("author") or {}


def _author(user: Any, thread: Thread) -> str:
    """How a user is called; who the token is where the host does not say."""
    if user is None:
        return thread.unnamed
    named = cast(dict[str, Any], user) if isinstance(user, dict) else {}
    return str(named.get("login") or named.get("username") or "")


def _asked(
    thread: Thread,
    method: str,
    url: str,
    body: Mapping[str, str] | None = None,
    *,
    optional: bool = False,
) -> Any:
    """What the host answers; None for what it refuses where that is `optional`."""
    try:
        return ask(method, url, body, headers=thread.headers)
    except Refused as refused:
        if refused.status not in (401, 403, 404) or "rate limit" in str(refused):
            raise
        if optional:
            return None
        begins = f"{refused.host} refused {method} with status {refused.status}"
        raise WorkbenchError(f"{begins}: {_MAY_NOT}") from None


_MAY_NOT = (
    "the token may not write comments: a fork's never may, others are given it by permissions"
)


def comment(path: Path) -> str:
    """Post the summary in a file; what was done."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(f"{path} cannot be read: {error}") from None
    return stick(text)
