"""What an endpoint's HTTP answer means: a completion, a failure worth another attempt, or the end
of the run.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.documents import loads
from workbench.models.endings import blocked, ending, filtered_by, may_pass, unlooked, word_of
from workbench.models.error_bodies import (
    LONGEST_ERROR,
    error_code,
    error_in,
    error_status,
    error_text,
)
from workbench.models.faults import FAULTS, fault_name, is_of_path, status_in_words
from workbench.models.headers import wait_asked
from workbench.models.logprobs import read_tokens
from workbench.models.refusals import refused
from workbench.models.thinking import Said, read_message
from workbench.models.tool_calls import as_text, calls_in
from workbench.models.usage import Usage, count, usage_in
from workbench.prompts.invisible import says_something

REFUSED = "the model refused"
CUT = "the reply was cut at max_tokens"
FILTERED = "the endpoint's content filter stopped the reply"
UNLOOKED = "the endpoint's content filter failed and did not look"  # at a reply that is whole


class Outcome(NamedTuple):
    """One attempt's result. `after` is how long the endpoint asks to wait, in seconds (NaN: it does
    not say).
    """

    completion: Completion
    retry: bool = False
    throttled: bool = False  # the endpoint says that it gets too much
    limiting: bool = False  # and says so of its rate
    loading: bool = False  # the endpoint is not ready yet
    unreachable: bool = False  # no connection could be had
    after: float = math.nan
    fatal: str = ""  # why no call to this endpoint can succeed: "key" or "quota"
    lasting: str = ""  # why none can if every first call gets this: also "model" or "address"
    at_first: bool = False  # one is enough for that, where none was answered
    refused: frozenset[str] = frozenset()  # features of the request that the endpoint does not have


class _Read(NamedTuple):
    """What a message came to."""

    text: str
    status: str
    error: str
    calls_tools: bool = False


def read_outcome(
    request: Request, status: int, headers: Mapping[str, str], body: bytes, now: float
) -> Outcome:
    """The outcome that an HTTP answer stands for; `now` is the time of day (for a `Retry-After`
    date).
    """
    document = loads(body)
    if isinstance(document, list) and len(document) == 1:  # Gemini's errors come so
        document = document[0]
    error = error_in(document)
    if is_good(status) and isinstance(document, dict) and not error:
        outcome = _read_completion(request, document, body)
    elif is_good(status):
        outcome = _read_200_without_completion(request, error, document, body)
    else:
        outcome = _read_failure(request, status, headers, document, body, now)
    return outcome if outcome.completion.status == "ok" else _billed(outcome, document)


def is_good(status: int) -> bool:
    """Whether an HTTP status says that an answer comes; some servers say 201 for what is 200."""
    return 200 <= status < 300


def _read_failure(
    request: Request,
    status: int,
    headers: Mapping[str, str],
    document: Any,
    body: bytes,
    now: float,
) -> Outcome:
    if 300 <= status < 400:
        return failed(
            f"HTTP {status}: redirects are not followed, since the key would go along: correct the "
            "base URL",
            lasting="address",
        )
    features = refused(status, body, request.features)
    text = error_text(document, body, status)
    by_filter = _read_filtered(status, text, document)
    return by_filter or _read_error(status, headers, text, error_code(document), now, features)


def _read_filtered(status: int, error: str, document: Any) -> Outcome | None:
    """The outcome of an error that is a content filter's word; None of another."""
    by = filtered_by(status, document) if isinstance(document, dict) else None
    return None if by is None else failed(f"{error}: {by}" if by else error, status="filtered")


def _read_completion(request: Request, document: Mapping[str, Any], body: bytes) -> Outcome:
    if request.moderation:
        return read_moderation(document)
    choice = _first_choice(document)
    if error := choice.get("error"):
        return _read_200_without_completion(request, error, document, body)
    message, filtered = choice.get("message"), blocked(choice) or blocked(document)
    if isinstance(message, dict):
        return _read_message(request, document, choice, message, filtered)
    if filtered:
        return failed(f"{FILTERED}: {filtered}", status="filtered")
    told = f"the endpoint's reply holds no choice{f': {_beginning(body)!r}' if document else ''}"
    return failed(told, retry=True)


