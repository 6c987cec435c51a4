"""From a step of a trial to a load that runs: which protocol, which port, what is kept of it.

All of a trial's loads go from the client pod to the server pod of one lab, to servers that were started for all of them.
Ports within the server pod's range: HTTP, TCP and UDP one after the other; each iperf3 and each sink has its own from
`OWN_OFFSET` up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from barewire.errors import LoadError
from barewire.kernel.processors import Processors
from barewire.lab import usage
from barewire.lab.lab import Lab
from barewire.lab.pinning import Pinning
from barewire.model.expectation import Target
from barewire.model.network import Pod, Topology
from barewire.study.design import gates
from barewire.study.design.blocks import Step
from barewire.study.design.layouts import Layout
from barewire.study.design.plan import StudyPlan
from barewire.testbeds.testbed import Testbed
from barewire.workloads.generator import iperf3, load, packets
from barewire.workloads.generator.histogram import Entry
from barewire.workloads.servers import server, service

HTTP_OFFSET, TCP_OFFSET, UDP_OFFSET, OWN_OFFSET = 0, 1, 2, 100
_WAIT_SLACK_S = 20.0

Result = tuple[dict[str, Any], list[Entry]]
"""A load as the trial's record keeps it, and its histograms."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all trials of a study share: place, topology, CPUs, what 100 % of the rate is by response size, each network's own
    maximum, what this machine may be late by, and the seconds of a load that are left out. By a clock that counts, a block's
    share a layout."""

    testbed: Testbed
    topology: Topology
    pinning: Pinning
    maximum: dict[int, float]
    own: dict[int, dict[str, float]] = field(default_factory=dict)
    limits: gates.Limits = gates.UNKNOWN
    warmup_s: float = 0.2
    layout: Layout | None = None
    processors: Processors = field(default_factory=Processors)

    def laid_out(self, layout: Layout | None) -> Site:
        """The same under a layout; without one as it is."""
        return replace(self, layout=layout, topology=layout.topology(self.topology)) if layout else self

    def rate(self, network: str, size: int, share: float, *, own: bool = False) -> float:
        """What is offered per second; a network whose own maximum was not found is offered its share of what all are."""
        full = self.maximum[size]
        return share * (self.own.get(size, {}).get(network, full) if own else full)

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

    def port(self, offset: int) -> int:
        """A port of the server pod's range."""
        return self.topology.ports(self.server)[offset]


def services(plan: StudyPlan, site: Site, steps: Sequence[Step]) -> list[service.Service]:
    """What must be served for these loads."""
    kinds, names = {step.kind for step in steps}, {step.load for step in steps}
    sizes = dict.fromkeys([*plan.sizes, plan.response_bytes] if "http-rr" in names else plan.sizes)
    wanted = []
    if kinds & {"rate", "max", "connect"} or "http-rr" in names:
        wanted.append(service.http(site.port(HTTP_OFFSET), list(sizes)))
    if names & {"tcp-rr", "tcp-crr"}:
        wanted.append(service.tcp(site.port(TCP_OFFSET), plan.request_bytes, plan.response_bytes))
    if "udp-rr" in names:
        wanted.append(service.udp(site.port(UDP_OFFSET), plan.request_bytes, plan.response_bytes))
    return wanted


def start_servers(lab: Lab, site: Site, plan: StudyPlan, wanted: Sequence[service.Service]) -> server.Running:
    """Serve them in the server pod, on its own address."""
    address = lab.network.pod_address(site.topology, site.server, site.family)
    return server.start(
        plan.server, lab.node(site.server), lab.namespace(site.server), address, site.pinning.server, wanted
    )  # fmt: skip


