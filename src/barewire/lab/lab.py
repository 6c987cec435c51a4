"""A lab: one network, built on one testbed, ready for the proof and workloads.

It is built as on a real node: the network's parts compute the desired state, the engine applies it. Only the wire is special
to a lab.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from barewire.addresses import fixed
from barewire.errors import NetworkError, PrerequisiteError
from barewire.kernel.engine import Applied
from barewire.kernel.features import Feature
from barewire.kernel.machine import Machine
from barewire.lab import defaults, known_neighbours
from barewire.lab.claims import Claim
from barewire.lab.observation import observe
from barewire.lab.pairs import sampled
from barewire.lab.programs.attached import attached, lacking
from barewire.lab.proof import Proof, prove
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.reported import Convergence
from barewire.model.settings import Sysctl
from barewire.networks.network import Network
from barewire.testbeds import underlay
from barewire.testbeds.testbed import LabNode, LabNodes, Testbed, Underlay

DAEMON_SECONDS = 60.0
"""How long a proof waits for the daemons of a network, all of them together, beyond what they are configured to wait."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A built lab: its `desired` state, and in `applied` the requests and time that it took."""

    network: Network
    topology: Topology
    nodes: LabNodes
    desired: DesiredState
    applied: Applied
    congestion: str

    def namespace(self, pod: Pod) -> str:
        """The namespace of `pod`: its own, or its node's for the host network."""
        return self.network.pod_namespace(pod)

    def node(self, pod: Pod) -> LabNode:
        """The node that `pod` runs on."""
        return self.nodes.node(self.namespace(pod))

    @property
    def pod_mtu(self) -> int:
        """The MTU inside the pods."""
        return self.network.pod_mtu(self.topology)

    def without_offloads(self) -> None:
        """Switch the offloads of the wire off at every node's end, for the rest of the lab's life: what crosses it is then cut
        to the MTU and has its checksum, by the CPU, as on a network card that can do neither."""
        for node in self.topology.nodes:
            self.nodes.node(node.name).without_offloads(node.name, WIRE_DEV)

    def learned(self, namespace: str, without: str = "") -> tuple[LearnedRoute, ...]:
        """The routes that daemons must learn in a namespace; all but those that lead to the node `without`."""
        found = [thing for thing in self.desired.objects[namespace] if isinstance(thing, LearnedRoute)]
        own = {lease.name: lease for lease in fixed.leases(self.network.placed(self.topology))}
        gone = {family.subnet for family in own[without].families} if without else set()
        return tuple(route for route in found if route.dst not in gone)

    def converge(self) -> Convergence:
        """Wait for the daemons of the network, for what they learn and for what they report. Nothing to do without daemons,
        and soon done the second time; KernelError if they do not converge."""
        daemons = self.desired.daemons
        waits = max((daemon.waits_seconds for daemon in daemons), default=0)
        return self.nodes.await_daemons(DAEMON_SECONDS + waits) if daemons else Convergence()

    def prove(self, *, every: bool = False) -> tuple[Proof, ...]:
        """One proof per family and pair of pods of two nodes, the measured pair first: those of `pairs.sampled`, or `every`
        pair of nodes in both directions. ProofError when one fails. A network that a program has built is observed instead.
        What daemons report is part of the first proof.

        Packet loss of the wire, if any, starts after the proof, which it could make fail by chance.
        """
        converged = self.converge()
        wanted = sampled(self.topology, every=every)
        if self.network.program:
            first, *others = observe(self.network, self.topology, self.nodes, wanted)
        else:
            first, *others = prove(self.network, self.topology, self.nodes, wanted, self.desired)
        proofs = (replace(first, claims=(*_daemon_claims(converged), *first.claims)), *others)
        if self.topology.wire.loss:
            self.nodes.apply(self.desired.merged(underlay.loss(self.topology)))
        return proofs


