"""Rules that reject a trial, applied before its outcome is seen.

The rules concern the instrument and the machine, never the network: a slow network is a result. They are the same for the
host and for the others, because a rule that only one side can break would choose the winners. A rejected trial stays in the
run with its rule, is counted in the report, and is run again.

What the generator is late by is measured by `pacing` (when it took a request up, against its intended time) and not by `lag`,
which has the wait for a busy connection in it, so the network's own slowness. Yet pacing is not free of the network: packets
are sent by the generator's own system calls, and one sweep over all connections takes longer where each costs more.
Its limit therefore comes from this machine: `pacing_limit_ns`, worked out once for a study and used for every network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from barewire import workloads
from barewire.lab import usage
from barewire.records import GatesRecord, Load, MachineRecord, Reject
from barewire.study.design import drop_rules
from barewire.study.design.broken import Broken
from barewire.units import format_share
from barewire.workloads.generator import faults

MOST_STEAL = 0.05
"""Of all CPU time. Above it the hypervisor has had other things to do."""

LEAST_TAKEN_UP = 0.99
"""Of the requests intended within the recorded time, those that the generator took up within it."""

PACING_FLOOR_NS, SWEEP_NS = 1_000_000, 80_000
"""No limit of pacing at the 99th percentile is below the first, nor below the second for each connection of a thread: one sweep
over connections that all have something to do, of which each costs two system calls and the packets sent in them."""

PACING_FACTOR = 5.0
"""The limit is so many times what the generator shows here on the host, loaded to its maximum."""

BUSY, GENERATOR_SHARE = 0.98, 0.5
"""A sleeping generator is saturated if its CPUs were busy for so much of the time, and so much of that its own work."""

CLOCK_STEP_S = 0.05

MOST_ATTEMPTS = 3
"""So often a slot of a block is tried."""

MOST_THROTTLED = 0.01
"""Of a load's time. Above it a CPU quota decided how fast the network was."""

NOISE = frozenset(
    {
        "steal time",
        "pacing",
        "offered rate",
        "drops outside the lab",
        "network card drops",
        "saturated generator",
        "CPU quota",
        "stopped generator",
    }
)
"""Rules that others on the machine make a trial break. A trial that broke nothing else in its last attempt counts, and is
marked: to leave it out would leave out the busy hours, and a machine that is never quiet would get no study at all."""

