"""What of a plan can be measured here: its networks, tried against the kernel of the testbed, and the programs that it takes."""

from __future__ import annotations

from collections.abc import Mapping

from barewire.errors import PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.features import Feature
from barewire.lab.lab import missing, refused
from barewire.lab.programs.attached import lacking
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.topology_text import parse_topology
from barewire.networks import catalogue, setup
from barewire.networks.network import Network
from barewire.records import NetworkRecord
from barewire.results import BASELINE
from barewire.study.design.plan import StudyPlan
from barewire.study.execution.source import Candidate
from barewire.testbeds.testbed import LabNodes, Testbed
from barewire.workloads.generator import descriptors, load
from barewire.workloads.servers import server

PROGRAMS = ("nft",)


def networks(plan: StudyPlan) -> dict[str, Network]:
    """The networks of the plan by name, as their files are now."""
    found = (catalogue.network(catalogue.parse(name)) for name in plan.networks)
    return {network.name: network for network in found}


def survey(plan: StudyPlan, testbed: Testbed, networks: Mapping[str, Network]) -> dict[str, Feature | None]:
    """What this kernel lacks for each of the networks, or None, by name; PrerequisiteError when even the host cannot be built."""
    families = topology(plan).addresses.families
    needs = {need for network in networks.values() for need in network.needs(families)}
    with testbed.open() as nodes:
        if plan.on_machines:
            _require_on_nodes(plan, nodes)
        features = nodes.probe(needs)
        found = {
            name: missing(one, features, families) or lacking(one, nodes) or refused(one, topology(plan), testbed)
            for name, one in networks.items()
        }
    if lacks := found.get(BASELINE):
        raise PrerequisiteError("the host, the baseline, cannot be built here", said=lacks.reason, remedy=lacks.remedy)
    return found


def _require_on_nodes(plan: StudyPlan, nodes: LabNodes) -> None:
    """PrerequisiteError for a program that a machine lacks: the client's first, then the server's."""
    wanted = [*PROGRAMS, *(name for one in plan.drivers for name in one.programs)]
    for pod in topology(plan).ends:
        for name in dict.fromkeys(wanted):
            nodes.node(f"n{pod.node}").program(name)
    if plan.server != "serve" and any("server" in one.options for one in plan.drivers):
        nodes.node(f"n{pod.node}").program(plan.server)


def record(network: Network, candidate: Candidate, topology: Topology) -> NetworkRecord:
    """A network as `run.json` keeps it."""
    spec = network.spec
    return NetworkRecord(
        name=network.name,
        measured=candidate.measured,
        reason=candidate.reason,
        remedy=candidate.remedy,
        parts={"attach": str(spec.attach), "transport": str(spec.transport), "policy": str(spec.policy)},
        rules=network.rules,
        setup=setup.setup(network, topology),
        program=network.program.content if network.program else None,
    )


def refuse_misfits(plan: StudyPlan) -> None:
    """Raise NetworkError where a network of the plan cannot have its nodes, pods or addresses."""
    for name in plan.networks:
        catalogue.network(catalogue.parse(name)).check(topology(plan))


def require_programs(plan: StudyPlan) -> None:
    """Raise PrerequisiteError where this machine lacks a program that the plan takes, or file descriptors for it."""
    if plan.on_machines:
        return  # `survey` asks the machines
    programs.require([*PROGRAMS, *(name for one in plan.drivers if not plan.counted for name in one.programs)])
    server.require(plan.server)
    load.program()
    if not plan.in_vm:
        descriptors.require(plan.connections, plan.threads)  # other testbeds have limits of their own


def topology(plan: StudyPlan) -> Topology:
    """The nodes, pods, addresses and wire of a plan, and its racks if it has any."""
    racks, pair = parse_topology(plan.topology)
    return Topology.uniform(
        plan.node_count,
        plan.pods,
        addresses=AddressPlan(families=(plan.family,)),
        wire=plan.wire.wire(),
        port=plan.port,
        racks=racks,
        pair=pair,
    )
