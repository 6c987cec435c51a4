"""Conducting a study: what can be measured here, the host's maximum, block after block, the summary.

Whatever ends it, the run directory is whole: every trial is on disk when it ends, and an interrupt is handled between two
steps, after which the summary is made from what there is. `Progress` has a callback for every step; nothing here prints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from barewire.errors import LoadError, PrerequisiteError
from barewire.kernel import programs
from barewire.kernel.features import Feature
from barewire.lab import environment, pinning
from barewire.lab.lab import built, missing
from barewire.lab.programs.attached import lacking
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue, setup
from barewire.networks.network import Network
from barewire.results import BASELINE, summary
from barewire.results.clock import COUNTED
from barewire.results.precision import stopping
from barewire.results.precision.targets import FEWEST_BLOCKS
from barewire.results.records import Summary, Trial
from barewire.study.design import budget, gates, layouts
from barewire.study.design.blocks import PlannedTrial, remaining
from barewire.study.design.plan import StudyPlan
from barewire.study.design.plan_file import plan_of
from barewire.study.execution import counted, knees, pilots, restarts, trial
from barewire.study.execution.changed_programs import refuse_changed_programs
from barewire.study.execution.environment_diff import refuse_difference
from barewire.study.execution.loads import Site
from barewire.study.execution.run import RunDirectory
from barewire.testbeds.testbed import Testbed
from barewire.tuning.applied import UNTUNED, Tuned
from barewire.workloads.generator import load, selftest
from barewire.workloads.servers import server

PROGRAMS = ("nft",)


class Progress(Protocol):
    """Progress callbacks of a run."""

    def planned(self, plan: StudyPlan, seconds: float) -> None: ...
    def probing(self, network: str, size: int, rate_per_s: float, sustained: bool) -> None: ...
    def trial_begins(self, planned: PlannedTrial, left: int) -> None: ...
    def trial_ended(self, trial: Trial, widths: Mapping[str, float]) -> None: ...
    def looked(self, look: stopping.Look, blocks_needed: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network of the plan, and why it cannot be measured here if so."""

    network: Network
    lacking: Feature | None

    @property
    def measured(self) -> bool:
        return self.lacking is None


def survey(plan: StudyPlan, testbed: Testbed) -> tuple[Candidate, ...]:
    """Every network of the plan, tried against this kernel; PrerequisiteError when even the host cannot be built."""
    networks = [catalogue.network(catalogue.parse(name)) for name in plan.networks]
    families = topology(plan).addresses.families
    needs = {need for network in networks for need in network.needs(families)}
    with testbed.open() as nodes:
        features = nodes.probe(needs)
        found = tuple(
            Candidate(network, missing(network, features, families) or lacking(network, nodes)) for network in networks
        )
    for candidate in found:
        if candidate.network.name == BASELINE and candidate.lacking:
            raise PrerequisiteError(
                "the host, the baseline, cannot be built here",
                said=candidate.lacking.reason,
                remedy=candidate.lacking.remedy,
            )
    return found


def refuse_misfits(plan: StudyPlan) -> None:
    """Raise NetworkError where a network of the plan cannot have its nodes, pods or addresses."""
    for name in plan.networks:
        catalogue.network(catalogue.parse(name)).check(topology(plan))


def require_programs(plan: StudyPlan) -> None:
    """Raise PrerequisiteError where this machine lacks a program that the plan takes, or file descriptors for it."""
    programs.require([*PROGRAMS, *(name for one in plan.drivers if not plan.counted for name in one.programs)])
    server.require(plan.server)
    load.program()
    if not plan.in_vm:
        load.require_descriptors(plan.connections, plan.threads)  # other testbeds have limits of their own


def topology(plan: StudyPlan) -> Topology:
    """The nodes, pods, addresses and wire of a plan."""
    return Topology.of(
        plan.nodes, plan.pods, addresses=AddressPlan(families=(plan.family,)), wire=plan.wire.wire(), port=plan.port
    )


