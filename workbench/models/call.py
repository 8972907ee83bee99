"""One call as plain values: what is asked of a model, and what came back."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from workbench.models.model import Model

STATUSES = ("ok", "truncated", "filtered", "malformed", "error", "timeout", "unsent")


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A chat completion to be had: everything that determines the reply, and nothing else.

    `parameters` carry wire names (temperature, max_tokens, seed, ...). `schema` is a JSON schema
    for the reply; `choices` the only replies wanted, constrained where the endpoint can. `repeat`
    tells equal requests apart.
    """

    model: Model
    messages: Sequence[Mapping[str, str]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    top_logprobs: int = 0
    repeat: int = 0

    def body(self) -> dict[str, Any]:
        """The JSON body of the chat-completions call, without streaming fields."""
        body: dict[str, Any] = {
            "model": self.model.id,
            "messages": self.messages,
            **self.model.parameters,
            **self.parameters,
        }
        if (
            "max_completion_tokens" in self.model.parameters and "max_tokens" in body
        ):  # the name that this model takes
            body["max_completion_tokens"] = body.pop("max_tokens")
        if self.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.schema is not None and self.model.constrain == "none":
            body["messages"] = _asked_in_words(self.messages, self.schema)
        elif self.schema is not None:
            named = {"name": "reply", "schema": self.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.choices and self.model.constrain == "grammar":
            body["grammar"] = "root ::= " + " | ".join(
                json.dumps(choice) for choice in self.choices
            )
        elif self.choices and self.model.constrain == "choice":
            body["structured_outputs"] = {"choice": list(self.choices)}
        return body

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
    except (
        TypeError,
        ValueError,
    ):  # lone surrogates and integers beyond 64 bits, which orjson refuses
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def call_key(endpoint: str, repeat: int, payload: bytes) -> bytes:
    """What a call is stored under."""
    digest = hashlib.blake2b(endpoint.encode(), digest_size=16)
    digest.update(b"\0%d\0" % repeat)
    digest.update(payload)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply with its log probability and the likeliest alternatives `(text, log
    probability)`.
    """

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back of a request. `status` is one of STATUSES; NaN and -1 stand for what the
    endpoint did not say.

    `seconds` counts from the first byte sent of the attempt that succeeded; `first_token_seconds`
    exists where the reply was streamed; `attempts` counts HTTP requests really made.
    """

    text: str = ""
    status: str = "ok"
    finish_reason: str = ""
    error: str = ""
    prompt_tokens: int = -1
    completion_tokens: int = -1
    seconds: float = math.nan
    first_token_seconds: float = math.nan
    token_seconds: float = math.nan  # mean gap between tokens where streamed
    tokens: tuple[Token, ...] = ()
    model: str = ""  # as the endpoint names it, with its system fingerprint where given
    attempts: int = 0
    cached: bool = False
