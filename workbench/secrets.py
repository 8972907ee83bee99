"""Keys of the environment and password widgets: what counts as one, and text with their values
taken out.
"""

import html
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any
from urllib.parse import quote

_SECRET_NAME = re.compile(
    r"(^|_|PG)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_?\d+)?$|(^|_)API_?KEY(_|$)",
    re.IGNORECASE,
)
_KEY_NAME = re.compile(
    r"(^|_)(api_?key|key|token|secret|password|passwd|credentials?)($|_)", re.IGNORECASE
)
# by what makers begin their keys with, so that hardly a word of a text is one
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BEGINNINGS = (
    r"sntrys_eyJ|sntryu_|ops_eyJ|rubygems_|HRKU-|fo1_|sb_secret_|pscale_(?:tkn|pw)_"
    r"|glc_eyJ|hcaik_|dt0[cs]01\.|essu_|pylf_v\d_|wandb_v1_|pcsk_|tvly-|lin_(?:api|oauth)_"
    r"|figd_|tfp_|PMAK-|dp\.(?:pt|st|ct|sa)\.|snyk_\w{3}\.|sq[pua]_|CCIPAT_|bkua_|CFPAT-"
    r"|rdme_|whsec_|sq0(?:atp|csp)-|GOCSPX-|ABSK|xapp-1-|gl(?:rt|dt|ptt|cbt|soat|ft|imt)-|ATBB|NRAK-"
    r"|FLWSECK(?:_TEST)?-|WPL_AP1\.|api_org_|AGE-SECRET-KEY-1|EAACEdEose0cBA|FlyV1 fm2_|cfut_"
    r"|nvapi-|glpat-|tgp_v1_|pypi-Ag|ATATT3|dckr_oat_|1//0"
)
_WORDS = (  # from the beginning of a word on
    r"(?:sk|pk|rk)-(?=[\w-]{0,80}[A-Za-z0-9]{12})[\w-]{16,}|(?:gh[pousr]|hf)_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{30,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{30,}|xox[abprs]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+){0,3}"
    r"|(?:gsk|r8|npm|fw|[spr]k_(?:live|test)|dop_v1|shp(?:at|ss|ca|pa)|sbp|lsv2_[ps][tk])_"
    r"[A-Za-z0-9]{20,}(?:_[0-9a-f]{8,})?"
    r"|(?:ntn|secret|glsa|dckr_pat|doo_v1)_[A-Za-z0-9]{26,}(?:_[0-9a-f]{8})?"
    rf"|(?:{_BEGINNINGS})(?=[\w.-]{{0,40}}\d)[\w.=-]{{20,}}"
    r"|(?i:aws_secret_access_key)[\s\"':=]{1,5}[\w/+]{40}|(?:xai|pplx|csk|ico)-[A-Za-z0-9]{30,}"
    r"|(?:live|rnd|rpa|nfp|vcp|napi|pnu)_[A-Za-z0-9]{28,}|dapi[0-9a-f]{32}|ya29\.[\w-]{20,}"
    r"|hv[sb]\.[\w-]{24,}|SG\.[\w-]{16,}\.[\w-]{16,}|\d{8,10}:AA[\w-]{32,}|AccountKey=[\w+/]{40,}"
    r"|hooks\.slack\.com/services/[\w/]{20,}|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{60,}"
    r"|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|(?:key-|SK|fc-|pul-|e2b_|sk_)[0-9a-f]{32,}\b"
    r"|[0-9a-f]{32}-us\d{1,2}\b|pa-[\w-]{43}\b|\w{3}8Q~[\w~.-]{31,}|pat\w{14}\.[0-9a-f]{64}\b"
    rf"|(?:pat-(?:na|eu)\d-|access-(?:production|sandbox)-|(?:api|sdk|mob)-){_UUID}\b"
    r"|rzp_(?:live|test)_\w{14}\b|pk_\d{5,12}_\w{32}\b|SSWS 00[\w-]{40}|EAA[AG][\w-]{56,}"
    r"|access_token\$production\$\w{16}\$\w{32}|[12]/\d{16}:[0-9a-f]{32}\b|v1\.0-[0-9a-f-]{120,}"
    r"|A{20,22}(?=[\w%]{0,60}\d)[\w%]{60,}|A3(?:-[A-Z0-9]{5,11}){5,6}\b"
    # behind a name for a key, or in a header
    r"|[Aa]uthorization[\"']?\s?[:=]\s?[\"']?(?:Basic|Bearer|Token) [\w+/.=~-]{16,}"
    r"|(?:[A-Z0-9]+_(?:[A-Z0-9]+_)*(?:KEY|TOKEN|SECRET)|(?i:(?:x-)?api[_-]?key"
    r"|(?:access|auth)[_-]?token|client[_-]?secret))[\"']?\s?[:=]\s?[\"']?"
    r"(?=[\w+/.=~-]{0,40}\d)[\w+/.=~-]{20,}"
)
KEY_VALUE = re.compile(
    rf"(?a)\b(?:{_WORDS})|[?&]sig=[\w%+/]{{40,}}|\.atlasv1\.[\w-]{{60,}}"
    r"|-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?(?:-----(?:(?:(?!-----)[\s\S]){0,20000}"
    r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:[\s\\nr]{0,9}[\w+/=]{16,}){0,400}))?"
    r"|://[^/\s:@]*:[^/\s@]+@|://[0-9a-f]{32}@"
)
_SOLID = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[a-zA-Z0-9+/=]{32,}", re.ASCII)
_DENSE = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[\w+=-]{32,}", re.ASCII)
SHORTEST = 8  # characters; a shorter value is no key, and replacing it would mangle text


