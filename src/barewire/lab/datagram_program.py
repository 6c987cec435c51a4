"""The two ends of a flow of numbered datagrams, run in a lab as a program of its own: nothing of barewire is imported.

`send ADDRESS PORT RATE SOCKETS` sends until SIGTERM and prints when each datagram was sent; `receive ADDRESS PORT` receives until
SIGTERM and prints the numbers that came, as ranges. Several sockets are several flows, which routers may send different ways.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import time
from typing import Any

_DRAIN_SECONDS = 0.3


class _Ends(Exception):
    """SIGTERM."""


def _end(*_: Any) -> None:
    raise _Ends


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def send(address: str, port: str, rate: str, sockets: str) -> dict[str, Any]:
    """Datagram N is sent N / RATE seconds after the first, or as soon as there is CPU time. One that cannot be sent counts."""
    ends = [socket.socket(_family(address), socket.SOCK_DGRAM) for _ in range(int(sockets))]
    addressed, begun = (address, int(port)), time.monotonic()
    sent: list[int] = []
    try:
        while True:
            time.sleep(max(0.0, begun + len(sent) / float(rate) - time.monotonic()))
            number = len(sent)
            sent.append(time.monotonic_ns())
            with contextlib.suppress(OSError):
                ends[number % len(ends)].sendto(number.to_bytes(4, "big"), addressed)
    except _Ends:
        return {"sent": sent}


def receive(address: str, port: str) -> dict[str, Any]:
    """What comes until SIGTERM, and a moment longer: datagrams may be on their way."""
    end = socket.socket(_family(address), socket.SOCK_DGRAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    end.bind((address, int(port)))
    seen = []
    try:
        while True:
            seen.append(int.from_bytes(end.recv(16), "big"))
    except _Ends:
        end.settimeout(_DRAIN_SECONDS)
    try:
        while True:
            seen.append(int.from_bytes(end.recv(16), "big"))
    except TimeoutError:
        return {"seen": _ranges(sorted(set(seen)))}


def _ranges(numbers: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    if sys.argv[1] == "send":
        print(json.dumps(send(*sys.argv[2:])))
    else:
        print(json.dumps(receive(*sys.argv[2:])))
