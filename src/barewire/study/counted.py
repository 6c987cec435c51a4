"""Loads by a clock that counts: the same protocols as ever, each short, and what it counted.

One virtual CPU does what the client, the server and the kernel do, one after the other, and a nanosecond of its clock is an
instruction. So as long as it is never idle, the time from one answer to the next is all that a request took on both sides:

- One request at a time (`rr`): the median of exact times from sending to answer. `per` is a round trip.
- A connection for each request (`crr`, `connect`): the median cycle, from one answer to the next, so that closing counts too.
- Bulk: requests of 1 MiB, answered with 8 bytes, over one connection for each stream; the mean cycle, since TCP's segments
  differ from one to the next, by the bytes. iperf3 would last whole seconds, of which each takes twenty of an emulated CPU.
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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from barewire.lab.lab import Lab
from barewire.measure import load, packets, service
from barewire.measure.exact import Exact, Values
from barewire.places.vm.qemu import SHIFT
from barewire.study import loads
from barewire.study.blocks import Step
from barewire.study.loads import Result, Site
from barewire.study.plan import StudyPlan

BULK_OFFSET = 3
BULK_BYTES, BULK_ANSWER_BYTES = 1 << 20, 8
BULK_TIMES = 2
"""A bulk load and its warm-up last so many times as long as others, because a request of it does."""

BURST, BURSTS_PER_S = 64, 1000
"""Packets: as many as fit into the smallest buffer of a socket many times over, and a gap in which they are all received."""

DRAIN_NS = 2_000_000


def services(plan: StudyPlan, site: Site, steps: Sequence[Step]) -> list[service.Service]:
    """What must be served beside the services of these loads."""
    bulk = any(step.kind == "bulk" for step in steps)
    return [service.tcp(site.port(BULK_OFFSET), BULK_BYTES, BULK_ANSWER_BYTES)] if bulk else []


def run(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    """Run a step, the `number`-th of its trial; LoadError when it fails."""
    if step.kind == "packets":
        return _packets(step, number, lab, plan, site)
    if step.kind == "bulk":
        return _bulk(step, lab, plan, site)
    spec = _exact(loads.spec_of(step, lab, plan, site), step, site)
    result = loads.generate(lab, site, spec)
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    record["counted"] = of_requests(step.kind, result.exact)
    return record, result.entries(f"{step.load}/{step.response_bytes}")


def maximum(
    lab: Lab, site: Site, plan: StudyPlan, size: int, progress: Callable[[int, float, bool], None]
) -> dict[str, Any]:
    """The host's maximum rate in virtual time as `run.json` keeps it: what one closed loop comes to is known without a search."""
    assert plan.seconds is not None
    spec = loads.http_spec(lab, site, plan, size, None, plan.seconds, plan.seed)
    result = loads.generate(lab, site, _exact(spec, Step("max", "max", size, seed=plan.seed), site))
    rate = 1e9 / _mean(result.exact.values["cycle"]) if result.exact else result.achieved_per_s
    progress(size, rate, True)
    probe = {
        "kind": "closed loop", "rate_per_s": rate, "achieved_per_s": result.achieved_per_s, "seconds": plan.seconds,
        "sustained": True,
    }  # fmt: skip
    return {"rate_per_s": rate, "rate_low_per_s": rate, "rate_high_per_s": rate, "probes": [probe]}


def _exact(spec: load.LoadSpec, step: Step, site: Site) -> load.LoadSpec:
    """The same load with every value kept, asleep while it waits: a client that polled would take the server's only CPU."""
    assert site.layout is not None
    return replace(
        spec, timing="sleep", exact=spec.pipeline == 1, phase_ns=site.layout.phase_ns, timestamps=False,
        payload=site.layout.payload if spec.sized else 0, warmup_ns=round(site.warmup_s * 1e9), seed=step.seed,
    )  # fmt: skip


