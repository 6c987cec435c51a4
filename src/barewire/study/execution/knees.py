"""The maximum rate of every network, and the one that a study's rates are shares of.

A load at half of the host's maximum is beyond what a slow network carries at all, and its latency is then that of a
growing queue. So a share is of the *slowest* network's maximum unless the plan says `loads_of = "host"`: every network
carries every rate below 100 %, all are offered the same requests, and the latencies compare. A second view,
`own_loads`, offers each network a share of its own maximum: equally loaded, at different rates.

The host's search decides whether the study can go on. Where it finds nothing that its closed loops agree with (to a
factor of 1.5; a smaller disagreement is in the report's first lines), rates would be shares of an accident, so the study
stops (`--force` goes on). A candidate that cannot be searched has a note instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from barewire.errors import LoadError, MeasurementError
from barewire.records import KneeRecord, KneesRecord, MaximaRecord, MaximumRecord, RunRecord
from barewire.results import BASELINE
from barewire.study.design import blocks, budget
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.study.execution.loads import Site
from barewire.study.execution.source import CandidateSource
from barewire.workloads.definition.path import PathUnderTest, Serving
from barewire.workloads.servers.service import merged

SLOWEST, HOST = "slowest", "host"
"""What `loads_of` may be."""


Maxima = dict[int, MaximumRecord]
"""A network's maximum rate by response size."""


@dataclass(frozen=True, slots=True)
class Rates:
    """`maximum` and `knees` of `run.json`."""

    maximum: MaximaRecord
    knees: KneesRecord | None

    def full(self) -> dict[int, float]:
        """What 100 % is, by response size."""
        return {int(size): one.rate_per_s for size, one in self.maximum.response_bytes.items()}

    def own(self) -> dict[int, dict[str, float]]:
        """What each network carries, by response size and name."""
        found = self.knees.response_bytes if self.knees else {}
        return {int(size): {name: one.rate_per_s for name, one in by.items()} for size, by in found.items()}


def of_record(record: RunRecord) -> Rates:
    """Those of a run that has begun."""
    return Rates(record.maximum, record.knees)


def host(path: PathUnderTest, site: Site, plan: StudyPlan, progress: Any, *, strict: bool) -> Maxima:
    """The host's maximum for each size, on its path; MeasurementError when it cannot be found and the study is `strict`."""
    # Its library takes a second to import, three in four of what starting barewire costs; only this needs it.
    from barewire.study.execution import search

    found = _searched(path, site, plan, progress, search.HOST.times(budget.effort(plan)))
    notes = [one.note for one in found.values() if one.note and one.rate_low_per_s is None]
    if strict and notes:
        counting = " count instructions (--clock counted)," if plan.can_count else ""
        raise MeasurementError(
            "the host's maximum rate was not found",
            said=notes[0],
            remedy=f"Wait until the machine is quiet,{counting} or continue with --force",
        )
    return found


def others(
    networks: Sequence[str], source: CandidateSource, site: Site, plan: StudyPlan, progress: Any
) -> dict[str, Maxima]:
    """Every candidate's maximum by name and size, each on a path of its own; what fails there is the trials' to report."""
    names = wanted(plan, networks)
    if not names:
        return {}
    from barewire.study.execution import search  # its library takes a second to import

    how = search.CANDIDATE.times(budget.effort(plan))
    found: dict[str, Maxima] = {}
    for name in names:
        try:
            with source.open(name) as path:
                path.verify()
                found[name] = _searched(path, site, plan, progress, how)
        except LoadError:
            continue
    return found


def wanted(plan: StudyPlan, networks: Sequence[str]) -> list[str]:
    """The candidates whose maximum the study needs: all where rates are offered, unless nothing depends on them."""
    if not plan.has_rates or (plan.loads_of == HOST and not plan.own_loads):
        return []
    return [name for name in networks if name != BASELINE]


def rates(plan: StudyPlan, host_found: Maxima, found: Mapping[str, Maxima]) -> Rates:
    """What 100 % is, and every network's maximum with its share of the host's."""
    maximum, knees = {}, {}
    for size, of_host in host_found.items():
        by_network = {BASELINE: of_host, **{name: by_size[size] for name, by_size in found.items()}}
        slowest = min(by_network, key=lambda name: by_network[name].rate_per_s)
        full = slowest if plan.loads_of == SLOWEST else BASELINE
        maximum[str(size)] = replace(by_network[full], of=full, probes=of_host.probes)
        knees[str(size)] = {name: _knee(one, of_host) for name, one in by_network.items()}
    return Rates(MaximaRecord(maximum), KneesRecord(knees) if knees else None)


def refuse_empty(plan: StudyPlan, site: Site, networks: Sequence[str]) -> None:
    """Raise MeasurementError where a rate of the study would hold no request: its maximum was 0, or the share is too small."""
    assert plan.seconds is not None
    for step in blocks.steps(plan):
        for name in networks if step.share is not None else ():
            assert step.response_bytes is not None and step.share is not None
            rate = site.rate(name, step.response_bytes, step.share, own=step.own)
            if rate * plan.seconds < 1:
                counting = " or count instructions (--clock counted)" if plan.can_count else " or wait"
                raise MeasurementError(
                    f"the load {step.load} of {name} would offer {rate:g} requests/s",
                    said=f"that is less than one request in {plan.seconds:g} s",
                    remedy=f"Give larger shares (--loads, --own-loads) or longer loads (--seconds),{counting} "
                    "if the machine was too busy to find its maximum rate",
                )


def _knee(one: MaximumRecord, of_host: MaximumRecord) -> KneeRecord:
    """A network's entry of `knees`: its maximum, and as a share of the host's with bounds where both have an interval."""
    low, high = one.rate_low_per_s, one.rate_high_per_s
    host_low, host_high = of_host.rate_low_per_s, of_host.rate_high_per_s
    share: tuple[float, float, float] | None = None
    if low is not None and host_low is not None:
        share = one.rate_per_s / of_host.rate_per_s, low / (host_high or host_low), (high or low) / host_low
        share = (1.0, 1.0, 1.0) if one is of_host else share
    return KneeRecord(one.rate_per_s, low, high, one.closed_loop_per_s, one.note, *(share or (None, None, None)))


def start_server(path: PathUnderTest, site: Site, plan: StudyPlan) -> Serving:
    """Serve what the workloads at a rate ask, and nothing else."""
    return loads.start_servers(
        path,
        site,
        plan,
        merged(service for one in plan.drivers if one.at_rate for service in one.services(plan, site)),
    )


def _searched(path: PathUnderTest, site: Site, plan: StudyPlan, progress: Any, how: Any) -> Maxima:
    from barewire.study.execution import search

    running = start_server(path, site, plan)
    found = {size: search.maximum(path, site, plan, size, progress, how) for size in plan.sizes}
    running.stop()
    return found