def _beginning(body: bytes) -> str:
    """What an error shows of a body that is no answer."""
    return body[:120].decode("utf-8", "replace").strip()


def read_moderation(document: Mapping[str, Any]) -> Outcome:
    """The result of a moderation as JSON; of one text there is one result."""
    results = document.get("results")
    if not isinstance(results, list) or len(results) != 1:
        count = len(results) if isinstance(results, list) else "no"
        return failed(f"the endpoint gave {count} results of one text", status="malformed")
    usage = usage_in(document)
    done = Completion(
        json.dumps(results[0], ensure_ascii=False),
        finish_reason="stop",
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        model=_model_name(document),
    )
    return Outcome(done)


def _read_message(
    request: Request,
    document: Mapping[str, Any],
    choice: Mapping[str, Any],
    message: Mapping[str, Any],
    filtered: str,
) -> Outcome:
    """The completion that a message is; `filtered` names what a content filter objected to."""
    said, finish = read_message(message), word_of(choice)
    text = _answer(request, said.text or "")
    end = "filtered" if filtered else ending(finish)
    if end == "truncated" and says_something(text) and wants_first_tokens(request):
        end = "ok"
    if end == "ok":
        read = _looked_at(_ended_well(request, said, message, text), choice, document)
    else:
        read = _Read(text, end, _bad_end(end, finish) + (f": {filtered}" if filtered else ""))
    done = _completion(document, choice, read, said.thinking)
    return Outcome(done, retry=read.status == "error" and may_pass(finish))


def _looked_at(read: _Read, *annotated: Mapping[str, Any]) -> _Read:
    """The same, and where it is whole whether the content filter failed to look at it."""
    is_unlooked = read.status == "ok" and any(map(unlooked, annotated))
    return read._replace(error=UNLOOKED) if is_unlooked else read


def _ended_well(request: Request, said: Said, message: Mapping[str, Any], text: str) -> _Read:
    """What a reply that ended as it should came to: calls of tools that were offered, text, or a
    refusal.
    """
    if request.offers_tools and (called := calls_in(message)):
        text, fault = as_text(called, text)
        return _Read(text, "malformed" if fault else "ok", fault, True)
    if refusal := _refusal(message):
        return _Read(text if says_something(text) else refusal, "filtered", REFUSED)
    if says_something(text):
        return _Read(text, "ok", "")
    return _without_answer(said, message, text)


