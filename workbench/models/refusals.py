# pyright: strict
"""Which part of a request an endpoint refuses for good, read from the words of its error."""

import re
from functools import cache

LOGPROBS, SCHEMA = "logprobs", "response_format"  # as the request's body names them
# statuses that may say so; the others tell of keys, of rates or of a busy endpoint
SPEAKING = frozenset({400, 403, 404, 405, 422, 500, 501})
OF_PARAMETERS = frozenset({400, 422})
LONGEST = 4000  # bytes of an error that are read
# of sampling, that a call can do without, or, of its length, names differently
PARAMETERS = frozenset(
    {
        "frequency_penalty", "max_completion_tokens", "max_tokens", "min_p", "presence_penalty",
        "reasoning_effort", "repetition_penalty", "seed", "stop", "temperature", "top_k", "top_p",
    }
)  # fmt: skip

_NAMES = {
    LOGPROBS: r"log_?prob(?:abilitie)?s",
    SCHEMA: r"response[_ ]?format|json_schema|structured[_ ]outputs?",
}
_REFUSING = (
    r"(?:\bnot|n['’]t|no longer|cannot)\s(?:\w+\s){0,2}?"
    r"(?:support|allow|permit|enabl|implement|accept|recogni|known|valid|available|be used)"
    r"|unsupported|unrecogni[sz]ed|unknown|unavailable|disallowed|forbidden|invalid value"
    r"|not one of|(?:must|should) be|supported values"
    r"|(?:enabled|available|supported) only|only (?:available|supported)"
    r"|greater than|above max|less than or equal|at most"
)
_WITHIN = r"(?:(?!\.\s).){0,100}?"  # one sentence, or two parts of one entry of a list of faults
# The schema itself is at fault: that is the prompt's, and another prompt's schema may do.
_FAULT_OF_SCHEMA = r"(?i)(?:invalid|bad|malformed) (?:json[_ ])?schema|in context="
# A parameter is refused whatever its value; a value out of range is for the user to put right.
_REFUSING_PARAMETER = (
    r"(?:\bnot|n['’]t|no longer|cannot)\s(?:\w+\s){0,2}?"
    r"(?:support|allow|permit|enabl|implement|accept|recogni|known|available|be used)"
    r"|unsupported|unrecogni[sz]ed|unknown|unexpected|disallowed|forbidden|deprecated|extraneous"
    r"|only the default|only \S+ is (?:allowed|supported)|may only be set"
)
_FAULT_OF_VALUE = (
    r"(?i)supported values|one of|between|range|(?:less|greater|larger|smaller) than"
    r"|too (?:large|long|many)"
    r"|at (?:most|least)|m(?:ax|in)imum|above|below|[<>]=|\bboth\b|same time"
)


@cache  # not when imported: compiling takes 10 ms, and few runs need it
def _pattern(name: str) -> re.Pattern[str]:
    named = _NAMES[name] if name in _NAMES else _named(name)
    refusing = _REFUSING if name in _NAMES else _REFUSING_PARAMETER
    return re.compile(f"({named}){_WITHIN}({refusing})|({refusing}){_WITHIN}({named})", re.I)


def _named(parameter: str) -> str:
    """How errors name a parameter; one that is also a word stands in quotes or after a colon."""
    spelled = parameter.replace("_", "_?")
    called = rf"(?:parameter|argument|supplied|model|field|key|name):? {spelled}\b"
    known = rf"[\"'`\[]{spelled}[\"'`\]]|{called}"
    return known if parameter in ("stop", "seed") else rf"{known}|\b{spelled}\b"


def refused(status: int, body: bytes, asked: frozenset[str]) -> frozenset[str]:
    """Those of the features `asked` for that the body of an error says the endpoint lacks."""
    if status not in SPEAKING or not asked:
        return frozenset()
    error = " ".join(body[:LONGEST].decode("utf-8", "replace").replace('\\"', '"').split())
    named = {name for name in asked if _pattern(name).search(error)}
    if re.search(_FAULT_OF_SCHEMA, error):
        named.discard(SCHEMA)
    if status not in OF_PARAMETERS or re.search(_FAULT_OF_VALUE, error):
        named -= PARAMETERS
    return frozenset(named)
