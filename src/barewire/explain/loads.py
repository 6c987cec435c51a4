"""The loads that can be explained, by name: what runs, and what one operation is called."""

from __future__ import annotations

from dataclasses import dataclass

from barewire.errors import UsageError
from barewire.measure.load import LoadSpec
from barewire.measure.service import Service, http, tcp, udp

REQUEST_BYTES = RESPONSE_BYTES = 64
BODY_BYTES = 100
_TIMEOUT_NS = 10 * 10**9


@dataclass(frozen=True, slots=True)
class Load:
    """`protocol` is the generator's; `operation` what is counted one by one."""

    name: str
    protocol: str
    operation: str

    def service(self, port: int) -> Service:
        """What must be served for it."""
        match self.protocol:
            case "http":
                return http(port, [BODY_BYTES])
            case "udp":
                return udp(port, REQUEST_BYTES, RESPONSE_BYTES)
            case _:
                return tcp(port, REQUEST_BYTES, RESPONSE_BYTES)

    def spec(self, target: str, port: int, congestion: str, seconds: float, phase_ns: int) -> LoadSpec:
        """One connection, one request after the other, both ends asleep while they wait; begun so long after a tick."""
        sized = self.protocol != "http"
        return LoadSpec(
            protocol=self.protocol, target=target, port=port, path=f"/{BODY_BYTES}", rate_per_s=None,
            duration_ns=round(seconds * 1e9), warmup_ns=5_000_000, connections=1, threads=1, arrivals="even", seed=1,
            timeout_ns=_TIMEOUT_NS, timing="sleep", expect_bytes=None if sized else BODY_BYTES, congestion=congestion,
            request_bytes=REQUEST_BYTES if sized else None, response_bytes=RESPONSE_BYTES if sized else None, exact=True,
            phase_ns=phase_ns,
        )  # fmt: skip


LOADS = {
    load.name: load
    for load in (
        Load("tcp-rr", "tcp", "round trip"),
        Load("udp-rr", "udp", "round trip"),
        Load("http-rr", "http", "round trip"),
        Load("tcp-crr", "tcp-crr", "connection"),
    )
}


def load(name: str) -> Load:
    """UsageError for a name that is none."""
    if name not in LOADS:
        raise UsageError(f"there is no load {name!r} to explain", remedy=f"Take one of {', '.join(LOADS)}")
    return LOADS[name]