# characters; so long a value is no ordinary word: what a model says is searched for these alone
LONG = 16


def is_secret_name(variable: str) -> bool:
    """Whether the value of a variable of this name is taken out of what is written."""
    return bool(_SECRET_NAME.search(variable))


def secrets() -> dict[str, str]:
    """Values of variables that are named like keys, and of password widgets -> their name, longest
    value first.
    """
    found = {
        value.strip(): name for name, value in os.environ.items() if is_secret_name(name)
    } | _typed()
    usable = {value: name for value, name in found.items() if len(value) >= SHORTEST}
    return dict(sorted(usable.items(), key=lambda pair: -len(pair[0])))


def _typed() -> dict[str, str]:
    """What the password widgets of this process hold; ipywidgets has no lasting public list of its
    widgets.
    """
    widgets, module = sys.modules.get("ipywidgets"), sys.modules.get("ipywidgets.widgets.widget")
    if widgets is None or module is None:
        return {}
    alive = list(getattr(module, "_instances", {}).values())
    return {each.value.strip(): "password" for each in alive if isinstance(each, widgets.Password)}


@lru_cache(4096)
def written(value: str) -> re.Pattern[str]:
    """Finds a text as it is and as JSON, HTML, URLs and Python write it, one within another too; a
    long one also where lines, quotes, tags or invisible characters part it.
    """
    between = _BREAKS if len(value) >= LONG else ""
    return re.compile(between.join(_character(each) for each in value))


# what may stand between two characters of a key that was wrapped, quoted in pieces, or hidden
_BREAKS = (
    r"""(?:\s|\\+[nrt]|\\*["'`]\s?[+.,]?\s?\\*["'`]|<[^<>]{1,60}>"""
    "|\u00ad|\u200b|\u200c|\u200d|\u2060|\ufeff){0,4}"
)
HEAD = 8  # letters of a coded form that must be there before the whole is searched for


@lru_cache(256)
def coded(value: str) -> tuple[tuple[str, str], ...]:
    """A text in base64 (of it within a longer text too: `Bearer KEY`), in hexadecimals, with every
    character escaped as URLs, JSON, Python and HTML do, and backwards; each after what it begins
    with, which is faster looked for than a pattern is compiled.
    """
    return (
        *((_begins(form), form) for form in dict.fromkeys(_base64(value))),
        *((form, form) for form in (*_by_character(value), value[::-1])),
    )


