"""What goes along with a model's calls beside the body: query, headers, and the key among them."""

import os
import re
from typing import Any

from workbench.errors import ModelError
from workbench.models import keys
from workbench.models.entry import Header, ModelEntry
from workbench.secrets import is_secret_name

_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_OURS = re.compile(
    r"host|content-.*|accept-encoding|transfer-encoding|connection|upgrade|expect|te|trailer"
    r"|keep-alive|proxy-.*",
    re.IGNORECASE,
)  # the transport's own


def is_query(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and name and type(each) in (str, int) for name, each in value.items()
    )


def is_name(value: Any) -> bool:
    """Whether a header that is not the transport's own may be called so."""
    return isinstance(value, str) and bool(_NAME.fullmatch(value)) and not _OURS.fullmatch(value)


def are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        is_name(name) and _is_value(each) for name, each in value.items()
    )


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isprintable()
    if not isinstance(value, dict) or set(value) != {"env"} or not isinstance(value["env"], str):
        return False
    return bool(re.fullmatch(r"[A-Za-z_]\w*", value["env"], re.ASCII))


def headers_for(model: ModelEntry) -> dict[str, str]:
    """The headers of a model's calls, with its key and with values from the environment; ModelError
    where one is not there, or may not be sent.
    """
    where = f"model {model.name!r}"
    sent = {name: _value(model, name, value, where) for name, value in model.headers.items()}
    if key := keys.key_for(model):
        name = model.key_header or "Authorization"
        sent[name] = key if model.key_header else f"Bearer {key}"
    return {"Content-Type": "application/json", **sent}


def _value(model: ModelEntry, name: str, value: Header, where: str) -> str:
    if isinstance(value, str):
        return value
    from workbench.key_shapes import holds_key  # here: few models have headers of their own

    variable = value["env"]
    if not (found := os.environ.get(variable, "").strip()):
        raise ModelError(
            f"{where}: the header {name} needs a value: run `export {variable}=...` in the shell "
            "and start again"
        )
    if not (found.isascii() and found.isprintable()):
        raise ModelError(f"{where}: {variable} holds characters no header can carry: set it again")
    if is_secret_name(variable) or holds_key(found):
        raise ModelError(
            f"{where}: the header {name}: {variable} holds a key, which goes in the header that "
            "`key_header:` names, from the variable that `api_key_env:` names"
        )
    if not model.api_key_env:  # whoever may have the key may have this
        keys.check_host(variable, model.base_url, where)
    return found
