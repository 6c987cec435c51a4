"""TCP throughput by iperf3: one or several streams for a whole number of seconds.

iperf3 counts its time in whole seconds, so a load of 0.4 s lasts 1 s. Throughput is what the receiver got.

iperf3 itself reports no gaps. But it ends an interval when its own clock says so, so an interval that is longer than asked for is
one at whose end iperf3 did not run: the excess of the longest interval is `longest_gap_ns`, too short by up to one interval, and
that of all is `stopped_ns`. A stop within an interval does not show.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from barewire.errors import LoadError
from barewire.model.expectation import Target
from barewire.records import Load
from barewire.testbeds.testbed import Command, ProgramNode
from barewire.workloads.generator import load

_INTERVAL_S = 0.1
"""The shortest that iperf3 accepts."""

_COUNTED_GAP_S = 0.02
"""As the generator's (`csrc/load/gap.h`)."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What iperf3 measured; `seconds` as the receiver counted them."""

    streams: int
    bits_per_s: float
    seconds: float
    retransmissions: int
    longest_gap_ns: int
    stopped_ns: int

    def record(self, load: str, workload: str) -> Load:
        """A load of a trial, without the machine's counters."""
        return Load(
            load,
            workload,
            streams=self.streams,
            bits_per_s=self.bits_per_s,
            seconds=self.seconds,
            retransmissions=self.retransmissions,
            longest_gap_ns=self.longest_gap_ns,
            stopped_ns=self.stopped_ns,
        )


def whole_seconds(seconds: float) -> int:
    """The whole seconds that iperf3 takes for a load of `seconds`."""
    return max(1, math.ceil(seconds - 1e-9))


def run(
    client: ProgramNode,
    namespace: str,
    target: Target,
    cpus: tuple[int, ...],
    streams: int,
    seconds: float,
    congestion: str,
) -> BulkResult:
    """`iperf3 -c TARGET -P STREAMS -t SECONDS -J`; LoadError with iperf3's own words."""
    duration = whole_seconds(seconds)
    process = client.spawn(Command(namespace, argv("iperf3", target, streams, duration, congestion), cpus))
    done = client.wait(process, duration + load.SLACK_SECONDS)
    return parse(done.stdout, done.stderr, done.status, streams, namespace)


def argv(path: str, target: Target, streams: int, seconds: int, congestion: str) -> tuple[str, ...]:
    """The command line of the client; without a congestion control it is that of the client's namespace."""
    return (path, "-c", str(target.address), "-p", str(target.port), "-P", str(streams), "-t", str(seconds),
            "-i", str(_INTERVAL_S), *(("-C", congestion) if congestion else ()), "-J")  # fmt: skip


def parse(output: str, errors: str, status: int, streams: int, where: str) -> BulkResult:
    """What `iperf3 -J` printed; LoadError when it failed, or when a number that is needed is missing or none."""
    try:
        document = json.loads(output)
    except ValueError as error:
        said = " ".join(errors.split()) or f"{output[:60]!r}, status {status}"
        raise LoadError("iperf3 gave no result", where=where, said=said) from error
    failure = document.get("error") if isinstance(document, dict) else None
    if failure or status != 0:
        raise LoadError("iperf3 failed", where=where, said=str(failure or f"status {status}"))
    try:
        end = document["end"]
        received, sent = end["sum_received"], end["sum_sent"]
        gaps = [_number(interval["sum"], "seconds") - _INTERVAL_S for interval in document["intervals"]]
        return BulkResult(
            streams,
            _number(received, "bits_per_second"),
            _number(received, "seconds"),
            int(_number(sent, "retransmits", 0.0)),
            max(0, round(max(gaps) * 1e9)),
            round(sum(gap for gap in gaps if gap >= _COUNTED_GAP_S) * 1e9),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise LoadError(
            "iperf3's result is incomplete", where=where, said=said,
            remedy="Run the load again; if it persists, update iperf3 (3.9 or later)",
        ) from error  # fmt: skip


def _number(of: Mapping[str, object], key: str, otherwise: float | None = None) -> float:
    """A finite number of at least 0; ValueError for anything else, such as NaN."""
    value = of[key] if otherwise is None else of.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{key} is {value!r}")
    return float(value)
