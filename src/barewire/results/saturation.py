"""Whether a network carried the rate that it was offered. If not, its latency is that of a queue that grows for as long as the
load lasts: a longer load would have given a larger one, so it is no property of the network and there is no ratio.

Two signs, from what the records of loads have:

- *Share*: answers within the recorded time over those offered, plus what is on its way at the end anyway (the latency of the
  load's first third over its length: a wire of 50 ms holds a quarter of a load of 0.2 s back) and the one request by which two
  counts of a rate differ. Below `LEAST` in more than half of the trials the rate was not carried. The counted clock's loads are
  of some 100 requests, of which one is that 1 %: there the mean time between answers, which is exact, gives the share.
- *Growing queue*: in more than half of the trials, the median of the last third of the load is `GROWTH` times that of the first,
  and the middle third is on the way from one to the other: a queue grows steadily, while another program that takes a CPU for
  some of the time makes one third long. A load of half a second that is 1 % beyond a maximum ends with a queue of 5 ms, and its
  share is still 99 %. Where a load is too short for thirds, the same from the time by which its last answer was later than its
  first.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, median_high

from barewire.results import BASELINE
from barewire.results.analysis import LoadKey, Observation, Run

LEAST = 0.99
GROWTH = 3.0
STEADY = 0.25
"""So much of the growth, at least, is there in the middle third, and so much is still to come; of a steady one it is half."""

_PARTS = 3


def reason(run: Run, network: str, load: LoadKey) -> str:
    """Why the latencies of a network under a load say nothing: its own queue or the host's; empty where both carried the rate."""
    if not load.workload.at_rate:
        return ""
    if own := _of(run, network, load):
        return own
    host = _of(run, BASELINE, load)
    return f"the host itself: {host}" if host and network != BASELINE else ""


def carried(observations: Sequence[Observation]) -> float | None:
    """The share of the offered rate that was answered, with what is on its way at the end; median of the trials."""
    shares = _shares(observations)
    return median(shares) if shares else None


def is_growing(observation: Observation) -> bool:
    """Whether the median of the load's last third is several times that of its first, and what is between them grew, too."""
    thirds = _thirds(observation) or _exact_thirds(observation)
    if thirds is None or thirds[-1] < GROWTH * thirds[0]:
        return False
    return all(STEADY <= (one - thirds[0]) / (thirds[-1] - thirds[0]) <= 1 - STEADY for one in thirds[1:-1])


def _of(run: Run, network: str, load: LoadKey) -> str:
    key = ("saturated", network, load)
    if key not in run.cache:
        run.cache[key] = _reason(run.all_of(network, load))
    found: str = run.cache[key]
    return found


def _reason(observations: Sequence[Observation]) -> str:
    shares = _shares(observations)
    if sum(one < LEAST for one in shares) * 2 > len(shares):
        return f"{median(shares) * 100:.1f} % of the offered rate was answered"
    growing = sum(map(is_growing, observations))
    if growing * 2 > len(observations):
        return f"the queue grew throughout the load in {growing} of {len(observations)} trials"
    return ""


def _shares(observations: Sequence[Observation]) -> list[float]:
    return [min(1.0, share) for one in observations if (share := _share(one)) is not None]


def _share(observation: Observation) -> float | None:
    if (paces := _exact_paces(observation)) is not None:
        return paces[0] / paces[1]
    offered, seconds, share = observation.load.offered_per_s, observation.load.seconds, observation.achieved_share
    if share is None or not offered or not seconds:
        return share
    thirds = _thirds(observation)
    return share + (thirds[0] / 1e9 if thirds else 0.0) / seconds + 1 / (offered * seconds)


def _exact_paces(observation: Observation) -> tuple[float, float, int] | None:
    """Nanoseconds from one request to the next as offered, from one answer to the next on average, and how many there were; of an
    even load over one connection whose times are exact."""
    load = observation.load
    cycle = load.exact.cycle_ns if load.exact else None
    if cycle is None or not cycle.mean or not load.offered_per_s or (load.connections, load.arrivals) != (1, "even"):
        return None
    return 1e9 / load.offered_per_s, cycle.mean, cycle.count


def _exact_thirds(observation: Observation) -> tuple[float, ...] | None:
    """Latencies a sixth from the beginning and from the end of a load whose queue grows evenly, in ns."""
    paces = _exact_paces(observation)
    shortest = (
        observation.load.exact.latency_ns.min if observation.load.exact and observation.load.exact.latency_ns else None
    )
    if paces is None or not shortest:
        return None
    offered, answered, count = paces
    growth = max(0.0, answered - offered) * count
    return shortest + growth / 6, shortest + 5 * growth / 6


def _thirds(observation: Observation) -> tuple[float, ...] | None:
    """The median of each third's medians in ns; None for a load of fewer than three ticks with an answer."""
    ticks = observation.load.ticks
    known = [float(one) for one in ticks.median_ns if one > 0] if ticks else []
    if len(known) < _PARTS:
        return None
    size = len(known) // _PARTS
    parts = known[:size], known[size:-size], known[-size:]
    return tuple(median_high(part) for part in parts)
