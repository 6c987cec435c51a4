"""What of a plan can be measured here: its networks, tried against the kernel of the testbed, and the programs that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire.errors import PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.features import Feature
from barewire.lab.lab import missing
from barewire.lab.programs.attached import lacking
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue, setup
from barewire.networks.network import Network
from barewire.records import NetworkRecord
from barewire.results import BASELINE
from barewire.study.design.plan import StudyPlan
from barewire.study.design.racks import parse_topology
from barewire.testbeds.testbed import Testbed
from barewire.workloads.generator import descriptors, load
from barewire.workloads.servers import server

PROGRAMS = ("nft",)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network of the plan, and why it cannot be measured here if so."""

    network: Network
    lacking: Feature | None

    @property
    def measured(self) -> bool:
        return self.lacking is None

    def record(self, topology: Topology) -> NetworkRecord:
        """As `run.json` keeps it."""
        spec, lacking = self.network.spec, self.lacking
        return NetworkRecord(
            name=self.network.name,
            measured=self.measured,
            reason=lacking.reason if lacking else "",
            remedy=lacking.remedy if lacking else "",
            parts={"attach": str(spec.attach), "transport": str(spec.transport), "policy": str(spec.policy)},
            rules=self.network.rules,
            setup=setup.setup(self.network, topology),
            program=self.network.program.content if self.network.program else None,
        )


def survey(plan: StudyPlan, testbed: Testbed) -> tuple[Candidate, ...]:
    """Every network of the plan, tried against this kernel; PrerequisiteError when even the host cannot be built."""
    networks = [catalogue.network(catalogue.parse(name)) for name in plan.networks]
    families = topology(plan).addresses.families
    needs = {need for network in networks for need in network.needs(families)}
    with testbed.open() as nodes:
        features = nodes.probe(needs)
        found = tuple(
            Candidate(network, missing(network, features, families) or lacking(network, nodes)) for network in networks
        )
    for candidate in found:
        if candidate.network.name == BASELINE and candidate.lacking:
            raise PrerequisiteError(
                "the host, the baseline, cannot be built here",
                said=candidate.lacking.reason,
                remedy=candidate.lacking.remedy,
            )
    return found


def refuse_misfits(plan: StudyPlan) -> None:
    """Raise NetworkError where a network of the plan cannot have its nodes, pods or addresses."""
    for name in plan.networks:
        catalogue.network(catalogue.parse(name)).check(topology(plan))


def require_programs(plan: StudyPlan) -> None:
    """Raise PrerequisiteError where this machine lacks a program that the plan takes, or file descriptors for it."""
    programs.require([*PROGRAMS, *(name for one in plan.drivers if not plan.counted for name in one.programs)])
    server.require(plan.server)
    load.program()
    if not plan.in_vm:
        descriptors.require(plan.connections, plan.threads)  # other testbeds have limits of their own


def topology(plan: StudyPlan) -> Topology:
    """The nodes, pods, addresses and wire of a plan, and its racks if it has any."""
    racks, across = parse_topology(plan.topology)
    return Topology.uniform(
        plan.nodes,
        plan.pods,
        addresses=AddressPlan(families=(plan.family,)),
        wire=plan.wire.wire(),
        port=plan.port,
        racks=racks,
        across=across,
    )


def measurable(candidates: Sequence[Candidate]) -> dict[str, Network]:
    """The networks that can be measured, by name."""
    return {candidate.network.name: candidate.network for candidate in candidates if candidate.measured}
