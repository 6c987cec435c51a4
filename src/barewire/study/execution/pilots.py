"""Pilot trials: the load at half the maximum for a second on freshly built labs, before the first block, to find the warm-up.

All networks get one where that costs little of the budget; else the host and one other, drawn by the seed. Nothing of a pilot
is compared: only how long its latencies took to become steady. Limit: the truncation is found at one load and taken for all
of them, because each starts a process, its connections and its load in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from barewire import workloads
from barewire.errors import MeasurementError, ProofError
from barewire.records import WarmupRecord
from barewire.results import BASELINE
from barewire.results.seeds import derived_seed
from barewire.study.design import budget
from barewire.study.design.blocks import steps
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads, warmup
from barewire.study.execution.loads import Site
from barewire.study.execution.source import CandidateSource
from barewire.workloads.definition.requests import RequestWorkload, run_load
from barewire.workloads.definition.step import Step


def find(plan: StudyPlan, source: CandidateSource, site: Site, networks: Sequence[str]) -> WarmupRecord:
    """`warmup` of `run.json`: what the plan says, or what pilots showed."""
    if plan.warmup != "auto":
        return WarmupRecord(plan.warmup)
    step = _step(plan)
    chosen = _chosen(plan, networks) if step else []
    shown = [pilot for name in chosen if step and (pilot := _pilot(step, plan, source, site, name))]
    return WarmupRecord(warmup.common(shown), bool(shown), tuple(pilot.record() for pilot in shown))


def _step(plan: StudyPlan) -> Step | None:
    """The load of the pilots: the rate nearest to half the maximum at the smallest size, or one request at a time."""
    rates = [step for step in steps(plan) if step.share is not None]
    if rates:
        return min(rates, key=lambda step: (step.own, abs((step.share or 0) - 0.5), step.response_bytes or 0))
    return next((step for step in steps(plan) if workloads.by_name(step.workload).sequential), None)


def _chosen(plan: StudyPlan, names: Sequence[str]) -> list[str]:
    candidates = sorted((n for n in names if n != BASELINE), key=lambda n: derived_seed(plan.seed, "pilot", n))
    return [BASELINE, *candidates][: budget.pilots(plan, len(names))]


def _pilot(step: Step, plan: StudyPlan, source: CandidateSource, site: Site, network: str) -> warmup.Pilot | None:
    """One pilot; None when it could not be finished, which the trials will report."""
    seed = derived_seed(plan.seed, "pilot", network)
    try:
        with source.open(network) as path:
            path.verify()
            running = loads.start_servers(path, site, plan, loads.services(plan, site, [step]))
            workload = workloads.by_name(step.workload)
            assert isinstance(workload, RequestWorkload)
            spec = workload.spec(replace(step, seed=seed), path, plan, site)
            spec = replace(
                spec, warmup_ns=0, duration_ns=round(warmup.PILOT_SECONDS * 1e9), interval_ns=warmup.INTERVAL_NS
            )
            result, _ = run_load(path, site, spec)
            running.stop()
    except ProofError:
        raise
    except MeasurementError:
        return None
    medians = [float(found["latency"].quantile(0.5)) for _, _, found in result.intervals]
    return warmup.judge(network, step.load, medians, seed)
