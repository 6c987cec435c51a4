"""The metrics that are compared between networks, with unit and direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower", "higher"]
"""Which way is better: `lower` for latency, `higher` for rates."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is compared: its unit in `summary.json`, and which way is better. `word` is what people write for it after `--until`
    and `--gate`."""

    name: str
    unit: str
    better: Direction
    word: str = ""


QUANTILES = (0.5, 0.95, 0.99, 0.995, 0.999, 0.9999, 0.99999)
"""What a trial's record has of each kind of time, beside the maximum."""

LATENCY = Metric("latency", "ns", "lower")
WIRE_LATENCY = Metric("wire_latency", "ns", "lower")
"""From the last byte sent to the first received, by the kernel's stamps: without the wake-up of the client."""

REQUEST_RATE = Metric("request_rate", "1/s", "higher", "rate")
THROUGHPUT = Metric("throughput", "bit/s", "higher", "throughput")
CONNECT_RATE = Metric("connect_rate", "1/s", "higher", "connect")
PACKET_RATE = Metric("packet_rate", "1/s", "higher", "packets")
PACKET_LOSS = Metric("packet_loss", "1", "lower")
CPU = Metric("cpu_per_request", "ns", "lower", "cpu")
INSTRUCTIONS = Metric("instructions", "instructions", "lower", "instructions")
"""By a clock that counts: of a round trip, a byte, a packet, a connection or a request, as the workload has it."""

SETUP_TIME = Metric("setup_time", "ns", "lower", "setup")
OBJECTS = Metric("objects_per_node", "1", "lower")

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (LATENCY, WIRE_LATENCY, INSTRUCTIONS, REQUEST_RATE, THROUGHPUT, CONNECT_RATE, PACKET_RATE, PACKET_LOSS, CPU,
                   SETUP_TIME, OBJECTS)
}  # fmt: skip

HIGHER_IS_BETTER = frozenset(metric.name for metric in METRICS.values() if metric.better == "higher")
"""Names of metrics of which more is better."""
