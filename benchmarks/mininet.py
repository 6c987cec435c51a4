"""What a lab costs by barewire, by Mininet and by `ip netns`: CPU time of all processes and time on the clock, from command to
end.

    scripts/bench mininet [TIMES] [NODES] [NETWORK]

All make as many hosts on one switch and take them away again, in turns, so that whatever else the machine does meets all of
them; each turn is a block, and the ratio to Mininet has Student's t interval over blocks. Mininet (Debian's package `mininet`)
makes its hosts with its own Linux bridge, the least that it offers: no controller, no Open vSwitch, no ping. Barewire runs `lab
up`, which proves the lab by captured packets before it ends, and by its own functions without a proof, as the others.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from math import log
from pathlib import Path

from barewire.statistics import paired_log_t

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.labs import APART, UP, by_ip, spent

BY_MININET = """
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

setLogLevel("error")
net = Mininet(topo=SingleSwitchTopo(k={nodes}), switch=LinuxBridge, controller=None)
net.start()
net.stop()
"""
EMPTY = """
import sys
from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
with built(catalogue.network(catalogue.parse(sys.argv[2])), Topology.uniform(int(sys.argv[1]), 1), LocalTestbed()):
    pass
"""


def main() -> None:
    """Take turns and print each figure's median and range, and the ratios."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    nodes = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    network = sys.argv[3] if len(sys.argv) > 3 else "host"
    if not shutil.which("mn"):
        sys.exit("Mininet is not installed: apt-get install mininet bridge-utils")
    up = [sys.executable, "-P", "-c", UP, "lab", "up", network, "--nodes", str(nodes), "--name", f"b{os.getpid()}"]
    mininet = "exec /usr/bin/python3 - <<'END'" + BY_MININET.format(nodes=nodes) + "END\n"
    runs = {
        "barewire, proved": (up, "", ""),
        "barewire, not proved": ([sys.executable, "-P", "-c", EMPTY, str(nodes), network], "", ""),
        "Mininet": (APART, "", mininet),
        "ip netns": (APART, "", by_ip(nodes)),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for block in range(times):
        names = list(runs)
        for name in names[block % len(names) :] + names[: block % len(names)]:
            found[name].append(spent(*runs[name]))
    for name, pairs in found.items():
        seconds, clock = (sorted(column) for column in zip(*pairs, strict=True))
        print(
            f"{nodes} nodes, {name}: CPU {statistics.median(seconds):.2f} s ({seconds[0]:.2f} to {seconds[-1]:.2f}), "
            f"clock {statistics.median(clock):.2f} s ({clock[0]:.2f} to {clock[-1]:.2f})"
        )
    for name in ("barewire, proved", "barewire, not proved", "ip netns"):
        for what, place in (("CPU", 0), ("clock", 1)):
            logs = [log(own[place] / other[place]) for own, other in zip(found[name], found["Mininet"], strict=True)]
            ratio = paired_log_t(logs)
            assert ratio is not None
            bounds = f" [{ratio.low:.3f} ... {ratio.high:.3f}]" if ratio.low is not None else ""
            print(f"{name} against Mininet, {what}: {ratio.ratio:.3f}{bounds}")


if __name__ == "__main__":
    main()
