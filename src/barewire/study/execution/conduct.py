"""Conducting a study: what can be measured here, the host's maximum, block after block, the summary.

Whatever ends it, the run directory is whole: every trial is on disk when it ends, and an interrupt is handled between two
steps, after which the summary is made from what there is. `Progress` has a callback for every step; nothing here prints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from barewire import schemas
from barewire.errors import LoadError
from barewire.lab import environment, pinning
from barewire.lab.lab import built
from barewire.networks.network import Network
from barewire.records import (
    EnvironmentRecord,
    InstrumentRecord,
    MaximaRecord,
    PreflightRecord,
    RunCondition,
    RunRecord,
    Summary,
    Trial,
    WarmupRecord,
)
from barewire.results import BASELINE, summary
from barewire.results.clock import COUNTED
from barewire.results.precision import stopping
from barewire.results.precision.targets import FEWEST_BLOCKS
from barewire.study.design import budget, gates, layouts
from barewire.study.design.blocks import PlannedTrial, remaining
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import counted, knees, pilots, restarts, trial
from barewire.study.execution.changed_programs import refuse_changed_programs
from barewire.study.execution.environment_diff import refuse_difference
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RunDirectory
from barewire.study.execution.survey import Candidate, measurable, refuse_misfits, require_programs, survey, topology
from barewire.testbeds.testbed import Testbed
from barewire.tuning.applied import UNTUNED, Tuned
from barewire.workloads.generator import selftest


class Progress(Protocol):
    """Progress callbacks of a run."""

    def planned(self, plan: StudyPlan, seconds: float) -> None: ...
    def probing(self, network: str, size: int, rate_per_s: float, sustained: bool) -> None: ...
    def trial_begins(self, planned: PlannedTrial, left: int) -> None: ...
    def trial_ended(self, trial: Trial, widths: Mapping[str, float]) -> None: ...
    def looked(self, look: stopping.Look, blocks_needed: int) -> None: ...


def begin(
    plan: StudyPlan,
    testbed: Testbed,
    out: Path,
    command: str,
    created: str,
    progress: Progress,
    tuned: Tuned = UNTUNED,
    condition: RunCondition | None = None,
    rates: knees.Rates | None = None,
    warmup: WarmupRecord | None = None,
    preflight: PreflightRecord | None = None,
) -> tuple[RunDirectory, Site, dict[str, Network]]:
    """A new run: survey, search for the maximum rates, `run.json`. A condition of a study of several takes the `rates` and the
    `warmup` that the first has found: all offer the same rates and leave out the same."""
    RunDirectory.refuse(out)
    refuse_misfits(plan)
    require_programs(plan)
    site = _site(plan, testbed, {}, tuned)
    candidates = survey(plan, testbed)
    measured = [c.network.name for c in candidates if c.measured]
    plan = budget.fit(plan, measured)
    progress.planned(plan, budget.duration(plan, measured))
    strict = preflight is None or not preflight.forced
    described, of_host = _search(
        plan, site, measurable(candidates)[BASELINE], progress, strict, search_too=rates is None
    )
    own_search = rates is None
    if rates is None:
        others = {} if plan.clock == COUNTED else knees.others(measurable(candidates), site, plan, progress.probing)
        rates = knees.rates(plan, of_host, others)
    limits = _limits(plan, rates.maximum)
    site = replace(site, maximum=rates.full(), own=rates.own(), limits=limits)
    knees.refuse_empty(plan, site, measured)
    warmup = warmup or pilots.find(plan, site, measurable(candidates))
    found_knees = replace(rates.knees, searched=own_search) if rates.knees else None
    record = RunRecord(
        schema=f"barewire/run/{schemas.VERSION}",
        created=created,
        command=command,
        plan=plan.record(),
        seed=plan.seed,
        environment=described,
        networks=tuple(candidate.record(site.topology) for candidate in candidates),
        maximum=rates.maximum,
        knees=found_knees,
        gates=limits.record(),
        warmup=warmup,
        preflight=preflight,
        tuning=tuned.record(),
        # By a clock that counts the generator costs what it costs, on both sides alike, and is late by nothing.
        instrument=InstrumentRecord() if plan.counted else _instrument(testbed, site.pinning, budget.effort(plan)),
        condition=condition,
    )
    run = RunDirectory.create(out, record)
    return run, replace(site, warmup_s=warmup.seconds), measurable(candidates)


def _instrument(testbed: Testbed, pins: pinning.Pinning, effort: float) -> InstrumentRecord:
    """What the generator alone costs here. A machine too busy for it still gets its study: the gates are there for that."""
    try:
        return selftest.run(testbed, pins, selftest.QUICK.times(effort)).record()
    except LoadError as error:
        return InstrumentRecord(failed=str(error))


def resume(path: Path, testbed: Testbed, tuned: Tuned = UNTUNED) -> tuple[RunDirectory, Site, dict[str, Network]]:
    """An interrupted run, on the machine it was begun on and tuned as it was; RunError with the differences otherwise."""
    run = RunDirectory.open(path, write=True)
    with contextlib.ExitStack() as stack:
        stack.callback(run.close)
        plan = plan_of(run.record.plan, str(path / "run.json"))
        require_programs(plan)
        rates = knees.of_record(run.record)
        site = replace(_site(plan, testbed, rates.full(), tuned), own=rates.own())
        candidates = survey(plan, testbed)
        refuse_changed_programs(run.record, [one.network for one in candidates], str(path))
        with built(measurable(candidates)[BASELINE], site.topology, testbed) as lab:
            refuse_difference(run.record.environment, environment.record(lab, testbed), str(path))
        stack.pop_all()
    knees.refuse_empty(plan, site, list(measurable(candidates)))
    kept, left_out = run.record.gates, run.record.warmup
    assert kept is not None and left_out is not None  # a run that may be continued has every key of its version
    site = replace(site, limits=gates.Limits(kept.pacing_p99_ns), warmup_s=left_out.seconds)
    return run, site, measurable(candidates)


def conduct(run: RunDirectory, site: Site, networks: dict[str, Network], progress: Progress) -> Summary:
    """Run what is left of the plan, then write and return the summary; an interrupt ends it early and goes up."""
    plan = plan_of(run.record.plan, str(run.path / "run.json"))
    try:
        for planned, left in queue(run, plan, networks, progress):
            progress.trial_begins(planned, left)
            measure(planned, run, plan, site, networks, progress)
    finally:
        written = run.summarise()
    return written


def measure(
    planned: PlannedTrial,
    run: RunDirectory,
    plan: StudyPlan,
    site: Site,
    networks: dict[str, Network],
    progress: Progress,
) -> None:
    """One trial, from its lab to the disk."""
    restart = restarts.begin(plan, planned.block, run.trials(), site.testbed)
    outcome = trial.run(planned, networks[planned.network], plan, site, run.next_trial)
    run.append_trial(replace(outcome.record, restart=restart), outcome.histograms)
    progress.trial_ended(run.trials()[-1], summary.precision(run.data()))


def describe(plan: StudyPlan, testbed: Testbed) -> tuple[StudyPlan, tuple[Candidate, ...], float]:
    """For `--dry-run`: the fitted plan, its networks, and the seconds it will take."""
    candidates = survey(plan, testbed)
    measured = [candidate.network.name for candidate in candidates if candidate.measured]
    fitted = budget.fit(plan, measured)
    return fitted, candidates, budget.duration(fitted, measured)


def queue(
    run: RunDirectory, plan: StudyPlan, networks: dict[str, Network], progress: Progress
) -> Iterator[tuple[PlannedTrial, int]]:
    """The trials still to run, each with about how many are left."""
    if not plan.until:
        yield from _trials(run, plan, networks, plan.blocks, plan.blocks)
        return
    expected = plan.blocks
    for block in range(1, plan.blocks + 1):
        # Blocks that an interrupted run has done are looked at again: the looks are the same.
        yield from _trials(run, plan, networks, block, expected)
        data = run.data()
        whole = len(stopping.whole_blocks(data))
        if stopping.due(data, whole):
            seen = stopping.look(data, whole)
            expected = stopping.blocks_needed(seen, plan.blocks)
            progress.looked(seen, expected)
            if seen.met:
                return
        if block >= FEWEST_BLOCKS and stopping.spent_seconds(data) * (block + 1) / block > budget.for_trials(plan):
            return  # another block would not fit


def _trials(
    run: RunDirectory, plan: StudyPlan, networks: dict[str, Network], blocks: int, expected: int
) -> Iterator[tuple[PlannedTrial, int]]:
    """The trials of the first `blocks` blocks; a rejected one comes again until its attempts are used up."""
    while True:
        left = [t for t in remaining(plan, networks, run.trials(), blocks) if t.attempt < gates.MOST_ATTEMPTS]
        if not left:
            return
        yield left[0], len(left) + max(0, expected - blocks) * (len(networks) + 1)


def _site(plan: StudyPlan, testbed: Testbed, maximum: dict[int, float], tuned: Tuned) -> Site:
    where = replace(topology(plan), tuning=tuned.labs)
    machine = testbed.machine()
    pins = pinning.choose(plan.server_cpus, plan.client_cpus, plan.timing, machine.cpus, machine.processors)
    return Site(testbed, where, pins, maximum, processors=machine.processors)


def _limits(plan: StudyPlan, maximum: MaximaRecord) -> gates.Limits:
    """What this machine may be late by: from the probes of the host near its maximum."""
    probes = [probe for found in maximum.response_bytes.values() for probe in found.probes]
    seen = [probe.pacing_p99_ns for probe in probes if probe.pacing_p99_ns is not None]
    return gates.Limits.from_pacing(seen, plan.connections, plan.threads)


def _search(
    plan: StudyPlan, site: Site, host: Network, progress: Progress, strict: bool, *, search_too: bool
) -> tuple[EnvironmentRecord, knees.Maxima]:
    """The environment, read in the host's lab, and the maximum rate for each size."""
    site = site.with_layout(layouts.layout_of(plan, 1))
    with built(host, site.topology, site.testbed) as lab:
        lab.prove()
        described = environment.record(lab, site.testbed)
        if not search_too:
            return described, {}
        found: knees.Maxima = {}
        if plan.has_rates:
            if plan.clock != COUNTED:
                return described, knees.host(lab, site, plan, progress.probing, strict=strict)
            running = knees.start_server(lab, site, plan)
            found = {size: counted.maximum(lab, site, plan, size, progress.probing) for size in plan.sizes}
            running.stop()
    return described, found
