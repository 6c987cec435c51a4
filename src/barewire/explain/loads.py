"""The loads that can be explained, by name: what runs, what is served for it, and what one operation is called.

Bulk and packets are those of a counted study (`counted`); the others differ from a study's in their layout alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from barewire.errors import UsageError
from barewire.model.expectation import Target
from barewire.workloads.generator import counted
from barewire.workloads.generator.load import LoadSpec, request_timeout_ns
from barewire.workloads.generator.packets import PacketsSpec
from barewire.workloads.servers.service import Service, http, tcp, udp

REQUEST_BYTES = RESPONSE_BYTES = 64
BODY_BYTES = 100
_WARMUP_SECONDS = 0.005
NO_OFFLOADS_TIMES = 12
"""A request of 1 MiB that the CPU cuts takes 6 ms and more, so some must fit in."""


@dataclass(frozen=True, slots=True)
class CountedLoad:
    """`protocol` is the generator's, `kind` a study's; `operation` is what is counted one by one, and an answered request is
    `per_request` of them. A load lasts `times` as long as was asked for, and each begins `step_ns` later after a tick than the
    one before it. One without `offloads` is the last of its lab, which has none from then on."""

    name: str
    protocol: str
    kind: str
    operation: str
    per_request: int = 1
    times: int = 1
    step_ns: int = 1_000_000
    offloads: bool = True

    @property
    def one_way(self) -> bool:
        """Whether nothing answers."""
        return self.kind == "packets"

    @property
    def bundle(self) -> int:
        """Operations for which differences are given in whole numbers: enough that a part of one does not vanish."""
        return 1000 if self.per_request == 1 else self.per_request

    def service(self, port: int) -> Service:
        """What must be served for it; one-way packets have a sink of their own each time."""
        if self.kind == "bulk":
            return tcp(port, counted.BULK_BYTES, counted.BULK_ANSWER_BYTES)
        match self.protocol:
            case "http":
                return http(port, [BODY_BYTES])
            case "udp":
                return udp(port, REQUEST_BYTES, RESPONSE_BYTES)
            case _:
                return tcp(port, REQUEST_BYTES, RESPONSE_BYTES)

    def spec(self, target: Target, congestion: str, seconds: float, phase_ns: int) -> LoadSpec:
        """One connection, one request after the other, both ends asleep while they wait; begun so long after a tick."""
        if self.kind == "bulk":
            return counted.bulk(target, congestion, seconds, _WARMUP_SECONDS, phase_ns, times=self.times)
        sized = self.protocol != "http"
        return LoadSpec(
            protocol=self.protocol, target=str(target.address), port=target.port, path=f"/{BODY_BYTES}", rate_per_s=None,
            duration_ns=round(seconds * 1e9), warmup_ns=round(_WARMUP_SECONDS * 1e9), connections=1, threads=1,
            arrivals="even", seed=1, timeout_ns=request_timeout_ns(self.protocol), timing="sleep",
            expect_bytes=None if sized else BODY_BYTES, congestion="" if self.protocol == "udp" else congestion,
            request_bytes=REQUEST_BYTES if sized else None,
            response_bytes=RESPONSE_BYTES if sized else None, exact=True, phase_ns=phase_ns,
        )  # fmt: skip

    def bursts(self, seconds: float, phase_ns: int) -> PacketsSpec:
        """Of one-way packets."""
        return counted.bursts(REQUEST_BYTES, seconds, _WARMUP_SECONDS, phase_ns)


LOADS = {
    load.name: load
    for load in (
        CountedLoad("tcp-rr", "tcp", "rr", "round trip"),
        CountedLoad("udp-rr", "udp", "rr", "round trip"),
        CountedLoad("http-rr", "http", "rr", "round trip"),
        CountedLoad("tcp-crr", "tcp-crr", "crr", "connection"),
        CountedLoad("bulk", "tcp", "bulk", "byte", per_request=counted.BULK_BYTES, times=counted.BULK_TIMES),
        # In steps that bursts and ticks are no multiple of, so that every phase is met.
        CountedLoad("packets", "packets", "packets", "packet", step_ns=1_250_000),
        CountedLoad(
            "bulk-no-offloads",
            "tcp",
            "bulk",
            "byte",
            per_request=counted.BULK_BYTES,
            times=NO_OFFLOADS_TIMES,
            offloads=False,
        ),
    )
}


def load(name: str) -> CountedLoad:
    """UsageError for a name that is none."""
    if name not in LOADS:
        raise UsageError(f"there is no load {name!r} to explain", remedy=f"Take one of {', '.join(LOADS)}")
    return LOADS[name]


def listed(names: str) -> tuple[CountedLoad, ...]:
    """Of names with commas between them, each once; UsageError as `load`."""
    return tuple(dict.fromkeys(load(name.strip()) for name in names.split(",")))
