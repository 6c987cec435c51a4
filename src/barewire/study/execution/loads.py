"""Servers and loads of a trial: what its steps need is served once, then each step runs as its workload says.

All of a trial's loads go from the client to the server of one path, to servers that were started for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from barewire import workloads
from barewire.kernel.processors import Processors
from barewire.study.design import gates
from barewire.study.design.plan import StudyPlan
from barewire.workloads.definition.path import PathUnderTest, Serving
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import Result
from barewire.workloads.servers.service import Service, merged

_NO_PROCESSORS = Processors()


@dataclass(frozen=True, slots=True)
class Site(LoadSite):
    """What all trials of a study share, with what this machine may be late by and what its CPUs are."""

    limits: gates.Limits = gates.UNKNOWN
    processors: Processors = _NO_PROCESSORS


def services(plan: StudyPlan, site: Site, steps: Sequence[Step]) -> list[Service]:
    """What must be served for these loads, by port."""
    names = dict.fromkeys(step.workload for step in steps)
    return merged(service for name in names for service in workloads.by_name(name).services(plan, site))


def start_servers(path: PathUnderTest, site: Site, plan: StudyPlan, wanted: Iterable[Service]) -> Serving:
    """Serve them by the plan's server."""
    return path.serve(plan.server, list(wanted), site.pinning.server)


def run(step: Step, number: int, path: PathUnderTest, plan: StudyPlan, site: Site) -> Result:
    """Run a step, the `number`-th of its trial; LoadError when it fails."""
    workload = workloads.by_name(step.workload)
    if not step.offloads:
        path.without_offloads()
    return (workload.run_counted if site.layout else workload.run)(step, number, path, plan, site)
