"""Programs on networks that exist: this machine's own, and those of other namespaces on it that hold an address.

They run below a process that takes them with it however it ends, as those of a lab do, and nothing of any network is changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from barewire.errors import PrerequisiteError
from barewire.kernel import found_networks
from barewire.kernel.counters import Counters
from barewire.model.objects import IPAddress
from barewire.model.observed import ObservedLink
from barewire.testbeds.local.testbed import LocalNamespaces
from barewire.testbeds.requests import NamespaceNode

OWN = "own"
"""The network that this process is in; another namespace is `own-NAME`, by the endpoint that is in it or by how it was given."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where an address is: the network, by its name on the `SharedMachine`, and the link that holds it, where that was found."""

    namespace: str
    link: ObservedLink | None


@dataclass(frozen=True, slots=True)
class SharedMachine:
    """This machine, as programs of a study share it with others. `homes` has the endpoints that it holds, `clients` the network
    of each client that was given one, and `shut` why a client's network cannot be entered, all by the endpoint's name."""

    lab: LocalNamespaces
    homes: Mapping[str, Home]
    clients: Mapping[str, str] = field(default_factory=dict)
    shut: Mapping[str, PrerequisiteError] = field(default_factory=dict)

    @property
    def node(self) -> NamespaceNode:
        return self.lab.node(OWN)

    def counters(self) -> Counters:
        """Those of the machine and of the networks in use. Others may change these, and a route of another container is no reason
        to reject a trial."""
        return replace(self.lab.counters(), changes={})


@contextmanager
def shared(endpoints: Mapping[str, IPAddress], clients: Mapping[str, str] | None = None) -> Iterator[SharedMachine]:
    """This machine for the body of the `with`; `endpoints` are addresses that may be in its networks, `clients` network
    namespaces for the clients of endpoints elsewhere (`found_networks.open_named`), both by the endpoint's name."""
    with ExitStack() as stack:
        found = _FoundNetworks(stack)
        where, senders, shut = {}, {}, {}
        for name, address in endpoints.items():
            if found_networks.holds(address):
                where[name] = OWN
            elif (fd := found_networks.find(address)) is not None:
                where[name] = found.take_in(fd, name)
        for name, text in (clients or {}).items():
            try:
                senders[name] = found.take_in(found_networks.open_named(text), Path(text).name or text)
            except PrerequisiteError as error:
                shut[name] = error
        lab = LocalNamespaces(found.networks)
        stack.callback(lab.close)
        links = lab.links()
        homes = {name: Home(network, _holder(links[network], endpoints[name])) for name, network in where.items()}
        yield SharedMachine(lab, homes, senders, shut)


class _FoundNetworks:
    """Networks of this machine by name, each once however often it is found: what crosses it shall be counted once."""

    def __init__(self, stack: ExitStack) -> None:
        self.networks: dict[str, int | None] = {OWN: None}
        self._names = {found_networks.own_number(): OWN}
        self._stack = stack

    def take_in(self, fd: int, label: str) -> str:
        """The name of the network behind `fd`, which is closed with the stack."""
        self._stack.callback(os.close, fd)
        number = os.fstat(fd).st_ino
        if number not in self._names:
            names = (f"{OWN}-{label}" if n == 1 else f"{OWN}-{label}-{n}" for n in count(1))
            self._names[number] = next(name for name in names if name not in self.networks)
            self.networks[self._names[number]] = fd
        return self._names[number]


def _holder(links: tuple[ObservedLink, ...], address: IPAddress) -> ObservedLink | None:
    return next((link for link in links if any(one.ip == address for one in link.addresses)), None)
