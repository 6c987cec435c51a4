"""BPF programs of a lab on a real kernel: what their maps decide, and that they are replaced and removed as a whole.

That packets take the path of each network, and that pods of one node reach each other, `test_networks` shows for all presets.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from barewire.lab.lab import Lab, built
from barewire.model.data_path import BpfDataPath
from barewire.model.network import Pod, Topology
from barewire.model.objects import DesiredState, KernelObject
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command
from tests.support.lacking import skip_if_lacking

pytestmark = pytest.mark.kernel

TOPOLOGY = Topology.uniform(2, 2)
ONE, FAR, NEAR = Pod(1, 1), Pod(2, 1), Pod(1, 2)
INGRESS, EGRESS = "00", "01"
SERVER = """
import socket, sys
end, _ = socket.create_server((sys.argv[1], int(sys.argv[2]))).accept()
end.sendall(b"here")
"""
CLIENT = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1) as end:
        print(end.makefile().read())
except OSError:
    print("nothing")
"""


@pytest.fixture(params=["ebpf/native", "ebpf/vxlan", "ebpf/vxlan-legacy", "ebpf/netkit"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    network = catalogue.network(catalogue.parse(request.param))
    skip_if_lacking(network, (4,))
    with built(network, TOPOLOGY, LocalTestbed()) as found:
        yield found


def reaches(lab: Lab, client: Pod, server: Pod) -> bool:
    """Whether a TCP connection from one pod to another comes about."""
    address, port = lab.network.pod_address(TOPOLOGY, server, 4), TOPOLOGY.ports(server)[0]
    return connects(lab, client.name, server.name, str(address), str(port))


def connects(lab: Lab, client: str, server: str, address: str, port: str = "9000") -> bool:
    """The same between namespaces."""
    there, here = lab.nodes.node(server), lab.nodes.node(client)
    serve = Command(server, (sys.executable, "-c", SERVER, address, port), listens=int(port))
    serving = there.spawn(serve)
    there.wait_listening(serving, 20)
    asking = here.spawn(Command(client, (sys.executable, "-c", CLIENT, address, port)))
    done = here.wait(asking, 20)
    there.stop(serving)
    assert done.status == 0, done.stderr
    return done.stdout.strip() == "here"


def changed(lab: Lab, node: str, change: Callable[[BpfDataPath], BpfDataPath]) -> DesiredState:
    def one(thing: KernelObject) -> KernelObject:
        return change(thing) if isinstance(thing, BpfDataPath) else thing

    wanted = {**lab.desired.objects, node: tuple(map(one, lab.desired.objects[node]))}
    return DesiredState(wanted, lab.desired.adopted)


def denying(pod: Pod, direction: str) -> Callable[[BpfDataPath], BpfDataPath]:
    """A policy that lets a pod receive or send nothing."""

    def change(path: BpfDataPath) -> BpfDataPath:
        maps = []
        for one in path.maps:
            if one.name == f"policy_{pod.index}":
                items = tuple((k, ("01" + "00" * 7,) if k[2] == direction else v) for k, v in one.items)
                one = replace(one, items=items)
            maps.append(one)
        return replace(path, maps=tuple(maps))

    return change


def test_a_policy_map_decides_what_a_pod_may_send_and_receive(lab: Lab) -> None:
    assert reaches(lab, ONE, FAR) and reaches(lab, NEAR, ONE)
    lab.nodes.apply(changed(lab, "n1", denying(ONE, EGRESS)))
    assert not reaches(lab, ONE, FAR) and not reaches(lab, ONE, NEAR)
    assert reaches(lab, FAR, ONE), "replies of a connection that others began are let out"
    lab.nodes.apply(changed(lab, "n1", denying(ONE, INGRESS)))
    assert not reaches(lab, FAR, ONE) and not reaches(lab, NEAR, ONE)
    assert reaches(lab, ONE, FAR) and reaches(lab, ONE, NEAR), "and replies to its own are let in"
    lab.nodes.apply(lab.desired)
    assert reaches(lab, FAR, ONE)


def test_a_data_path_is_applied_once_and_replaced_if_it_differs(lab: Lab) -> None:
    assert lab.nodes.apply(lab.desired).unchanged
    again = lab.nodes.apply(changed(lab, "n1", denying(ONE, EGRESS)))
    assert (again.added["n1"], again.added["n2"]) == (1, 0)
    assert lab.nodes.apply(changed(lab, "n1", denying(ONE, EGRESS))).unchanged


def test_without_its_programs_a_node_carries_nothing_for_pods(lab: Lab) -> None:
    without = {
        name: tuple(thing for thing in wanted if not isinstance(thing, BpfDataPath))
        for name, wanted in lab.desired.objects.items()
    }
    removed = lab.nodes.apply(DesiredState(without, lab.desired.adopted)).removed
    assert (removed["n1"], removed["n2"]) == (1, 1)
    assert lab.nodes.apply(DesiredState(without, lab.desired.adopted)).unchanged
    if lab.network.spec.transport.options:  # with native routing the kernel's routes lead to the pods as well
        assert not reaches(lab, ONE, FAR)
    lab.nodes.apply(lab.desired)
    assert reaches(lab, ONE, FAR)


def test_pods_and_nodes_reach_each_other(lab: Lab) -> None:
    plan = TOPOLOGY.addresses.ipv4
    assert connects(lab, "n1", "n1-p1", str(plan.pod(1, 1).ip))
    assert connects(lab, "n1-p1", "n1", str(plan.node(1).ip))
    # Nodes are outside of a tunnel, so a pod reaches others only if its packets are masqueraded.
    if not lab.network.spec.transport.options or lab.network.rules == "cilium":
        assert connects(lab, "n1-p1", "n2", str(plan.node(2).ip))
