# pyright: strict
"""Which hosts are never connected to: those that hand out a machine's own credentials."""

import ipaddress
import socket
from collections.abc import Iterator

from workbench.errors import ModelError

# where clouds keep the credentials of a machine, beside the link-local networks
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"))
)
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data"}
)
# networks whose addresses end in the IPv4 one that they lead to: compatible, translated, NAT64
_ENDS_IN_IPV4 = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
)

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def refuse_link_local(host: str, where: str) -> None:
    """ModelError for a host, as it is written, that hands out this machine's own credentials."""
    name = host.rstrip(".").lower()
    if is_link_local(host.strip("[]")) or name.partition(".ec2.")[0] in _METADATA_NAMES:
        raise ModelError(f"{where}: {host} is a link-local or metadata address: no model is there")


def is_link_local(host: str) -> bool:
    """Whether a host is such an address, in whatever notation; a name is none."""
    ip = _ip(host)
    return ip is not None and _is_link_local(ip)


def _ip(host: str) -> Ip | None:
    """The address that a host is, in whatever notation systems read; None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:  # 2852039166, 0xa9fea9fe, 169.254.43518
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _is_link_local(ip: Ip) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        return ip.is_link_local or ip in _METADATA or any(map(_is_link_local, _leads_to(ip)))
    return ip.is_link_local or ip in _METADATA


def _leads_to(ip: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an address embeds: mapped, 6to4, Teredo and those that end in one."""
    yield from (each for each in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if each)
    if any(ip in network for network in _ENDS_IN_IPV4):
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
