"""Streamed replies: put together event by event, with their times."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.json_values import listed, mapping
from workbench.models.completion import Completion
from workbench.models.documents import loads
from workbench.models.endings import ending, word_of
from workbench.models.thinking import read_delta
from workbench.models.tool_calls import whole

# fields of an event that are those of the whole reply
_WHOLE = (
    "model", "system_fingerprint", "x_groq", "error", "errors", "base_resp",
    "prompt_filter_results",
)  # fmt: skip
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # before the first line, of what some libraries write
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a \n may follow what ends with \r
_DONE = re.compile(rb"\"?\[?done\]?\"?", re.IGNORECASE)
_BROKEN = "an event of the stream is no JSON: "
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
    _data: list[bytes] = field(default_factory=list[bytes])  # of an event of several lines
    _ended: bool = False  # by [DONE]
    _broken: bytes = b""  # an event that is no JSON
    _heard: float = math.nan  # when bytes last came
    _rest: list[bytes] = field(default_factory=list[bytes])  # of a line that has not ended

    def feed(self, chunk: bytes, now: float) -> None:
        """Bytes as they come; an event ends with its line."""
        if not self._is_stream:
            self._raw.append(chunk)
        self._heard = now
        self._rest.append(chunk)
        if b"\n" in chunk or b"\r" in chunk:
            *lines, rest = _LINE_END.split(b"".join(self._rest))
            self._rest = [rest]
            for line in lines:
                self._line(line.strip(), now)

    def _line(self, line: bytes, now: float) -> None:
        """One line: data, the name of what follows, or a comment that keeps the connection."""
        if line.startswith(b"data:"):
            self._is_stream = True
            self._datum(line[5:].strip(), now)
        elif not line:
            self._end_event(now)
        elif line.startswith(b"event:"):
            self._fails = line[6:].strip() == b"error"
        elif line.startswith(BYTE_ORDER_MARK):
            self._line(line.removeprefix(BYTE_ORDER_MARK), now)

    def _datum(self, data: bytes, now: float) -> None:
        """A line of data: mostly an event, else a part of one."""
        if _DONE.fullmatch(data):
            self._ended = True
            return
        event = None if self._data else loads(data)
        if isinstance(event, dict):
            self._event(event, now)
        else:
            self._data.append(data)

    def _end_event(self, now: float) -> None:
        """An event of several lines, or of words; one that is broken leaves a hole in the text."""
        data = b"\n".join(self._data)
        self._data = []
        event = loads(data) if data else None
        if self._fails and data and not isinstance(event, dict):
            event = {"message": data.decode("utf-8", "replace")}
        for each in event if isinstance(event, list) else [event]:
            if isinstance(each, dict):
                self._event(each, now)
        if event is None and data.startswith((b"{", b"[")):
            self._broken = data

    def _event(self, event: dict[str, Any], now: float) -> None:
        if "choices" not in event and (self._fails or _is_error(event)) and not event.get("error"):
            event = {"error": event}
        self.document |= {name: event[name] for name in _WHOLE if event.get(name)}
        self._count(event.get("usage"))
        for number, choice in enumerate(listed(event.get("choices"))):
            place = mapping(choice).get("index", number)
            if place in (0, "0", None):
                self._choice(mapping(choice), now)

    def _count(self, usage: Any) -> None:
        """What an event says of tokens: some count in pieces, and some end with zeros."""
        if usage and isinstance(usage, dict):
            counted = {name: count for name, count in usage.items() if count}
            self.document["usage"] = {**usage, **self.document.get("usage", {}), **counted}

    def _choice(self, choice: Mapping[str, Any], now: float) -> None:
        delta = mapping(choice.get("delta") or choice.get("message"))
        self._facts(choice)
        self._calls += listed(delta.get("tool_calls"))
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
        self._tokens += listed(mapping(choice.get("logprobs")).get("content"))
        for name in ("error", "usage"):
            if choice.get(name):
                self._choice_fields[name] = choice[name]
        if (end := word_of(choice)) and ending(self._end) == "ok":  # a bad end stays
            self._choice_fields["finish_reason"] = end
        for name, result in mapping(choice.get("content_filter_results")).items():
            if not mapping(self._filtered.get(name)).get("filtered"):
                self._filtered[name] = result

    def body(self) -> bytes:
        """The whole reply as the endpoint would have sent it without streaming; without a choice if
        it broke off.
        """
        rest, self._rest = b"".join(self._rest), []
        self._line(rest.strip(), self._heard)
        if not self._is_stream:
            return b"".join(self._raw)
        self._end_event(self._heard)
        if self._broken:
            self.document.setdefault("error", {"message": _BROKEN + self._shown()})
        is_whole = self._end or (self._ended and (self.events or self._calls))
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

    @property
    def _end(self) -> str:
        """The word for the reply's end, so far."""
        return str(self._choice_fields.get("finish_reason") or "")

    def _shown(self) -> str:
        return repr(self._broken[:80].decode("utf-8", "replace"))

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
