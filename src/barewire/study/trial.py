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

from barewire.errors import LoadError, MeasurementError, ProofError
from barewire.lab.lab import Lab, built
from barewire.measure import bulk, load, machine, nginx
from barewire.measure.histogram import Entry
from barewire.measure.pinning import Pinning
from barewire.model.network import Pod, Topology
from barewire.networks.network import Network
from barewire.places.place import Place
from barewire.study import gates
from barewire.study.blocks import PlannedTrial, Step
from barewire.study.plan import StudyPlan
from barewire.study.run import histogram_name

HTTP_OFFSET, BULK_OFFSET = 0, 100
"""Ports within a pod's range: nginx's, and the first of iperf3's (each load takes the next)."""

TIMEOUT_NS = 10 * 10**9


@dataclass(frozen=True, slots=True)
class Site:
    """What all trials of a study share: place, topology, CPUs, and the host's maximum rate by response size."""

    place: Place
    topology: Topology
    pinning: Pinning
    maximum: dict[int, float]

    @property
    def client(self) -> Pod:
        """The first pod of the first node sends."""
        return self.topology.pods[0]

    @property
    def server(self) -> Pod:
        """The first pod of the second node answers."""
        return next(pod for pod in self.topology.pods if pod.node == self.topology.nodes[1].index)

    @property
    def family(self) -> int:
        return self.topology.addresses.families[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial's record (without its number) and its histograms."""

    record: dict[str, Any]
    histograms: tuple[Entry, ...]


def run(planned: PlannedTrial, network: Network, plan: StudyPlan, site: Site, number: int) -> Outcome:
    """Run one trial. ProofError and PrerequisiteError go up; a failed load or a lost sandbox makes a rejected trial."""
    started, begun = datetime.now(UTC), time.monotonic()
    loads: list[dict[str, Any]] = []
    entries: list[Entry] = []
    rejected: list[dict[str, str]] = []
    about: dict[str, Any] = {"setup": None, "proof": None}
    try:
        with built(network, site.topology, site.place) as lab:
            proofs = lab.prove()
            about = {"setup": _setup(lab), "proof": proofs[0].record()}
            for record, found in _loads(planned.steps, lab, plan, site):
                if found:
                    record["histogram"] = histogram_name(number)
                loads.append(record)
                entries += found
        rejected += gates.check(loads)
    except ProofError:
        raise
    except MeasurementError as error:
        rejected.append({"rule": "the trial could not be finished", "detail": str(error)})
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
        "rejected": rejected,
        **about,
        "pinning": site.pinning.record(),
        "loads": loads,
    }
    return Outcome(record, tuple(entries))


def http_spec(
    lab: Lab, site: Site, plan: StudyPlan, size: int, rate_per_s: float | None, seconds: float, seed: int
) -> load.LoadSpec:
    """A keep-alive HTTP load from the client pod to nginx in the server pod; `rate_per_s` None is as fast as it goes."""
    port = site.topology.ports(site.server)[HTTP_OFFSET]
    target = lab.network.target(site.topology, site.server, port, site.family)
    closed_loop = rate_per_s is None
    return load.LoadSpec(
        protocol="http",
        target=str(target.address),
        port=target.port,
        path=f"/{size}",
        rate_per_s=rate_per_s,
        duration_ns=round(seconds * 1e9),
        # A closed loop's CPU time is divided by its requests, so all of them must count.
        warmup_ns=0 if closed_loop else round(plan.warmup * 1e9),
        connections=plan.connections,
        threads=plan.threads,
        arrivals=plan.arrivals,
        seed=seed,
        timeout_ns=TIMEOUT_NS,
        timing="sleep" if closed_loop else site.pinning.timing,
        cpus=site.pinning.client,
        expect_bytes=size,
        congestion=lab.congestion,
    )


def run_load(lab: Lab, site: Site, spec: load.LoadSpec) -> tuple[load.LoadResult, dict[str, Any]]:
    """Run the generator in the client pod; its result and what the machine did meanwhile."""
    seconds = (spec.duration_ns + spec.warmup_ns + 2 * spec.timeout_ns) / 1e9
    before = lab.sandbox.counters()
    process = lab.sandbox.spawn(load.command(lab.namespace(site.client), spec))
    done = lab.sandbox.wait(process, seconds)
    after = lab.sandbox.counters()
    if done.status != 0:
        raise LoadError(
            "the load generator failed", where=lab.namespace(site.client),
            said=" ".join(done.stderr.split()) or f"status {done.status}",
        )  # fmt: skip
    return load.parse(done.stdout), machine.difference(before, after, site.pinning)


def start_server(lab: Lab, site: Site, sizes: Sequence[int]) -> int:
    """nginx in the server pod; the process's number."""
    namespace = lab.namespace(site.server)
    address = lab.network.pod_address(site.topology, site.server, site.family)
    port = site.topology.ports(site.server)[HTTP_OFFSET]
    return nginx.start(lab.sandbox, namespace, address, port, site.pinning.server, sizes)


def _loads(
    steps: Sequence[Step], lab: Lab, plan: StudyPlan, site: Site
) -> Iterator[tuple[dict[str, Any], list[Entry]]]:
    server = start_server(lab, site, plan.sizes)
    for number, step in enumerate(steps):
        yield _bulk(step, number, lab, plan, site) if step.kind == "bulk" else _http(step, lab, plan, site)
    lab.sandbox.stop(server)


def _http(step: Step, lab: Lab, plan: StudyPlan, site: Site) -> tuple[dict[str, Any], list[Entry]]:
    assert step.response_bytes is not None and plan.seconds is not None
    rate = site.maximum[step.response_bytes] * step.share if step.share is not None else None
    spec = http_spec(lab, site, plan, step.response_bytes, rate, plan.seconds, step.seed)
    if step.kind == "connect":
        spec = load.connecting(spec)
    result, did = run_load(lab, site, spec)
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    record["machine"] = did
    if step.kind != "connect" and spec.timing == "sleep":
        # A spinning client is always busy, so CPU time means something only where it sleeps.
        record["cpu_ns_per_request"] = machine.busy_ns(did, "all") / max(1, result.completed)
    return record, result.entries(f"{step.load}/{step.response_bytes}")


def _bulk(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> tuple[dict[str, Any], list[Entry]]:
    assert step.streams is not None and plan.seconds is not None
    network = lab.network
    port = site.topology.ports(site.server)[BULK_OFFSET + number]
    address = network.pod_address(site.topology, site.server, site.family)
    server = bulk.start(lab.sandbox, lab.namespace(site.server), address, port, site.pinning.server)
    target = network.target(site.topology, site.server, port, site.family)
    before = lab.sandbox.counters()
    result = bulk.run(
        server, lab.namespace(site.client), target, site.pinning.client, step.streams, plan.seconds, lab.congestion
    )
    did = machine.difference(before, lab.sandbox.counters(), site.pinning)
    return {"load": step.load, "kind": "bulk", **result.record(), "machine": did}, []


def _setup(lab: Lab) -> dict[str, Any]:
    counts = {name: lab.plan.count(name) for name in lab.plan.objects}
    return {"seconds": lab.applied.nanoseconds / 1e9, "objects": counts, "pod_mtu": lab.pod_mtu}
