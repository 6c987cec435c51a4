"""Marked exchanges between two machines: each step is asked of the machine that does it, and each machine captures on its own.

No step waits for the clock of another machine, and no pause is needed: what a machine has answered to is past all of its taps
when the next request comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from barewire.testbeds.testbed import Exchange, Seen

if TYPE_CHECKING:
    from barewire.kernel.taps import Frame
    from barewire.testbeds.ssh.nodes import MachineNamespaces


def hold(parts: Mapping[str, MachineNamespaces], wanted: Sequence[Exchange]) -> tuple[Seen, ...]:
    """What all taps saw of each exchange; the first that fails is the last."""
    kinds = {name: found for part in parts.values() for name, found in part.kinds().items()}
    watched = list(parts.values())  # a packet that takes the way of a third machine must be seen there
    found: list[Seen] = []
    try:
        for part in watched:
            part.watch()
        for exchange in wanted:
            client, server = (parts[name.partition("-")[0]] for name in (exchange.client, exchange.server))
            try:
                sockets = _converse(client, server, exchange, watched)
            except OSError as error:
                return (*found, Seen(_drained(watched), False, kinds=kinds, failed=str(error)))
            frames = _drained(watched)
            arrived = _send_full(client, server, exchange) if exchange.full_bytes else True
            found.append(Seen(frames, arrived, kinds, _drained(watched) if exchange.full_bytes else (), sockets))
    finally:
        for part in watched:
            part.half("unwatch")
    return tuple(found)


def _converse(
    client: MachineNamespaces, server: MachineNamespaces, exchange: Exchange, watched: Sequence[MachineNamespaces]
) -> tuple[str, str]:
    server.half("listen", exchange)
    _drained(watched)
    client.half("begin", exchange)
    peer: str = server.half("answer")
    own: str = client.half("finish")
    return own, peer


def _send_full(client: MachineNamespaces, server: MachineNamespaces, exchange: Exchange) -> bool:
    return bool(client.half("send_full", exchange)) and bool(server.half("full_arrived"))


def _drained(watched: Sequence[MachineNamespaces]) -> tuple[Frame, ...]:
    return tuple(frame for part in watched for frame in part.drain())
