# pyright: strict
"""What is asked of a model, as a plain value, and the key that its answer is stored under."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson

from workbench import words
from workbench.models.entry import ModelEntry
from workbench.models.refusals import LOGPROBS, PARAMETERS, SCHEMA
from workbench.printing import printed

OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


@printed
@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A chat completion to be had: everything that determines the reply, and nothing else.

    `parameters` carry wire names (temperature, max_tokens, seed, ...). `schema` is a JSON schema
    for the reply; `choices` the only replies wanted, constrained where the endpoint can. `repeat`
    tells equal requests apart. `unsent` names what the endpoint refuses. `moderation`: the last
    message is put to the endpoint's moderation, whose result comes back as JSON text.
    """

    model: ModelEntry
    messages: Sequence[Mapping[str, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    top_logprobs: int = 0
    repeat: int = 0
    unsent: frozenset[str] = frozenset()
    moderation: bool = False

    def __repr__(self) -> str:
        last = self.messages[-1]["content"] if self.messages else ""
        return f"Request to {self.model.name}: {words.brief(last)!r}"

    def body(self) -> dict[str, Any]:
        """The JSON body of the call, without streaming fields."""
        if self.moderation:
            return {"model": self.model.id, "input": [self.messages[-1]["content"]]}
        given = {**self.model.parameters, **self.parameters}
        if len(OTHER_NAME.keys() & given) == 2:  # the name that this model takes
            bound = given.pop("max_tokens")
            given["max_completion_tokens"] = self.parameters.get("max_completion_tokens", bound)
        body: dict[str, Any] = {"model": self.model.id, "messages": self.messages}
        body |= _without(given, self.unsent) if self.unsent else given
        if self.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        return body | (self._in_schema() if self.schema is not None else self._one_of_choices())

    def _in_schema(self) -> dict[str, Any]:
        """How the endpoint is held to the schema."""
        assert self.schema is not None
        if self.asks_in_words:
            return {"messages": _asked_in_words(self.messages, self.schema)}
        named = {"name": "reply", "schema": self.schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}

    def _one_of_choices(self) -> dict[str, Any]:
        """How the endpoint is held to the choices, where it can be."""
        if self.choices and self.model.constrain == "grammar":
            spelled = " | ".join(json.dumps(choice) for choice in self.choices)
            return {"grammar": f"root ::= {spelled}"}
        if self.choices and self.model.constrain == "choice":
            return {"structured_outputs": {"choice": list(self.choices)}}
        return {}

    @property
    def asks_in_words(self) -> bool:
        """Whether the schema is told in the messages, since the endpoint cannot be held to it."""
        return self.schema is not None and (self.model.constrain == "none" or SCHEMA in self.unsent)

    @property
    def images(self) -> tuple[int, int]:
        """How many images it shows, and how many bytes of the payload they are."""
        sizes = [len(url) for url in _image_urls(self.messages)]
        return len(sizes), sum(sizes)

    @property
    def streams(self) -> bool:
        """Whether the reply is asked for in pieces."""
        given = self.model.parameters.get("stream")
        return self.parameters.get("stream", given) is True

    @property
    def offers_tools(self) -> bool:
        """Whether the reply may be calls of tools."""
        return bool(self.parameters.get("tools"))

    @property
    def features(self) -> frozenset[str]:
        """What it asks for that not every endpoint has, as the body names it."""
        if self.moderation:
            return frozenset()
        schema = self.schema is not None and not self.asks_in_words
        asked = {LOGPROBS: self.top_logprobs > 0, SCHEMA: schema}
        sent = {*self.model.parameters, *self.parameters}
        if self.unsent:
            sent = self.body().keys()
        parameters = (PARAMETERS & sent) - self.unsent
        return parameters.union(name for name, is_asked in asked.items() if is_asked)

    def without(self, features: Iterable[str]) -> "Request":
        """The request as it is sent to an endpoint that refuses these features."""
        unsent = self.unsent.union(features)
        return replace(
            self, unsent=unsent, top_logprobs=0 if LOGPROBS in unsent else self.top_logprobs
        )

    @property
    def max_tokens(self) -> int | None:
        """The longest reply it allows; None where nothing bounds it."""
        for parameters in (self.parameters, self.model.parameters):
            for name in ("max_completion_tokens", "max_tokens"):
                if parameters.get(name):
                    return int(parameters[name])
        return None

    def payload(self) -> bytes:
        """The body as bytes with sorted keys: what is sent and what is hashed."""
        return body_bytes(self.body())

    def key(self, payload: bytes | None = None) -> bytes:
        """Sixteen bytes that stand for the endpoint, the payload and the repeat."""
        return call_key(
            self.model.endpoint, self.repeat, self.payload() if payload is None else payload
        )


def _without(given: Mapping[str, Any], refused: Set[str]) -> dict[str, Any]:
    """Parameters without those that the endpoint refuses; the bound on a reply's length goes by its
    other name, unless that is refused too.
    """
    sent = dict(given)
    for name in PARAMETERS.intersection(refused, given):
        other = OTHER_NAME.get(name)
        if other is None:
            del sent[name]
        elif other not in refused:
            sent[other] = sent.pop(name)
    return sent


def asked_body(
    sent: Mapping[str, Any], left_out: Mapping[str, Any], *, bounded: bool = False
) -> dict[str, Any]:
    """The body that was asked for, from what was sent of it and what was not sent so; `bounded`: it
    was sent with a budget's bound.
    """
    not_asked = {OTHER_NAME[name] for name in OTHER_NAME.keys() & left_out} - left_out.keys()
    if bounded:
        not_asked |= OTHER_NAME.keys()
    return {name: value for name, value in {**sent, **left_out}.items() if name not in not_asked}


def _image_urls(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            for part in cast(list[Mapping[str, Any]], content):
                if part.get("type") == "image_url":
                    yield part["image_url"]["url"]


def _asked_in_words(
    messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The messages, the last of which also asks for JSON that fits a schema."""
    *before, last = messages
    asked = "Answer with one JSON object that fits this schema, and with nothing else:"
    text, content = f"{asked}\n{json.dumps(schema, ensure_ascii=False)}", last["content"]
    if isinstance(content, list):
        parts = cast(list[Any], content)
        return [*before, {**last, "content": [*parts, {"type": "text", "text": text}]}]
    return [*before, {**last, "content": f"{content}\n\n{text}"}]


def body_bytes(body: Mapping[str, Any]) -> bytes:
    """A request's body as bytes, the same for equal bodies whatever the order of their keys."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):  # orjson refuses lone surrogates and integers beyond 64 bits
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def call_key(endpoint: str, repeat: int, payload: bytes) -> bytes:
    """What a call is stored under."""
    digest = hashlib.blake2b(endpoint.encode(), digest_size=16)
    digest.update(b"\0%d\0" % repeat)
    digest.update(payload)
    return digest.digest()
