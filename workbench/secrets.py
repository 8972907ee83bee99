"""Keys of the environment and password widgets: what counts as one, and text with their values
taken out.
"""

import html
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any
from urllib.parse import quote

_SECRET_NAME = re.compile(
    r"(^|_|PG)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_?\d+)?$|(^|_)API_?KEY(_|$)",
    re.IGNORECASE,
)
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
