"""A lab's network with the pods that a program has attached: run it, check what it says against the kernel, undo it.

Whatever a program made in the namespaces of a lab goes with them. It is asked to undo its work nevertheless (DEL of a plugin,
`down` of a script), as on a real node, because that is part of what it does, and because a plugin that cannot is broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Protocol

from barewire.errors import BarewireError, PrerequisiteError, ProgramError
from barewire.kernel.features import Feature
from barewire.lab.programs.calico import CalicoRun
from barewire.lab.programs.cni import ChainRun
from barewire.lab.programs.flannel import FlannelRun
from barewire.lab.programs.kube_router import KubeRouterRun
from barewire.lab.programs.script import ScriptRun
from barewire.model.network import Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.chained import ChainAttach
from barewire.networks.network import Network
from barewire.networks.program.calico import RealCalico
from barewire.networks.program.exec import ScriptAttach
from barewire.networks.program.flannel import RealFlannel
from barewire.networks.program.kube_router import RealKubeRouter
from barewire.networks.programmed import BuiltPods
from barewire.testbeds.testbed import LabNodes

Found = Mapping[Pod, tuple[IPAddress, ...]]


class ProgramRun(Protocol):
    """A program at work in one lab."""

    def up(self) -> Found:
        """Build, and return the pods' addresses."""
        ...

    def down(self) -> None:
        """Undo all of it, also what failed in the middle; the first error comes after the last step."""
        ...


@contextmanager
def attached(network: Network, topology: Topology, nodes: LabNodes) -> Iterator[Network]:
    """`network` as its program has built it, for the body of the `with`; a network without a program as it is."""
    run = _run(network, topology, nodes)
    if run is None:
        yield network
        return
    try:
        found = run.up()
        yield replace(network, built=_checked(network, topology, nodes, found))
    except BaseException:
        # The first error is the one to report.
        with suppress(BarewireError):
            run.down()
        raise
    run.down()


def lacking(network: Network, nodes: LabNodes) -> Feature | None:
    """The first daemon or CNI plugin of a network that is not there; None for a network that runs no program."""
    for name in network.program.daemons if network.program else ():
        try:
            found = nodes.node("n1").program(name)
        except PrerequisiteError as error:
            return Feature(f"program:{name}", False, error.what, error.remedy)
        if "/" not in found:
            return Feature(
                f"program:{name}",
                False,
                f"{name} is not on PATH",
                f"Install the release of {name} that you want to measure",
            )
    if isinstance(network.attach, ChainAttach):
        for name in network.attach.programs:
            try:
                nodes.node("n1").program(name, network.attach.folders)
            except PrerequisiteError as error:
                return Feature(f"cni:{name}", False, f"the CNI plugin {name} is in none of {error.where}", error.remedy)
    return None


def _run(network: Network, topology: Topology, nodes: LabNodes) -> ProgramRun | None:
    match network.attach:
        case RealFlannel():
            return FlannelRun(network, network.attach, topology, nodes)
        case RealCalico():
            return CalicoRun(network, network.attach, topology, nodes)
        case RealKubeRouter():
            return KubeRouterRun(network, network.attach, topology, nodes)
        case ChainAttach():
            return ChainRun(network, network.attach, topology, nodes)
        case ScriptAttach():
            return ScriptRun(network, network.attach, topology, nodes)
    return None


def _checked(network: Network, topology: Topology, nodes: LabNodes, found: Found) -> BuiltPods:
    """The pods' addresses, each held by a link of its pod and by no other pod."""
    links = nodes.links()
    owners: dict[IPAddress, Pod] = {}
    mtus = []
    for pod in topology.pods:
        addresses = found.get(pod, ())
        for family in topology.addresses.families:
            if not any(address.version == family for address in addresses):
                listed = ", ".join(map(str, addresses)) or "none"
                raise ProgramError(
                    f"{network.name} gave {pod.name} no IPv{family} address", said=f"its addresses: {listed}",
                    remedy=f"Give it one, or build the lab without IPv{family} (--family)",
                )  # fmt: skip
        for address in addresses:
            if address in owners:
                raise ProgramError(
                    f"{network.name} gave {pod.name} an address that {owners[address].name} has", said=str(address),
                    remedy="Nodes need different pod subnets: give the IPAM plugin the capability ipRanges, or write "
                    "${NODE_SUBNET} for its subnet, or ${NODE_RANGE_START} and ${NODE_RANGE_END} for its range",
                )  # fmt: skip
            owners[address] = pod
            holding = [link for link in links[pod.name] if address in {one.ip for one in link.addresses}]
            if not holding:
                there = "; ".join(
                    f"{link.name}: {', '.join(map(str, link.addresses)) or 'no address'}" for link in links[pod.name]
                )
                raise ProgramError(
                    f"{network.name} says that {pod.name} has {address}, and it has not", where=pod.name,
                    said=there or "no link but the loopback", remedy="The program's result and what it made differ",
                )  # fmt: skip
            mtus.append(holding[0].mtu)
    return BuiltPods(tuple((pod, address) for pod in topology.pods for address in found[pod]), min(mtus))
