"""Candidates that are built: a network of the plan in a fresh lab for each trial, on one testbed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from barewire.errors import LoadError
from barewire.kernel.machine import Machine
from barewire.kernel.processors import Processors
from barewire.lab import environment, pinning
from barewire.lab.lab import built
from barewire.lab.pinning import CpuChoice, Pinning, choose_apart
from barewire.model.network import Pod, Wire
from barewire.records import Built, EnvironmentRecord, InstrumentRecord, NetworkRecord, ProofRecord, RunRecord
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import survey
from barewire.study.execution.changed_programs import refuse_changed_programs
from barewire.study.execution.source import Candidate
from barewire.testbeds.testbed import Testbed
from barewire.tuning.applied import UNTUNED, Tuned
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.definition.site import Layout
from barewire.workloads.generator import selftest


@dataclass(frozen=True, slots=True)
class LabCandidate(LabPath):
    """A lab of a study."""

    testbed: Testbed = field(kw_only=True)

    def verify(self) -> ProofRecord:
        """Prove the lab; the record of the measured pair."""
        return self.lab.prove()[0].record()

    def setup(self) -> Built:
        """How long it took to build, the objects of each namespace, and the pods' MTU."""
        # What a program has made is not known, and the rest is not what its network holds.
        desired = self.lab.desired
        counts = {} if self.lab.network.program else {name: desired.count(name) for name in desired.objects}
        return Built(self.lab.applied.nanoseconds / 1e9, counts, self.lab.pod_mtu)

    def environment(self) -> EnvironmentRecord:
        return environment.record(self.lab, self.testbed)


class LabSource:
    """See `CandidateSource` for the operations; `tuned` is the tuning in force, whose settings labs get too."""

    def __init__(self, plan: StudyPlan, testbed: Testbed, tuned: Tuned = UNTUNED) -> None:
        self.plan, self.testbed = plan, testbed
        self.topology = replace(survey.topology(plan), tuning=tuned.labs)
        self._networks = survey.networks(plan)

    @property
    def first_port(self) -> int:
        return self.topology.ports(self.topology.ends[1]).start

    @property
    def delay_ns(self) -> int:
        return self.topology.wire.delay

    def require(self) -> None:
        survey.refuse_misfits(self.plan)
        survey.require_programs(self.plan)

    def survey(self) -> tuple[Candidate, ...]:
        found = survey.survey(self.plan, self.testbed, self._networks)
        return tuple(
            Candidate(name, one.reason, one.remedy) if one is not None else Candidate(name)
            for name, one in found.items()
        )

    def record(self, candidate: Candidate) -> NetworkRecord:
        return survey.record(self._networks[candidate.name], candidate, self.topology)

    def refuse_changed(self, record: RunRecord, where: str) -> None:
        refuse_changed_programs(record, list(self._networks.values()), where)

    def processors(self) -> Processors:
        return self.testbed.machine().processors

    def pinning(self) -> Pinning:
        plan, machines = self.plan, self.testbed.machines()
        if machines:
            return pins_apart(plan, self.topology.ends, machines)
        machine = self.testbed.machine()
        return pinning.choose(plan.server_cpus, plan.client_cpus, plan.timing, machine.cpus, machine.processors)

    @contextmanager
    def open(self, name: str, layout: Layout | None = None) -> Iterator[LabCandidate]:
        topology = layout.topology(self.topology) if layout else self.topology
        order = layout.order if layout else None
        with built(self._networks[name], topology, self.testbed, order) as lab:
            yield LabCandidate(lab, testbed=self.testbed)

    def instrument(self, pinning: Pinning, effort: float) -> InstrumentRecord:
        """A machine too busy for it still gets its study: the gates are there for that."""
        # By a clock that counts the generator costs what it costs, on both sides alike, and is late by nothing.
        if self.plan.counted:
            return InstrumentRecord()
        try:
            # A card that its machine goes on using has an MTU of its own.
            wire = Wire(mtu=self.topology.wire.mtu) if self.plan.on_machines else None
            return selftest.run(self.testbed, pinning, selftest.QUICK.times(effort), wire=wire).record()
        except LoadError as error:
            return InstrumentRecord(failed=str(error))

    def restart(self, group: int) -> None:
        self.testbed.restart()


def pins_apart(plan: StudyPlan, ends: tuple[Pod, Pod], machines: Sequence[Machine]) -> Pinning:
    """The CPUs of client and server, each on the machine of its node."""
    client, server = (
        CpuChoice(wanted, machine.cpus, machine.processors.most_interrupted, f"n{pod.node}'s machine")
        for wanted, pod in zip((plan.client_cpus, plan.server_cpus), ends, strict=True)
        for machine in [machines[pod.node - 1]]
    )
    return choose_apart(server, client, plan.timing)
