"""How busy others keep the nodes of a cluster, before a study begins: noisy neighbours, seen from pods of ours.

/proc/stat of a pod has the node's CPUs. Nothing of the study runs meanwhile, so what is busy is others, and the kubelet.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from barewire.lab.usage import IDLE
from barewire.records import Finding, PreflightRecord
from barewire.study.execution.preflight import MOST_STEAL
from barewire.testbeds.kubernetes import counters
from barewire.testbeds.kubernetes.node import PodNode
from barewire.units import format_share

SECONDS = 2.0
MOST_BUSY = 0.25
"""Of all of a node's CPU time; a shared node is never idle, and trials that it spoils are rejected by their own rules."""


def look(pods: Iterable[PodNode]) -> PreflightRecord:
    """Watch each node for some seconds by one of its pods."""
    by_host = {pod.host: pod for pod in pods}
    before = {host: counters.parse(pod.texts(*counters.FILES)).node for host, pod in by_host.items()}
    time.sleep(SECONDS)
    busy, steal = {}, {}
    for host, pod in by_host.items():
        after = counters.parse(pod.texts(*counters.FILES)).node
        spent = {mode: after[mode] - before[host].get(mode, 0.0) for mode in after}
        total = sum(spent.values()) or 1.0
        steal[host] = round(spent.get("steal", 0.0) / total, 4)
        busy[host] = round(1 - sum(spent.get(mode, 0.0) for mode in IDLE) / total - steal[host], 4)
    reasons = [Finding("busy node", f"node {host} was {format_share(share)} busy with what others run there")
               for host, share in busy.items() if share > MOST_BUSY]  # fmt: skip
    reasons += [Finding("steal time", f"the hypervisor kept {format_share(share)} of the CPU time of node {host}")
                for host, share in steal.items() if share > MOST_STEAL]  # fmt: skip
    return PreflightRecord(
        fit=not reasons, forced=bool(reasons), reasons=tuple(reasons), seconds=SECONDS, busy=busy, steal=steal
    )
