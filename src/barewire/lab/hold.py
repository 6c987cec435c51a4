"""Keep a lab up: build it, prove it, register its name, and answer requests until it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from barewire.errors import BarewireError
from barewire.lab.lab import Lab, built, require
from barewire.lab.proof import Proof
from barewire.lab.registry import LabInfo, Registration
from barewire.model import fabric
from barewire.model.network import WIRE_NAMESPACE, Topology
from barewire.networks.network import Network
from barewire.testbeds.testbed import Testbed
from barewire.units import format_utc


def hold(
    name: str,
    network: Network,
    topology: Topology,
    testbed: Testbed,
    ready: Callable[[LabInfo, Lab, tuple[Proof, ...]], None],
    *,
    every: bool = False,
) -> None:
    """Build and prove a lab, call `ready`, then keep it until `lab down` or an interrupt. `every` pair of nodes is proved, or a
    sample."""
    registration = Registration(name)
    racks = topology.racks
    routers = tuple(router.name for router in fabric.routers(racks, topology.addresses)) if racks else (WIRE_NAMESPACE,)
    try:
        with ExitStack() as stack:
            try:
                lab = stack.enter_context(built(network, topology, testbed))
                proofs = lab.prove(every=every)
            except BarewireError:
                # Probing takes another lab, so it is done only to explain a failure: what the kernel lacks is the better reason.
                require(network, testbed, topology.addresses.families)
                raise
            info = LabInfo(
                name=name,
                network=network.name,
                nodes=len(topology.nodes),
                pods=tuple(pod.name for pod in topology.pods),
                namespaces=tuple(lab.namespace(pod) for pod in topology.pods),
                init=lab.nodes.init_pid,
                holder=os.getpid(),
                since=format_utc(datetime.now(UTC)),
                routers=routers,
            )
            ready(info, lab, proofs)
            registration.answer_until_down(info)
    finally:
        registration.close()
