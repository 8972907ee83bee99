"""Prompts in the registries of MLflow and Langfuse, over their plain HTTP interfaces.

Versions there are immutable: the same prompt again is the version that is there.
"""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from workbench.errors import WorkbenchError
from workbench.exchange.carrying import Carried, Lost, Untold, lost_by_all
from workbench.exchange.plain_http import Refused, ask
from workbench.exchange.trees import Part, spoken, values_in
from workbench.prompts import Prompt

MARK = "workbench.fingerprint"
LONGEST_NAME, RESERVED = 255, "new"  # of Langfuse: its shared/src/features/prompts/constants.ts
_LABEL = re.compile(r"[a-z0-9_.-]{1,36}")
_IN_JINJA = "{% raw %}{% endraw %}"  # by which MLflow takes a text for a Jinja2 template
_MODEL_CONFIG = {
    "temperature": "temperature", "max_tokens": "max_tokens", "top_p": "top_p", "top_k": "top_k",
    "frequency_penalty": "frequency_penalty", "presence_penalty": "presence_penalty",
    "stop": "stop_sequences",
}  # fmt: skip


def mlflow(
    prompt: Prompt, name: str, model_id: str, alias: str, said: str,
    environment: Mapping[str, str] = os.environ,
) -> Carried:  # fmt: skip
    """Register the prompt as the newest version of `name` at MLFLOW_TRACKING_URI, and move `alias`
    to it.
    """
    lost = [*lost_by_all(prompt), *_lost_there(prompt)]
    try:
        template = [_mlflow_message(role, parts) for role, parts in spoken_texts(prompt)]
    except Untold as fault:
        return Carried({}, (*lost, Lost("template", str(fault), fault.line)))
    server = _Mlflow(environment)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    version = server.version_of(name, prompt.fingerprint) or server.add(
        name, {**_mlflow_tags(prompt, template, model_id), MARK: prompt.fingerprint}, said
    )
    if alias:
        server.ask("POST", "registered-models/alias", name=name, alias=alias, version=version)
    return Carried({}, tuple(lost), f"prompts:/{name}/{version}")


def _lost_there(prompt: Prompt) -> Iterator[Lost]:
    if prompt.variables:
        yield Lost("missing", "what a filled-in value holds is not checked, nor of what kind it is")
    for tool in prompt.tools:
        yield Lost("tool", f"the tool {tool.name} is not kept there")


def spoken_texts(prompt: Prompt) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Role and template of every message, and whether the template is more than names in braces."""
    for message, (role, parts) in zip(prompt.messages, spoken(prompt), strict=True):
        if any(part.kind != "text" for part in parts):
            raise Untold("a conversation or an image has no counterpart", message.line)
        yield role, (message.template, any(map(_is_rich, parts)))


def _is_rich(part: Part) -> bool:
    plain = (kind == "name" or _is_dotted([kind, *rest]) or kind == "value"
             for _, (kind, *rest) in values_in(part.what))  # fmt: skip
    blocks = any(each[0] in ("if", "for") for each in part.what)
    constant = any(each[0] == "write" and each[2][0] == "value" for each in part.what)
    return blocks or constant or not all(plain)


def _is_dotted(value: list[Any]) -> bool:
    return value[0] == "get" and value[2][0] == "value" and isinstance(value[2][1], str)


def _mlflow_message(role: str, found: tuple[str, bool]) -> dict[str, str]:
    template, rich = found
    mark = _IN_JINJA if rich and "{%" not in template else ""
    return {"role": role, "content": template + mark}


def _mlflow_tags(prompt: Prompt, template: list[Any], model_id: str) -> dict[str, str]:
    """A version's tags, in which MLflow keeps all of a prompt."""
    named = {_MODEL_CONFIG[n]: v for n, v in prompt.parameters.items() if n in _MODEL_CONFIG}
    others = {n: v for n, v in prompt.parameters.items() if n not in _MODEL_CONFIG}
    config = {"model_name": model_id, **named, **({"extra_params": others} if others else {})}
    tags = {
        "mlflow.prompt.is_prompt": "true",
        "mlflow.prompt.text": json.dumps(template),
        "_mlflow_prompt_type": "chat",
        "_mlflow_prompt_model_config": json.dumps(config),
        "workbench.prompt": prompt.name,
    }
    if prompt.schema is not None:
        tags["_mlflow_prompt_response_format"] = json.dumps(prompt.schema)
    return tags