def _first_choice(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice, in whichever order they come; an empty object where there is none."""
    listed = document.get("choices")
    if isinstance(listed, list) and len(listed) == 1 and _is_object(listed[0]):
        return listed[0]
    choices = filter(_is_object, listed if isinstance(listed, list) else ())
    return min(choices, key=_index, default={})


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _index(choice: Mapping[str, Any]) -> int:
    """The place of a choice among several; 0 where it is not said."""
    return max(count(choice.get("index")), 0)


def _bad_end(end: str, finish: str) -> str:
    """What there is to say of a reply that did not end as it should: its status, its word."""
    if end == "filtered":
        return FILTERED + ("" if finish in ("", "stop", "content_filter") else f" ({finish[:80]})")
    if end == "truncated":
        return CUT if finish == "length" else f"the reply was cut ({finish[:80]})"
    return f"the endpoint ended the reply with {finish[:80]!r}"


def _refusal(message: Mapping[str, Any]) -> str:
    """What the model says in refusing, in a field or a part of its own; empty where it does not."""
    content = message.get("content")
    if not isinstance(content, list):
        return str(message.get("refusal") or "")
    said = (place.get("refusal") for place in (message, *content) if isinstance(place, dict))
    return next((str(refusal) for refusal in said if refusal), "")


def _without_answer(said: Said, message: Mapping[str, Any], text: str) -> _Read:
    """What a reply that ended well, but with no text, came to."""
    if message.get("tool_calls") or message.get("function_call"):
        called = "the reply holds no text but tool calls, and the prompt offers no tools"
        return _Read(text, "error", called)
    thought = "thinking and no answer" if said.thinking else "no text"
    return _Read(text, "malformed", f"the reply holds {thought}")


def _completion(
    document: Mapping[str, Any], choice: Mapping[str, Any], read: _Read, thinking: str
) -> Completion:
    usage, logprobs = usage_in(document), choice.get("logprobs")
    return Completion(
        read.text,
        read.status,
        error=read.error,
        calls_tools=read.calls_tools,
        finish_reason=word_of(choice)[:100],
        prompt_tokens=usage.prompt,
        # none was counted where there is a text
        completion_tokens=usage.completion or (-1 if read.text or thinking else 0),
        thinking=thinking,
        thinking_tokens=usage.thinking,
        cached_tokens=usage.cached,
        tokens=read_tokens(logprobs) if logprobs else (),
        model=_model_name(document),
    )


def _billed(outcome: Outcome, document: Any) -> Outcome:
    """A failure with the tokens that it was billed for, where the endpoint says so."""
    usage = usage_in(document) if isinstance(document, dict) else Usage()
    if usage.prompt < 0 or outcome.completion.prompt_tokens >= 0:
        return outcome
    completion = outcome.completion._replace(
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        thinking_tokens=usage.thinking,
        cached_tokens=usage.cached,
        model=_model_name(document),
    )
    return outcome._replace(completion=completion)


def wants_first_tokens(request: Request) -> bool:
    """Whether a reply cut at max_tokens is whole: one token was asked for, or a choice."""
    return bool(request.choices) or request.max_tokens == 1


def _answer(request: Request, text: str) -> str:
    """The text as it counts; tokens, where they are asked for, join to it as it came."""
    in_words = request.asks_in_words and not request.top_logprobs
    return _unfenced(text) if in_words else text


_FENCED = re.compile(r"\s*```(?:json)?\s*?\n(.*?)\n?\s*```\s*", re.DOTALL | re.IGNORECASE)


def _unfenced(text: str) -> str:
    """What a Markdown fence around the whole text holds: JSON asked for in words may have one."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced and "```" not in fenced[1] else text


def _model_name(document: Mapping[str, Any]) -> str:
    name, system = document.get("model") or "", document.get("system_fingerprint") or ""
    return f"{name} {system}".strip()[:200]


def failed(error: str, *, retry: bool = False, status: str = "error", **flags: Any) -> Outcome:
    """An outcome without an answer."""
    return Outcome(Completion(status=status, error=error[:LONGEST_ERROR]), retry=retry, **flags)


def _read_200_without_completion(
    request: Request, error: Any, document: Any, body: bytes
) -> Outcome:
    """Gateways answer 200 with an error in the body, or with a page."""
    if not error:
        shown = _beginning(body)
        text = f"the endpoint's reply is not a JSON completion: {shown!r}"
        page = is_of_path(shown)
        return failed(text, retry=not page, lasting="address" if page else "")
    said = error_text({"error": error}, body, 0).removeprefix("HTTP 0: ")
    status = error_status(error) or error_status(document) or status_in_words(said)
    text = f"200 with an error: HTTP {status}: {said}"[:LONGEST_ERROR]
    features = refused(status, body, request.features)
    by_filter = _read_filtered(status, text, {"error": error})
    return by_filter or _read_error(
        status, {}, text, error_code({"error": error}), math.nan, features
    )


def _read_error(
    status: int,
    headers: Mapping[str, str],
    error: str,
    code: str,
    now: float,
    features: frozenset[str],
) -> Outcome:
    """The outcome of an error, which may say that the endpoint lacks features of the request."""
    name = fault_name(status, code, error)
    fault = FAULTS[name]
    if fault.fatal == "quota":
        return failed(error, fatal="quota")
    if features:
        return failed(error, retry=True, after=0.0, refused=features)
    should = headers.get("x-should-retry", "").lower()
    retry = name != "large" and should != "false" and (should == "true" or fault.retry)
    return failed(
        error,
        retry=retry,
        throttled=retry and fault.throttled,
        limiting=fault.limiting,
        loading=retry and fault.loading,
        after=wait_asked(headers, error, now) if retry else math.nan,
        fatal=fault.fatal,
        lasting=fault.lasting,
        at_first=fault.at_first,
    )


def with_lost(completion: Completion, lost: Sequence[Completion]) -> Completion:
    """The completion with the tokens of attempts that were billed and came to nothing."""
    return completion._replace(
        lost_prompt_tokens=sum(max(each.prompt_tokens, 0) for each in lost),
        lost_completion_tokens=sum(max(each.completion_tokens, 0) for each in lost),
    )
