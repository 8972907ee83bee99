"""Streamed replies: put together event by event, with their times."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.models.completion import Completion
from workbench.models.replies import loads
from workbench.models.thinking import read_delta
from workbench.models.tool_calls import whole

# fields of an event that are those of the whole reply
_WHOLE = ("model", "system_fingerprint", "usage", "x_groq", "error", "prompt_filter_results")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # before the first line, of what some libraries write
ASKED = b'"stream":true'  # in a payload; within a text its quotes would be escaped


def streaming(payload: bytes) -> bytes:
    """The payload with the fields that ask for a stream; they change nothing of the reply, so no
    key holds them.
    """
    fields = b',"stream_options":{"include_usage":true}}'
    return payload[:-1] + (fields if ASKED in payload else b"," + ASKED + fields)


@dataclass(slots=True)
class Stream:
    """A streamed reply, put together event by event; a body that is no stream stays as it is."""

    begun: float  # time.perf_counter() when the request was sent
    first: float = math.nan  # when the first text came, thinking or answer
    last: float = math.nan
    events: int = 0  # that carried text
    # as the reply would be without streaming
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    _raw: list[bytes] = field(default_factory=list[bytes])  # until the first event
    _gaps: list[float] = field(default_factory=list[float])  # seconds, between texts
    _texts: list[str] = field(default_factory=list[str])
    _thoughts: list[str] = field(default_factory=list[str])
    _refusals: list[str] = field(default_factory=list[str])
    _calls: list[Any] = field(default_factory=list[Any])
    _tokens: list[Any] = field(default_factory=list[Any])
    _filtered: dict[str, Any] = field(default_factory=dict[str, Any])
    _choice_fields: dict[str, Any] = field(default_factory=dict[str, Any])
    _is_stream: bool = False
    _fails: bool = False  # the next event is an error
    _ended: bool = False  # by [DONE]
    _heard: float = math.nan  # when bytes last came
    _rest: list[bytes] = field(default_factory=list[bytes])  # of a line that has not ended

    def feed(self, chunk: bytes, now: float) -> None:
        """Bytes as they come; an event ends with its line."""
        if not self._is_stream:
            self._raw.append(chunk)
        self._heard = now
        self._rest.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(self._rest).split(b"\n")
            self._rest = [rest]
            for line in lines:
                self._line(line.strip(), now)

    def _line(self, line: bytes, now: float) -> None:
        """One line: data, the name of what follows, or a comment that keeps the connection."""
        if line.startswith(b"data:"):
            self._is_stream = True
            data = line[5:].strip()
            if data == b"[DONE]":
                self._ended = True
            else:
                self._event(loads(data), now)
        elif line.startswith(b"event:"):
            self._fails = line[6:].strip() == b"error"
        elif line.startswith(BYTE_ORDER_MARK):
            self._line(line.removeprefix(BYTE_ORDER_MARK), now)

    def _event(self, event: Any, now: float) -> None:
        if not isinstance(event, dict):
            return
        if "choices" not in event and (self._fails or _is_error(event)):
            event = {"error": event}
        self.document |= {name: event[name] for name in _WHOLE if event.get(name)}
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not _object(choice).get("index"):
                self._choice(_object(choice), now)

    def _choice(self, choice: Mapping[str, Any], now: float) -> None:
        delta = _object(choice.get("delta") or choice.get("message"))
        self._facts(choice)
        self._calls += _list(delta.get("tool_calls"))
        self._refusals.append(str(delta.get("refusal") or ""))
        thinking, text = read_delta(delta)
        if thinking or text:
            if not choice.get("delta"):  # some send it whole, or ever longer
                self._thoughts, self._texts = [], []
            self._thoughts.append(thinking)
            self._texts.append(text or "")
            self.events += 1
            if math.isnan(self.first):
                self.first = now
            else:
                self._gaps.append(round(now - self.last, 6))
            self.last = now

    def _facts(self, choice: Mapping[str, Any]) -> None:
        """What an event says of the reply, beside its text."""
        self._tokens += _list(_object(choice.get("logprobs")).get("content"))
        for name in ("finish_reason", "error", "usage"):
            if choice.get(name) and choice[name] != "null":
                self._choice_fields[name] = choice[name]
        for name, result in _object(choice.get("content_filter_results")).items():
            if not _object(self._filtered.get(name)).get("filtered"):
                self._filtered[name] = result

    def body(self) -> bytes:
        """The whole reply as the endpoint would have sent it without streaming; without a choice if
        it broke off.
        """
        rest, self._rest = b"".join(self._rest), []
        self._line(rest.strip(), self._heard)
        if not self._is_stream:
            return b"".join(self._raw)
        is_whole = "finish_reason" in self._choice_fields or (
            self._ended and (self.events or self._calls)
        )
        if is_whole or "error" in self._choice_fields:
            message = {
                "content": "".join(self._texts),
                "reasoning_content": "".join(self._thoughts),
                "refusal": "".join(self._refusals) or None,
                "tool_calls": whole(self._calls),
            }
            choice = {
                "message": message,
                "logprobs": {"content": self._tokens},
                "content_filter_results": self._filtered,
                **self._choice_fields,
            }
            self.document["choices"] = [choice]
        return json.dumps(self.document).encode()

    def times(self, completion: Completion) -> Completion:
        """The completion with the time to its first token, the mean gap between tokens and each gap
        between pieces; tokens of thinking that was not sent are none.
        """
        counted = completion.completion_tokens
        if not any(self._thoughts) and not completion.thinking:
            counted -= max(completion.thinking_tokens, 0)
        gaps = (counted if counted > 0 else self.events) - 1
        gap = (self.last - self.first) / gaps if gaps > 0 else math.nan
        return completion._replace(
            first_token_seconds=self.first - self.begun,
            token_seconds=gap,
            gap_seconds=tuple(self._gaps),
        )


def _is_error(event: Mapping[str, Any]) -> bool:
    """Whether an event without choices is an error that stands for itself."""
    kinds = (event.get("object"), event.get("type"))
    said = any(isinstance(event.get(name), str) for name in ("message", "msg", "detail"))
    return not event.get("error") and ("error" in kinds or (said and not any(kinds)))


def _object(value: Any) -> Mapping[str, Any]:
    """The value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
