"""What an endpoint's HTTP answer means: a completion, a failure worth another attempt, or the end
of the run.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from workbench.models.call import Request
from workbench.models.completion import Completion, Token
from workbench.models.faults import FAULTS, NAMED, fault_name, is_of_path
from workbench.models.headers import retry_after
from workbench.models.refusals import refused

REFUSED = "the model refused"
LONGEST_ERROR = 500  # characters of an endpoint's error that are kept


@dataclass(frozen=True, slots=True)
class Outcome:
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


def read_outcome(
    request: Request, status: int, headers: Mapping[str, str], body: bytes, now: float
) -> Outcome:
    """The outcome that an HTTP answer stands for; `now` is the time of day (for a `Retry-After`
    date).
    """
    document = loads(body)
    error = document.get("error") if isinstance(document, Mapping) else None
    if status == 200 and isinstance(document, Mapping) and not error:
        return _read_completion(request, document)
    if status == 200:
        return _read_200_without_completion(request, error, body)
    if 300 <= status < 400:
        return failed(
            f"HTTP {status}: redirects are not followed, since the key would go along: correct the "
            "base URL",
            lasting="address",
        )
    features = refused(status, body, request.features)
    text = error_text(document, body, status)
    return _read_error(status, headers, text, _code(document), now, features)


def loads(body: bytes) -> Any:
    """JSON, or None for what is none; the slow parser takes what the fast one refuses (lone
    surrogates, NaN).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return None


def _read_completion(request: Request, document: Mapping[str, Any]) -> Outcome:
    choice = _first_choice(document)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        return failed("the endpoint's reply holds no choice", retry=True)
    finish = str(choice.get("finish_reason") or "")
    text, refusal = _text(request, message.get("content")), message.get("refusal")
    status, error = _end(finish, bool(refusal and not text), wants_first_tokens(request))
    if error == REFUSED:
        text = str(refusal)
    elif status == "ok" and finish == "error":
        return failed("the endpoint ended the reply with an error", retry=True)
    elif status == "ok" and text is None:
        tools = " but tool calls" if message.get("tool_calls") else ""
        return failed(f"the reply holds no text{tools}")
    return Outcome(_completion(document, choice, text or "", status, error))


