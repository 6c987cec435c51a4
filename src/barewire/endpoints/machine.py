"""Programs on networks that exist: this machine's own, and those of other namespaces on it that hold an address.

They run below a process that takes them with it however it ends, as those of a lab do, and nothing of any network is changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from barewire.kernel import found_networks
from barewire.kernel.counters import Counters
from barewire.model.objects import IPAddress
from barewire.model.observed import ObservedLink
from barewire.testbeds.local.testbed import LocalNamespaces
from barewire.testbeds.requests import NamespaceNode

OWN = "own"
"""The network that this process is in; that of an endpoint in another namespace is `own-NAME`."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where an address is: the network, by its name on the `SharedMachine`, and the link that holds it, where that was found."""

    namespace: str
    link: ObservedLink | None


@dataclass(frozen=True, slots=True)
class SharedMachine:
    """This machine, as programs of a study share it with others. `homes` has the endpoints that it holds."""

    lab: LocalNamespaces
    homes: Mapping[str, Home]

    @property
    def node(self) -> NamespaceNode:
        return self.lab.node(OWN)

    def counters(self) -> Counters:
        """Those of the machine and of the networks in use. Others may change these, and a route of another container is no reason
        to reject a trial."""
        return replace(self.lab.counters(), changes={})


@contextmanager
def shared(endpoints: Mapping[str, IPAddress]) -> Iterator[SharedMachine]:
    """This machine for the body of the `with`; `endpoints` are addresses that may be in its networks, by name."""
    with ExitStack() as stack:
        networks: dict[str, int | None] = {OWN: None}
        where: dict[str, str] = {}
        for name, address in endpoints.items():
            if found_networks.holds(address):
                where[name] = OWN
            elif (fd := found_networks.find(address)) is not None:
                stack.callback(os.close, fd)
                where[name] = f"{OWN}-{name}"
                networks[where[name]] = fd
        lab = LocalNamespaces(networks)
        stack.callback(lab.close)
        links = lab.links()
        homes = {name: Home(network, _holder(links[network], endpoints[name])) for name, network in where.items()}
        yield SharedMachine(lab, homes)


def _holder(links: tuple[ObservedLink, ...], address: IPAddress) -> ObservedLink | None:
    return next((link for link in links if any(one.ip == address for one in link.addresses)), None)
