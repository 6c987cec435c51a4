"""Build and take down many labs, one after the other: does anything grow, and what does a node cost?

    .venv/bin/python benchmarks/labs.py [LABS] [NODES] [NETWORK ...]

For each network: the median time to build, per node, and the file descriptors, memory and kernel objects before and after.
Kernel objects are the live ones of the slab caches that namespaces and links use; they are given back a little later than
the lab's end, so the reading waits until they have settled.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed

NETWORKS = ("host", "flannel/host-gw", "flannel/vxlan", "ptp")
CACHES = ("net_namespace", "mnt_cache", "pid_namespace", "nsproxy", "user_namespace")


def kernel_objects() -> dict[str, int]:
    """Live objects by slab cache; those that the kernel does not show are left out."""
    rows = [line.split() for line in Path("/proc/slabinfo").read_text().splitlines()[2:]]
    return {row[0]: int(row[1]) for row in rows if row[0] in CACHES}


def settled() -> dict[str, int]:
    """The same, once two readings a while apart agree."""
    last, now = {}, kernel_objects()
    while last != now:
        time.sleep(1.0)
        last, now = now, kernel_objects()
    return now


def own() -> tuple[int, int]:
    """Open descriptors and resident kilobytes of this process."""
    status = Path("/proc/self/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return len(list(Path("/proc/self/fd").iterdir())), int(resident.split()[1])


def main() -> None:
    labs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    nodes = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    print(f"{labs} labs of {nodes} nodes for each network")
    for name in sys.argv[3:] or NETWORKS:
        network, times = catalogue.network(catalogue.parse(name)), []
        before: tuple[tuple[int, int], dict[str, int]] | None = None
        for number in range(labs):
            begun = time.monotonic()
            with built(network, Topology.of(nodes, 1), LocalTestbed()):
                times.append(time.monotonic() - begun)
            if number == 0:
                before = own(), settled()
        assert before is not None
        (fds, memory), objects = before
        fds_after, memory_after = own()
        after = settled()
        changes = ", ".join(f"{cache} {after[cache] - count:+d}" for cache, count in objects.items())
        print(
            f"{name}: {statistics.median(times) / nodes * 1000:.1f} ms a node; after {labs} labs: "
            f"descriptors {fds_after - fds:+d}, memory {memory_after - memory:+d} kB, {changes}"
        )


if __name__ == "__main__":
    main()
