# pyright: strict
"""What is asked of a model, as a plain value, and the key that its answer is stored under."""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from workbench import words
from workbench.models.entry import ModelEntry
from workbench.models.refusals import LOGPROBS, SCHEMA


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A chat completion to be had: everything that determines the reply, and nothing else.

    `parameters` carry wire names (temperature, max_tokens, seed, ...). `schema` is a JSON schema
    for the reply; `choices` the only replies wanted, constrained where the endpoint can. `repeat`
    tells equal requests apart.
    """

    model: ModelEntry
    messages: Sequence[Mapping[str, str]]
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    top_logprobs: int = 0
    repeat: int = 0

    def __repr__(self) -> str:
        last = self.messages[-1]["content"] if self.messages else ""
        return f"Request to {self.model.name}: {words.brief(last)!r}"

    def body(self) -> dict[str, Any]:
        """The JSON body of the chat-completions call, without streaming fields."""
        own = self.model.parameters
        body: dict[str, Any] = {
            "model": self.model.id,
            "messages": self.messages,
            **own,
            **self.parameters,
        }
        if "max_completion_tokens" in own and "max_tokens" in body:  # the name this model takes
            body["max_completion_tokens"] = body.pop("max_tokens")
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
        return self.schema is not None and self.model.constrain == "none"

    @property
    def features(self) -> frozenset[str]:
        """What it asks for that not every endpoint has, as the body names it."""
        schema = self.schema is not None and not self.asks_in_words
        asked = {LOGPROBS: self.top_logprobs > 0, SCHEMA: schema}
        return frozenset(name for name, is_asked in asked.items() if is_asked)

    def without(self, features: Container[str]) -> "Request":
        """The request as it is sent to an endpoint that refuses these features."""
        top_logprobs = 0 if LOGPROBS in features else self.top_logprobs
        model = replace(self.model, constrain="none") if SCHEMA in features else self.model
        return replace(self, model=model, top_logprobs=top_logprobs)

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


def _asked_in_words(
    messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]
) -> list[Mapping[str, str]]:
    """The messages, the last of which also asks for JSON that fits a schema."""
    *before, last = messages
    asked = "Answer with one JSON object that fits this schema, and with nothing else:"
    content = f"{last['content']}\n\n{asked}\n{json.dumps(schema, ensure_ascii=False)}"
    return [*before, {**last, "content": content}]


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
