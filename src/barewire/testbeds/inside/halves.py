"""One end of a marked exchange, for labs whose client and server are on two machines.

The whole of it is `inside.exchange`; here it is divided into requests, each of which waits for nothing but what the other
machine's last request has sent. The taps of a machine stay open in between, so that nothing is missed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from barewire.kernel.namespaces import Namespaces
from barewire.kernel.taps import Frame, Taps, tapped
from barewire.testbeds.inside.exchange import ClientEnd, FullReceiver, ServerEnd, send_full
from barewire.testbeds.testbed import Exchange


class Halves:
    """The ends of exchanges that are open on this machine: at most one of each kind."""

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._taps: Taps | None = None
        self._open = contextlib.ExitStack()
        self._ends = contextlib.ExitStack()
        self._server: ServerEnd | None = None
        self._client: ClientEnd | None = None
        self._receiver: FullReceiver | None = None
        self._kept: Mapping[str, tuple[bytes, ...]] = {}

    def watch(self, kept: Mapping[str, tuple[bytes, ...]] | None = None) -> None:
        """Capture in every namespace from now on; in those of `kept` only frames that have one of its texts in them."""
        self._kept = kept or {}
        self._taps = self._open.enter_context(tapped(self._namespaces, self._namespaces.names))

    def unwatch(self) -> None:
        """Close the taps and whatever end is still open."""
        self._ends.close()
        self._open.close()
        self._taps = None

    def drain(self) -> tuple[Frame, ...]:
        """The frames since the last call."""
        assert self._taps is not None
        return tuple(frame for frame in self._taps.drain() if self._keeps(frame))

    def _keeps(self, frame: Frame) -> bool:
        wanted = self._kept.get(frame.namespace)
        return wanted is None or any(text in frame.data for text in wanted)

    def listen(self, wanted: Exchange) -> None:
        """The server's end is ready."""
        self._ends.close()
        self._server = self._ends.enter_context(ServerEnd(self._namespaces, wanted))
        if wanted.full_bytes:
            self._receiver = self._ends.enter_context(FullReceiver(self._namespaces, wanted))

    def begin(self, wanted: Exchange) -> None:
        """The client connects and sends."""
        self._client = self._ends.enter_context(ClientEnd(self._namespaces, wanted))
        self._client.begin()

    def answer(self) -> str:
        """The server receives and answers; the client's socket as it sees it."""
        assert self._server is not None
        return self._server.answer()

    def finish(self) -> str:
        """The client receives the answer; its own socket."""
        assert self._client is not None
        return self._client.finish()

    def send_full(self, wanted: Exchange) -> bool:
        """The client sends the datagram of full size; whether its kernel took it."""
        return send_full(self._namespaces, wanted)

    def full_arrived(self) -> bool:
        """Whether the server got it."""
        assert self._receiver is not None
        return self._receiver.arrived()
