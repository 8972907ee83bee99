"""Keys of the environment: what counts as one, and text with their values taken out."""

import html
import json
import os
import re

_SECRET_NAME = re.compile(r"(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)
_KEY_NAME = re.compile(r"(^|_)(api_?key|key|token|secret|password|passwd|credentials?)($|_)", re.IGNORECASE)
_KEY_VALUE = re.compile(
    r"\b(sk|pk|rk)-[\w-]{16,}|\bgh[pousr]_\w{20,}|\bhf_\w{20,}|\bAKIA[A-Z0-9]{12,}|\bxox[abprs]-[\w-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_DENSE = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[\w+=-]{32,}", re.ASCII)
SHORTEST = 8  # characters; a shorter value is no key, and replacing it would mangle text


def secrets() -> dict[str, str]:
    """Values of environment variables that are named like keys -> the variable's name, longest value first."""
    found = {value.strip(): name for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    usable = {value: name for value, name in found.items() if len(value) >= SHORTEST}
    return dict(sorted(usable.items(), key=lambda pair: -len(pair[0])))


def redact(text: str) -> str:
    """The text with every secret of the environment replaced by its variable's name, in JSON and HTML too."""
    for value, name in secrets().items():
        for written in (value, json.dumps(value)[1:-1], html.escape(value)):
            if written in text:
                text = text.replace(written, f"[{name}]")
    return text


def is_key_like(name: str, value: object) -> bool:
    """Whether a parameter would carry a key: named like one, in the shape of one, or a secret of the environment."""
    if not isinstance(value, str):
        return False
    if _KEY_NAME.search(name) and value:
        return True
    return bool(_KEY_VALUE.search(value) or _DENSE.fullmatch(value)) or any(secret in value for secret in secrets())
