"""What the generator measures is true: a server that stalls by a known schedule knows when each answer left.

There is no tolerance but HdrHistogram's bucket: what is not known (the way through the kernel, a busy machine) is bounded by the
server's own stamps, and intended times are computed a second time, from the seed.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hdrh.histogram import HdrHistogram

from barewire.workloads.generator.histogram import DIGITS, HIGHEST_NS, LOWEST_NS, Histogram
from barewire.workloads.generator.load import parse
from tests.support import arrivals as recomputed
from tests.support.generator import Run, ask, run
from tests.support.stalls import LONG_MS, SIZES, Server, drawn, stalling, truth

RATE, SECONDS = 1000, 0.5
REQUESTS = round(RATE * SECONDS)
QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0)
PACKAGE = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
# With one CPU the kernel takes connections in the order in which they were asked for.
ON_ONE_CPU = ("taskset", "-c", "0")


def load(server: Server, protocol: str, **options: Any) -> Run:
    done = run(
        server.port, under=ON_ONE_CPU, protocol=protocol, rate=RATE, duration=f"{SECONDS}s", drain="50s",
        **SIZES[protocol], **options,
    )  # fmt: skip
    assert done.status == 0 and done.errors() == {}
    done.assert_accounted()
    return done


def bucket(value: int) -> int:
    return int(PACKAGE.get_lowest_equivalent_value(max(0, value)))


def assert_between(recorded: list[int], low: list[int], high: list[int]) -> None:
    """Every order statistic lies in the bucket of one between its bounds."""
    assert len(recorded) == len(low) == len(high)
    for value, least, most in zip(sorted(recorded), sorted(low), sorted(high), strict=True):
        assert bucket(least) <= value <= most


def assert_quantiles(recorded: Histogram, low: list[int], high: list[int]) -> None:
    """The same for what a study reads from its histograms: the buckets of the computed quantiles."""
    bounds = [Histogram((max(0, value), 1) for value in values) for values in (low, high)]
    for q in QUANTILES:
        assert bounds[0].quantile(q) <= recorded.quantile(q) <= bounds[1].quantile(q), f"quantile {q}"


@pytest.mark.parametrize(("connections", "pipeline"), [(1, 1), (1, 4), (3, 2)])
@pytest.mark.parametrize("arrivals", ["even", "poisson"])
@pytest.mark.parametrize("protocol", ["http", "tcp", "udp"])
def test_recorded_times_are_those_of_a_known_stall(
    protocol: str, arrivals: str, connections: int, pipeline: int
) -> None:
    seed = 10 * connections + pipeline
    schedule = drawn(seed, connections, REQUESTS // connections)
    with stalling(protocol, schedule, connections) as server:
        drawn_by = {"seed": seed} if arrivals == "poisson" else {}
        done = load(server, protocol, arrivals=arrivals, connections=connections, pipeline=pipeline, **drawn_by)
    intended = [done.start["monotonic_ns"] + at for at in recomputed.times(arrivals, RATE, seed, SECONDS)]
    known = truth(server, intended, pipeline)
    result = parse(done.stdout)
    for kind, (low, high) in (("latency", known.latency), ("service", known.service), ("lag", known.lag)):
        assert_between(done.values(kind), low, high)
        assert_quantiles(result.histogram(kind), low, high)
    # The bounds are worth something: what a stall does to those behind it is not within them when counted from the send.
    assert result.histogram("service").quantile(0.9) < Histogram((max(0, v), 1) for v in known.latency[0]).quantile(0.9)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_intended_times_are_those_of_the_published_algorithms(threads: int, seed: int) -> None:
    for thread in range(threads):
        for arrivals, expected in (
            ("poisson", recomputed.poisson(RATE, seed, thread, threads)),
            ("even", recomputed.even(RATE, thread, threads)),
        ):
            found = [int(time) for time in ask("schedule", RATE, arrivals, thread, threads, threads, seed, 2000)]
            # Where a logarithm is not rounded alike, a nanosecond.
            assert all(abs(a - b) <= 1 for a, b in zip(found, islice(expected, 2000), strict=True))


def test_a_stall_is_felt_by_every_request_that_it_delays() -> None:
    """In a stall of 200 ms at 1000 requests/s, 100 requests wait for more than 100 ms; a closed loop would send one."""
    with stalling("http", {(0, 50): LONG_MS}) as server:
        done = load(server, "http", connections=1)
    slow = [sum(value > 100_000_000 for value in done.values(kind)) for kind in ("latency", "service")]
    assert slow[0] >= 100
    # The one that the server held; a machine that itself stalls may add others, which the server's clock shows.
    intended = [done.start["monotonic_ns"] + at for at in recomputed.times("even", RATE, 1, SECONDS)]
    _, longest = truth(server, intended, 1).service
    assert 1 <= slow[1] <= sum(most > 100_000_000 for most in longest)
    assert done.end["requests"] == done.end["completed"] == REQUESTS
    assert done.end["late"] >= 100
