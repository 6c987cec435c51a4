"""Keep a lab up: build it, prove it, register its name, and answer requests until it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from barewire.lab.lab import Lab, built, require
from barewire.lab.proof import Proof
from barewire.lab.registry import LabInfo, Registration
from barewire.model.network import Topology
from barewire.networks.network import Network
from barewire.testbeds.testbed import Testbed


def hold(
    name: str,
    network: Network,
    topology: Topology,
    testbed: Testbed,
    ready: Callable[[LabInfo, Lab, tuple[Proof, ...]], None],
) -> None:
    """Build and prove a lab, call `ready`, then keep it until `lab down` or an interrupt."""
    registration = Registration(name)
    try:
        require(network, testbed, topology.addresses.families)
        with built(network, topology, testbed) as lab:
            proofs = lab.prove()
            info = LabInfo(
                name=name,
                network=network.name,
                nodes=len(topology.nodes),
                pods=tuple(pod.name for pod in topology.pods),
                namespaces=tuple(lab.namespace(pod) for pod in topology.pods),
                init=lab.nodes.init_pid,
                holder=os.getpid(),
                since=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            ready(info, lab, proofs)
            registration.answer_until_down(info)
    finally:
        registration.close()
