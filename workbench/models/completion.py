# pyright: strict
"""What came back of a call, as plain values."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from workbench import words
from workbench.printing import printed

_NOTHING: Mapping[str, Any] = {}
STATUSES = ("ok", "truncated", "filtered", "malformed", "error", "timeout", "unsent")


@printed
class Token(NamedTuple):
    """One token of a reply, its log probability (base e), and the likeliest alternatives to it as
    `(text, log probability)`.
    """

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@printed
class Completion(NamedTuple):
    """What came back of a request. `status` is one of STATUSES; NaN and -1 stand for what the
    endpoint did not say.

    `calls_tools`: the reply calls tools, and `text` is these calls as JSON. `thinking` is kept
    apart from `text`; its tokens are among the completion's, and cached ones
    among the prompt's. `seconds` counts from the sending of the attempt that succeeded, our own
    queue (`queue_seconds`) apart; `first_token_seconds` exists where the reply was streamed;
    `attempts` counts HTTP requests really made, and lost tokens are those of attempts that were
    billed and came to nothing. `session` names the one call of `run` that sent it: what has the
    same one was measured side by side. `left_out` holds the fields of the request's body that were
    not sent as asked, since the endpoint refuses them. `bounded`: a budget's bound on the length
    was sent, which the request does not have.
    """

    text: str = ""
    status: str = "ok"
    finish_reason: str = ""
    error: str = ""
    prompt_tokens: int = -1
    completion_tokens: int = -1
    thinking: str = ""
    thinking_tokens: int = -1
    cached_tokens: int = -1
    lost_prompt_tokens: int = 0
    lost_completion_tokens: int = 0
    queue_seconds: float = math.nan
    seconds: float = math.nan
    first_token_seconds: float = math.nan
    token_seconds: float = math.nan  # mean gap between tokens where streamed
    gap_seconds: tuple[float, ...] = ()  # between one piece of a streamed reply and the next
    tokens: tuple[Token, ...] = ()
    model: str = ""  # as the endpoint names it, with its system fingerprint where given
    attempts: int = 0
    cached: bool = False
    session: str = ""
    batched: bool = False  # sent in a batch, at its price; how long it took is not known
    calls_tools: bool = False
    bounded: bool = False
    left_out: Mapping[str, Any] = _NOTHING

    def __repr__(self) -> str:
        return f"Completion, {self.status}: {words.brief(self.text or self.error)!r}"
