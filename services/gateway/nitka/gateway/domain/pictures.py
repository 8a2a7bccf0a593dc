"""Where a mail's remote pictures may be fetched from, and what counts as a picture."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_CLOSED_4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a provider's NAT; some clouds answer metadata here
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host, public in name only
            "169.254.0.0/16",  # link-local, the clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_OPEN_6: Final = ip_network("2000::/3")
_CLOSED_6: Final = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # Teredo, ORCHID and other protocols' addresses
            "2001:db8::/32",
            "2002::/16",  # 6to4: leads to any IPv4 address
            "3fff::/20",
        ),
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an address (no name) belongs to the public internet; False for anything that is no address.

    An IPv6 address that stands for an IPv4 one is judged by that one.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id:
            return False
        inner = found.ipv4_mapped or (IPv4Address(found.packed[-4:]) if found in _NAT64 else None)
        if inner is None:
            return found in _OPEN_6 and not any(found in each for each in _CLOSED_6)
        found = inner
    return not any(found in each for each in _CLOSED_4)


MEDIA_TYPES: Final = {"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif"}
"""What a server may call a picture. An SVG is a document that may hold scripts, so it is none."""


def media_type(content: bytes) -> str | None:
    """The type that a picture's first bytes prove; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and (b"avif" in content[8:40] or b"avis" in content[8:40]):
        return "image/avif"
    return None
