"""Idle time of counted runs: how much of a load's time the one CPU had nothing to do, and what that means for its latencies.

Instructions hold no idle time, whatever waits. Latency does, and there one CPU has a bias of its own: without a wait it does one
after the other what a wait lets it do meanwhile (the sender's way back from sending, into its own sleep). So a delay of D raises
latency by less than D: by 0.8 to 2.6 us less for a round trip on Linux 6.12 (docs/counted.md). That is a bias and not noise, the
same in every block, so intervals of blocks cannot show it. It is therefore added to the interval of a latency where one side
waits and the other does not. Between two sides that both wait it cancels, within the grain of netem's own delays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp, log

from barewire import workloads
from barewire.records import Load
from barewire.statistics import Estimate, Interval

IDLE_SHARE = 0.01
"""From this share of a load's time on a cell says that the CPU was idle."""

OVERLAP_NS = 3_000
"""By so much at most a wait hides other work of a round trip."""

GRAIN_NS = 128
"""`tc` and netem cut a delay to whole microseconds and then to 64 ns, each way."""


@dataclass(frozen=True, slots=True)
class Slack:
    """What is added to an interval of latencies below and above, in ns, of which the host's is `base_ns`."""

    down_ns: float
    up_ns: float
    base_ns: float

    def of_difference(self, found: Estimate) -> Estimate:
        """Of a difference in ns."""
        if found.low is None or found.high is None:
            return found
        return Estimate(found.value, found.low - self.down_ns, found.high + self.up_ns, found.n)

    def of_ratio(self, found: Interval) -> Interval:
        """Of a ratio."""
        if found.low is None or found.high is None:
            return found
        low = max(found.low - self.down_ns / self.base_ns, 0.0)
        return replace(found, low=low, high=found.high + self.up_ns / self.base_ns)

    def of_logarithm(self, found: Estimate) -> Estimate:
        """Of the logarithm of a ratio."""
        if found.low is None or found.high is None or self == NO_SLACK:
            return found
        low = max(exp(found.low) - self.down_ns / self.base_ns, 1e-9)
        return Estimate(found.value, log(low), log(exp(found.high) + self.up_ns / self.base_ns), found.n)


NO_SLACK = Slack(0.0, 0.0, 1.0)


def waited(load: str, share: float | None) -> bool:
    """Whether a cell says that the CPU was idle. Packets and loads at a rate leave it idle themselves, between what they send."""
    return share is not None and share >= IDLE_SHARE and not workloads.by_load(load).pauses


def idle_share(loads: Iterable[Load]) -> float | None:
    """The mean share of idle time in some loads of trials; None where it is not known."""
    shares = [share for load in loads if (share := _share(load)) is not None]
    return sum(shares) / len(shares) if shares else None


def _share(load: Load) -> float | None:
    exact = load.exact
    return min(1.0, exact.idle_ns / exact.span_ns) if exact and exact.idle_ns is not None and exact.span_ns else None


def slack_ns(own: float | None, host: float | None) -> tuple[float, float]:
    """What a difference of latencies (own less host) may be above and below what was measured: (down, up), in ns."""
    waits, hosts = ((share or 0.0) >= IDLE_SHARE for share in (own, host))
    if waits and hosts:
        return (GRAIN_NS, GRAIN_NS)
    if waits:
        return (0.0, OVERLAP_NS)
    return (OVERLAP_NS, 0.0) if hosts else (0.0, 0.0)