def begin(
    plan: StudyPlan,
    testbed: Testbed,
    out: Path,
    command: str,
    created: str,
    progress: Progress,
    tuned: Tuned = UNTUNED,
    condition: Mapping[str, Any] | None = None,
    rates: knees.Rates | None = None,
    warmup: Mapping[str, Any] | None = None,
    preflight: Mapping[str, Any] | None = None,
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
    strict = not (preflight or {}).get("forced")
    described, of_host = _search(
        plan, site, _networks(candidates)[BASELINE], progress, strict, search_too=rates is None
    )
    own_search = rates is None
    if rates is None:
        others = {} if plan.clock == COUNTED else knees.others(_networks(candidates), site, plan, progress.probing)
        rates = knees.rates(plan, of_host, others)
    limits = _limits(plan, rates.maximum)
    site = replace(site, maximum=rates.full(), own=rates.own(), limits=limits)
    knees.refuse_empty(plan, site, measured)
    warmup = warmup or pilots.find(plan, site, _networks(candidates))
    record = {
        "created": created,
        "command": command,
        "plan": plan.record(),
        "seed": plan.seed,
        "environment": described,
        "networks": [_network_record(candidate, site.topology) for candidate in candidates],
        "maximum": dict(rates.maximum),
        **({"knees": {**rates.knees, "searched": own_search}} if rates.knees else {}),
        "gates": limits.record(),
        "warmup": dict(warmup),
        **({"preflight": dict(preflight)} if preflight else {}),
        "tuning": tuned.record(),
        # By a clock that counts the generator costs what it costs, on both sides alike, and is late by nothing.
        "instrument": {} if plan.clock == COUNTED else _instrument(testbed, site.pinning, budget.effort(plan)),
    }
    run = RunDirectory.create(out, record | ({"condition": dict(condition)} if condition else {}))
    return run, replace(site, warmup_s=float(warmup["seconds"])), _networks(candidates)


def _instrument(testbed: Testbed, pins: pinning.Pinning, effort: float) -> dict[str, Any]:
    """What the generator alone costs here. A machine too busy for it still gets its study: the gates are there for that."""
    try:
        return selftest.run(testbed, pins, selftest.QUICK.times(effort)).record()
    except LoadError as error:
        return {"failed": str(error)}


def resume(path: Path, testbed: Testbed, tuned: Tuned = UNTUNED) -> tuple[RunDirectory, Site, dict[str, Network]]:
    """An interrupted run, on the machine it was begun on and tuned as it was; RunError with the differences otherwise."""
    run = RunDirectory.open(path, write=True)
    with contextlib.ExitStack() as stack:
        stack.callback(run.close)
        plan = plan_of(run.record["plan"], str(path / "run.json"))
        require_programs(plan)
        rates = knees.of_record(run.record)
        site = replace(_site(plan, testbed, rates.full(), tuned), own=rates.own())
        candidates = survey(plan, testbed)
        refuse_changed_programs(run.record, [one.network for one in candidates], str(path))
        with built(_networks(candidates)[BASELINE], site.topology, testbed) as lab:
            refuse_difference(run.record["environment"], environment.record(lab, testbed), str(path))
        stack.pop_all()
    knees.refuse_empty(plan, site, list(_networks(candidates)))
    found = run.record.get("warmup") or {"seconds": 0.2}
    site = replace(site, limits=gates.limits(run.record.get("gates")), warmup_s=float(found["seconds"]))
    return run, site, _networks(candidates)


def conduct(run: RunDirectory, site: Site, networks: dict[str, Network], progress: Progress) -> Summary:
    """Run what is left of the plan, then write and return the summary; an interrupt ends it early and goes up."""
    plan = plan_of(run.record["plan"], str(run.path / "run.json"))
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
    record = {**outcome.record, **restart}
    run.append_trial(record, outcome.histograms)
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


def _limits(plan: StudyPlan, maximum: Mapping[str, Any]) -> gates.Limits:
    """What this machine may be late by: from the probes of the host near its maximum."""
    probes = [probe for found in maximum["response_bytes"].values() for probe in found["probes"]]
    seen = [float(probe["pacing_p99_ns"]) for probe in probes if probe.get("pacing_p99_ns") is not None]
    return gates.Limits.of(seen, plan.connections, plan.threads)


def _networks(candidates: Sequence[Candidate]) -> dict[str, Network]:
    return {candidate.network.name: candidate.network for candidate in candidates if candidate.measured}


def _search(
    plan: StudyPlan, site: Site, host: Network, progress: Progress, strict: bool, *, search_too: bool
) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """The environment, read in the host's lab, and the maximum rate for each size."""
    site = site.with_layout(layouts.of(plan, 1))
    with built(host, site.topology, site.testbed) as lab:
        lab.prove()
        described = environment.record(lab, site.testbed)
        if not search_too:
            return described, {}
        found: dict[int, dict[str, Any]] = {}
        if plan.has_rates:
            if plan.clock != COUNTED:
                return described, knees.host(lab, site, plan, progress.probing, strict=strict)
            running = knees.start_server(lab, site, plan)
            found = {size: counted.maximum(lab, site, plan, size, progress.probing) for size in plan.sizes}
            running.stop()
    return described, found


def _network_record(candidate: Candidate, topology_: Topology) -> dict[str, Any]:
    network, lacking = candidate.network, candidate.lacking
    return {
        "name": network.name,
        "measured": candidate.measured,
        "reason": lacking.reason if lacking else "",
        "remedy": lacking.remedy if lacking else "",
        "parts": {
            "attach": str(network.spec.attach),
            "transport": str(network.spec.transport),
            "policy": str(network.spec.policy),
        },
        "rules": network.rules,
        "setup": setup.setup(network, topology_),
        **({"program": network.program.content} if network.program else {}),
    }
