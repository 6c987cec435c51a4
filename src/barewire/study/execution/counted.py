"""Loads by a clock that counts: the same protocols as ever, each short, and what it counted.

One virtual CPU does what the client, the server and the kernel do, one after the other, and a nanosecond of its clock is an
instruction. So as long as it is never idle, the time from one answer to the next is all that a request took on both sides:

- One request at a time (`rr`): the median of exact times from sending to answer. `per` is a round trip.
- A connection for each request (`crr`, `connect`): the median cycle, from one answer to the next, so that closing counts too.
- Bulk: requests of 1 MiB, answered with 8 bytes, over one connection for each stream; the mean cycle, since TCP's segments
  differ from one to the next, by the bytes. iperf3 would last whole seconds, of which each takes twenty of an emulated CPU.
  One stream twice: as the lab is, whose veth pairs pass 64 KiB on uncut and without checksums, and last of all without offloads.
- As fast as it goes (`max`): the mean cycle of all connections together. Also the host's maximum for loads at a rate.
- Packets leave in bursts with gaps, in which the receiver takes them and time jumps: the time from the first burst of the
  recorded time until all is drained, less what the CPU was idle, by the packets sent.
- At a rate there is no such number; latencies in virtual time are the result.

Medians because the kernel's own work (a timer tick, a grace period of RCU) falls on another request in every run. The start of
programs counts nowhere: all is between two readings of the clock in the generator. `idle_ns` is what the kernel says of idle time
in the load; where it is not 0 and the number is not of packets, the network waits for something, and instructions
are less than time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from barewire.errors import LoadError
from barewire.lab.lab import Lab
from barewire.study.design.blocks import Step
from barewire.study.design.plan import StudyPlan
from barewire.study.execution import loads
from barewire.study.execution.loads import Result, Site
from barewire.workloads.generator import counted, load, packets
from barewire.workloads.servers import service

BULK_OFFSET = 3


def services(plan: StudyPlan, site: Site, steps: Sequence[Step]) -> list[service.Service]:
    """What must be served beside the services of these loads."""
    bulk = any(step.kind == "bulk" for step in steps)
    return [service.tcp(site.port(BULK_OFFSET), counted.BULK_BYTES, counted.BULK_ANSWER_BYTES)] if bulk else []


def run(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    """Run a step, the `number`-th of its trial; LoadError when it fails."""
    if not step.offloads:
        lab.without_offloads()
    if step.kind == "packets":
        return _packets(step, number, lab, plan, site)
    if step.kind == "bulk":
        return _bulk(step, lab, plan, site)
    spec = _exact(loads.spec_of(step, lab, plan, site), step, site)
    result = loads.generate(lab, site, spec)
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    record["counted"] = counted.of_requests(step.kind, result.exact)
    return record, result.entries(f"{step.load}/{step.response_bytes}")


def maximum(
    lab: Lab, site: Site, plan: StudyPlan, size: int, progress: Callable[[str, int, float, bool], None]
) -> dict[str, Any]:
    """The host's maximum rate in virtual time as `run.json` keeps it: what one closed loop comes to is known without a search."""
    assert plan.seconds is not None
    spec = loads.http_spec(lab, site, plan, size, None, plan.seconds, plan.seed)
    result = loads.generate(lab, site, _exact(spec, Step("max", "max", size, seed=plan.seed), site))
    rate = 1e9 / counted.mean(result.exact.values["cycle"]) if result.exact else result.achieved_per_s
    if rate <= 0:
        raise LoadError(f"{lab.network.name} answered no request at all", where=lab.namespace(site.server))
    progress(lab.network.name, size, rate, True)
    probe = {
        "kind": "closed loop", "rate_per_s": rate, "achieved_per_s": result.achieved_per_s, "seconds": plan.seconds,
        "sustained": True,
    }  # fmt: skip
    return {
        "rate_per_s": rate, "rate_low_per_s": rate, "rate_high_per_s": rate, "closed_loop_per_s": [rate, rate], "note": "",
        "probes": [probe],
    }  # fmt: skip


def _exact(spec: load.LoadSpec, step: Step, site: Site) -> load.LoadSpec:
    """The same load with every value kept, asleep while it waits: a client that polled would take the server's only CPU."""
    assert site.layout is not None
    return replace(
        spec, timing="sleep", exact=spec.pipeline == 1, phase_ns=site.layout.phase_ns, timestamps=False,
        payload=site.layout.payload if spec.sized else 0, warmup_ns=round(site.warmup_s * 1e9), seed=step.seed,
    )  # fmt: skip


def _bulk(step: Step, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    assert step.streams is not None and plan.seconds is not None and site.layout is not None
    target = lab.network.target(site.topology, site.server, site.port(BULK_OFFSET), site.family)
    spec = counted.bulk(
        target, lab.congestion, plan.seconds, site.warmup_s, site.layout.phase_ns, streams=step.streams, seed=step.seed,
        payload=site.layout.payload, cpus=site.pinning.client,
    )  # fmt: skip
    result = loads.generate(lab, site, spec)
    found = result.record()
    seconds = result.exact.values["cycle"].total / 1e9 if result.exact else 0.0
    answered = result.exact.values["cycle"].count if result.exact else 0
    record = {
        "load": step.load, "kind": "bulk", "streams": step.streams, "seconds": seconds,
        "bits_per_s": answered * counted.BULK_BYTES * 8 / seconds if seconds else 0.0,
        "retransmissions": found["retransmissions"], "requests": found["requests"], "errors": found["errors"],
        "exact": found["exact"], "counted": counted.of_requests("bulk", result.exact),
    }  # fmt: skip
    return record, []


def _packets(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    assert step.response_bytes is not None and plan.seconds is not None and site.layout is not None
    address = lab.network.pod_address(site.topology, site.server, site.family)
    port = site.port(loads.OWN_OFFSET + number)
    spec = counted.bursts(step.response_bytes, plan.seconds, site.warmup_s, site.layout.phase_ns, step.seed)
    result = packets.run(
        lab.nodes, lab.namespace(site.client), lab.namespace(site.server), address, port,
        lab.network.target(site.topology, site.server, port, site.family), site.pinning.client, site.pinning.server, spec,
    )  # fmt: skip
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    # Bursts are no rate that anything could fall behind.
    record.pop("offered_per_s", None)
    figure = counted.of_packets(result.sent, result.exact)
    if figure["value"]:
        # What one CPU would carry that did nothing else; what was offered leaves it idle.
        record["received_per_s"] = 1e9 / figure["value"] * (1 - result.loss_share)
    return record | {"counted": figure}, []
