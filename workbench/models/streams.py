"""Streamed replies: put together event by event, with their times."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.models.completion import Completion
from workbench.models.replies import loads

# fields of an event that are those of the whole reply
_WHOLE = ("model", "system_fingerprint", "usage", "error")
ASKED = b'"stream":true'  # in a payload; within a text its quotes would be escaped


def streaming(payload: bytes) -> bytes:
    """The payload with the fields that ask for a stream; they change nothing of the reply, so no
    key holds them.
    """
    fields = b',"stream_options":{"include_usage":true}}'
    return payload[:-1] + (fields if ASKED in payload else b"," + ASKED + fields)


@dataclass(slots=True)
class Stream:
    """A streamed reply, put together event by event."""

    begun: float  # time.perf_counter() when the request was sent
    first: float = math.nan  # when the first text came
    last: float = math.nan
    events: int = 0  # that carried text
    # as the reply would be without streaming
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    _texts: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)
    _tokens: list[Any] = field(default_factory=list)
    _finish: str | None = None
    _rest: bytes = b""

    def feed(self, chunk: bytes, now: float) -> None:
        """Bytes as they come; an event ends with its line."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:") and (data := line[5:].strip()) != b"[DONE]":
                self._event(loads(data), now)

    def _event(self, event: Any, now: float) -> None:
        if not isinstance(event, Mapping):
            return
        self.document |= {name: event[name] for name in _WHOLE if event.get(name)}
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            self._choice(_object(choice), now)

    def _choice(self, choice: Mapping[str, Any], now: float) -> None:
        delta, logprobs = _object(choice.get("delta")), _object(choice.get("logprobs"))
        self._finish = choice.get("finish_reason") or self._finish
        self._tokens += tokens if isinstance(tokens := logprobs.get("content"), list) else ()
        self._refusals.append(str(delta.get("refusal") or ""))
        if isinstance(text := delta.get("content"), str) and text:
            self._texts.append(text)
            self.events += 1
            self.first = now if math.isnan(self.first) else self.first
            self.last = now

    def body(self) -> bytes:
        """The whole reply as the endpoint would have sent it without streaming; without a choice if
        it broke off.
        """
        if self._finish:
            message = {"content": "".join(self._texts), "refusal": "".join(self._refusals) or None}
            choice = {
                "message": message,
                "finish_reason": self._finish,
                "logprobs": {"content": self._tokens},
            }
            self.document["choices"] = [choice]
        return json.dumps(self.document).encode()

    def times(self, completion: Completion) -> Completion:
        """The completion with the time to its first token and the mean gap between tokens."""
        counted = completion.completion_tokens
        gaps = (counted if counted > 0 else self.events) - 1
        gap = (self.last - self.first) / gaps if gaps > 0 else math.nan
        return replace(completion, first_token_seconds=self.first - self.begun, token_seconds=gap)


def _object(value: Any) -> Mapping[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
