"""What the generator measures is true: a server that stalls by a known schedule knows when each answer left.

Server and generator read the same clock. The completion of request j lies between the server's writing of its answer and its
reading of the request that could only be sent after it; so each latency has a lower and an upper bound, and so has every
order statistic, however busy the machine is. There is no tolerance but HdrHistogram's bucket.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hdrh.histogram import HdrHistogram

from barewire.measure.histogram import DIGITS, HIGHEST_NS, LOWEST_NS
from tests.unit.generator import Run, answer, ask, run

RATE, SECONDS = 1000, 0.5
REQUESTS = round(RATE * SECONDS)
LONG_MS = 200
PACKAGE = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)


@dataclass
class Log:
    """When requests were read and answers written, in ns of the monotonic clock; `closed` is the end of the connection."""

    port: int = 0
    read: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    closed: int = 0


def serve(listener: socket.socket, stalls_ms: Mapping[int, int], log: Log) -> None:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in held:
                more = connection.recv(65536)
                if not more:
                    log.closed = time.monotonic_ns()
                    return
                held += more
            _, _, held = held.partition(b"\r\n\r\n")
            number = len(log.read)
            log.read.append(time.monotonic_ns())
            if number in stalls_ms:
                time.sleep(stalls_ms[number] / 1000)
            log.written.append(time.monotonic_ns())
            connection.sendall(answer())


@contextmanager
def stalling(stalls_ms: Mapping[int, int]) -> Iterator[Log]:
    """A server for one connection that waits before it answers the requests that `stalls_ms` names by number."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        log = Log(listener.getsockname()[1])
        thread = threading.Thread(target=serve, args=(listener, stalls_ms, log))
        thread.start()
        yield log
        thread.join()


def load(log: Log, pipeline: int = 1, **options: object) -> Run:
    done = run(log.port, rate=RATE, duration=f"{SECONDS}s", connections=1, pipeline=pipeline, drain="30s", **options)
    assert done.status == 0 and done.errors() == {}
    done.assert_accounted()
    return done


def bucket(value: int) -> int:
    return int(PACKAGE.get_lowest_equivalent_value(max(0, value)))


def completion_bounds(log: Log, pipeline: int) -> tuple[list[int], list[int]]:
    """The earliest and latest times at which each answer can have been complete at the client."""
    return log.written, [*log.read[pipeline:], *[log.closed] * pipeline]


def assert_between(recorded: list[int], low: list[int], high: list[int]) -> None:
    assert len(recorded) == len(low) == len(high)
    for value, least, most in zip(sorted(recorded), sorted(low), sorted(high), strict=True):
        assert bucket(least) <= value <= most


@pytest.mark.parametrize("pipeline", [1, 4])
@pytest.mark.parametrize("arrivals", ["even", "poisson"])
@pytest.mark.parametrize("seed", [1, 2])
def test_recorded_latencies_are_those_of_a_known_stall(arrivals: str, pipeline: int, seed: int) -> None:
    chosen = random.Random(seed).sample(range(20, REQUESTS - 60), 4)
    with stalling(dict(zip(chosen, (LONG_MS, 60, 25, 5), strict=True))) as log:
        done = load(log, pipeline, arrivals=arrivals, seed=seed)
    due = [int(time) for time in ask("schedule", RATE, arrivals, 0, 1, seed, 2 * REQUESTS)]
    intended = [done.start["monotonic_ns"] + time for time in due if time < SECONDS * 10**9]
    assert len(log.read) == len(intended) == done.end["requests"]
    least, most = completion_bounds(log, pipeline)
    assert_between(
        done.values("latency"),
        [end - start for end, start in zip(least, intended, strict=True)],
        [end - start for end, start in zip(most, intended, strict=True)],
    )
    # A request leaves after its time and after the answer that made room for it, and before it is read.
    room = [0] * pipeline + log.written[: len(log.written) - pipeline]
    earliest = [max(pair) for pair in zip(intended, room, strict=True)]
    assert_between(
        done.values("service"),
        [end - sent for end, sent in zip(least, log.read, strict=True)],
        [end - sent for end, sent in zip(most, earliest, strict=True)],
    )
    assert_between(
        done.values("lag"),
        [sent - start for sent, start in zip(earliest, intended, strict=True)],
        [sent - start for sent, start in zip(log.read, intended, strict=True)],
    )


def test_a_stall_is_felt_by_every_request_that_it_delays_and_not_only_by_the_one_under_way() -> None:
    """In a stall of 200 ms at 1000 requests/s, 100 requests wait for more than 100 ms; a closed loop would send one."""
    with stalling({50: LONG_MS}) as log:
        done = load(log)
    slow = [sum(value > 100_000_000 for value in done.values(kind)) for kind in ("latency", "service")]
    assert slow[0] >= 100
    # The one that the server held; a machine that itself stalls may add others, of which the server's clock tells.
    ends, begins = [*log.read[1:], log.closed], [0, *log.written]
    intended = [done.start["monotonic_ns"] + number * 10**9 // RATE for number in range(REQUESTS)]
    longest = [end - max(room, due) for end, room, due in zip(ends, begins, intended, strict=False)]
    assert 1 <= slow[1] <= sum(most > 100_000_000 for most in longest)
    assert done.end["requests"] == done.end["completed"] == REQUESTS
    assert done.end["late"] >= 100
