"""Which IP addresses we connect to: public ones, and private ones where a policy says so."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Python calls these global, or did so in some versions.
_NEVER = _networks(
    "::/8",
    "100::/8",
    "2001::/32",
    "2001:20::/28",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "0.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.88.99.0/24",
    "224.0.0.0/3",
)
_PRIVATE = _networks(
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
)
_NAT64 = _networks("64:ff9b::/96", "64:ff9b:1::/48")


def is_allowed(text: str, *, allow_private: bool) -> bool:
    """Whether an address (as getaddrinfo writes it) may be connected to.

    IPv4 addresses mapped into IPv6 or behind NAT64 are judged by themselves; tunnels (6to4,
    Teredo) are refused, because their far end cannot be judged.
    Link-local addresses, where clouds keep their metadata, are refused even with `allow_private`.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _unwrap(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return _plain_allowed(inner, allow_private)
    return _plain_allowed(address, allow_private)


def _plain_allowed(address: _Address, allow_private: bool) -> bool:
    if any(address in network for network in _PRIVATE):
        return allow_private
    if any(address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unwrap(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
