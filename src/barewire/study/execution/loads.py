"""Servers and loads of a trial: what its steps need is served once, then each step runs as its workload says.

All of a trial's loads go from the client pod to the server pod of one lab, to servers that were started for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from barewire import workloads
from barewire.kernel.processors import Processors
from barewire.lab.lab import Lab
from barewire.study.design import gates
from barewire.study.design.plan import StudyPlan
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import Result
from barewire.workloads.servers import server
from barewire.workloads.servers.service import Service, merged


@dataclass(frozen=True, slots=True)
class Site(LoadSite):
    """What all trials of a study share, with what this machine may be late by and what its CPUs are."""

    limits: gates.Limits = gates.UNKNOWN
    processors: Processors = field(default_factory=Processors)


def services(plan: StudyPlan, site: Site, steps: Sequence[Step]) -> list[Service]:
    """What must be served for these loads, by port."""
    names = dict.fromkeys(step.workload for step in steps)
    return merged(service for name in names for service in workloads.by_name(name).services(plan, site))


def start_servers(lab: Lab, site: Site, plan: StudyPlan, wanted: Iterable[Service]) -> server.Running:
    """Serve them in the server pod, on its own address."""
    return server.start(
        plan.server,
        lab.node(site.server),
        lab.namespace(site.server),
        site.server_address(lab),
        site.pinning.server,
        list(wanted),
    )


def run(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    """Run a step, the `number`-th of its trial; LoadError when it fails."""
    workload = workloads.by_name(step.workload)
    if not step.offloads:
        lab.without_offloads()
    return (workload.run_counted if site.layout else workload.run)(step, number, lab, plan, site)