def run(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    """Run a step, the `number`-th of its trial; LoadError when it fails."""
    if not step.offloads:
        lab.without_offloads()
    if step.kind == "bulk":
        return _bulk(step, number, lab, plan, site)
    if step.kind == "packets":
        return _packets(step, number, lab, plan, site)
    return _requests(step, lab, plan, site)


def http_spec(
    lab: Lab, site: Site, plan: StudyPlan, size: int, rate_per_s: float | None, seconds: float, seed: int
) -> load.LoadSpec:
    """A keep-alive HTTP load; `rate_per_s` None is as fast as it goes."""
    target = _target(lab, site, HTTP_OFFSET)
    closed_loop = rate_per_s is None
    return load.LoadSpec(
        protocol="http",
        target=str(target.address),
        port=target.port,
        path=f"/{size}",
        rate_per_s=rate_per_s,
        duration_ns=round(seconds * 1e9),
        # A closed loop's CPU time is divided by its requests, so all of them must count.
        warmup_ns=0 if closed_loop else round(site.warmup_s * 1e9),
        connections=plan.connections,
        threads=plan.threads,
        arrivals=plan.arrivals,
        seed=seed,
        timeout_ns=load.TIMEOUT_NS,
        timing="sleep" if closed_loop else site.pinning.timing,
        cpus=site.pinning.client,
        expect_bytes=size,
        congestion=lab.congestion,
        pipeline=plan.pipeline,
        timestamps=plan.timestamps and not closed_loop,
    )


def run_load(lab: Lab, site: Site, spec: load.LoadSpec) -> tuple[load.LoadResult, dict[str, Any]]:
    """Run the generator in the client pod; its result and what the machine did meanwhile."""
    before = lab.nodes.counters()
    result = generate(lab, site, spec)
    return result, usage.difference(before, lab.nodes.counters(), site.pinning)


def generate(lab: Lab, site: Site, spec: load.LoadSpec) -> load.LoadResult:
    """Run the generator in the client pod; LoadError when it fails."""
    seconds = (spec.duration_ns + spec.warmup_ns) / 1e9 + _WAIT_SLACK_S
    client = lab.node(site.client)
    process = client.spawn(load.command(lab.namespace(site.client), spec))
    done = client.wait(process, seconds)
    if done.status != 0:
        raise LoadError(
            "the load generator failed", where=lab.namespace(site.client),
            said=" ".join(done.stderr.split()) or f"status {done.status}",
        )  # fmt: skip
    return load.parse(done.stdout)


def spec_of(step: Step, lab: Lab, plan: StudyPlan, site: Site) -> load.LoadSpec:
    assert step.response_bytes is not None and plan.seconds is not None
    size = step.response_bytes
    rate = site.rate(lab.network.name, size, step.share, own=step.own) if step.share is not None else None
    spec = http_spec(lab, site, plan, size, rate, plan.seconds, step.seed)
    if step.load in ("tcp-rr", "tcp-crr", "udp-rr"):
        target = _target(lab, site, UDP_OFFSET if step.load == "udp-rr" else TCP_OFFSET)
        spec = replace(
            spec, protocol=step.load.partition("-")[0], target=str(target.address), port=target.port, path="",
            expect_bytes=None, request_bytes=plan.request_bytes, response_bytes=size,
            congestion="" if step.load == "udp-rr" else spec.congestion,
            timeout_ns=load.request_timeout_ns(step.load.partition("-")[0], site.topology.wire.delay),
        )  # fmt: skip
    if step.kind in ("connect", "crr"):
        return load.connecting(spec)
    if step.kind == "rr":
        # One request at a time and nothing else: what is left is the way there and back, so the client must not sleep.
        return replace(
            spec, connections=1, threads=1, pipeline=1, timing=site.pinning.timing,
            warmup_ns=round(site.warmup_s * 1e9), timestamps=plan.timestamps,
        )  # fmt: skip
    return spec


def _requests(step: Step, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    spec = spec_of(step, lab, plan, site)
    result, did = run_load(lab, site, spec)
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    record["machine"] = did
    if step.kind in ("rate", "max") and spec.timing == "sleep":
        # A spinning client is always busy, so CPU time means something only where it sleeps.
        record["cpu_ns_per_request"] = usage.busy_ns(did, "all") / max(1, result.completed)
    return record, result.entries(f"{step.load}/{step.response_bytes}")


def _bulk(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    assert step.streams is not None and plan.seconds is not None
    address = lab.network.pod_address(site.topology, site.server, site.family)
    port = site.port(OWN_OFFSET + number)
    serving = iperf3.start(lab.node(site.server), lab.namespace(site.server), address, port, site.pinning.server)
    target = _target(lab, site, OWN_OFFSET + number)
    before = lab.nodes.counters()
    result = iperf3.run(
        serving, lab.node(site.client), lab.namespace(site.client), target, site.pinning.client, step.streams,
        plan.seconds, lab.congestion,
    )  # fmt: skip
    did = usage.difference(before, lab.nodes.counters(), site.pinning)
    return {"load": step.load, "kind": "bulk", **result.record(), "machine": did}, []


def _packets(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    """As many datagrams as one client CPU can send: what arrives in a second, and what does not."""
    assert step.response_bytes is not None and plan.seconds is not None
    address = lab.network.pod_address(site.topology, site.server, site.family)
    before = lab.nodes.counters()
    result = packets.run(
        lab.nodes, lab.namespace(site.client), lab.namespace(site.server), address, site.port(OWN_OFFSET + number),
        _target(lab, site, OWN_OFFSET + number), site.pinning.client, site.pinning.server,
        packets.PacketsSpec(step.response_bytes, None, round(plan.seconds * 1e9), 0, step.seed, threads=plan.threads),
    )  # fmt: skip
    did = usage.difference(before, lab.nodes.counters(), site.pinning)
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    return record | {"machine": did}, []


def _target(lab: Lab, site: Site, offset: int) -> Target:
    """What the client must connect to for the server pod's port."""
    return lab.network.target(site.topology, site.server, site.port(offset), site.family)