def _first_choice(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice, or an empty object where there is none."""
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, Mapping) else {}


def _end(finish: str, refused: bool, cut_is_whole: bool) -> tuple[str, str]:
    """The status that a reply's end stands for, and what there is to say of it."""
    if finish == "length" and not cut_is_whole:
        return "truncated", "the reply was cut at max_tokens"
    if finish == "content_filter":
        return "filtered", "the endpoint's content filter stopped the reply"
    return ("filtered", REFUSED) if refused else ("ok", "")


def _completion(
    document: Mapping[str, Any], choice: Mapping[str, Any], text: str, status: str, error: str
) -> Completion:
    usage = document.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    logprobs = choice.get("logprobs")
    return Completion(
        text=text,
        status=status,
        finish_reason=str(choice.get("finish_reason") or ""),
        error=error,
        prompt_tokens=count(usage.get("prompt_tokens")),
        completion_tokens=count(usage.get("completion_tokens")),
        tokens=read_tokens(logprobs) if logprobs else (),
        model=_model_name(document),
    )


def wants_first_tokens(request: Request) -> bool:
    """Whether a reply cut at max_tokens is whole: one token was asked for, or a choice."""
    return bool(request.choices) or request.max_tokens == 1


def _text(request: Request, content: Any) -> str | None:
    """The reply's text; parts are joined, and None means that there is none."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        content = "".join(text for text in texts if isinstance(text, str))
    if not isinstance(content, str):
        return None
    # tokens, where they are asked for, join to the text as it came
    in_words = request.asks_in_words and not request.top_logprobs
    return _unfenced(content) if in_words else content


_FENCED = re.compile(r"\s*```(?:json)?\s*?\n(.*?)\n?\s*```\s*", re.DOTALL | re.IGNORECASE)


def _unfenced(text: str) -> str:
    """What a Markdown fence around the whole text holds: JSON asked for in words may have one."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced and "```" not in fenced[1] else text


def _model_name(document: Mapping[str, Any]) -> str:
    name, system = document.get("model") or "", document.get("system_fingerprint") or ""
    return f"{name} {system}".strip()[:200]


def count(value: Any) -> int:
    """A token count from the wire; -1 for what is none."""
    return value if type(value) is int and 0 <= value < 2**53 else -1


def read_tokens(logprobs: Any) -> tuple[Token, ...]:
    """The tokens of a chat completion's `logprobs`; what is malformed is left out."""
    entries = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not isinstance(entries, list):
        return ()
    try:
        return tuple([_read_token(entry) for entry in entries])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ()


def _read_token(entry: Mapping[str, Any]) -> Token:
    top = [
        (str(other["token"]), float(other["logprob"])) for other in entry.get("top_logprobs") or ()
    ]
    return Token(str(entry["token"]), float(entry["logprob"]), tuple(top))


def failed(error: str, *, retry: bool = False, status: str = "error", **flags: Any) -> Outcome:
    """An outcome without an answer."""
    return Outcome(Completion(status=status, error=error[:LONGEST_ERROR]), retry=retry, **flags)


def _read_200_without_completion(request: Request, error: Any, body: bytes) -> Outcome:
    """Gateways answer 200 with an error in the body, or with a page."""
    if not error:
        shown = body[:80].decode("utf-8", "replace").strip()
        text = f"the endpoint's reply is not a JSON completion: {shown!r}"
        page = is_of_path(shown)
        return failed(text, retry=not page, lasting="address" if page else "")
    code = error.get("code") if isinstance(error, Mapping) else None
    said = error_text({"error": error}, b"", 0).removeprefix("HTTP 0: ")
    status = (
        code if isinstance(code, int) and 400 <= code < 600 else 404 if is_of_path(said) else 500
    )
    text = f"200 with an error: HTTP {status}: {said}"[:LONGEST_ERROR]
    features = refused(status, body, request.features)
    return _read_error(status, {}, text, _code({"error": error}), math.nan, features)


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
    if code == "content_filter":
        return failed(error, status="filtered")
    should = headers.get("x-should-retry", "").lower()
    retry = name != "large" and should != "false" and (should == "true" or fault.retry)
    return failed(
        error,
        retry=retry,
        throttled=retry and fault.throttled,
        limiting=fault.limiting,
        loading=retry and fault.loading,
        after=retry_after(headers, now) if retry else math.nan,
        fatal=fault.fatal,
        lasting=fault.lasting,
        at_first=fault.at_first,
    )


def _code(document: Any) -> str:
    """The error's code or type, whichever names a quota, model or filter."""
    error = document.get("error") if isinstance(document, Mapping) else None
    if not isinstance(error, Mapping):
        return ""
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    return kind if kind in NAMED else code


def error_text(document: Any, body: bytes, status: int) -> str:
    """One line of an error body: OpenAI's, an older vLLM's or FastAPI's shape, else its first
    characters.
    """
    text: Any = None
    if isinstance(document, Mapping):
        error = document.get("error")
        text = error.get("message") if isinstance(error, Mapping) else error
        text = text or document.get("message") or document.get("detail")
    if not isinstance(text, str):
        text = body[:200].decode("utf-8", "replace") if text is None else str(text)
    line = re.sub(r"\s+", " ", text).strip()
    return f"HTTP {status}: {line}"[:LONGEST_ERROR]


def timed(outcome: Outcome, seconds: float, attempts: int) -> Completion:
    """The outcome's completion with how long the attempt took and how many there were."""
    return replace(outcome.completion, seconds=seconds, attempts=attempts)
