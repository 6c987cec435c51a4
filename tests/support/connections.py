"""Connections from pod to pod of a lab, and which limits of the kernel they met."""

from __future__ import annotations

import sys
from typing import Any

from barewire.lab import usage
from barewire.lab.lab import Lab
from barewire.lab.pinning import Pinning
from barewire.model.network import Pod
from barewire.records import plain
from barewire.study.design import gates
from barewire.testbeds.testbed import Command
from tests.support.records import load_record

CLIENT, SERVER = Pod(1, 1), Pod(2, 1)
PINNING = Pinning((), (), "sleep")
LISTEN = """
import socket, sys, time
server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=int(sys.argv[3]))
while sys.argv[4] == "accept":
    server.accept()[0].close()
time.sleep(600)
"""
CONNECT = """
import socket, sys
open_ones = []
for _ in range(int(sys.argv[3])):
    one = socket.socket()
    one.settimeout(0.05)
    try:
        one.connect((sys.argv[1], int(sys.argv[2])))
        one.sendall(bytes(int(sys.argv[4])))
    except OSError:
        pass
    open_ones.append(one)
"""


def connect(lab: Lab, connections: int, backlog: int, then: str, sends: int = 0) -> list[dict[str, Any]]:
    """Open connections from pod to pod, and send so many bytes on each; what the kernel dropped meanwhile beyond links."""
    network, topology, nodes = lab.network, lab.topology, lab.nodes
    port = topology.ports(SERVER)[0]
    address = network.pod_address(topology, SERVER, 4)
    script = (sys.executable, "-c", LISTEN, str(address), str(port), str(backlog), then)
    serving = lab.node(SERVER).spawn(Command(lab.namespace(SERVER), script, listens=port))
    lab.node(SERVER).wait_listening(serving, 30)
    target = network.target(topology, SERVER, port, 4)
    before = nodes.counters()
    client = (sys.executable, "-c", CONNECT, str(target.address), str(target.port), str(connections), str(sends))
    done = lab.node(CLIENT).wait(lab.node(CLIENT).spawn(Command(lab.namespace(CLIENT), client)), 60)
    assert (done.status, done.stderr) == (0, "")
    did = usage.difference(before, nodes.counters(), PINNING)
    lab.node(SERVER).stop(serving)
    load = {"load": "tcp-crr", "workload": "tcp-crr", "requests": connections, "machine": did}
    rules = plain(gates.check([load_record(load)], gates.UNKNOWN))
    return [*plain(did.kernel_drops), *rules]
