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
    "proxy": Fault(lasting="proxy"),
}

# HTTP status -> name of its fault; 3xx are "address", other 5xx "passing" and other 4xx "row".
# An "address" speaks of how everything is asked, and of no row: 406 and 415 of its form, 426 and
# 505 of its protocol, 495 to 497 of TLS.
STATUSES = {
    401: "key",
    402: "quota",
    403: "forbidden",
    **dict.fromkeys((404, 405, 406, 410, 411, 415, 417, 426, 495, 496, 497, 501, 505), "address"),
    407: "proxy",
    # a gateway's trouble behind it, and 499: it gave us up
    **dict.fromkeys((408, 409, 421, 423, 424, 425, 449, 460, 499), "passing"),
    429: "limited",
    498: "limited",  # Groq's flexible tier is full
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
    "budget_exceeded",
    "credit_limit",
    "Arrearage",
)
NO_MODEL = ("model_not_found", "invalid_model", "unknown_model", "DeploymentNotFound")
NAMED = frozenset((*NO_QUOTA, *NO_MODEL))
_MAY_SAY_MODEL = frozenset({400, 404, 422})
_MAY_CODE_MODEL = _MAY_SAY_MODEL | {403}
_MAY_LOAD = frozenset({409, 424, 425, 429, 500, 502, 503, 504, 529})

