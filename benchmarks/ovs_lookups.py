"""Why single connections over `antrea` are dearer than others: the table of docs/networks.md, "Open vSwitch".

    scripts/bench ovs_lookups [LOADS] [KERNEL]

One lab by the counted clock. LOADS times some hundred connections of `tcp-crr`, which fill the cache of masks, then a load of
`tcp-rr` on one connection. Around each load of `tcp-rr` the counters of both pods' TCP and of the first node's datapath are
read. Prints of the cheapest and the middle load, and of each that took 1 % more than the middle one: instructions, segments that
the server received, look-ups of a node that its cache of masks did not answer, and masks that it tried.
"""

from __future__ import annotations

import re
import sys

from barewire.explain.loads import load as explained
from barewire.kernels import available
from barewire.lab.lab import Lab, built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.testbed import Command
from barewire.testbeds.vm.testbed import VmTestbed
from barewire.workloads.definition.lab_path import LabPath
from barewire.workloads.generator import load

SECONDS = 0.03


def printed(lab: Lab, namespace: str, *words: str) -> str:
    """What a command prints in a namespace."""
    node = lab.nodes.node(namespace)
    return node.wait(node.spawn(Command(namespace, words)), 60).stdout


def datapath(lab: Lab) -> tuple[int, int, int]:
    """Look-ups, those that the cache answered, and masks tried, of node n1 so far."""
    text = printed(lab, "n1", "ovs-dpctl", "show")
    found = [re.search(rf"{name}: hit:(\d+)", text) for name in ("lookups", "cache", "masks")]
    first, second, third = (int(one[1]) if one else 0 for one in found)
    return first, second, third


def segments(lab: Lab, namespace: str) -> int:
    """TCP segments that a pod has received."""
    names, values = (
        line.split() for line in printed(lab, namespace, "cat", "/proc/net/snmp").splitlines() if "Tcp:" in line
    )
    return int(values[names.index("InSegs")])


def main() -> None:
    words = sys.argv[1:]
    loads, kernel = int(words[0]) if words else 80, words[1] if len(words) > 1 else "6.12"
    topology = Topology.uniform(2, 1)
    rr, crr = explained("tcp-rr").workload, explained("tcp-crr").workload
    with (
        VmTestbed(available.find(kernel), "counted") as testbed,
        built(catalogue.network(catalogue.parse("antrea")), topology, testbed) as lab,
    ):
        lab.prove()
        path, port = LabPath(lab), topology.ports(topology.ends[1]).start
        client, running = path.client, path.serve("serve", [rr.explained_service(port)], ())
        rows: list[tuple[float, str]] = []
        for _ in range(loads):
            load.run(client.node, client.namespace, crr.explained_spec(path.target(port), path.congestion, SECONDS, 0))
            received, before = segments(lab, path.server), datapath(lab)
            spec = rr.explained_spec(path.target(port), path.congestion, SECONDS, 0)
            result = load.run(client.node, client.namespace, spec)
            figure = rr.figure(result.exact)
            after, received = datapath(lab), segments(lab, path.server) - received
            lookups, cached, masks = (one - other for one, other in zip(after, before, strict=True))
            value = figure.value if figure else None
            rows.append((value or 0, f"| {value or 0:,.0f} | {received} | {lookups - cached} of {lookups} | {masks} |"))
            print(rows[-1][1], file=sys.stderr, flush=True)
        running.stop()
    rows.sort()
    middle = len(rows) // 2
    dear = [row for value, row in rows if value > 1.01 * rows[middle][0]]
    print("| instructions | segments received | not in the cache | masks tried |\n|--:|--:|--:|--:|")
    print("\n".join([rows[0][1], rows[middle][1], *dear]))
    print(f"\n{len(dear)} of {loads} loads are dearer, kernel {kernel}")


if __name__ == "__main__":
    main()