def _begins(form: str) -> str:
    """The letters of a form before the first that has other notations."""
    return form[: sum(takewhile(bool, map(str.isalnum, form)))][:HEAD]


def _base64(value: str) -> Iterator[str]:
    """The letters of base64 that stand for the text alone, wherever it begins in what is coded."""
    raw = value.encode(errors="surrogatepass")
    for before in range(3):
        letters = b64encode(bytes(before) + raw).decode()
        whole = letters[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield from (whole, whole.replace("+", "-").replace("/", "_"))


def _by_character(value: str) -> Iterator[str]:
    raw = value.encode(errors="surrogatepass")
    for shown in (raw.hex(), raw.hex().upper()):
        pairs = [shown[place : place + 2] for place in range(0, len(shown), 2)]
        yield from (begin.join(("", *pairs)) for begin in ("%", "\\x", "\\u00"))
        yield from (between.join(pairs) for between in ("", " ", ":"))
    yield from ("".join(f"&#{form.format(ord(each))};" for each in value) for form in _ENTITIES)


_ENTITIES = ("{}", "x{:x}", "x{:X}")


def _character(each: str) -> str:
    if each.isascii() and each.isalnum():
        return each
    escapes = {
        each,
        html.escape(each),
        f"&#{ord(each)};",
        json.dumps(each)[1:-1],
        quote(each, "", errors="replace"),
    }
    found = "|".join(re.escape(escape) for escape in sorted(escapes, key=len, reverse=True))
    return rf"\\*(?:{found}|(?<=\\)(?i:u{ord(each):04x}))"


def blots(key: str) -> tuple[tuple[bytes, str], ...]:
    """A key, and the environment's other long ones, in every form, each after bytes without which
    it is not in what an endpoint sent back.
    """
    values = [key] * (len(key) >= SHORTEST) + [
        value for value in secrets() if len(value) >= LONG and value != key
    ]
    forms = [form for value in values for form in (("", value), *coded(value))]
    return tuple((head.encode(), form) for head, form in forms)


def blotted(body: bytes, keys: Sequence[tuple[bytes, str]]) -> bytes:
    """The bytes with each of these keys replaced by `[key]`."""
    for head, key in keys:
        if head in body:
            body = _in_bytes(key).sub(b"[key]", body)
    return body


@lru_cache(4096)
def _in_bytes(value: str) -> re.Pattern[bytes]:
    return re.compile(written(value).pattern.encode())


def redact(text: str) -> str:
    """The text with every secret replaced by its name, in whatever notation it stands there."""
    for value, name in secrets().items():
        text = written(value).sub(f"[{name}]", text)
        for head, form in coded(value):
            if head in text:
                text = written(form).sub(f"[{name}]", text)
    return text


def packed(message: Any) -> bytes:
    """A kernel's message as JSON without secrets: keys that only the kernel came to hold never
    leave it.
    """
    from jupyter_client.session import json_packer

    return redact(json_packer(message).decode(errors="surrogateescape")).encode(
        errors="surrogateescape"
    )


def is_key_like(name: str, value: object) -> bool:
    """Whether a parameter would carry a key: named like one, in the shape of one, or a secret of
    the environment.
    """
    if isinstance(value, Mapping):
        return any(is_key_like(str(inner), item) for inner, item in value.items())
    if isinstance(value, list | tuple):
        return any(is_key_like(name, item) for item in value)
    if (
        isinstance(value, int | float) and len(str(value)) >= SHORTEST
    ):  # digits alone may be a password
        value = str(value)
    if not isinstance(value, str):
        return False
    if _KEY_NAME.search(name) and value:
        return True
    return bool(KEY_VALUE.search(value) or _DENSE.fullmatch(value)) or redact(value) != value


def holds_key(value: Any) -> bool:
    """Whether a value of a model's entry, whatever it is called, carries a key: in the shape of
    one, or a secret of the environment.
    """
    if isinstance(value, Mapping):
        return any(is_secret_name(str(name)) or holds_key(item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return any(map(holds_key, value))
    return isinstance(value, str) and bool(
        KEY_VALUE.search(value) or _SOLID.fullmatch(value) or redact(value) != value
    )
