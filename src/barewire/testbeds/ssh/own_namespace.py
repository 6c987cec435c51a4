"""A lab in this machine's own network namespace: what is looked at before, and taken away after it. Runs there.

All that a lab makes in that namespace is marked (links by an altname, routes by their protocol), except the card's addresses,
which the ledger has. So the next study can take it away, even if no process of this one is left.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network

from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import learned_neighbours, nics, settings
from barewire.kernel.engine import Engine
from barewire.kernel.namespaces import Namespaces
from barewire.kernel.nics import NicState
from barewire.model.objects import DesiredState
from barewire.testbeds.ssh.shared import OWN, SharedPart

_NAME = "machine"
_END_MS = 10_000


def require_settings(wanted: SharedPart) -> None:
    """PrerequisiteError for a setting that is not in force: what the machine's other traffic depends on is not changed."""
    for one in wanted.settings:
        if (found := settings.read_sysctl(one.key)).split() != one.value.split():
            raise PrerequisiteError(
                f"this network takes {one.key} = {one.value}, and this machine has {found}",
                said="what the machine's other traffic depends on is not changed",
                remedy=f"Type `sysctl -w {one.key}={one.value}` there, or use a spare card",
            )


def require_room(state: NicState, wanted: SharedPart, reached_by: Sequence[str]) -> None:
    """PrerequisiteError where a lab would meet what is on this machine: its card's MTU, its addresses, routes and links, or
    `reached_by`, the addresses of the connection to it."""
    if wanted.mtu != state.mtu:
        raise PrerequisiteError(
            f"packets of {state.name} have {state.mtu} B, and those of the lab's wire {wanted.mtu} B",
            remedy=f"Give the wire the card's MTU: --wire mtu={state.mtu}",
        )
    if taken := [name for name in wanted.links if name in nics.names()]:
        raise PrerequisiteError(
            f"there is a link {taken[0]} already", remedy="Use a spare card, which has no part in it"
        )
    networks = [ip_network(one) for one in wanted.networks]
    used = [*nics.networks(), *((ip_network(one), "the connection of this study") for one in reached_by)]
    for network, by in used:
        for own in networks:
            if _overlap(own, network):
                raise PrerequisiteError(
                    f"labs use {own}, which this machine uses itself", said=f"{network} is on {by}",
                    remedy="Use a spare card, or a macvlan child of this one: labs have networks of their own there",
                )  # fmt: skip


def add_addresses(card: str, addresses: Sequence[str]) -> None:
    """Give the card the lab's addresses. What the machine has heard of others in their networks is of other labs."""
    learned_neighbours.forget([ip_interface(one).network for one in addresses])
    for one in addresses:
        nics.change_address(card, ip_interface(one))


def clear(card: str, addresses: Sequence[str]) -> list[str]:
    """Take away everything marked, and these addresses of the card; what could not be. What has gone already is fine."""
    left = []
    try:
        namespaces = Namespaces()
        namespaces.adopt(_NAME, OWN)
        engine = Engine(namespaces)
        engine.converge(DesiredState({_NAME: ()}))
        engine.release(_NAME)
        namespaces.close()
    except (KernelError, PrerequisiteError, OSError) as error:
        left.append(f"what labs have made: {error}")
    for one in addresses:
        with suppress(KernelError):
            nics.change_address(card, ip_interface(one), remove=True)
    try:
        learned_neighbours.forget([ip_interface(one).network for one in addresses])
    except (KernelError, OSError) as error:
        left.append(f"neighbours in the networks of labs: {error}")
    return left


def end(process: int) -> None:
    """Kill the process behind a pidfd, the first of a lab, and wait until it and all of its programs are gone."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.poll(_END_MS)
    os.close(process)


def addresses_of(connection: str) -> list[str]:
    """The IP addresses in SSH_CONNECTION (sshd(8)): the client's and this machine's."""
    found = []
    for word in connection.split():
        with suppress(ValueError):
            found.append(str(ip_address(word.partition("%")[0])))
    return found


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)
