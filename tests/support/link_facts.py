"""Print as JSON what this namespace has: `offloads FEATURES LINK...`, `wireguard LINK...`, or `chains`.

What `ethtool -k` and `wg show` print (without keys), where neither is installed, and what nft leaves out. Run as a program of the
standard library alone: to import pyroute2 takes ten seconds in a VM. Layouts are those of linux/ethtool.h, genetlink.h,
wireguard.h and netfilter/nf_tables.h.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import socket
import struct
import sys
from collections.abc import Iterator

_SIOCETHTOOL, _GSTRINGS, _GSSET_INFO, _GFEATURES, _FEATURES = 0x8946, 0x1B, 0x37, 0x3A, 4
_NAME_BYTES = 32
_NETLINK_GENERIC, _CONTROL, _GETFAMILY, _FAMILY_ID, _FAMILY_NAME = 16, 16, 3, 1, 2
_ERROR, _DONE, _REQUEST, _DUMP, _NESTED = 2, 3, 1, 0x300, 0x3FFF
_NETFILTER, _GETCHAIN, _FAMILIES = 12, 10 << 8 | 4, {2: "ip", 10: "ip6"}
_TABLE, _CHAIN, _HOOK, _COUNTERS = 1, 3, 4, 8
_IFNAME, _PORT, _MARK, _PEERS, _ENDPOINT, _KEEPALIVE, _ALLOWED, _ADDRESS, _LENGTH = 2, 6, 7, 8, 4, 5, 9, 2, 3


def offloads(names: list[str], dev: str) -> list[str]:
    """Those of `names` that are on at a link."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:

        def ask(request: bytes) -> bytes:
            buffer = ctypes.create_string_buffer(request, len(request))
            fcntl.ioctl(link, _SIOCETHTOOL, struct.pack("16sP16x", dev.encode(), ctypes.addressof(buffer)))
            return buffer.raw

        [count] = struct.unpack_from("=I", ask(struct.pack("=IIQI", _GSSET_INFO, 0, 1 << _FEATURES, 0)), 16)
        strings = ask(struct.pack("=III", _GSTRINGS, _FEATURES, count) + bytes(_NAME_BYTES * count))
        blocks = (count + 31) // 32
        states = ask(struct.pack("=II", _GFEATURES, blocks) + bytes(16 * blocks))
    on = set()
    for bit in range(count):
        [active] = struct.unpack_from("=I", states, 8 + 16 * (bit // 32) + 8)
        if active >> bit % 32 & 1:
            on.add(strings[12 + _NAME_BYTES * bit :][:_NAME_BYTES].rstrip(b"\0").decode())
    return [name for name in names if name in on]


def wireguard(dev: str) -> list[str]:
    """An interface's port and mark, then its peers."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_GENERIC) as link:
        [(_, found)] = _answers(link, _CONTROL, _GETFAMILY, 0, _text(_FAMILY_NAME, "wireguard"))
        [family] = struct.unpack("=H", found[_FAMILY_ID])
        parts = [part for _, part in _answers(link, family, 0, _DUMP, _text(_IFNAME, dev))]
    [port], [mark] = struct.unpack("=H", parts[0][_PORT]), struct.unpack("=I", parts[0][_MARK])
    peers = [_peer(dict(_attributes(peer))) for part in parts for _, peer in _attributes(part.get(_PEERS, b""))]
    return [f"port {port} mark {mark}", *sorted(peers)]


def counting_chains() -> list[str]:
    """Chains of the kernel's that count the packets that come to them, which takes each packet's time."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as link:
        chains = [(family, chain) for family, chain in _answers(link, _GETCHAIN, 0, _DUMP) if _HOOK in chain]
    return sorted(
        f"{_FAMILIES.get(family, family)} {_word(chain[_TABLE])} {_word(chain[_CHAIN])}"
        for family, chain in chains
        if _COUNTERS in chain
    )


def _word(value: bytes) -> str:
    return value.rstrip(b"\0").decode()


def _text(kind: int, text: str) -> bytes:
    """An attribute with a text."""
    length = 5 + len(text)
    return struct.pack("=HH", length, kind) + text.encode() + bytes(1 + -length % 4)


def _peer(peer: dict[int, bytes]) -> str:
    [port] = struct.unpack_from("!H", peer[_ENDPOINT], 2)
    [every] = struct.unpack("=H", peer[_KEEPALIVE])
    address = socket.inet_ntop(socket.AF_INET, peer[_ENDPOINT][4:8])
    allowed = []
    for _, one in _attributes(peer.get(_ALLOWED, b"")):
        network = dict(_attributes(one))
        packed = network[_ADDRESS]
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        allowed.append(f"{socket.inet_ntop(family, packed)}/{network[_LENGTH][0]}")
    return f"peer {address} port {port} allowed {' '.join(sorted(allowed))} keepalive {every}"


def _answers(
    link: socket.socket, family: int, command: int, flags: int, attributes: bytes = b""
) -> list[tuple[int, dict[int, bytes]]]:
    """What the kernel answers to a request: of each message the first byte of its header, and its attributes."""
    length = 20 + len(attributes)
    link.send(struct.pack("=IHHIIBBH", length, family, _REQUEST | flags, 0, 0, command, 1, 0) + attributes)
    found = []
    while True:
        data = link.recv(1 << 17)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == _ERROR:
                raise OSError(-struct.unpack_from("=i", data, 16)[0], "netlink")
            if kind == _DONE:
                return found
            found.append((data[16], dict(_attributes(data[20:length]))))
            data = data[(length + 3) & ~3 :]
        if not flags:
            return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind & _NESTED, data[4:length]
        data = data[(length + 3) & ~3 :]


if __name__ == "__main__":
    if sys.argv[1] == "chains":
        print(json.dumps(counting_chains()))
    elif sys.argv[1] == "offloads":
        print(json.dumps({dev: offloads(sys.argv[2].split(), dev) for dev in sys.argv[3:]}))
    else:
        print(json.dumps({dev: wireguard(dev) for dev in sys.argv[2:]}))
