"""`tcp-rr`: one TCP request at a time over one connection (netperf's TCP_RR); latency."""

from __future__ import annotations

from barewire.workloads.definition.sequential import RoundTripWorkload
from barewire.workloads.definition.workload import ExplainedLoad


class _TcpRr(RoundTripWorkload):
    name, order = "tcp-rr", 10
    protocol = "tcp"
    sized = True
    phrase = "one TCP request at a time"
    explained = (ExplainedLoad("tcp-rr", 0),)


WORKLOAD = _TcpRr()
