"""One trial: a freshly built lab, proved, with fresh processes, through every load of its plan.

What fails inside a trial rejects the trial, not the study: the reason is recorded with whatever was measured before it, and
the trial comes again with another seed. Only a failed proof stops everything, because then no number of that network would
mean what it says.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from barewire.errors import MeasurementError, ProofError
from barewire.lab import usage
from barewire.lab.lab import Lab, built
from barewire.networks.network import Network
from barewire.results import reading
from barewire.results.records import Reject, plain
from barewire.study.design import gates, layouts
from barewire.study.design.blocks import PlannedTrial
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.study.execution.loads import Site
from barewire.study.execution.run import histogram_name
from barewire.workloads.definition.step import Step
from barewire.workloads.generator.histogram import Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial's record (without its number) and its histograms."""

    record: dict[str, Any]
    histograms: tuple[Entry, ...]


def run(planned: PlannedTrial, network: Network, plan: StudyPlan, site: Site, number: int) -> Outcome:
    """Run one trial. ProofError and PrerequisiteError go up; a failed load or a lost lab makes a rejected trial."""
    started, begun = datetime.now(UTC), time.monotonic()
    records: list[dict[str, Any]] = []
    entries: list[Entry] = []
    rejected: list[Reject] = []
    about: dict[str, Any] = {"setup": None, "proof": None}
    layout = layouts.of(plan, planned.block)
    site = site.with_layout(layout)
    try:
        with built(network, site.topology, site.testbed, layout.order if layout else None) as lab:
            proofs = lab.prove()
            about = {"setup": _setup(lab), "proof": proofs[0].record()}
            # Reading all counters takes an emulated guest longer than a load does, so there it is done once for all loads.
            before = lab.nodes.counters()
            for record, found in _loads(planned.steps, lab, plan, site):
                if found:
                    record["histogram"] = histogram_name(number)
                records.append(record)
                entries += found
            after = lab.nodes.counters()
            about["placement"] = site.processors.record(site.pinning.cpus, before.interrupts, after.interrupts)
            if layout:
                about["machine"] = usage.difference(before, after, site.pinning)
        step_s = (datetime.now(UTC) - started).total_seconds() - (time.monotonic() - begun)
        machine = reading.machine_record(about["machine"]) if layout else None
        rejected += gates.check([reading.load_record(one) for one in records], site.limits, step_s, machine)
    except ProofError:
        raise
    except MeasurementError as error:
        rejected.append(Reject("the trial could not be finished", str(error)))
    tolerated = rejected if rejected and gates.tolerable(rejected, planned.attempt) else []
    rejected = [] if tolerated else rejected
    record = {
        "trial": number,
        "block": planned.block,
        "position": planned.position,
        "network": planned.network,
        "role": planned.role,
        "started": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "seconds": round(time.monotonic() - begun, 3),
        "seed": planned.seed,
        "valid": not rejected,
        "rejected": plain(rejected),
        "tolerated": plain(tolerated),
        **about,
        **({"layout": layout.record()} if layout else {}),
        "pinning": site.pinning.record(),
        "loads": records,
    }
    return Outcome(record, tuple(entries))


def _loads(
    steps: Sequence[Step], lab: Lab, plan: StudyPlan, site: Site
) -> Iterator[tuple[dict[str, Any], list[Entry]]]:
    wanted = loads.services(plan, site, steps)
    running = loads.start_servers(lab, site, plan, wanted) if wanted else None
    for number, step in enumerate(steps):
        yield loads.run(step, number, lab, plan, site)
    if running:
        running.stop()


def _setup(lab: Lab) -> dict[str, Any]:
    # What a program has made is not known, and the rest is not what its network holds.
    counts = {} if lab.network.program else {name: lab.desired.count(name) for name in lab.desired.objects}
    return {"seconds": lab.applied.nanoseconds / 1e9, "objects": counts, "pod_mtu": lab.pod_mtu}
