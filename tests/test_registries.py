"""Prompts in the registries of others: what is sent, and what is never. A real MLflow is asked in
tests/peers; Langfuse's interface is played here, as its API says of itself.
"""

import base64
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from exported_prompts import made, prompts

from workbench.errors import WorkbenchError
from workbench.exchange.registries import langfuse, mlflow

SIMPLE, BRANCHES, *_ = prompts()
FIELDS = {"type", "name", "prompt", "config", "labels", "tags", "commitMessage"}


@contextmanager
def played(answer):
    """A server that answers `answer(method, path, query, body) -> (status, value)`: its URL, and
    what it was asked.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do(self):
            url, size = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or "null")
            asked.append((self.command, url.path, body, dict(self.headers)))
            status, value = answer(self.command, url.path, parse_qs(url.query), body)
            text = json.dumps(value).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class Project:
    """A Langfuse project, as its API definition (fern/apis/server/definition/prompts.yml and
    prompt-version.yml) and its checks of names and labels have it: versions of prompts are
    immutable and numbered, a label lies on one version, `latest` moves by itself, and a prompt that
    is asked for by no label is the one in production.
    """

    def __init__(self):
        self.versions = []

    def __call__(self, method, path, query, body):
        if method == "GET":
            label = query.get("label", ["production"])[0]
            found = [each for each in self.versions if label in each["labels"]]
            return (200, found[0]) if found else (404, {"error": "LangfuseNotFoundError"})
        if method == "PATCH":
            found = self.versions[int(re.fullmatch(r".*/versions/(\d+)", path)[1]) - 1]
            self.move(body["newLabels"], found)
            return 200, found
        if body.keys() - FIELDS or not self.is_valid(body):
            return 400, {"error": "InvalidRequestError"}
        made = {**body, "version": len(self.versions) + 1, "labels": [], "resolutionGraph": None}
        self.versions.append(made)
        self.move(["latest", *body["labels"]], made)
        return 201, made

    def move(self, labels, to):
        for each in self.versions:
            each["labels"] = [label for label in each["labels"] if label not in labels]
        to["labels"] += labels

    def is_valid(self, body):
        roles = all(
            each.keys() in ({"role", "content"}, {"type", "name"}) for each in body["prompt"]
        )
        labels = all(re.fullmatch(r"[a-z0-9_\-.]{1,36}", each) for each in body["labels"])
        return body["type"] == "chat" and roles and labels and len(body["commitMessage"]) <= 500


def place(url):
    return {"LANGFUSE_HOST": url, "LANGFUSE_PUBLIC_KEY": "pk-1", "LANGFUSE_SECRET_KEY": "sk-1"}


def put(prompt, url, alias="released"):
    return langfuse(prompt, "sorting", "m-1", alias, "v2 is better", place(url))


def test_langfuse_gets_a_version_with_its_label_and_never_production():
    project = Project()
    with played(project) as (url, asked):
        assert put(SIMPLE, url).place == "sorting version 1"
    (_, _, _, headers), (method, path, body, _) = asked
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'pk-1:sk-1').decode()}"
    assert (method, path) == ("POST", "/api/public/v2/prompts")
    assert body["type"] == "chat" and body["labels"] == ["released"]
    assert body["prompt"][1] == {"role": "user", "content": "{{ text }}"}
    assert body["config"]["temperature"] == 0.25
    assert body["config"]["json_schema"] == SIMPLE.schema
    assert "production" not in json.dumps(asked)


def test_production_is_set_where_it_is_asked_for_by_name():
    project = Project()
    with played(project) as (url, _):
        put(SIMPLE, url, alias="production")
    assert project.versions[0]["labels"] == ["latest", "production"]


def test_the_same_prompt_again_is_the_version_that_is_there():
    project = Project()
    with played(project) as (url, _):
        assert put(SIMPLE, url).place == put(SIMPLE, url).place == "sorting version 1"
        assert put(SIMPLE, url, alias="canary").place == "sorting version 1"
        assert put(BRANCHES, url).place == "sorting version 2"
    assert [each["labels"] for each in project.versions] == [
        ["canary"], ["latest", "released"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "alias"),
    [("a", "Released"), ("a", "x" * 37), ("a|b", ""), ("new", ""), ("x" * 256, ""), ("", "")],
)
def test_what_langfuse_would_refuse_is_not_sent(name, alias):
    with played(Project()) as (url, asked):
        with pytest.raises(WorkbenchError, match="Langfuse has no"):
            langfuse(SIMPLE, name, "m-1", alias, "", place(url))
        langfuse(SIMPLE, "a", "m-1", "", "x" * 9_000, place(url))
    assert [method for method, *_ in asked] == ["GET", "POST"]


def test_what_langfuse_does_not_fill_in_is_said_and_a_conversation_has_its_place():
    chat = made(
        "chat", "system:\nBe kind.\n\nuser:\nSo far:\n{{ history }}\nNow {{ text }}.\n",
        "inputs:\n  - {name: history, kind: thread}\n",
    )  # fmt: skip
    with played(Project()) as (url, asked):
        lost = put(BRANCHES, url).lost
        put(chat, url)
    assert [each.line for each in lost if each.kind == "template"] == [6]
    assert asked[-1][2]["prompt"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "So far:"},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "Now {{ text }}."},
    ]


@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_refusal_names_the_host_and_no_key(status, monkeypatch):
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-very-secret")
    with played(lambda *_: (status, {"message": "no sk-very-secret"})) as (url, asked):
        own = {**place(url), "LANGFUSE_SECRET_KEY": "sk-very-secret"}
        said = rf"127\.0\.0\.1 refused GET with status {status}"
        with pytest.raises(WorkbenchError, match=said) as told:
            langfuse(SIMPLE, "sorting", "m", "released", "", own)
    assert "sk-very-secret" not in str(told.value)
    assert len(asked) == 1  # nothing was sent after a redirect


def test_a_key_is_sent_by_https_alone_and_places_have_to_be_named():
    with pytest.raises(WorkbenchError, match=r"http://langfuse\.example: a token is sent by https"):
        put(SIMPLE, "http://langfuse.example")
    with pytest.raises(WorkbenchError, match="set LANGFUSE_HOST, LANGFUSE_PUBLIC_KEY"):
        langfuse(SIMPLE, "sorting", "m", "", "", {})
    for uri in ("", "sqlite:///x.db", "file:./mlruns"):
        with pytest.raises(WorkbenchError, match="set MLFLOW_TRACKING_URI to the URL"):
            mlflow(SIMPLE, "sorting", "m", "", "", {"MLFLOW_TRACKING_URI": uri})


def test_a_template_of_more_than_names_is_marked_so_that_mlflow_reads_jinja():
    sent = {}

    def answer(method, path, query, body):
        sent[path.rpartition("mlflow/")[2]] = body
        return 200, {"model_version": {"version": "1"}}

    prompt = made("loud", "user:\n{{ text | upper }}\n")
    with played(answer) as (url, _):
        mlflow(prompt, "a b", "m", "released", "why", {"MLFLOW_TRACKING_URI": url})
    tags = {each["key"]: each["value"] for each in sent["model-versions/create"]["tags"]}
    assert json.loads(tags["mlflow.prompt.text"]) == [
        {"role": "user", "content": "{{ text | upper }}{% raw %}{% endraw %}"}
    ]
    assert sent["registered-models/alias"] == {"name": "a_b", "alias": "released", "version": "1"}