def _daemon_claims(converged: Convergence) -> list[Claim]:
    """What daemons learned and report, which `converge` has waited for, as claims."""
    found = []
    if converged.routes:
        name, slowest = converged.slowest
        where = f"{converged.routes} routes in {len(converged.nanoseconds)} namespaces"
        seen = f"{where}, {slowest / 1e9:.3g} s after the start of the daemons (last in {name})"
        found.append(Claim("the kernel has the routes that daemons must learn, and no others of theirs", seen, True))
    for claim, names in converged.reported:
        found.append(Claim(claim, f"so reported in {len(names)} namespaces, {names[0]} first", True))
    return found


def desired_state(
    network: Network, topology: Topology, congestion: str, *, ipv6: bool, joined_by: Underlay = underlay.desired_state
) -> DesiredState:
    """Everything that the lab's namespaces hold: the underlay, then the network; pure. `ipv6` says whether the kernel has it,
    `joined_by` gives the testbed's underlay."""
    network.check(topology)
    joined = joined_by(topology, wants_switch=network.transport.wants_switch).merged(network.desired_state(topology))
    known = joined.merged(known_neighbours.desired_state(joined))
    return defaults.everywhere(known, defaults.settings(topology, congestion, ipv6=ipv6))


@contextmanager
def built(network: Network, topology: Topology, testbed: Testbed, order: int | None = None) -> Iterator[Lab]:
    """A lab for the body of the `with`; everything goes with it. `order` is the seed of another order of its namespaces."""
    machine = testbed.machine()
    wanted = desired_state(
        network, topology, machine.congestion_control, ipv6=machine.has_ipv6, joined_by=testbed.underlay
    )
    if order is not None:
        wanted = reordered(wanted, order)
    with testbed.open() as nodes:
        nodes.keep_settings(_settings(topology, machine))
        applied = nodes.apply(wanted)
        if topology.tuning:
            from barewire.tuning import labs  # with the records, which most labs have no use for

            nodes.apply(labs.desired_state(network, topology, wanted))
        begun = time.monotonic_ns()
        with attached(network, topology, nodes) as complete:
            took = time.monotonic_ns() - begun if complete.program else 0
            applied = replace(applied, nanoseconds=applied.nanoseconds + took)
            yield Lab(complete, topology, nodes, wanted, applied, machine.congestion_control)


def _settings(topology: Topology, machine: Machine) -> list[Sysctl]:
    """What a namespace gets that a program adds to the lab: the lab's congestion control, and its tuning."""
    tuned = [Sysctl(key, value) for key, value in topology.tuning.sysctls]
    return [defaults.congestion_control(machine.congestion_control), *tuned]


def reordered(desired: DesiredState, seed: int) -> DesiredState:
    """The same objects with namespaces, and so links of one stage, made in another order."""
    names = list(desired.objects)
    random.Random(seed).shuffle(names)
    return DesiredState({name: desired.objects[name] for name in names}, desired.adopted)


def missing(network: Network, features: dict[str, Feature], families: Iterable[int]) -> Feature | None:
    """The first feature that this kernel lacks for `network` with `families`, of those probed."""
    return next((features[name] for name in sorted(network.needs(families)) if not features[name].available), None)


def refused(network: Network, topology: Topology, testbed: Testbed) -> Feature | None:
    """Why the testbed's nodes cannot or must not have `network`; None if they may."""
    machine = testbed.machine()
    try:
        wanted = desired_state(
            network, topology, machine.congestion_control, ipv6=machine.has_ipv6, joined_by=testbed.underlay
        )
    except NetworkError as error:
        return Feature(network.name, False, error.what + (f": {error.said}" if error.said else ""), error.remedy)
    return testbed.refusal(network.name, wanted, programs=network.program is not None)


def require(network: Network, testbed: Testbed, families: Iterable[int]) -> None:
    """Raise PrerequisiteError, with the reason and the remedy, if this kernel does not support `network`."""
    with testbed.open() as nodes:
        lacks = missing(network, nodes.probe(network.needs(families)), families) or lacking(network, nodes)
    if lacks:
        raise PrerequisiteError(f"{network.name} cannot be built here", said=lacks.reason, remedy=lacks.remedy)
