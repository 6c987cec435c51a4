"""What a network card and its driver are, as plain data for the record of a run: from /sys, and from `ethtool`'s ioctl.

Limit: what a driver does not report is empty, and a virtual device reports little.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SIOCETHTOOL, _IFREQ = 0x8946, struct.Struct("16sP8x")
_GDRVINFO, _GRINGPARAM, _GCOALESCE = 0x3, 0x10, 0xE
_DRVINFO_BYTES, _RING_NUMBERS, _COALESCE_NUMBERS = 196, 9, 23
_RINGS = {5: "rx", 8: "tx"}
"""Places of the current values in struct ethtool_ringparam, in numbers of 32 bits."""

_COALESCING = {1: "rx-usecs", 2: "rx-frames", 5: "tx-usecs", 6: "tx-frames", 10: "adaptive-rx", 11: "adaptive-tx"}
"""Likewise in struct ethtool_coalesce (linux/ethtool.h)."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Texts are empty and numbers None where the kernel does not say."""

    name: str
    driver: str = ""
    version: str = ""
    firmware: str = ""
    bus: str = ""
    link_mbit_per_s: int | None = None
    numa_node: int | None = None
    queues: Mapping[str, int] = field(default_factory=dict)
    rings: Mapping[str, int] = field(default_factory=dict)
    coalescing: Mapping[str, int] = field(default_factory=dict)
    interrupts: Mapping[str, str] = field(default_factory=dict)
    """CPUs that may serve each of its interrupts, by the interrupt's number."""


def read_card(name: str, tree: Path = Path("/")) -> CardFacts:
    """The card `name` of the caller's namespace."""
    device = tree / "sys/class/net" / name
    driver, version, firmware, bus = _driver(name)
    queues = [path.name.partition("-")[0] for path in device.glob("queues/*")]
    numbers = sorted((path.name for path in device.glob("device/msi_irqs/*")), key=int)
    affinities = {one: _text(tree / "proc/irq" / one / "smp_affinity_list") for one in numbers}
    return CardFacts(
        name, driver, version, firmware, bus,
        link_mbit_per_s=_number(device / "speed"),
        numa_node=_number(device / "device/numa_node"),
        queues={kind: queues.count(kind) for kind in sorted(set(queues))},
        rings=_numbers(name, _GRINGPARAM, _RING_NUMBERS, _RINGS),
        coalescing=_numbers(name, _GCOALESCE, _COALESCE_NUMBERS, _COALESCING),
        interrupts={one: cpus for one, cpus in affinities.items() if cpus},
    )  # fmt: skip


def _driver(name: str) -> tuple[str, str, str, str]:
    answer = _ask(name, _GDRVINFO, _DRVINFO_BYTES)
    if not answer:
        return "", "", "", ""
    driver, version, firmware, bus = (
        answer[start : start + 32].split(b"\0")[0].decode(errors="replace") for start in (4, 36, 68, 100)
    )
    return driver, version, "" if firmware == "N/A" else firmware, bus


def _numbers(name: str, command: int, count: int, places: Mapping[int, str]) -> dict[str, int]:
    answer = _ask(name, command, 4 * count)
    found = struct.unpack(f"={count}I", answer) if answer else ()
    return {key: found[place] for place, key in places.items()} if found else {}


def _ask(name: str, command: int, size: int) -> bytes:
    buffer = array.array("B", struct.pack("=I", command) + bytes(size - 4))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        try:
            fcntl.ioctl(end, _SIOCETHTOOL, _IFREQ.pack(name.encode(), buffer.buffer_info()[0]))
        except OSError:
            return b""
    return buffer.tobytes()


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdecimal() else None
