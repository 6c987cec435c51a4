"""`udp-rr`: one datagram at a time, answered by a datagram (netperf's UDP_RR); latency, in which lost ones have their timeout."""

from __future__ import annotations

from barewire.workloads.definition.sequential import RoundTripWorkload
from barewire.workloads.definition.workload import ExplainedLoad


class _UdpRr(RoundTripWorkload):
    name, order = "udp-rr", 11
    protocol = "udp"
    sized = datagrams = True
    phrase = "one UDP request at a time"
    lossy = True
    explained = (ExplainedLoad("udp-rr", 1),)


WORKLOAD = _UdpRr()
