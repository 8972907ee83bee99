# pyright: strict
"""What an HTTP status that is no answer means for its call, its row, the endpoint and the run: the
table of docs/wire.md.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Fault:
    """What one kind of refusal or failure means."""

    retry: bool = False  # the call is sent again
    throttled: bool = False  # the endpoint gets too much: fewer calls at a time
    limiting: bool = False  # and says so of its rate: no attempt, and nobody sends for a while
    loading: bool = False  # it is not ready yet: no attempt either
    fatal: str = ""  # what is wrong with every call: the run ends at once
    lasting: str = ""  # what is wrong with every call if every first call gets it
    at_first: bool = False  # and one is enough, where none was answered


ROW = Fault()  # the request's own fault: one attempt
FAULTS = {
    "row": ROW,
    "large": Fault(),  # whatever x-should-retry says
    "passing": Fault(retry=True),
    "busy": Fault(retry=True, throttled=True),
    "limited": Fault(retry=True, throttled=True, limiting=True),
    "loading": Fault(retry=True, loading=True),
    "key": Fault(fatal="key"),
    "quota": Fault(fatal="quota"),
    "unpaid": Fault(lasting="quota"),  # said in words alone, which may be the user's, quoted
    "forbidden": Fault(lasting="key"),
    "forbidden key": Fault(lasting="key", at_first=True),
    "model": Fault(lasting="model"),
    "address": Fault(lasting="address"),
}

# HTTP status -> name of its fault; 3xx are "address", other 5xx "passing" and other 4xx "row"
STATUSES = {
    401: "key",
    402: "quota",
    403: "forbidden",
    404: "address",
    405: "address",
    408: "passing",
    409: "passing",
    410: "address",
    425: "passing",
    429: "limited",
    503: "busy",
    529: "limited",
}
NO_QUOTA = (
    "insufficient_quota",
    "insufficient_user_quota",
    "insufficient_balance",
    "exceeded_current_quota_error",
    "billing_hard_limit_reached",
    "billing_not_active",
)
NO_MODEL = ("model_not_found", "invalid_model", "unknown_model", "DeploymentNotFound")
NAMED = frozenset((*NO_QUOTA, *NO_MODEL))
_MAY_LOAD = frozenset({409, 424, 425, 429, 500, 502, 503, 504, 529})

_LOADING = r"\bloading\b|\bwarming[- ]?up|\bstarting[- ]?up|\bnot (?:yet )?ready\b|\bcold start"
_NO_MODEL = (
    r"\bmodels?\b[^.]{0,80}?\b(?:does ?n[o'’]t exist|(?:was |is )?not (?:found|exist|available)"
    r"|is not a valid model)|\b(?:no such|unknown|invalid) model\b|not a valid model"
)
_UNPAID = r"credit balance is too low|insufficient (?:account )?(?:balance|credits?)\b"
_TOO_LARGE = (
    r"\b(?:request|prompt|input|messages?)\b[^.]{0,40}\btoo (?:large|long|big)\b"
    r"|reduce (?:the length|the size|your (?:prompt|input|messages?|max_tokens))|must be reduced"
    r"|maximum context|context[_ ](?:length|window)"
)
_LIMIT_ASKED = r"\blimit:? (\d[\d,]*)\b.{0,80}\brequested:? (\d[\d,]*)\b"
_OF_THE_KEY = (
    r"\b(?:no|bad|wrong|invalid|incorrect|expired|revoked|missing) (?:api[ _-]?)?"
    r"(?:key|token|credentials)\b|\bapi[ _-]?key\b|\bunauthori[sz]ed\b|\bauthenticat"
)
_NO_PATH = (
    r"unexpected endpoint|unknown (?:url|path|endpoint|route)|no such (?:url|path|endpoint|route)"
)


@cache  # not when imported: compiling takes time, and few runs need it
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def fault_name(status: int, code: str = "", text: str = "") -> str:
    """The name in FAULTS of what a status, its error's code and its words mean."""
    if code in NO_QUOTA:
        return "quota"
    if status in (400, 403, 429, 500) and _says(_UNPAID, text):
        return "unpaid"
    if status in _MAY_LOAD and _says(_LOADING, text):
        return "loading"
    if status == 429 and _is_too_large(text):
        return "large"
    if status in (400, 404, 422) and (code in NO_MODEL or _says(_NO_MODEL, text)):
        return "model"
    if status == 403 and _says(_OF_THE_KEY, text):
        return "forbidden key"
    if status in STATUSES:
        return STATUSES[status]
    return "address" if 300 <= status < 400 else "passing" if status >= 500 else "row"


def is_of_path(text: str) -> bool:
    """Whether words sent with status 200 say that there is nothing at this path."""
    return text.lstrip()[:9].lower().startswith(("<!doctype", "<html")) or _says(_NO_PATH, text)


def _says(pattern: str, text: str) -> bool:
    return bool(_pattern(pattern).search(text))


def _is_too_large(text: str) -> bool:
    """Whether a refusal speaks of this request's size, or of more than there is at any time."""
    found = _pattern(_LIMIT_ASKED).search(text)
    if found:
        limit, asked = (int(number.replace(",", "")) for number in found.groups())
        return asked > limit
    return _says(_TOO_LARGE, text)