TOLERANCE = 3.0
"""Noise is tolerated up to so many times its limit (`excess`). A trial whose last attempt was beyond that is missing: a client
that stood still for half of a load has measured itself, however often it was tried."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a study's rules need to know of its machine, in nanoseconds."""

    pacing_ns: float

    @classmethod
    def from_pacing(cls, seen_ns: Sequence[float], connections: int = 64, threads: int = 1) -> Limits:
        """Derive the limits from the 99th percentiles of pacing on the host; their median counts."""
        ordered = sorted(seen_ns)
        typical = ordered[len(ordered) // 2] if ordered else 0.0
        return cls(max(float(PACING_FLOOR_NS), SWEEP_NS * connections / threads, PACING_FACTOR * typical))

    def record(self) -> GatesRecord:
        """As `run.json` keeps it."""
        return GatesRecord(self.pacing_ns)


UNKNOWN = Limits.from_pacing(())
"""Before anything was seen of the machine."""


def check(
    loads: Sequence[Load],
    limits: Limits,
    clock_step_s: float = 0.0,
    counted: MachineRecord | None = None,
) -> list[Reject]:
    """The rules that a trial breaks, as its record keeps them; none is a valid trial. `clock_step_s` is how far the wall
    clock has gone from the monotonic one. `counted` is what the machine did in a whole trial by a clock that counts: that knows
    nothing of a busy machine, so only what failed or was dropped rejects a trial."""
    broken = []
    for load in loads:
        size = f" at {load.response_bytes} B" if load.response_bytes else ""
        for one in _failed(load) if counted is not None else _broken(load, limits):
            broken.append(one.record(f"{load.load}{size}"))
    if counted is not None:
        requests = sum(load.requests or 0 for load in loads)
        expected = frozenset[str]().union(*(workloads.by_load(load.load).expected_drops for load in loads))
        whole = (
            drop_rules.find_drops(counted)
            + drop_rules.find_limits_reached(expected, requests, counted)
            + _changed(counted)
        )
        return broken + [one.record() for one in whole]
    if abs(clock_step_s) > CLOCK_STEP_S:
        broken.append(Broken("clock step", f"the wall clock was set by {clock_step_s:+.3f} s meanwhile").record())
    return broken


def tolerable(broken: Sequence[Reject], attempt: int) -> bool:
    """Whether a trial counts although it broke these rules: in its last attempt (from 0), if all of them are noise and none is
    beyond what is tolerated."""
    noise = all(one.rule in NOISE and (one.excess is None or one.excess <= TOLERANCE) for one in broken)
    return attempt + 1 >= MOST_ATTEMPTS and noise


def _broken(load: Load, limits: Limits) -> list[Broken]:
    found = []
    steal = usage.steal_share(load.usage.cpu.get("all", {}))
    if steal > MOST_STEAL:
        said = f"the hypervisor kept {format_share(steal, 1)} of the CPU time back"
        found.append(Broken("steal time", said, steal / MOST_STEAL))
    found += _throttled(load.usage) + _changed(load.usage)
    found += _failed(load)
    workload = workloads.by_load(load.load)
    found += drop_rules.find_limits_reached(workload.expected_drops, load.requests or 0, load.usage)
    found += _stopped(load)
    if workload.at_rate:
        found += _generator(load, limits)
    if not drop_rules.may_fill_backlog(load):
        found += drop_rules.find_drops(load.usage)
    return found


def _failed(load: Load) -> list[Broken]:
    requests = load.requests or 0
    # A datagram without an answer is lost by the network, as everything that TCP would send again.
    lossy = workloads.by_load(load.load).lossy
    errors = {kind: n for kind, n in load.errors.items() if n and not (lossy and kind == "timeout")}
    # A late datagram is stray too; over a stream it is an answer that nobody has asked for.
    if load.stray and not lossy:
        errors["stray"] = load.stray
    if load.ambiguous:
        errors["ambiguous"] = load.ambiguous
    if sum(errors.values()) > faults.MOST_ERRORS * max(1, requests):
        listed = faults.list_failures(errors, load.error_examples)
        return [Broken("failed requests", f"{listed} of {requests} requests")]
    return []


def _changed(did: MachineRecord) -> list[Broken]:
    """Somebody changed the lab while it was measured, so it was another network."""
    changes = did.changes
    more = f", and {len(changes) - 1} more changes" if len(changes) > 1 else ""
    return [Broken("changed lab", f"{changes[0]}{more}")] if changes else []


def _throttled(did: MachineRecord) -> list[Broken]:
    stopped, seconds = did.throttled_ns or 0, did.seconds
    if stopped <= MOST_THROTTLED * seconds * 1e9:
        return []
    said = f"the CPU quota of the control group stopped processes for {stopped / 1e9:.2f} s of {seconds:.2f} s"
    return [Broken("CPU quota", said, stopped / (MOST_THROTTLED * seconds * 1e9))]


def _stopped(load: Load) -> list[Broken]:
    """The generator stood still, by its own record: stopped, frozen, or without a CPU. In a closed loop nothing else shows it:
    the client's own pause looks like a slow network."""
    seconds = load.seconds or load.usage.seconds
    how, stopped_s, excess = faults.worst_standstill(load.longest_gap_ns or 0, load.stopped_ns or 0, seconds)
    if excess <= 1:
        return []
    said = f"the generator did not run for {stopped_s:.3f} s of {seconds:.2f} s {how}"
    return [Broken("stopped generator", said, excess)]


def _generator(load: Load, limits: Limits) -> list[Broken]:
    found = []
    requests, late = load.requests or 0, load.not_taken_up or 0
    if requests and late > (1 - LEAST_TAKEN_UP) * requests:
        said = f"the generator took up {format_share(1 - late / requests, 1)} of its requests in their time"
        found.append(Broken("offered rate", said, late / requests / (1 - LEAST_TAKEN_UP)))
    pacing = load.pacing_ns.get("0.99")
    if pacing is not None and pacing > limits.pacing_ns:
        said = f"{pacing / 1e6:.1f} ms late at the 99th percentile; this machine's limit is {limits.pacing_ns / 1e6:.1f} ms"
        found.append(Broken("pacing", f"the generator was {said}", pacing / limits.pacing_ns))
    modes, seconds = load.usage.cpu.get("client", {}), load.usage.seconds
    busy = usage.busy_ns(modes) / 1e9
    cpus = max(1, round(sum(modes.values()) / seconds)) if seconds else 1
    own = modes.get("user", 0.0)
    if load.timing == "sleep" and busy > BUSY * seconds * cpus and own > GENERATOR_SHARE * busy:
        share = format_share(busy / (seconds * cpus))
        found.append(Broken("saturated generator", f"its CPUs were busy for {share} of the time"))
    return found
