"""Instruction counts of loads under the counted clock, and the two loads that exist only under it.

Time passes in two ways: the CPU executes one instruction per nanosecond, or it is idle and time jumps to the next timer. Latency
includes both; `instructions` only the first. As long as the CPU is never idle, they are the same number: the median of exact
times of a round trip or a connection, whose middle one no timer tick has hit. Where something waits (a delay, a rate limit, a
lost packet), the idle time that the kernel has booked in the recorded time is subtracted from the mean, and the smaller of the
two is the figure: the median where few requests waited, the mean without its idle time where most did, so that it never includes
idle time. The two differ by what ticks and other work of the kernel's own take: 0.2 % of a round trip, 3 to 5 % of a connection.

The kernel accounts its own idle loop as idle time, and so does this module.

A study and `explain` both run these loads, so they are here once, and the numbers of the two are of the same thing.
"""

from __future__ import annotations

from barewire.model.expectation import Target
from barewire.records import CountedFigure
from barewire.testbeds.vm.qemu import SHIFT
from barewire.workloads.generator.exact import Exact, Values
from barewire.workloads.generator.load import TIMEOUT_NS, LoadSpec
from barewire.workloads.generator.packets import PacketsSpec

BULK_BYTES, BULK_ANSWER_BYTES = 1 << 20, 8
BULK_TIMES = 2
"""A stream and its warm-up last so many times as long as others, because a request of it does."""

BURST, BURSTS_PER_S = 64, 400
"""Packets: as many as fit into the smallest buffer of a socket many times over, and a gap in which they are all received, up to
39,000 instructions for each. Without the gap a dear network's programs would wake more seldom than a cheap one's."""

DRAIN_NS = 4_000_000


def bulk(
    target: Target, congestion: str, seconds: float, warmup_s: float, phase_ns: int, *, streams: int = 1, seed: int = 1,
    payload: int = 0, cpus: tuple[int, ...] = (), times: int = BULK_TIMES,
) -> LoadSpec:  # fmt: skip
    """One request after the other on each of `streams` connections, the client asleep while it waits; for a service of
    `BULK_BYTES` and `BULK_ANSWER_BYTES`. iperf3 would last whole seconds, of which each takes twenty of an emulated CPU."""
    return LoadSpec(
        protocol="tcp", target=str(target.address), port=target.port, path="", rate_per_s=None,
        duration_ns=round(seconds * 1e9) * times, warmup_ns=round(warmup_s * 1e9) * BULK_TIMES, connections=streams,
        threads=1, arrivals="even", seed=seed, timeout_ns=TIMEOUT_NS, timing="sleep", cpus=cpus, congestion=congestion,
        request_bytes=BULK_BYTES, response_bytes=BULK_ANSWER_BYTES, exact=True, payload=payload, phase_ns=phase_ns,
    )  # fmt: skip


def bursts(size: int, seconds: float, warmup_s: float, phase_ns: int, seed: int = 1) -> PacketsSpec:
    """Datagrams of `size` bytes in bursts of `BURST`; the next burst begins when all are received."""
    return PacketsSpec(
        size, float(BURST * BURSTS_PER_S), round(seconds * 1e9), round(warmup_s * 1e9), seed, timing="sleep", burst=BURST,
        exact=True, phase_ns=phase_ns, drain_ns=DRAIN_NS,
    )  # fmt: skip


def requests_figure(
    exact: Exact, unit: str, interval: str, *, whole: bool = False, share: float = 1.0
) -> CountedFigure:
    """`counted` of a load of requests, for each `unit`, of which a request has `share`. `interval` is which of the exact
    times. With `whole` the recorded time is divided: of several connections each has cycles of its own."""
    values = exact.values[interval]
    samples, value, average = values.count, None, None
    if whole and exact.answers and exact.executed_ns is not None:
        # All of the recorded time: a cycle is of one thread, of which there may be several, and the first request has none;
        # a slow network answers only that one in time.
        samples = samples or exact.answers
        value = average = _instructions(exact.executed_ns / exact.whole_requests * share)
    elif values.count:
        busy = max(0.0, mean(values) - (exact.idle_per_answer or 0.0))
        value = _instructions((busy if whole else middle(values, busy, exact)) * share)
        average = _instructions(busy * share)
    return CountedFigure(unit, samples, value, average, exact.idle_ns, _idle_share(exact))


def middle(values: Values, busy: float, exact: Exact) -> float:
    """The figure of a load whose requests are alike: the median as long as nothing was idle, else never more than `busy`, the
    mean without idle time."""
    median = float(values.median())
    return min(median, busy) if exact.idle_ns else median


def packets_figure(sent: int, exact: Exact | None) -> CountedFigure:
    """`counted` of packets: time that was not idle, by packets; null where the kernel does not report it."""
    value = None
    if exact is not None and exact.executed_ns is not None and sent:
        value = _instructions(exact.executed_ns / sent)
    return CountedFigure("packet", sent, value, value, exact.idle_ns if exact else None, _idle_share(exact))


def _idle_share(exact: Exact | None) -> float | None:
    share = exact.idle_share if exact else None
    return None if share is None else round(share, 6)


def mean(values: Values) -> float:
    """Of all that came; there must be some."""
    return values.total / values.count


def _instructions(ns: float) -> float:
    """From virtual time, in which an instruction takes 2**SHIFT ns."""
    return round(ns / float(1 << SHIFT), 6)