_LOADING = (
    r"\bloading\b|\b(?:warming|starting|booting|scaling|spinning|waking)[- ]?up"
    r"|\bnot (?:yet )?ready\b|\bcold[- ](?:start|boot)"
)
_IN_IT = r"(?:(?!\.\s)[^\n]){0,80}?"  # of one sentence: names of models hold points
_NO_MODEL = (
    rf"\bmodels?\b{_IN_IT}\b(?:does ?n[o'’]t exist|(?:was |is )?not (?:found|exist|available"
    r"|served)|is not a valid model|decommissioned|deprecated|retired"
    r"|reached (?:its|the) end of (?:its )?life|(?:is|was) unloaded|only supported in v1/)"
    r"|\b(?:no such|unknown|invalid|not found the) model\b|model identifier is invalid"
    r"|not a valid model|not a chat model"
    r"|no models? (?:is |are )?loaded|unable to access (?:non-serverless )?model|no endpoints found"
    r"|provider not provided|on-demand throughput isn|模型不存在|模型未找到|模型已(?:下线|停用)"
    r"|\bunsupported model:|\binvalid value for 'model'"
    r"|^HTTP 404: model: \S+$"  # Anthropic's
)
_UNPAID = (
    r"(?:insufficient|not enough|no) (?:\w+ )?(?:balance|credits?|funds)\b"
    r"|balance is (?:too low|insufficient|not enough)|have any credits|account is in good standing"
    r"|(?:credit|spend(?:ing)?) limit(?: (?:was|is|has been))? (?:exceeded|reached)"
    r"|(?:reached|exceeded) (?:its|your|the) (?:\w+ )?spend(?:ing)? limit"
    r"|budget (?:was |has been )?exceeded|exceeded ?\w*budget"
    r"|used (?:up )?all (?:available|of your|your) credits|out of (?:credits?|call volume quota)"
    r"|credits? (?:\w+ ){0,2}(?:depleted|exhausted|used up)"
    r"|(?:exceeded|reached|used (?:up )?)\b[^.]{0,40}\bmonthly (?:\w+ ){0,3}"
    r"(?:limits?|quota|credits|allowance|budget)\b"
    r"|\bmonthly (?:\w+ ){0,3}(?:limit|quota|credits|allowance|budget)\b[^.]{0,20}"
    r"\b(?:exceeded|reached|exhausted|used up)"
    r"|\b(?:key|api usage) limits? (?:was |has been )?exceeded"
    r"|\breached your (?:\w+ )?api usage limits?"
    r"|\blimited to [\d,]+ api calls ?/ ?month"
    r"|free (?:tier|quota)\b[^.]{0,40}\bexhausted|overdue (?:balance|payment|bill)"
    r"|余额不足|欠费|账户余额"
)
_TOO_LARGE = (
    r"\b(?:request|prompt|input|messages?|payload)\b[^.]{0,40}\btoo (?:large|long|big)\b"
    r"|\bexceeds? (?:the )?max(?:imum)? (?:\w+ )?(?:tokens|length)\b(?! per)"
    r"|reduce (?:the length|the size|your (?:prompt|input|messages?|max_tokens))|must be reduced"
    r"|maximum context|context[_ ](?:length|window|size)"
)
_LIMITED = (
    r"\brate[- ]?limit|\bthrottl|\btoo many requests|\bqps\b|queue is full"
    r"|速率限制|请求过于频繁|限流"
)
_OTHER_PROTOCOL = r"HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)"
_LIMIT_ASKED = r"\blimit:? (\d[\d,]*)\b.{0,80}\brequested:? (\d[\d,]*)\b"
_ASKED_LIMIT = (
    r"\b(?:request|prompt|input|messages?)\b[^.]{0,20} (\d[\d,]*) (?:\w+ )?tokens?\b[^.]{0,60}"
    r"\blimit (?:of|is) (\d[\d,]*)\b"
)
_OF_THE_KEY = (
    r"\b(?:no|bad|wrong|invalid|incorrect|expired|revoked|missing) (?:api[ _-]?)?"
    r"(?:key|token|credentials)\b|\bapi[ _-](?:secret )?key\b|\bapikey\b|\bunauthori[sz]ed\b"
    r"|\bauthenticat|\blogin fail"
)
_FORBIDDEN = (  # in words, beside 400, which speaks of the request mostly
    r"\bapi[ _-]?key (?:\w+ )?(?:not valid|expired|invalid|provided)\b"
    r"|\b(?:invalid|incorrect|wrong|expired) api[ _-]?key\b|user location is not supported"
    r"|\b(?:account|organi[sz]ation)\b[^.]{0,40}\b(?:suspended|restricted|disabled|deactivated)"
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
    if status in (429, 500) and _is_too_large(text):
        return "large"
    if status in _MAY_CODE_MODEL and code in NO_MODEL:
        return "model"
    if status in _MAY_SAY_MODEL and _says(_NO_MODEL, text):
        return "model"
    if status == 403 and _says(_OF_THE_KEY, text):
        return "forbidden key"
    if status == 400 and (said := _said_with_400(text)):
        return said
    if status in STATUSES:
        return STATUSES[status]
    return "address" if 300 <= status < 400 else "passing" if status >= 500 else "row"


def _said_with_400(text: str) -> str:
    """The fault that words beside 400 name, where it is none of the request's; empty for none."""
    named = {"forbidden": _FORBIDDEN, "busy": _LIMITED, "address": _OTHER_PROTOCOL}
    return next((name for name, pattern in named.items() if _says(pattern, text)), "")


def status_in_words(text: str) -> int:
    """The status that an error means which came with 200 and names none."""
    if is_of_path(text):
        return 404
    return 429 if _says(_LIMITED, text) else 403 if _says(_OF_THE_KEY, text) else 500


def is_of_path(text: str) -> bool:
    """Whether words sent with status 200 say that there is nothing at this path."""
    return text.lstrip()[:9].lower().startswith(("<!doctype", "<html")) or _says(_NO_PATH, text)


def _says(pattern: str, text: str) -> bool:
    return bool(_pattern(pattern).search(text))


def _is_too_large(text: str) -> bool:
    """Whether a refusal speaks of this request's size, or of more than there is at any time."""
    if found := _pattern(_LIMIT_ASKED).search(text):
        limit, asked = _numbers(found)
        return asked > limit
    if found := _pattern(_ASKED_LIMIT).search(text):
        asked, limit = _numbers(found)
        return asked > limit
    return _says(_TOO_LARGE, text)


def _numbers(found: re.Match[str]) -> list[int]:
    return [int(number.replace(",", "")) for number in found.groups()]