class _Mlflow:
    """The registry of models of an MLflow server, which holds its prompts."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        place = environment.get("MLFLOW_REGISTRY_URI") or environment.get("MLFLOW_TRACKING_URI", "")
        if not place.startswith(("http://", "https://")):
            raise WorkbenchError("set MLFLOW_TRACKING_URI to the URL of an MLflow server")
        self._api = f"{place.rstrip('/')}/api/2.0/mlflow/"
        token = environment.get("MLFLOW_TRACKING_TOKEN", "")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        query = f"?{urlencode(fields)}" if method == "GET" else ""
        body = None if method == "GET" else fields
        return ask(method, self._api + path + query, body, headers=self._headers)

    def version_of(self, name: str, fingerprint: str) -> str:
        """The version that holds a prompt of this fingerprint; empty where none does."""
        prompts = "tags.`mlflow.prompt.is_prompt` = 'true'"  # else they are left out
        asked = {"filter": f"name = '{name}' AND {prompts}", "max_results": 200}
        token: dict[str, str] = {}
        while True:
            found = self.ask("GET", "model-versions/search", **asked, **token)
            for each in found.get("model_versions", ()):
                if {"key": MARK, "value": fingerprint} in each.get("tags", ()):
                    return str(each["version"])
            if not found.get("next_page_token"):
                return ""
            token = {"page_token": found["next_page_token"]}

    def add(self, name: str, tags: Mapping[str, str], said: str) -> str:
        """A new version, of a prompt that is made where it is not there."""
        is_prompt = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
        try:
            self.ask("POST", "registered-models/create", name=name, tags=is_prompt)
        except Refused as refused:
            if refused.status != 400:  # it is there
                raise
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        made = self.ask(
            "POST", "model-versions/create", name=name, source="prompt-template", tags=listed,
            description=said,
        )  # fmt: skip
        return str(made["model_version"]["version"])


def langfuse(
    prompt: Prompt, name: str, model_id: str, alias: str, said: str,
    environment: Mapping[str, str] = os.environ,
) -> Carried:  # fmt: skip
    """Create the prompt as the newest version of `name` at LANGFUSE_HOST with the label `alias`;
    `production`, which clients serve, is set where that is the alias and never else.
    """
    lost = [*lost_by_all(prompt), *_lost_there(prompt), *_lost_at_langfuse(prompt)]
    if alias and not _LABEL.fullmatch(alias):
        raise WorkbenchError(
            f"Langfuse has no label {alias!r}: give an alias of at most 36 lowercase letters, "
            "digits, -, _ and ."
        )
    if "|" in name or not 0 < len(name) <= LONGEST_NAME or name == RESERVED:
        raise WorkbenchError(f"Langfuse has no prompt named {name[:80]!r}: rename the dataset")
    body = {
        "type": "chat",
        "name": name,
        "prompt": list(_langfuse_messages(prompt)),
        "config": _langfuse_config(prompt, model_id),
        "labels": [alias] if alias else [],
        "tags": ["workbench"],
        "commitMessage": said[:500],
    }
    version = _Langfuse(environment).put(body)
    return Carried({}, tuple(lost), f"{name} version {version}")


def _lost_at_langfuse(prompt: Prompt) -> Iterator[Lost]:
    for message, (_, parts) in zip(prompt.messages, spoken(prompt), strict=True):
        if any(part.kind == "text" and _is_rich(part) for part in parts):
            text = "Jinja2 is kept as text there, of which only names in braces are filled in"
            yield Lost("template", text, message.line)
        if any(part.kind == "image" for part in parts):
            yield Lost("template", "an image is a name in braces there", message.line)


def _langfuse_messages(prompt: Prompt) -> Iterator[dict[str, str]]:
    for message in prompt.messages:
        lines: list[str] = []
        for line in message.template.split("\n"):
            name = re.sub(r"\{\{-?\s*(\w+)\s*-?\}\}", r"\1", line.strip())
            if name in prompt.threads and name != line.strip():
                yield from _langfuse_said(message.role, lines)
                yield {"type": "placeholder", "name": name}
                lines = []
            else:
                lines.append(line)
        yield from _langfuse_said(message.role, lines)


def _langfuse_said(role: str, lines: list[str]) -> Iterator[dict[str, str]]:
    if text := "\n".join(lines).strip("\n"):
        yield {"role": role, "content": text}


def _langfuse_config(prompt: Prompt, model_id: str) -> dict[str, Any]:
    config: dict[str, Any] = {"model": model_id, **prompt.parameters, MARK: prompt.fingerprint}
    return config if prompt.schema is None else {**config, "json_schema": prompt.schema}


class _Langfuse:
    """The prompts of a Langfuse project."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        place = environment.get("LANGFUSE_HOST") or environment.get("LANGFUSE_BASE_URL", "")
        pair = [environment.get(f"LANGFUSE_{which}_KEY", "") for which in ("PUBLIC", "SECRET")]
        if not place or not all(pair):
            raise WorkbenchError(
                "set LANGFUSE_HOST, LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY to your project's"
            )
        self._api = f"{place.rstrip('/')}/api/public/v2/prompts"
        token = base64.b64encode(":".join(pair).encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def put(self, body: Mapping[str, Any]) -> int:
        """The version of a prompt: the newest where it says the same, else a new one."""
        one = f"{self._api}/{quote(body['name'], safe='')}"
        newest = self._newest(one)
        if newest is None or any(newest.get(n) != body[n] for n in ("prompt", "config")):
            return int(ask("POST", self._api, body, headers=self._headers)["version"])
        labels = [label for label in body["labels"] if label not in newest["labels"]]
        if labels:
            moved = f"{one}/versions/{newest['version']}"
            ask("PATCH", moved, {"newLabels": labels}, headers=self._headers)
        return int(newest["version"])

    def _newest(self, one: str) -> dict[str, Any] | None:
        try:
            return ask("GET", f"{one}?label=latest", headers=self._headers)
        except Refused as refused:
            if refused.status != 404:
                raise
        return None
