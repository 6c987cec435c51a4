"""The same stalls seen by an open loop and by closed loops, beside what really happened: the table of docs/how-we-measure.md.

    scripts/bench stall [SECONDS] [EVERY] [FOR_MS]

A server answers at once, but stands still for FOR_MS after every EVERY seconds, whatever was asked meanwhile. Truth is what
somebody waits who comes at a random moment, computed from the server's own stamps of each stall. Then barewire-load at an
even rate, barewire-load as a closed loop, and wrk, one after the other, each against the same stalls.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan, nan

from barewire.units import format_duration
from barewire.workloads.generator.histogram import Histogram
from barewire.workloads.generator.load import parse, program

QUANTILES = (0.5, 0.9, 0.99, 0.999, 1.0)
RATE = 1000
BODY = b"x" * 100
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + BODY


@dataclass
class Stalls:
    """When the server stood still, from and to, in ns of the monotonic clock; `served` is when it began and ended."""

    port: int
    happened: list[tuple[int, int]] = field(default_factory=list)
    over: bool = False


@contextmanager
def stalling(every: float, stall: float) -> Iterator[Stalls]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stalls = Stalls(listener.getsockname()[1])
        thread = threading.Thread(target=serve, args=(listener, every, stall, stalls))
        thread.start()
        try:
            yield stalls
        finally:
            stalls.over = True
            socket.create_connection(("127.0.0.1", stalls.port)).close()
            thread.join()


def serve(listener: socket.socket, every: float, stall: float, stalls: Stalls) -> None:
    """One connection after the other: each of the clients has one."""
    while not stalls.over:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.monotonic() + every
        with connection:
            held = b""
            while True:
                connection.settimeout(max(1e-6, due - time.monotonic()))
                try:
                    more = connection.recv(65536)
                except TimeoutError:
                    more = None
                except ConnectionError:
                    break
                if more == b"":
                    break
                if time.monotonic() >= due:
                    begun = time.monotonic_ns()
                    time.sleep(stall)
                    stalls.happened.append((begun, time.monotonic_ns()))
                    due += every
                held += more or b""
                while b"\r\n\r\n" in held:
                    _, _, held = held.partition(b"\r\n\r\n")
                    connection.sendall(ANSWER)


def waits(stalls: Stalls, begin: int, seconds: float) -> Histogram:
    """What a visitor at each of a million even moments has to wait for the server, in ns."""
    count = 1_000_000
    length = round(seconds * 1e9)
    found = Histogram()
    waiting = 0
    for start, end in stalls.happened:
        low, high = max(begin, start), min(begin + length, end)
        for number in range(max(0, (low - begin) * count // length), max(0, (high - begin) * count // length)):
            found.hdr.record_value(max(0, end - (begin + number * length // count)))
            waiting += 1
    found.hdr.record_value(1, count - waiting)
    return found


def generator(port: int, seconds: float, rate: str) -> tuple[Histogram, int, int]:
    """Latencies, how many requests, and when it began."""
    words = {
        "target": "127.0.0.1",
        "port": port,
        "rate": rate,
        "duration": f"{seconds}s",
        "connections": 1,
        "drain": "10s",
    }
    argv = [program(), *(f"--{key}={value}" for key, value in words.items())]
    done = parse(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    return done.histogram("latency"), done.completed, done.monotonic_ns


LUA = """done = function(summary, latency)
  for _, q in ipairs({50, 90, 99, 99.9}) do io.write("@ ", latency:percentile(q), "\\n") end
end"""


def wrk(port: int, seconds: float) -> tuple[list[float], int] | None:
    """Its own words: quantiles in ns (not the largest value, which its scripts do not see), and requests."""
    if not shutil.which("wrk"):
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA)
        script.flush()
        argv = ["wrk", "-t1", "-c1", f"-d{round(seconds)}s", "-s", script.name, f"http://127.0.0.1:{port}/"]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    requests = re.search(r"(\d+) requests in", said)
    return [float(us) * 1000 for us in re.findall(r"^@ (\S+)$", said, re.M)], int(requests[1]) if requests else 0


def _shown(value: float) -> str:
    return "–" if isnan(value) else format_duration(value) if value > 1 else "no wait"


def row(name: str, requests: str, values: list[float]) -> str:
    values = [*values, *[nan] * (len(QUANTILES) - len(values))]
    return f"| {name} | {requests} | " + " | ".join(_shown(value) for value in values) + " |"


def main() -> None:
    given = [float(word) for word in sys.argv[1:]]
    seconds, every, stall_ms = (*given, *(12.0, 2.0, 200.0)[len(given) :])
    print(f"A server that stands still for {stall_ms:g} ms every {every:g} s; {seconds:g} s each, one connection.\n")
    print("| seen by | requests | p50 | p90 | p99 | p99.9 | max |\n|---|---|---|---|---|---|---|")
    with stalling(every, stall_ms / 1000) as stalls:
        opened, count, begin = generator(stalls.port, seconds, str(RATE))
        truth = waits(stalls, begin, seconds)
        print(row("somebody who comes at any moment (truth)", "", [truth.quantile(q) for q in QUANTILES]))
        print(row(f"barewire-load, open loop, {RATE}/s", str(count), [opened.quantile(q) for q in QUANTILES]))
        closed, count, _ = generator(stalls.port, seconds, "max")
        print(row("barewire-load, closed loop", str(count), [closed.quantile(q) for q in QUANTILES]))
        if other := wrk(stalls.port, seconds):
            print(row("wrk -c1, closed loop", str(other[1]), other[0]))


if __name__ == "__main__":
    main()
