"""One comment a pull request: written once, found again by its marker, never another's."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange.sticky import ACTIONS, stick

MARK = "<!-- workbench gate: ci -->"
TEXT = f"{MARK}\n**Pass:** v2 meets its requirements.\n"


class Host:
    """The comments of one pull request, as GitHub or GitLab keep them."""

    def __init__(self, own):
        self.own, self.comments, self.asked, self.refuses, self.leads = own, [], [], {}, ""

    def add(self, name, body):
        user = {"login": name, "username": name}
        self.comments.append(
            {"id": len(self.comments) + 1, "body": body, "user": user, "author": user}
        )

    def answer(self, method, path, headers, body):
        self.asked.append((method, path.partition("?")[0], headers.get("Authorization"), body))
        if method in self.refuses:
            return self.refuses[method], {}
        if path.endswith("/user"):
            return (200, {"login": self.own, "username": self.own}) if self.own else (403, {})
        if method == "GET":
            page = int(path.partition("&page=")[2].partition("&")[0])
            return 200, self.comments[100 * (page - 1) : 100 * page]
        if method == "POST":
            self.add(self.own or ACTIONS, body["body"])
            return 201, {}
        (found,) = [each for each in self.comments if path.endswith(f"/{each['id']}")]
        found["body"] = body["body"]
        return 200, {}


@contextmanager
def served(own=""):
    host = Host(own)

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, found = host.answer(self.command, self.path, self.headers, body)
            self.send_response(302 if host.leads else status)
            if host.leads:
                self.send_header("Location", host.leads)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        do_GET = do_POST = do_PATCH = do_PUT = answer

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        host.url = f"http://127.0.0.1:{server.server_port}"
        yield host
    finally:
        server.shutdown()
        server.server_close()


def github(host, **more):
    return {
        "GITHUB_ACTIONS": "true", "GITHUB_API_URL": host.url, "GITHUB_REPOSITORY": "team/shop",
        "GITHUB_REF": "refs/pull/7/merge", "GITHUB_TOKEN": "t0ken", **more,
    }  # fmt: skip


def test_a_comment_is_written_once_and_then_brought_up_to_date():
    with served() as host:
        host.add("somebody", "Looks good to me.")
        assert stick(TEXT, github(host)) == "a comment was written"
        assert stick(TEXT, github(host)) == "the comment stands as it is"
        later = TEXT.replace("Pass", "Fail")
        assert stick(later, github(host)) == "the comment was brought up to date"
        assert [each["body"] for each in host.comments] == ["Looks good to me.", later]
        method, path, token, body = host.asked[-1]
        assert (method, path) == ("PATCH", "/repos/team/shop/issues/comments/2")
        assert (token, body) == ("Bearer t0ken", {"body": later})


def test_it_is_found_beyond_the_first_page():
    with served() as host:
        for number in range(130):
            host.add("somebody", f"{number}")
        host.add(ACTIONS, f"{MARK}\nold")
        assert stick(TEXT, github(host)) == "the comment was brought up to date"
        assert (len(host.comments), host.comments[-1]["body"]) == (131, TEXT)


def test_a_marker_that_another_wrote_is_not_the_gates():
    with served() as host:
        host.add("mallory", f"{MARK}\n**Pass:** all is well.")
        host.add(ACTIONS, f"See {MARK}")
        host.add(ACTIONS, "<!-- workbench gate: other -->\nof another gate")
        assert stick(TEXT, github(host)) == "a comment was written"
        assert [each["body"] for each in host.comments[:1]] == [f"{MARK}\n**Pass:** all is well."]


def test_gitlab_keeps_one_note_too():
    with served("gate-bot") as host:
        asked = {
            "GITLAB_CI": "true", "CI_API_V4_URL": f"{host.url}/api/v4", "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "3", "GITLAB_TOKEN": "t",
        }  # fmt: skip
        assert stick(TEXT, asked) == "a comment was written"
        assert stick(f"{TEXT}More.\n", asked) == "the comment was brought up to date"
        assert host.asked[-1][:2] == ("PUT", "/api/v4/projects/12/merge_requests/3/notes/1")
        assert len(host.comments) == 1


def test_a_token_that_may_only_read_is_said_in_words():
    with served() as host:
        host.refuses["POST"] = 403
        with pytest.raises(WorkbenchError, match="refused POST with status 403: the token may not"):
            stick(TEXT, github(host))


def test_the_token_follows_no_redirect_and_goes_by_https_alone():
    with served() as host, served() as other:
        host.leads = f"{other.url}/user"
        with pytest.raises(WorkbenchError, match="refused GET with status 302"):
            stick(TEXT, github(host))
        assert other.asked == []
    with pytest.raises(WorkbenchError, match="a token is sent by https alone"):
        stick(TEXT, {**github(host), "GITHUB_API_URL": "http://api.example.com"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GITHUB_REF": "refs/heads/main"}, "of no pull request"),
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "a\r\nX: b"}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_ACTIONS": "", "GITHUB_REPOSITORY": ""}, "from a job of GitHub Actions or GitLab"),
    ],
)
def test_what_the_environment_lacks_is_named(change, said):
    with served() as host:
        with pytest.raises(WorkbenchError, match=said):
            stick(TEXT, github(host, **change))
        assert host.asked == []


def test_a_text_without_a_marker_is_no_summary():
    with served() as host, pytest.raises(WorkbenchError, match="begins with no marker"):
        stick("Hello.", github(host))
