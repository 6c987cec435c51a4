"""Pre-flight of a study on machines that are reached by ssh: the same rules, on the CPUs that it will use of each machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from barewire.kernel.machine import Machine
from barewire.lab.pinning import Pinning
from barewire.records import Finding
from barewire.study.design import budget
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import preflight, survey
from barewire.study.execution.preflight import MachineNeeds, Preflight
from barewire.study.execution.sources import labs
from barewire.testbeds.ssh.frames import MachineActivity
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed


def examine(plan: StudyPlan) -> Preflight:
    """Look at every machine, and once more where one is found unfit. The record has the activity of the client's machine."""
    seconds = budget.preflight_seconds(plan)
    with SshTestbed(parse_targets(plan.machines)) as testbed:
        cpus = used_cpus(plan, testbed.machines())
        found = judge(plan, cpus, testbed.watch(cpus, seconds))
        return found if found.fit else judge(plan, cpus, testbed.watch(cpus, seconds))


def judge(plan: StudyPlan, cpus: Sequence[tuple[int, ...]], seen: Sequence[MachineActivity]) -> Preflight:
    """The rules on one look at each machine; what they find begins with the machine's name."""
    hosts = [target.host for target in parse_targets(plan.machines)]
    reasons: list[Finding] = []
    remarks: list[Finding] = []
    for host, own, one in zip(hosts, cpus, seen, strict=True):
        needs = MachineNeeds(
            own, True, one.cpu_quota, taken=one.taken,
            tracked=preflight.connections_tracked(plan), conntrack_max=one.conntrack_max,
        )  # fmt: skip
        judged = preflight.judge(needs, one.activity)
        reasons += [replace(finding, detail=f"{host}: {finding.detail}") for finding in judged.reasons]
        remarks += [replace(finding, detail=f"{host}: {finding.detail}") for finding in judged.remarks]
    return Preflight(seen[0].activity, tuple(reasons), tuple(remarks), "the machines are")


def used_cpus(plan: StudyPlan, machines: Sequence[Machine]) -> list[tuple[int, ...]]:
    """By machine, the CPUs of the client or the server; none for a third machine."""
    ends = survey.topology(plan).ends
    pins: Pinning = labs.pins_apart(plan, ends, machines)
    by_node = {ends[0].node: pins.client, ends[1].node: pins.server}
    return [by_node.get(number, ()) for number in range(1, len(machines) + 1)]
