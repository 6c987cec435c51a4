"""The 2016 study's overhead beside the measured one.

The study (machinezone/research, "Comparison of Networking Solutions for Kubernetes") loaded nginx at constant rates
between two c4.8xlarge with 10 Gbit/s NICs and published percentiles to 0.1 ms, one run per cell. So its overhead is not a
number but the range that its rounding leaves; a measured overhead within that range agrees with it. Its loads are matched
to ours by size (within a factor of two) and by the nearest share of the maximum. Limit: two machines and a NIC are not
namespaces on one.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from barewire.records import Cell
from barewire.render.run.data import LatencyLoad, ReportData
from barewire.results import words

NAMES: Mapping[str, tuple[str, ...]] = {
    "ipvlan": ("ipvlan/l2", "ipvlan/l3", "ipvlan/l3s"),
    "aws-vpc": ("flannel/aws-vpc",),
    "host-gw": ("flannel/host-gw",),
    "vxlan": ("flannel/vxlan",),
}
"""The study's networks as ours; the first one that was measured stands for it."""

_COLUMNS: Mapping[float, str] = {
    0.95: "p95_ms", 0.99: "p99_ms", 0.995: "p99_5_ms", 0.9999: "p99_99_ms", 0.99999: "p99_999_ms", 1.0: "max_ms",
}  # fmt: skip

RESOLUTION_MS = 0.1
_HEADERS_BYTES = 250
"""The study counted about 250 B of headers into its 350 B; ours are sizes of bodies."""

BLIND_SPOTS = (
    f"Its clock read {RESOLUTION_MS} ms steps, so an overhead at p95 or p99 is known only as a range.",
    "Each cell is one run of one build, measured once: there are no intervals and no noise floor.",
    "Its generator did not count the time that a request waited to be sent (coordinated omission).",
    "Its tails near 200 and 400 ms are TCP’s retransmission timer and its doubling: drops, which counters would name.",
    "It ran between two machines of 2016 with 10 Gbit/s NICs and another kernel.",
)


@dataclass(frozen=True, slots=True)
class Published:
    """A published percentile against the host's: milliseconds, and the range of ratios that rounding leaves."""

    value_ms: float
    host_ms: float

    @property
    def ratio(self) -> float:
        return self.value_ms / self.host_ms

    @property
    def low(self) -> float:
        return max(self.value_ms - RESOLUTION_MS / 2, 0.0) / (self.host_ms + RESOLUTION_MS / 2)

    @property
    def high(self) -> float:
        return (self.value_ms + RESOLUTION_MS / 2) / (self.host_ms - RESOLUTION_MS / 2)


@dataclass(frozen=True, slots=True)
class PublishedComparison:
    """One network at one quantile: published, and measured here if it was."""

    quantile: float
    published: Published
    measured: Cell | None


@dataclass(frozen=True, slots=True)
class PublishedNetwork:
    """A network: its name in the study and here (empty if it is not in this run)."""

    then: str
    now: str
    comparisons: tuple[PublishedComparison, ...]


@dataclass(frozen=True, slots=True)
class PublishedLoad:
    """One load of the study beside the nearest of ours."""

    response_bytes: int
    offered_rps: int
    share_percent: int
    load: LatencyLoad
    lines: tuple[PublishedNetwork, ...]

    @property
    def title(self) -> str:
        """Which loads stand side by side."""
        return (
            f"{self.response_bytes} B responses at {self.share_percent} % of the maximum in 2016, "
            f"bodies of {words.size(self.load.response_bytes)} at {words.share(self.load.load)} here"
        )


def compare(data: ReportData) -> tuple[PublishedLoad, ...]:
    """The study's loads, each beside the nearest load of this run; empty if nothing was measured under a rate."""
    if not data.rate_loads:
        return ()
    published = _published()
    tables = []
    for response_bytes, offered, share in sorted({key[1:] for key in published}):
        load = _nearest(data, response_bytes, share)
        if not 0.5 <= _wire_bytes(load, response_bytes) / response_bytes <= 2:
            continue  # nothing of about that size was measured
        lines = []
        for then, candidates in NAMES.items():
            now = next((n.name for c in candidates for n in data.networks if n.name == c and n.measured), "")
            row, host = (
                published[then, response_bytes, offered, share],
                published["host", response_bytes, offered, share],
            )
            found = tuple(
                PublishedComparison(
                    q,
                    Published(float(row[column]), float(host[column])),
                    data.cell(now, load.load, "latency", load.response_bytes, q) if now else None,
                )
                for q, column in _COLUMNS.items()
            )
            lines.append(PublishedNetwork(then, now, found))
        tables.append(PublishedLoad(response_bytes, offered, share, load, tuple(lines)))
    return tuple(tables)


def _published() -> dict[tuple[str, int, int, int], dict[str, str]]:
    text = files("barewire.render.run").joinpath("study-2016.csv").read_text(encoding="utf-8")
    return {
        (row["network"], int(row["response_bytes"]), int(row["offered_rps"]), int(row["share_of_max_percent"])): row
        for row in csv.DictReader(text.splitlines())
    }


def _wire_bytes(key: LatencyLoad, response_bytes: int) -> int:
    """The size of our answer as the study counted its own."""
    return (key.response_bytes or 0) + (_HEADERS_BYTES if response_bytes < 1024 else 0)


def _nearest(data: ReportData, response_bytes: int, share: int) -> LatencyLoad:
    """The load nearest in size (on the wire), then in share of the maximum."""

    def distance(key: LatencyLoad) -> tuple[float, float]:
        ours = _wire_bytes(key, response_bytes)
        percent = float(key.load.rstrip("%")) if key.load.rstrip("%").replace(".", "").isdigit() else 0.0
        return (abs(ours - response_bytes), abs(percent - share))

    return min(data.rate_loads, key=distance)
