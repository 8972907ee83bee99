# pyright: strict
"""Which hosts are never connected to: those that hand out a machine's own credentials."""

import ipaddress
import socket

from workbench.errors import ModelError

# where clouds keep the credentials of a machine, beside the link-local networks
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"))
)
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data"}
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

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
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        # mapped, 6to4, Teredo, NAT64 and IPv4-compatible addresses lead to an IPv4 one
        if inner or ip in _NAT64 or int(ip) >> 32 == 0:
            return _is_link_local(inner or last)
    return ip.is_link_local or ip in _METADATA
