"""One trial: a freshly opened path (a freshly built lab), proved, with fresh processes, through every load of its plan.

What fails inside a trial rejects the trial, not the study: the reason is recorded with whatever was measured before it, and
the trial comes again with another seed. Only a failed proof stops everything, because then no number of that network would
mean what it says.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from barewire import schemas
from barewire.errors import MeasurementError, ProofError
from barewire.lab import usage
from barewire.records import Built, Load, MachineRecord, Placement, ProofRecord, Reject, Trial
from barewire.study.design import gates, layouts
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.study.execution.loads import Site
from barewire.study.execution.run import histogram_name
from barewire.study.execution.source import CandidatePath, CandidateSource
from barewire.units import format_utc
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import Result
from barewire.workloads.generator.histogram import Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial's record and its histograms."""

    record: Trial
    histograms: tuple[Entry, ...]


def run(planned: PlannedTrial, plan: StudyPlan, source: CandidateSource, site: Site, number: int) -> Outcome:
    """Run one trial. ProofError and PrerequisiteError go up; a failed load or a lost lab makes a rejected trial."""
    started, begun = datetime.now(UTC), time.monotonic()
    records: list[Load] = []
    entries: list[Entry] = []
    rejected: list[Reject] = []
    setup: Built | None = None
    proof: ProofRecord | None = None
    placement: Placement | None = None
    machine: MachineRecord | None = None
    layout = layouts.layout_of(plan, planned.block)
    site = site.with_layout(layout)
    try:
        with source.open(planned.network, layout) as path:
            proof = path.verify()
            setup = path.setup()
            # Reading all counters takes an emulated guest longer than a load does, so there it is done once for all loads.
            before = path.counters()
            for one, found in _loads(planned.steps, path, plan, site):
                records.append(replace(one, histogram=histogram_name(number)) if found else one)
                entries += found
            after = path.counters()
            placement = usage.placement(site.processors, site.pinning.cpus, before.interrupts, after.interrupts)
            if layout:
                machine = path.usage(before, after, site.pinning)
        step_s = (datetime.now(UTC) - started).total_seconds() - (time.monotonic() - begun)
        rejected += gates.check(records, site.limits, step_s, machine)
    except ProofError:
        raise
    except MeasurementError as error:
        rejected.append(Reject("the trial could not be finished", str(error)))
    tolerated = rejected if rejected and gates.tolerable(rejected, planned.attempt) else []
    rejected = [] if tolerated else rejected
    record = Trial(
        schema=f"barewire/trial/{schemas.VERSION}",
        trial=number,
        block=planned.block,
        position=planned.position,
        network=planned.network,
        role=planned.role,
        started=format_utc(started, "milliseconds"),
        seconds=round(time.monotonic() - begun, 3),
        seed=planned.seed,
        valid=not rejected,
        rejected=tuple(rejected),
        tolerated=tuple(tolerated),
        setup=setup,
        proof=proof,
        placement=placement,
        machine=machine,
        layout=layout.record() if layout else None,
        pinning=site.pinning.record(),
        loads=tuple(records),
    )
    return Outcome(record, tuple(entries))


def _loads(steps: Sequence[Step], path: CandidatePath, plan: StudyPlan, site: Site) -> Iterator[Result]:
    wanted = loads.services(plan, site, steps)
    running = loads.start_servers(path, site, plan, wanted) if wanted else None
    for number, step in enumerate(steps):
        yield loads.run(step, number, path, plan, site)
    if running:
        running.stop()
