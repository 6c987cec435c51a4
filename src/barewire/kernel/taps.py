"""Packet sockets that see every interface of a namespace, with the kernel's time stamp, device and direction.

One `AF_PACKET` socket a namespace, bound to no interface, taps all of them: that is how the path of one marked packet through a
whole lab is read without naming any interface beforehand. Within a namespace the order of arrival at the socket is the order of
the taps; between namespaces the stamps (one clock, nanoseconds) order them. Limit: time stamps are taken at the tap, so times
between taps are rough; `explain` counts instructions instead.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from barewire.errors import KernelError
from barewire.kernel.namespaces import Namespaces

_ETH_P_ALL = 0x0003
_SO_TIMESTAMPNS = 35
_OUTGOING = 4
_WITH_ETHERNET = (1, 772)
"""Hardware types whose packets begin with an Ethernet header (linux/if_arp.h): Ethernet and loopback. A tunnel's do not."""

_TIMESPEC = struct.Struct("@qq")
_SNAPLEN = 65_535
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)
_CLOSERS, _FEW = 64, 8
_STAMP_TRIES = 2_000
_STAMP_WAIT_MS = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet at one tap; `order` counts within the namespace; `data` starts at an Ethernet header, also on
    links that have none."""

    namespace: str
    dev: str
    direction: str
    nanoseconds: int
    order: int
    data: bytes

    def __reduce__(self) -> tuple[type[Frame], tuple[object, ...]]:
        # A proof of 100 nodes sends 50,000 of them; a dataclass with slots is pickled field by field, at three times the cost.
        return Frame, (self.namespace, self.dev, self.direction, self.nanoseconds, self.order, self.data)


class Taps:
    """Open packet sockets, one a namespace. Reading costs as much as there are sockets with frames, however many are open."""

    def __init__(self, sockets: Mapping[str, socket.socket], ready: select.epoll) -> None:
        self._by_fd = {one.fileno(): (name, one) for name, one in sockets.items()}
        self._ready = ready
        self._counts: Counter[str] = Counter()
        for fd in self._by_fd:
            ready.register(fd, select.EPOLLIN)

    def __len__(self) -> int:
        return len(self._by_fd)

    def drain(self) -> list[Frame]:
        """Read every frame that has arrived so far; `order` counts on over several calls."""
        frames = []
        for fd, _ in sorted(self._ready.poll(0, len(self._by_fd))):
            name, tap = self._by_fd[fd]
            while True:
                try:
                    data, ancillary, _, address = tap.recvmsg(_SNAPLEN, _ANCILLARY_BYTES)
                except BlockingIOError:
                    break
                direction = "out" if address[2] == _OUTGOING else "in"
                self._counts[name] += 1
                whole = with_ethernet(data, address[1], address[3])
                frames.append(Frame(name, address[0], direction, _stamp(ancillary), self._counts[name], whole))
        return frames


@contextlib.contextmanager
def tapped(namespaces: Namespaces, names: Sequence[str]) -> Iterator[Taps]:
    """Capture as `tcpdump -i any` in each of `names` for the body of the `with`."""
    with contextlib.ExitStack() as stack:
        sockets: dict[str, socket.socket] = {}
        stack.callback(_close, sockets)
        for name in names:
            with namespaces.enter(name):
                tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
            sockets[name] = tap
            tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            tap.setblocking(False)
        _await_stamps(namespaces, names[0])
        yield Taps(sockets, stack.enter_context(select.epoll()))


def _close(sockets: Mapping[str, socket.socket]) -> None:
    """Close the sockets, many of them at once: the kernel waits for a grace period of RCU for each, some 10 to 20 ms, in which
    others can wait too."""
    left = iter(list(sockets.values()))  # to take the next one is atomic

    def close() -> None:
        for tap in left:
            tap.close()

    closers = [threading.Thread(target=close) for _ in range(min(_CLOSERS, len(sockets) // _FEW))]
    for one in closers:
        one.start()
    close()
    for one in closers:
        one.join()


def _await_stamps(namespaces: Namespaces, name: str) -> None:
    """Return once the kernel stamps packets at the taps.

    The kernel starts stamping from a work queue, some time after the first socket has asked. Until then it fills in the
    time of reading, which would put the first taps last. A packet over loopback shows the difference: its stamp must not
    be later than the end of its sending. Between two tries the process sleeps, because a process with real-time priority
    that spins would keep the CPU from that very work queue.
    """
    with namespaces.enter(name):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver:
        receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        receiver.bind(("127.0.0.1", 0))
        poll = select.poll()  # with no descriptor: a sleep that the kernel ends on time
        for _ in range(_STAMP_TRIES):
            receiver.sendto(b"stamp", receiver.getsockname())
            sent = time.clock_gettime_ns(time.CLOCK_REALTIME)
            _, ancillary, _, _ = receiver.recvmsg(16, socket.CMSG_SPACE(_TIMESPEC.size))
            if _stamp(ancillary) <= sent:
                return
            poll.poll(_STAMP_WAIT_MS)
    raise KernelError("the kernel does not stamp packets", where=name, said=f"asked {_STAMP_TRIES} times over loopback")


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    for _, kind, value in ancillary:
        if kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            return int(seconds) * 10**9 + int(nanoseconds)
    return 0


def with_ethernet(data: bytes, protocol: int, hardware: int) -> bytes:
    """A packet with an Ethernet header before it, made of zeros and `protocol` where its link (`hardware`) has none."""
    return data if hardware in _WITH_ETHERNET else bytes(12) + protocol.to_bytes(2, "big") + data
