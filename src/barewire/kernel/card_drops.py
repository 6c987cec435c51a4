"""Packets that a network card or its driver threw away: its ring was full, or there was no memory for a packet.

Sources: IFLA_STATS64, where the kernel defines what a counter means, and the driver's own counters of `ethtool -S`, chosen by
name, because no two drivers agree on names. `rx_dropped` is left out: the kernel adds every frame of a protocol that nobody
listens to, which switches send all day (LLDP, STP). What a program of XDP drops is not the card's either.
"""

from __future__ import annotations

import array
import fcntl
import re
import socket
import struct

from barewire.kernel import rtnetlink
from barewire.kernel.kernel_drops import CARD

_DEFINED = {11: "rx_over_errors", 14: "rx_fifo_errors", 15: "rx_missed_errors", 18: "tx_fifo_errors"}
"""Places in struct rtnl_link_stats64 (linux/if_link.h)."""

_DRIVERS = re.compile(
    r"rx.*(drop|discard|miss|overrun|overflow|fifo|no_?buf|no_?desc|no_?dma|out_of_buffer|alloc.*(fail|err))|alloc.*rx.*fail|"
    r"tx.*(discard|fifo)"
)
_NOT_DROPS = re.compile(r"xdp|vlan|filter|wol|^(rx_dropped|rx_errors)$|cache|recycle")
_GETLINK, _LINK_BYTES, _IFLA_IFNAME, _IFLA_STATS64, _COUNT = 18, 16, 3, 23, struct.Struct("=Q")
_SIOCETHTOOL, _IFREQ = 0x8946, struct.Struct("16sP8x")
_GSSET_INFO, _GSTRINGS, _GSTATS, _STATS_SET, _NAME_BYTES = 0x37, 0x1B, 0x1D, 1, 32


def read_card_drops(name: str) -> dict[str, int]:
    """By counter, of the card `name` in the caller's network namespace; counters that it does not have are left out."""
    found = {f"{CARD} {key}": value for key, value in _statistics(name).items() if is_drop(key)}
    with rtnetlink.open_socket() as link:
        for message in rtnetlink.dumped(link, _GETLINK, bytes(_LINK_BYTES)):
            inside = dict(rtnetlink.attributes(message, _LINK_BYTES, len(message)))
            if inside[_IFLA_IFNAME].rstrip(b"\0").decode() == name and (stats := inside.get(_IFLA_STATS64)):
                found |= {f"{CARD} {key}": _COUNT.unpack_from(stats, 8 * place)[0] for place, key in _DEFINED.items()}
    return found


def is_drop(counter: str) -> bool:
    """Whether a driver's counter of that name counts packets that the card or its driver threw away."""
    text = counter.lower()
    return bool(_DRIVERS.search(text)) and not _NOT_DROPS.search(text)


def _statistics(name: str) -> dict[str, int]:
    """`ethtool -S NAME`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        info = _ask(end, name, struct.pack("=IIQI", _GSSET_INFO, 0, 1 << _STATS_SET, 0))
        count = struct.unpack_from("=I", info, 16)[0] if info else 0
        if not count:
            return {}
        names = _ask(end, name, struct.pack("=III", _GSTRINGS, _STATS_SET, count) + bytes(count * _NAME_BYTES))
        values = _ask(end, name, struct.pack("=II", _GSTATS, count) + bytes(8 * count))
    if not names or not values:
        return {}
    texts = (names[start : start + _NAME_BYTES] for start in range(12, 12 + count * _NAME_BYTES, _NAME_BYTES))
    return dict(
        zip(
            (text.split(b"\0")[0].decode(errors="replace").strip() for text in texts),
            struct.unpack_from(f"={count}Q", values, 8),
            strict=True,
        )
    )


def _ask(end: socket.socket, name: str, request: bytes) -> bytes:
    buffer = array.array("B", request)
    try:
        fcntl.ioctl(end, _SIOCETHTOOL, _IFREQ.pack(name.encode(), buffer.buffer_info()[0]))
    except OSError:
        return b""
    return buffer.tobytes()
