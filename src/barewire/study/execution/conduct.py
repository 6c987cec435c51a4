"""Conducting a study: what can be measured here, the host's maximum, block after block, the summary.

Whatever ends it, the run directory is whole: every trial is on disk when it ends, and an interrupt is handled between two
steps, after which the summary is made from what there is. `Progress` has a callback for every step; nothing here prints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from barewire import schemas
from barewire.records import (
    EnvironmentRecord,
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
from barewire.study.execution.environment_diff import refuse_difference
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RUN, RunDirectory
from barewire.study.execution.source import Candidate, CandidateSource
from barewire.tuning.applied import UNTUNED, Tuned


class Progress(Protocol):
    """Progress callbacks of a run."""

    def planned(self, plan: StudyPlan, seconds: float) -> None: ...
    def probing(self, network: str, size: int, rate_per_s: float, sustained: bool) -> None: ...
    def trial_begins(self, planned: PlannedTrial, left: int) -> None: ...
    def trial_ended(self, trial: Trial, widths: Mapping[str, float]) -> None: ...
    def looked(self, look: stopping.Look, blocks_needed: int) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is being measured: its directory, open for writing, the source of its candidates, what its trials share, and the
    names of the networks that can be measured."""

    run: RunDirectory
    source: CandidateSource
    site: Site
    networks: tuple[str, ...]

    @property
    def plan(self) -> StudyPlan:
        """As the run's record has it: a resume may have given it more blocks."""
        return plan_of(self.run.record.plan, str(self.run.path / RUN))


def begin(
    plan: StudyPlan,
    source: CandidateSource,
    out: Path,
    command: str,
    created: str,
    progress: Progress,
    tuned: Tuned = UNTUNED,
    condition: RunCondition | None = None,
    rates: knees.Rates | None = None,
    warmup: WarmupRecord | None = None,
    preflight: PreflightRecord | None = None,
) -> OpenRun:
    """A new run: survey, search for the maximum rates, `run.json`. A condition of a study of several takes the `rates` and the
    `warmup` that the first has found: all offer the same rates and leave out the same."""
    RunDirectory.refuse(out)
    source.require()
    site = _site(source, {})
    candidates = source.survey()
    measured = _measured(candidates)
    plan = budget.fit(plan, measured)
    progress.planned(plan, budget.duration(plan, measured))
    strict = preflight is None or not preflight.forced
    described, of_host = _search(plan, source, site, progress, strict, search_too=rates is None)
    own_search = rates is None
    if rates is None:
        others = {} if plan.clock == COUNTED else knees.others(measured, source, site, plan, progress.probing)
        rates = knees.rates(plan, of_host, others)
    limits = _limits(plan, rates.maximum)
    site = replace(site, maximum=rates.full(), own=rates.own(), limits=limits)
    knees.refuse_empty(plan, site, measured)
    warmup = warmup or pilots.find(plan, source, site, measured)
    found_knees = replace(rates.knees, searched=own_search) if rates.knees else None
    record = RunRecord(
        schema=f"barewire/run/{schemas.VERSION}",
        created=created,
        command=command,
        plan=plan.record(),
        seed=plan.seed,
        environment=described,
        networks=tuple(map(source.record, candidates)),
        maximum=rates.maximum,
        knees=found_knees,
        gates=limits.record(),
        warmup=warmup,
        preflight=preflight,
        tuning=tuned.record(),
        instrument=source.instrument(site.pinning, budget.effort(plan)),
        condition=condition,
    )
    run = RunDirectory.create(out, record)
    return OpenRun(run, source, replace(site, warmup_s=warmup.seconds), measured)


