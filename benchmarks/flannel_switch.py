"""Switch flannel's backend while pods talk, as the study of 2016 did, and count what is lost and what is left behind.

    scripts/bench flannel_switch [TIMES]

A pod sends 1,000 UDP datagrams a second to a pod of another node. After three seconds the other backend is put into etcd, both
daemons get SIGTERM and are started again. It takes etcd, etcdctl, flanneld and flannel's CNI plugin.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from barewire.errors import BarewireError
from barewire.lab.lab import desired_state, require
from barewire.lab.programs.flannel import FlannelRun
from barewire.model.network import Pod, Topology
from barewire.networks import catalogue
from barewire.networks.etcd import ETCD_DEV
from barewire.networks.program.flannel import RealFlannel
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command, LabNodes

RATE, SECONDS, BEFORE = 1000, 12, 3.0
PORT = 7000
TOPOLOGY = Topology.uniform(2, 1)
CLIENT, SERVER = TOPOLOGY.ends

SENDER = """
import socket, sys, time
address, port, rate, count = sys.argv[1], *map(int, sys.argv[2:])
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
begun, refused = time.monotonic(), 0
for number in range(count):
    time.sleep(max(0.0, begun + number / rate - time.monotonic()))
    try:
        link.sendto(number.to_bytes(8, "big"), (address, port))
    except OSError:
        refused += 1
print(refused)
"""
RECEIVER = """
import json, socket, sys
port, count = map(int, sys.argv[1:])
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind(("0.0.0.0", port))
link.settimeout(5)
seen = set()
try:
    while len(seen) < count:
        seen.add(int.from_bytes(link.recv(64), "big"))
except TimeoutError:
    pass
lost = [number for number in range(count) if number not in seen]
runs, longest = 0, 0
for place, number in enumerate(lost):
    runs = runs + 1 if place and lost[place - 1] == number - 1 else 1
    longest = max(longest, runs)
print(json.dumps({"lost": len(lost), "longest": longest}))
"""


@contextmanager
def flannel(backend: str) -> Iterator[tuple[FlannelRun, LabNodes, str]]:
    """A lab with flannel itself, and the address of the pod that receives."""
    testbed = LocalTestbed()
    network = catalogue.network(catalogue.parse(f"flannel/real:backend={backend}"))
    require(network, testbed, (4,))
    assert isinstance(network.attach, RealFlannel)
    machine = testbed.machine()
    wanted = desired_state(network, TOPOLOGY, machine.congestion_control, ipv6=machine.has_ipv6)
    with testbed.open() as nodes:
        nodes.apply(wanted)
        run = FlannelRun(network, network.attach, TOPOLOGY, nodes)
        try:
            found = run.up()
            yield run, nodes, str(found[SERVER][0])
        finally:
            run.down()


def switch(old: str, new: str) -> dict[str, object]:
    """One switch: the route afterwards, datagrams lost, the most of them in a row, seconds until both daemons were ready
    again, links with their MTU afterwards."""
    count = RATE * SECONDS
    with flannel(old) as (run, nodes, address):
        receiver = spawn(nodes, SERVER, RECEIVER, str(PORT), str(count))
        time.sleep(0.5)
        sender = spawn(nodes, CLIENT, SENDER, address, str(PORT), str(RATE), str(count))
        time.sleep(BEFORE)
        run.configure(new)
        begun = time.monotonic()
        run.stop()
        run.start()
        took = time.monotonic() - begun
        refused = nodes.node(CLIENT.name).wait(sender, SECONDS + 30).stdout.strip()
        found = json.loads(nodes.node(SERVER.name).wait(receiver, 30).stdout)
        links = {
            f"{where}/{'pod end' if link.name.startswith('veth') else link.name}": link.mtu
            for where, there in nodes.links().items()
            if where in ("n1", CLIENT.name)
            for link in there
            if link.name != ETCD_DEV
        }
        route = nodes.node("n1").wait(
            nodes.node("n1").spawn(Command("n1", ("ip", "route", "show", "10.128.2.0/24"))), 10
        )
    return {
        "route": route.stdout.strip(),
        "sent": count,
        "refused": int(refused),
        **found,
        "seconds": round(took, 2),
        "links": links,
    }


def spawn(nodes: LabNodes, pod: Pod, program: str, *words: str) -> int:
    return nodes.node(pod.name).spawn(Command(pod.name, (sys.executable, "-c", program, *words)))


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    try:
        for old, new in (("vxlan", "host-gw"), ("host-gw", "vxlan")):
            for _ in range(times):
                print(f"{old} -> {new}: {json.dumps(switch(old, new))}", flush=True)
    except BarewireError as error:
        print(f"flannel_switch: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
