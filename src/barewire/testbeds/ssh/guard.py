"""The process that gives the card back: outside of every lab, in a session of its own, with nothing else to do.

It alone moves the card, or lends it where it is. When the agent is gone, however it ended, the connection between the two ends,
and the guard gives the card back. When the guard itself is killed the agent does that, which holds the same descriptors.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from barewire.errors import BarewireError, KernelError
from barewire.model.network import WIRE_DEV
from barewire.testbeds.ssh.broom import close_all_but
from barewire.testbeds.ssh.cards import Card
from barewire.testbeds.ssh.shared import SharedPart


class GuardLine:
    """The agent's end of the connection to its guard; `card` is the agent's own hold on it."""

    def __init__(self, card: Card) -> None:
        """Start the guard, which parks the card."""
        self.card = card
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _be_guard(card, Connection(theirs.detach()))
        theirs.close()
        self.connection = Connection(ours.detach())
        self._ask("park")

    def give(self, namespace: str, mtu: int) -> None:
        """Give the card to the lab whose namespace is at the path `namespace`."""
        self.card.labs.append((os.open(namespace, os.O_RDONLY | os.O_CLOEXEC), WIRE_DEV))
        self._ask("give", namespace, mtu)

    def share(self, process: int, wanted: SharedPart, reached_by: Sequence[str]) -> None:
        """Lend the card where it is to the lab whose first process is `process`."""
        self.card.guest, self.card.addresses = os.pidfd_open(process), wanted.addresses
        self._ask("share", process, wanted, reached_by)

    def take_back(self) -> list[str]:
        """From the lab, before it ends; see `Card.take_back`."""
        left: list[str] = self._ask("take_back")
        if self.card.guest >= 0:
            os.close(self.card.guest)
        self.card.guest, self.card.addresses = -1, ()
        for fd, _ in self.card.labs:
            os.close(fd)
        self.card.labs.clear()
        return left

    def end(self) -> list[str]:
        """Give the card back to the machine; what could not be put back."""
        left: list[str] = self._ask("restore")
        os.waitpid(self.pid, 0)
        return left

    def _ask(self, method: str, *arguments: Any) -> Any:
        try:
            self.connection.send((method, arguments))
            value, error = self.connection.recv()
        except (EOFError, OSError) as lost:
            raise GuardLostError from lost
        if error is not None:
            assert isinstance(error, BarewireError)
            raise error
        return value


class GuardLostError(Exception):
    """The guard was killed; the agent gives the card back and ends."""


def _be_guard(card: Card, connection: Connection) -> None:
    """Never returns."""
    status = 1
    try:
        os.setsid()
        close_all_but({connection.fileno(), card.lock, card.home, card.parking, card.broom})
        # Neither the end of a terminal nor a polite request may end it before its work is done.
        for one in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(one, signal.SIG_IGN)
        status = _serve(card, connection)
    finally:
        os._exit(status)


def _serve(card: Card, connection: Connection) -> int:
    def end(*_: object) -> None:
        raise _AskedToEnd

    # Who ends all processes of a session (systemd-logind) asks first. A request under way is finished: it moves the card.
    signal.signal(signal.SIGTERM, end)
    while True:
        try:
            method, arguments = connection.recv()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        except (EOFError, OSError, _AskedToEnd):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            card.restore()
            return 0
        value, error = None, None
        try:
            value = _do(card, method, arguments)
        except BarewireError as refused:
            error = refused
        except OSError as refused:
            error = KernelError(f"cannot {method} the network card {card.state.name}", said=str(refused))
        # An agent that is gone is noticed by the next receive.
        with contextlib.suppress(OSError):
            connection.send((value, error))
        if method == "restore":
            return 0
        signal.signal(signal.SIGTERM, end)


class _AskedToEnd(Exception):
    """SIGTERM."""


def _do(card: Card, method: str, arguments: tuple[Any, ...]) -> Any:
    if method == "give":
        path, mtu = arguments
        return card.give(os.open(path, os.O_RDONLY | os.O_CLOEXEC), mtu)
    if method == "share":
        process, wanted, reached_by = arguments
        return card.share(os.pidfd_open(process), wanted, reached_by)
    return getattr(card, method)(*arguments)