def resume(path: Path, source: CandidateSource) -> OpenRun:
    """An interrupted run, on the machine it was begun on and tuned as it was; RunError with the differences otherwise."""
    run = RunDirectory.open(path, write=True)
    with contextlib.ExitStack() as stack:
        stack.callback(run.close)
        plan = plan_of(run.record.plan, str(path / "run.json"))
        source.require()
        rates = knees.of_record(run.record)
        site = replace(_site(source, rates.full()), own=rates.own())
        measured = _measured(source.survey())
        source.refuse_changed(run.record, str(path))
        with source.open(BASELINE) as host:
            refuse_difference(run.record.environment, host.environment(), str(path))
        restarts.resume(plan, run.trials(), source)
        stack.pop_all()
    knees.refuse_empty(plan, site, measured)
    kept, left_out = run.record.gates, run.record.warmup
    assert kept is not None and left_out is not None  # a run that may be continued has every key of its version
    site = replace(site, limits=gates.Limits(kept.pacing_p99_ns), warmup_s=left_out.seconds)
    return OpenRun(run, source, site, measured)


def conduct(opened: OpenRun, progress: Progress) -> Summary:
    """Run what is left of the plan, then write and return the summary; an interrupt ends it early and goes up."""
    run, plan = opened.run, opened.plan
    try:
        for planned, left in queue(run, plan, opened.networks, progress):
            progress.trial_begins(planned, left)
            measure(planned, opened, plan, progress)
    finally:
        written = run.summarise()
    return written


def measure(planned: PlannedTrial, opened: OpenRun, plan: StudyPlan, progress: Progress) -> None:
    """One trial, from its path to the disk."""
    run = opened.run
    restart = restarts.begin(plan, planned.block, run.trials(), opened.source)
    outcome = trial.run(planned, plan, opened.source, opened.site, run.next_trial)
    run.append_trial(replace(outcome.record, restart=restart), outcome.histograms)
    progress.trial_ended(run.trials()[-1], summary.precision(run.data()))


def describe(plan: StudyPlan, candidates: Sequence[Candidate]) -> tuple[StudyPlan, Sequence[Candidate], float]:
    """For `--dry-run`: the fitted plan, its candidates, and the seconds it will take."""
    measured = _measured(candidates)
    fitted = budget.fit(plan, measured)
    return fitted, candidates, budget.duration(fitted, measured)


def queue(
    run: RunDirectory, plan: StudyPlan, networks: Sequence[str], progress: Progress
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
    run: RunDirectory, plan: StudyPlan, networks: Sequence[str], blocks: int, expected: int
) -> Iterator[tuple[PlannedTrial, int]]:
    """The trials of the first `blocks` blocks; a rejected one comes again until its attempts are used up."""
    while True:
        left = [t for t in remaining(plan, networks, run.trials(), blocks) if t.attempt < gates.MOST_ATTEMPTS]
        if not left:
            return
        yield left[0], len(left) + max(0, expected - blocks) * (len(networks) + 1)


def _measured(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(candidate.name for candidate in candidates if candidate.measured)


def _site(source: CandidateSource, maximum: dict[int, float]) -> Site:
    return Site(source.pinning(), maximum, source.first_port, delay_ns=source.delay_ns, processors=source.processors())


def _limits(plan: StudyPlan, maximum: MaximaRecord) -> gates.Limits:
    """What this machine may be late by: from the probes of the host near its maximum."""
    probes = [probe for found in maximum.response_bytes.values() for probe in found.probes]
    seen = [probe.pacing_p99_ns for probe in probes if probe.pacing_p99_ns is not None]
    return gates.Limits.from_pacing(seen, plan.connections, plan.threads)


def _search(
    plan: StudyPlan, source: CandidateSource, site: Site, progress: Progress, strict: bool, *, search_too: bool
) -> tuple[EnvironmentRecord, knees.Maxima]:
    """The environment, read on the host's path, and the maximum rate for each size."""
    layout = layouts.layout_of(plan, 1)
    site = site.with_layout(layout)
    with source.open(BASELINE, layout) as path:
        path.verify()
        described = path.environment()
        if not search_too:
            return described, {}
        found: knees.Maxima = {}
        if plan.has_rates:
            if plan.clock != COUNTED:
                return described, knees.host(path, site, plan, progress.probing, strict=strict)
            running = knees.start_server(path, site, plan)
            found = {size: counted.maximum(path, site, plan, size, progress.probing) for size in plan.sizes}
            running.stop()
    return described, found
