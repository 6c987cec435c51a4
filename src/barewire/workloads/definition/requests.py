"""Workloads of requests and responses, between the generator and a server that all loads of a trial share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from barewire.lab import usage
from barewire.records import CountedFigure, Load, MachineRecord
from barewire.workloads.definition.metric import CPU, INSTRUCTIONS
from barewire.workloads.definition.path import PathUnderTest
from barewire.workloads.definition.settings import Settings
from barewire.workloads.definition.site import LoadSite
from barewire.workloads.definition.step import Step
from barewire.workloads.definition.workload import (
    EXPLAINED_BYTES,
    EXPLAINED_WARMUP_S,
    HTTP_OFFSET,
    TCP_OFFSET,
    UDP_OFFSET,
    Result,
    Workload,
)
from barewire.workloads.generator import counted, load
from barewire.workloads.generator.exact import Exact
from barewire.workloads.servers.service import Service, http, tcp, udp

if TYPE_CHECKING:
    from barewire.model.expectation import Target

_EXPLAINED_BODY = 100


class RequestWorkload(Workload):
    """A workload of requests over `protocol`, one of the generator's."""

    protocol: ClassVar[str] = "http"
    interval: ClassVar[str] = "cycle"
    """Which exact times a counted figure is of: `service` from sending to answer, `cycle` from one answer to the next."""

    sized: ClassVar[bool] = False
    """Whether requests and answers are bytes of given sizes and not HTTP."""
    datagrams: ClassVar[bool] = False
    """Whether each is a UDP datagram; they are sized, too."""

    @property
    def offset(self) -> int:
        """Of the port within the server pod's range."""
        return UDP_OFFSET if self.datagrams else TCP_OFFSET if self.sized else HTTP_OFFSET

    def timeout_ns(self, delay_ns: int = 0) -> int:
        """Of a request in a study, in ns; `delay_ns` is the delay of the wire, one way."""
        return load.DATAGRAM_TIMEOUT_NS + 4 * delay_ns if self.datagrams else load.TIMEOUT_NS

    def services(self, plan: Settings, site: LoadSite) -> tuple[Service, ...]:
        port = site.port(self.offset)
        if self.sized:
            return ((udp if self.datagrams else tcp)(port, plan.request_bytes, plan.response_bytes),)
        return (http(port, plan.sizes),)

    def spec(self, step: Step, path: PathUnderTest, plan: Settings, site: LoadSite) -> load.LoadSpec:
        """What the generator runs for a step."""
        assert step.response_bytes is not None and plan.seconds is not None
        size = step.response_bytes
        rate = site.rate(path.name, size, step.share, own=step.own) if step.share is not None else None
        spec = replace(http_spec(path, site, plan, size, rate, plan.seconds, step.seed), protocol=self.protocol)
        if self.sized:
            target = path.target(site.port(self.offset))
            spec = replace(
                spec, target=str(target.address), port=target.port, path="", expect_bytes=None,
                request_bytes=plan.request_bytes, response_bytes=size,
                congestion="" if self.datagrams else spec.congestion, timeout_ns=self.timeout_ns(site.delay_ns),
            )  # fmt: skip
        if self.connects:
            return replace(spec, pipeline=1)
        if self.sequential:
            # One request at a time and nothing else: what is left is the way there and back, so the client must not sleep.
            return replace(
                spec, connections=1, threads=1, pipeline=1, timing=site.pinning.timing,
                warmup_ns=round(site.warmup_s * 1e9), timestamps=plan.timestamps,
            )  # fmt: skip
        return spec

    def run(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        spec = self.spec(step, path, plan, site)
        result, did = run_load(path, site, spec)
        record = replace(self._record(step, result), machine=did)
        if CPU in self.metrics and spec.timing == "sleep" and "all" in did.cpu:
            # A spinning client is always busy, so CPU time means something only where it sleeps. Some machines do not show it.
            each = usage.busy_ns(did.cpu["all"]) / max(1, result.completed)
            record = replace(record, cpu_ns_per_request=each)
        return record, result.entries(f"{step.load}/{step.response_bytes}")

    def run_counted(self, step: Step, number: int, path: PathUnderTest, plan: Settings, site: LoadSite) -> Result:
        spec = exact_spec(self.spec(step, path, plan, site), step.seed, site)
        result = load.run(path.client.node, path.client.namespace, spec)
        record = replace(self._record(step, result), counted=self.figure(result.exact))
        return record, result.entries(f"{step.load}/{step.response_bytes}")

    def figure(self, exact: Exact | None) -> CountedFigure | None:
        """`counted` of a load; None where there is no such number."""
        if exact is None or INSTRUCTIONS not in self.metrics:
            return None
        return counted.requests_figure(exact, self.unit, self.interval, whole=self.closed_loop)

    def _record(self, step: Step, result: load.LoadResult) -> Load:
        return result.record(step.load, self.name, step.response_bytes, connects=self.connects)

    def explained_service(self, port: int) -> Service:
        if self.sized:
            return (udp if self.datagrams else tcp)(port, EXPLAINED_BYTES, EXPLAINED_BYTES)
        return http(port, [_EXPLAINED_BODY])

    def explained_spec(
        self, target: Target, congestion: str, seconds: float, phase_ns: int, times: int = 1
    ) -> load.LoadSpec:
        """One connection, one request after the other, both ends asleep while they wait; begun so long after a tick."""
        sized = self.sized
        return load.LoadSpec(
            protocol=self.protocol, target=str(target.address), port=target.port, path="" if sized else f"/{_EXPLAINED_BODY}",
            rate_per_s=None, duration_ns=round(seconds * 1e9), warmup_ns=round(EXPLAINED_WARMUP_S * 1e9), connections=1,
            threads=1, arrivals="even", seed=1, timeout_ns=self.timeout_ns(), timing="sleep",
            expect_bytes=None if sized else _EXPLAINED_BODY, congestion="" if self.datagrams else congestion,
            request_bytes=EXPLAINED_BYTES if sized else None, response_bytes=EXPLAINED_BYTES if sized else None,
            exact=True, phase_ns=phase_ns,
        )  # fmt: skip


def http_spec(
    path: PathUnderTest, site: LoadSite, plan: Settings, size: int, rate_per_s: float | None, seconds: float, seed: int
) -> load.LoadSpec:
    """A keep-alive HTTP load; `rate_per_s` None is a closed loop."""
    target = path.target(site.port(HTTP_OFFSET))
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
        congestion=path.congestion,
        pipeline=plan.pipeline,
        timestamps=plan.timestamps and not closed_loop,
    )


def exact_spec(spec: load.LoadSpec, seed: int, site: LoadSite) -> load.LoadSpec:
    """The same load with every value kept, asleep while it waits: a client that polled would take the server's only CPU."""
    assert site.layout is not None
    return replace(
        spec, timing="sleep", exact=spec.pipeline == 1, phase_ns=site.layout.phase_ns, timestamps=False,
        payload=site.layout.payload if spec.sized else 0, warmup_ns=round(site.warmup_s * 1e9), seed=seed,
    )  # fmt: skip


def run_load(path: PathUnderTest, site: LoadSite, spec: load.LoadSpec) -> tuple[load.LoadResult, MachineRecord]:
    """Run the generator in the client pod; return its result and the usage of the machine meanwhile."""
    before = path.counters()
    result = load.run(path.client.node, path.client.namespace, spec)
    return result, path.usage(before, path.counters(), site.pinning)
