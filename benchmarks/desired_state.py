"""Kernel objects of a node, and how long it takes to compute them for one node and for labs: scripts/bench desired_state.

Prints both tables of docs/networks.md. Times are the best of some runs on this machine; counts are exact.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from barewire.addresses import fixed
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.networks.network import Network
from barewire.networks.setup import NODE_COUNTS, setup

NODES = (10, 100, 1000)
NAMES = ("host", "docker", "flannel/host-gw", "flannel/vxlan", "ptp+ipip")
LAB_NODES = (10, 100)
TIMES = 5


def milliseconds(work: Callable[[], object], times: int = TIMES) -> float:
    """The best of some runs."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found) * 1000


def one_node(network: Network, nodes: int) -> tuple[float, int]:
    """Milliseconds for the first of `nodes` nodes, given all leases, and how many objects it holds."""
    topology = Topology.uniform(nodes, 1)
    view, leases = network.view(topology, topology.nodes[0]), fixed.leases(topology)
    state = network.node_state(view, leases)
    return milliseconds(lambda: network.node_state(view, leases)), sum(state.count("n1").values())


def one_lab(network: Network, nodes: int) -> float:
    """Milliseconds for a whole lab, leases included."""
    topology = Topology.uniform(nodes, 1)
    return milliseconds(lambda: network.desired_state(topology), 2)


def show_objects() -> None:
    """Objects in a node's own namespace, for every preset and each transport that none uses."""
    unused = set(catalogue.parts("transport")) - {spec.transport.name for spec in catalogue.presets()}
    names = [*(spec.name for spec in catalogue.presets()), *(f"ptp+{name}" for name in sorted(unused))]
    print(f"| network | {' | '.join(f'{nodes} nodes' for nodes in NODE_COUNTS)} | for each further node |")
    print("|---" * (2 + len(NODE_COUNTS)) + "|")
    for name in names:
        found = setup(catalogue.network(catalogue.parse(name)), Topology.uniform(2, 1))
        totals = (str(found.objects_per_node.get(str(nodes), "")) for nodes in NODE_COUNTS)
        print(f"| `{name}` | {' | '.join(totals)} | {found.growth_per_node or 0:g} |")
    print()


def main() -> int:
    show_objects()
    head = [
        *(f"one of {n} nodes: ms | objects" for n in NODES),
        *(f"a lab of {n} nodes: ms" for n in LAB_NODES),
    ]
    print(f"| network | {' | '.join(head)} |")
    print("|---" * (1 + 2 * len(NODES) + len(LAB_NODES)) + "|")
    for name in NAMES:
        network = catalogue.network(catalogue.parse(name))
        cells = []
        for nodes in NODES:
            spent, objects = one_node(network, nodes)
            cells += [f"{spent:.2f}", str(objects)]
        for nodes in LAB_NODES:
            cells.append(f"{one_lab(network, nodes):.1f}")
        print(f"| `{name}` | {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
