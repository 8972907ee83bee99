"""A host that is asked with a token of ours: slow, huge, odd, or leading elsewhere."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest
from test_pull_request import HOSTILE, section
from test_sticky import MARK, TEXT, github, served

from workbench.errors import WorkbenchError
from workbench.exchange.plain_http import ask
from workbench.exchange.pull_request import pull_request
from workbench.exchange.sticky import comment, stick

TOKEN = {"Authorization": "Bearer ghs_0123456789abcdefghij"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


@contextmanager
def raw(*parts, seconds=0.0):
    """A host that sends these bytes, so many seconds apart, whatever it is asked."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer():
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    return
                time.sleep(seconds)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"


@pytest.mark.parametrize(
    "parts",
    [(HEAD, *[b" "] * 40), (HEAD[:20], *(bytes([each]) for each in HEAD[20:60]))],
    ids=["its body", "its head"],
)
def test_an_answer_that_drips_is_given_up(parts):
    given_up = pytest.raises(WorkbenchError, match=r"cannot be asked: no whole answer in 0.3 s")
    with raw(*parts, seconds=0.05) as url, given_up:
        ask("GET", url, headers=TOKEN, seconds=0.3)


def test_an_answer_without_end_fills_no_memory():
    refused = pytest.raises(WorkbenchError, match="answered more than 20,000,000 bytes")
    with raw(HEAD, *[b" " * 1_000_000] * 30) as url, refused:
        ask("GET", url, headers=TOKEN)


@pytest.mark.parametrize(
    "parts",
    [(HEAD, b"<html>"), (HEAD, b"[" * 100_000), (HEAD, b"\xff"), (b"SMTP hello\r\n",), (b"",)],
    ids=["HTML", "deep JSON", "no text", "no HTTP", "nothing"],
)
def test_what_is_no_answer_in_json_is_one_line(parts):
    with raw(*parts) as url, pytest.raises(WorkbenchError, match=r"127.0.0.1 cannot be asked: "):
        ask("GET", url, headers=TOKEN)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (307, "leads elsewhere, and a token goes nowhere else"),
        (422, "it takes no such text, or the thread is locked"),
        (429, "asked too often: run this again later"),
        (500, "in trouble itself: run this again later"),
        (503, "in trouble itself: run this again later"),
        (418, "status 418: no such host"),
    ],
)
def test_each_refusal_is_one_clear_line_without_the_token(monkeypatch, status, said):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN["Authorization"][7:])
    body = f"no such host {TOKEN['Authorization']}\n::error::x".encode()
    head = b"HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:1/\r\n\r\n" % status
    with raw(head, body) as url, pytest.raises(WorkbenchError, match=said) as caught:
        ask("GET", url, headers=TOKEN)
    assert "\n" not in str(caught.value) and "ghs_" not in str(caught.value)
    assert f"refused GET with status {status}" in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_the_token_may_not_do_is_said_in_words(status):
    with served() as host:
        host.refuses["POST"] = status
        with pytest.raises(WorkbenchError, match=f"status {status}: the token may not write"):
            stick(TEXT, github(host))


@pytest.mark.parametrize(
    "comments",
    [[None], ["x"], [{"id": "../../user", "body": MARK}], [{"body": MARK}], [{"id": True}]],
)
def test_comments_of_another_form_are_refused(comments):
    with served() as host:
        host.comments = comments
        with pytest.raises(WorkbenchError, match="what is no list of comments"):
            stick(TEXT, github(host))


def test_a_comment_without_text_or_author_is_nobodys():
    with served() as host:
        host.comments = [{"id": 1, "body": None, "user": None}, {"id": 2, "user": "x"}]
        assert stick(TEXT, github(host)) == "a comment was written"


@pytest.mark.parametrize(
    "more",
    ["@octocat", "![x](y)", "[a](b)", "<img src=x>", "<!-- x -->", "https://evil.example",
     "`code`", "</details><script>", "x" * 70_000, "&#64;octocat", "&commat;octocat",
     "&#064;octocat", "&#x40;octocat", "closes #1", "closes &#35;1", "see !12", "see GH-12",
     "\n/approve", "\n+/merge"],
)  # fmt: skip
def test_a_file_with_markup_that_no_summary_has_is_not_posted(tmp_path, monkeypatch, more):
    (tmp_path / "summary.md").write_text(f"{TEXT}{more}\n")
    with served() as host:
        for name, value in github(host).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(WorkbenchError, match="is no summary of a gate"):
            comment(tmp_path / "summary.md")
        assert host.asked == []


def test_a_summary_of_hostile_names_is_posted_as_the_text_that_it_is():
    sections = [section(each, 1, title=each, change=(each, "", each)) for each in HOSTILE]
    text = pull_request(sections, "main", HOSTILE, [], HOSTILE[0])
    with served() as host:
        assert stick(text, github(host)) == "a comment was written"
        assert json.dumps(host.comments[0]["body"]) == json.dumps(text)
