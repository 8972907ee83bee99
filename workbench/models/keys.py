"""Which host may see which key: a key goes only to hosts bound to it outside the repository."""

import ipaddress
import os
import re
from pathlib import Path
from typing import NamedTuple

from workbench.errors import ModelError
from workbench.models.entry import ModelEntry
from workbench.models.link_local import refuse_link_local
from workbench.models.yaml_files import mapping, read_yaml
from workbench.secrets import is_secret_name

BUILT_IN = {"OPENAI_API_KEY": {"api.openai.com:443"}}

# Strict, so that no other parser of URLs can read another host out of one that was let through.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}\.?)(?::(?P<port>[0-9]{1,5}))?(?:/[\w.~%/@:-]*)?",
    re.IGNORECASE | re.ASCII,
)


class Address(NamedTuple):
    """The part of a base URL that decides who sees a key."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host, as written, can only be this machine."""
        try:
            return (
                self.host == "localhost" or ipaddress.ip_address(self.host.strip("[]")).is_loopback
            )
        except ValueError:  # a name
            return False


def address(url: str, where: str) -> Address:
    """The address of a base URL; what two parsers might read differently is refused."""
    match = _URL.fullmatch(url)
    if not match or int(match["port"] or 0) > 65535:
        raise ModelError(
            f"{where}: a base URL must read like https://host/v1, without user, password or query "
            "(that stands under `query:`); ${...} is not filled in"
        )
    refuse_link_local(match["host"], where)
    scheme = match["scheme"].lower()
    return Address(
        scheme,
        match["host"].lower().rstrip("."),
        int(match["port"] or (443 if scheme == "https" else 80)),
    )


def key(variable: str, url: str, where: str) -> str:
    """The key in an environment variable, if it may be sent to this URL.

    Bindings come from BUILT_IN, WORKBENCH_KEY_HOSTS, OPENAI_BASE_URL and the user's hosts.yaml. A
    key without any binding may go to this machine only.
    """
    if not is_secret_name(variable):
        raise ModelError(
            f"{where}: {variable} is not named like a key, so its value would not be taken out of "
            f"notebooks and reports: name it {variable}_KEY"
        )
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ModelError(
            f"{where} needs a key: run `export {variable}=...` in the shell and start again"
        )
    if not (value.isascii() and value.isprintable()):
        raise ModelError(
            f"{where}: the key in {variable} holds characters no HTTP header can carry: copy it "
            "again"
        )
    check_host(variable, url, where)
    return value


def key_for(model: ModelEntry) -> str | None:
    """The key to send with a model's calls, or None where it names none; ModelError where it may
    not be sent.
    """
    url = "http://127.0.0.1" if model.is_local else model.base_url
    return key(model.api_key_env, url, f"model {model.name!r}") if model.api_key_env else None


def check_host(variable: str, url: str, where: str) -> None:
    """ModelError where a variable's value may not be sent to a URL."""
    target = address(url, where)
    if target.scheme == "http" and not target.is_loopback:
        raise ModelError(
            f"{where}: {variable} is not sent to {target.host} over plain http: use https"
        )
    bound = _bound_hosts(variable)
    if str(target) not in bound and (bound or not target.is_loopback):
        already = "$WORKBENCH_KEY_HOSTS," if os.environ.get("WORKBENCH_KEY_HOSTS") else ""
        raise ModelError(
            f"{where}: {variable} is not bound to {target}, so it is not sent there; if you trust "
            f'that host with this key: export WORKBENCH_KEY_HOSTS="{already}{variable}={target}"'
        )


def _bound_hosts(variable: str) -> set[str]:
    """Every `host:port` that a key variable is bound to outside the repository."""
    bound = BUILT_IN.get(variable, set()) | _user_hosts(variable)
    openai_url = os.environ.get("OPENAI_BASE_URL")
    if variable == "OPENAI_API_KEY" and openai_url:
        bound.add(str(address(openai_url, "OPENAI_BASE_URL")))
    for binding in filter(None, os.environ.get("WORKBENCH_KEY_HOSTS", "").split(",")):
        name, equals, host = binding.partition("=")
        if not equals:
            raise ModelError(f"WORKBENCH_KEY_HOSTS: {binding!r} is not NAME=host or NAME=host:port")
        if name.strip() == variable:
            bound.add(_with_port(host.strip(), "WORKBENCH_KEY_HOSTS"))
    return bound


def _user_hosts(variable: str) -> set[str]:
    """Hosts from the user's own settings: `NAME: host` or `NAME: [host, ...]`."""
    path = (
        Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        / "workbench"
        / "hosts.yaml"
    )
    if not path.is_file():
        return set()
    hosts = mapping(read_yaml(path, str(path)), str(path)).get(variable, [])
    return {
        _with_port(str(host), str(path)) for host in (hosts if isinstance(hosts, list) else [hosts])
    }


def _with_port(host: str, where: str) -> str:
    """`host:port`; the port of https where none is given."""
    if "/" in host:
        raise ModelError(f"{where}: {host!r} is not a host or host:port")
    return str(address(f"https://{host}", where))