def _bulk(step: Step, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    assert step.streams is not None and plan.seconds is not None
    target = lab.network.target(site.topology, site.server, site.port(BULK_OFFSET), site.family)
    spec = load.LoadSpec(
        protocol="tcp", target=str(target.address), port=target.port, path="", rate_per_s=None,
        duration_ns=round(plan.seconds * 1e9) * BULK_TIMES, warmup_ns=0, connections=step.streams, threads=1, arrivals="even",
        seed=step.seed, timeout_ns=loads.TIMEOUT_NS, timing="sleep", cpus=site.pinning.client, congestion=lab.congestion,
        request_bytes=BULK_BYTES, response_bytes=BULK_ANSWER_BYTES,
    )  # fmt: skip
    spec = _exact(spec, step, site)
    result = loads.generate(lab, site, replace(spec, warmup_ns=spec.warmup_ns * BULK_TIMES))
    found = result.record()
    seconds = result.exact.values["cycle"].total / 1e9 if result.exact else 0.0
    answered = result.exact.values["cycle"].count if result.exact else 0
    record = {
        "load": step.load, "kind": "bulk", "streams": step.streams, "seconds": seconds,
        "bits_per_s": answered * BULK_BYTES * 8 / seconds if seconds else 0.0, "retransmissions": found["retransmissions"],
        "requests": found["requests"], "errors": found["errors"], "exact": found["exact"],
        "counted": of_requests("bulk", result.exact),
    }  # fmt: skip
    return record, []


def _packets(step: Step, number: int, lab: Lab, plan: StudyPlan, site: Site) -> Result:
    assert step.response_bytes is not None and plan.seconds is not None and site.layout is not None
    address = lab.network.pod_address(site.topology, site.server, site.family)
    port = site.port(loads.OWN_OFFSET + number)
    spec = packets.PacketsSpec(
        step.response_bytes, float(BURST * BURSTS_PER_S), round(plan.seconds * 1e9), round(site.warmup_s * 1e9), step.seed,
        timing="sleep", burst=BURST, exact=True, phase_ns=site.layout.phase_ns, drain_ns=DRAIN_NS,
    )  # fmt: skip
    result = packets.run(
        lab.sandbox, lab.namespace(site.client), lab.namespace(site.server), address, port,
        lab.network.target(site.topology, site.server, port, site.family), site.pinning.client, site.pinning.server, spec,
    )  # fmt: skip
    record = {"load": step.load, "kind": step.kind, "response_bytes": step.response_bytes, **result.record()}
    # Bursts are no rate that anything could fall behind.
    record.pop("offered_per_s", None)
    counted = of_packets(result.sent, result.exact)
    if counted["value"]:
        # What one CPU would carry that did nothing else; what was offered leaves it idle.
        record["received_per_s"] = 1e9 / counted["value"] * (1 - result.loss_share)
    return record | {"counted": counted}, []


PER: Mapping[str, str] = {
    "rr": "round trip", "crr": "connection", "connect": "connection", "max": "request", "bulk": "byte",
}  # fmt: skip
"""By kind, what a number of instructions is for."""


def of_requests(kind: str, exact: Exact | None) -> dict[str, Any] | None:
    """`counted` of a load; None where there is no such number."""
    if exact is None or kind not in PER:
        return None
    values = exact.values["service" if kind == "rr" else "cycle"]
    share = 1 / BULK_BYTES if kind == "bulk" else 1.0
    middle = None if not values.count else _mean(values) if kind in ("bulk", "max") else float(values.median())
    return {
        "instructions_per": PER[kind],
        "value": None if middle is None else _instructions(middle * share),
        "mean": _instructions(_mean(values) * share) if values.count else None,
        "samples": values.count,
        "idle_ns": exact.idle_ns,
    }


def of_packets(sent: int, exact: Exact | None) -> dict[str, Any]:
    """`counted` of packets: time that was not idle, by packets; null where the kernel does not tell."""
    known = exact is not None and exact.idle_ns is not None and sent
    value = (
        _instructions((exact.span_ns - exact.idle_ns) / sent) if known and exact and exact.idle_ns is not None else None
    )
    idle = exact.idle_ns if exact else None
    return {"instructions_per": "packet", "value": value, "mean": value, "samples": sent, "idle_ns": idle}


def _mean(values: Values) -> float:
    return values.total / values.count


def _instructions(ns: float) -> float:
    """From virtual time, in which an instruction takes 2**SHIFT ns."""
    return round(ns / float(1 << SHIFT), 6)
