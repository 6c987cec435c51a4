"""BGP on a real kernel by real BIRD: learned routes, sessions, racks with routers, and the death of a spine."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from barewire.addresses import fixed
from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import programs
from barewire.lab import lab as labs
from barewire.lab import usage
from barewire.lab.datagram_flow import DatagramFlow
from barewire.lab.lab import Lab, built
from barewire.lab.pinning import Pinning
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, LearnedRoute, NftTable
from barewire.model.racks import Racks
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from barewire.testbeds.testbed import Command

pytestmark = pytest.mark.kernel
needs_bird = pytest.mark.skipif(
    not (programs.located("bird") and programs.located("birdc")), reason="BIRD is not installed (apt-get install bird2)"
)
BOTH = AddressPlan((4, 6))
FABRIC = Racks.uniform(4, 3, 2)

FLOWS = 16
ANSWER = """
import socket, sys
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.bind((sys.argv[1], int(sys.argv[2])))
while True:
    end.sendto(*end.recvfrom(16))
"""
ASK = """
import select, socket, sys, time
address, port, flows, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
waiting = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(flows)]
for place, end in enumerate(waiting):
    end.bind(("", 40000 + place))
    end.connect((address, port))
limit = time.monotonic() + seconds
while waiting and time.monotonic() < limit:
    for end in waiting:
        try:
            end.send(b"asked")
        except OSError:
            pass
    for end in select.select(waiting, [], [], 0.1)[0]:
        try:
            end.recv(16)
            waiting.remove(end)
        except OSError:
            pass
print(flows - len(waiting))
"""
"""Asks by so many flows until each has an answer, and prints how many have."""


@contextmanager
def lab_of(name: str, topology: Topology) -> Iterator[Lab]:
    with built(catalogue.network(catalogue.parse(name)), topology, LocalTestbed()) as lab:
        yield lab


def printed(lab: Lab, namespace: str, *arguments: str) -> str:
    node = lab.nodes.node(namespace)
    done = node.wait(node.spawn(Command(namespace, arguments)), 30)
    assert done.status == 0, done.stderr
    return done.stdout


def routes(lab: Lab, namespace: str, family: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(lab, namespace, "ip", "-j", f"-{family}", "route"))
    return found


def without_protocol(found: list[dict[str, Any]]) -> list[str]:
    kept = ("dst", "gateway", "dev", "type", "metric", "scope", "prefsrc", "nexthops")
    return sorted(json.dumps({key: one[key] for key in kept if key in one}) for one in found)


@needs_bird
@pytest.mark.parametrize(("dynamic", "static"), [
    ("calico/bgp:bird", "calico/bgp"), ("ptp+bgp:reflectors=1:delay=0", "ptp"), ("ptp+bgp:router:delay=0", "ptp"),
])  # fmt: skip
def test_learned_routes_are_those_of_static_routing(dynamic: str, static: str) -> None:
    topology, found = Topology.uniform(3, 1, addresses=BOTH), []
    for name in (dynamic, static):
        try:
            labs.require(catalogue.network(catalogue.parse(name)), LocalTestbed(), (4, 6))
        except PrerequisiteError as error:
            pytest.skip(str(error))
        with lab_of(name, topology) as lab:
            lab.prove()
            found.append([routes(lab, node.name, family) for node in topology.nodes for family in (4, 6)])
    learned_ones, fixed_ones = found
    assert [without_protocol(one) for one in learned_ones] == [without_protocol(one) for one in fixed_ones]
    by_bird = [route for one in learned_ones for route in one if route["protocol"] == "bird"]
    assert len(by_bird) == 3 * 2 * 2


@needs_bird
def test_a_proof_states_birds_report_and_when_it_converged() -> None:
    with lab_of("ptp+bgp:delay=0", Topology.uniform(3, 1)) as lab:
        converged = lab.converge()
        assert set(dict(converged.nanoseconds)) == {"n1", "n2", "n3"} and converged.routes == 6
        assert all(0 < ns < 60e9 for _, ns in converged.nanoseconds)
        assert lab.converge().nanoseconds == converged.nanoseconds
        claims = {claim.claim: claim.seen for claim in lab.prove()[0].claims}
        evidence = claims["all 2 sessions of bird are Established, with 1 imported and 1 exported routes each"]
        assert evidence == "so reported in 3 namespaces, n1 first"
        said = printed(lab, "n1", "birdc", "-s", "/run/barewire/daemons/n1/bird/bird.ctl", "show", "protocols")
        assert said.count("Established") == 2


@needs_bird
def test_without_sessions_the_error_has_the_routes_and_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labs, "DAEMON_SECONDS", 1.0)
    drop = "chain in {\ntype filter hook input priority 0; policy accept;\ntcp dport 179 drop\n}"
    network, topology = catalogue.network(catalogue.parse("ptp+bgp:delay=0")), Topology.uniform(2, 1)
    deaf = DesiredState({name: (NftTable("inet", "deaf", drop),) for name in ("n1", "n2")})

    class Deaf(LocalTestbed):
        def underlay(self, topology: Topology, *, wants_switch: bool) -> DesiredState:
            return super().underlay(topology, wants_switch=wants_switch).merged(deaf)

    with built(network, topology, Deaf()) as lab, pytest.raises(KernelError) as error:
        lab.prove()
    text = str(error.value)
    lacking = {  # the node that is looked at last when the time is over
        "n1": "10.128.2.0/24 should be via 10.10.0.3 dev eth0, and is not there",
        "n2": "10.128.1.0/24 should be via 10.10.0.2 dev eth0, and is not there",
    }
    assert any(
        f"daemons have not learned their routes after 1 s (in {node}): 1 of 1 are lacking; {route}" in text
        for node, route in lacking.items()
    )
    assert "Started" in text


@needs_bird
def test_a_mesh_larger_than_the_table_of_neighbours_converges() -> None:
    nodes = 36  # 1260 sessions; all namespaces together have 1024 entries by default
    with lab_of("bridge+bgp:delay=0", Topology.uniform(nodes, 1)) as lab:
        assert lab.converge().routes == nodes * (nodes - 1)
        learned = printed(lab, "n7", "ip", "-4", "neighbour", "show", "dev", "eth0", "nud", "reachable")
        assert learned == ""


@needs_bird
@pytest.mark.parametrize("name", ["ptp+bgp:router:delay=0", "calico+bgp:router:delay=0"])
def test_racks_learn_each_others_pods(name: str) -> None:
    with lab_of(name, Topology.uniform(0, 1, racks=Racks.uniform(2, 2), addresses=BOTH)) as lab:
        first, *_ = proofs = lab.prove(every=True)
        assert len(proofs) == 4 * 3 * 2
        assert (first.client, first.server) == ("n1-p1", "n3-p1")
        assert [hop.namespace for hop in first.forward if hop.dev in ("br0", "r1", "r2")] == ["r1", "r1", "r2", "r2"]
        assert any(claim.claim == "the request is routed by r1" for claim in first.claims)
        assert any("is switched by r1, not routed" in claim.claim for proof in proofs for claim in proof.claims)


@pytest.mark.parametrize(
    "name", ["host", "ptp+vxlan:cross-subnet", "docker", "romana", "romana/prefixes", "flannel/aws-vpc"]
)
def test_racks_with_static_routes_are_proved(name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    try:
        labs.require(network, LocalTestbed(), (4, 6))
    except PrerequisiteError as error:
        pytest.skip(str(error))
    addresses = AddressPlan(tuple(sorted(network.families)))
    with lab_of(name, Topology.uniform(0, 1, racks=Racks.uniform(2, 2, 2), addresses=addresses)) as lab:
        for proof in lab.prove(every=True):
            assert all(claim.holds for claim in proof.claims)


def sent_to_rack_2(lab: Lab) -> int:
    """Packets that the first spine has sent to the second rack."""
    [link] = json.loads(printed(lab, "s1", "ip", "-j", "-s", "link", "show", "dev", "r2"))
    return int(link["stats64"]["tx"]["packets"])


def await_packets(lab: Lab) -> None:
    """Until the first spine has sent some more to the second rack."""
    wanted, deadline = sent_to_rack_2(lab) + FLOWS, time.monotonic() + 30
    while sent_to_rack_2(lab) < wanted:
        assert time.monotonic() < deadline, "no packets of the flow"


def lost_to_a_dead_leaf(lab: Lab) -> None:
    """The last rack's router dies: the others lose its routes and nothing else, by both spines as before."""
    last = FABRIC.racks
    dead = {f"r{last}", *(f"n{node}" for node in FABRIC.members(last))}
    leases = [lease for lease in fixed.leases(lab.topology) if lease.name in dead]
    gone = {net for lease in leases for one in lease.families for net in (one.subnet, one.address.network)}
    wanted = {
        name: tuple(one for one in things if isinstance(one, LearnedRoute) and one.dst not in gone)
        for name, things in lab.desired.objects.items()
        if name not in dead and any(isinstance(one, LearnedRoute) for one in things)
    }
    before, flow = lab.nodes.counters(), DatagramFlow(lab, *lab.topology.ends, FLOWS)
    await_packets(lab)
    printed(lab, f"r{last}", "sh", "-ec", "; ".join(f"ip link set s{spine} down" for spine in (1, 2)))
    lab.nodes.kill_daemons(f"r{last}")
    assert set(lab.nodes.await_learned(wanted, 30)) == set(wanted)
    await_packets(lab)
    delivery = flow.stop()
    did = usage.difference(before, lab.nodes.counters(), Pinning((), (), "sleep"))
    # What other tests send may fill a CPU's backlog, and the kernel counts what it then drops.
    assert len(delivery.lost) <= sum(drop.packets for drop in did.drops if not drop.namespace)
    assert len(delivery.sent) > FLOWS
    [kept] = [one for one in routes(lab, "r1", 4) if one["dst"] == "10.128.4.0/24"]
    assert {hop["dev"] for hop in kept["nexthops"]} == {"s1", "s2"}


@needs_bird
def test_when_a_leaf_and_a_spine_die_the_others_go_on() -> None:
    topology = Topology.uniform(0, 1, racks=FABRIC)
    client, server = topology.ends
    with lab_of("ptp+bgp:router:delay=0", topology) as lab:
        proofs = lab.prove(every=True)
        assert len(proofs) == 12 * 11
        spines = {hop.namespace for proof in proofs for hop in proof.forward if hop.namespace.startswith("s")}
        assert spines == {"s1", "s2"}
        lost_to_a_dead_leaf(lab)
        address = str(lab.network.pod_address(topology, server, 4))
        there = lab.nodes.node(server.name)
        answering = there.spawn(
            Command(server.name, (sys.executable, "-c", ANSWER, address, "9000"), listens=9000, datagrams=True)
        )
        there.wait_listening(answering, 20)
        asking = (sys.executable, "-c", ASK, address, "9000", str(FLOWS), "25")
        before = sent_to_rack_2(lab)
        assert printed(lab, client.name, *asking) == f"{FLOWS}\n"
        assert sent_to_rack_2(lab) > before, "no flow takes the spine that is to die"
        # The receiver's rack loses it first, so that it must withdraw routes before the sender's rack sees it die.
        printed(lab, "s1", "sh", "-ec", "; ".join(f"ip link set r{rack} down" for rack in range(FABRIC.racks, 0, -1)))
        assert printed(lab, client.name, *asking) == f"{FLOWS}\n", "flows of the dead spine were not moved"
        there.stop(answering)
        left = [one for one in routes(lab, "r1", 4) if one["dst"] == "10.128.4.0/24"]
        assert [(one.get("dev"), one["protocol"]) for one in left] == [("s2", "bird")]


def test_routes_of_a_daemon_are_read_with_all_next_hops() -> None:
    lines = """
        ip link add left type veth peer name right; ip link set left up; ip link set right up
        ip address add 10.0.0.1/24 dev left; ip address add 10.0.1.1/24 dev right
        ip -6 address add fd00::1/64 dev left nodad; ip -6 address add fd01::1/64 dev right nodad
        ip route add 10.9.0.0/16 via 10.0.0.9 proto bird
        ip route add default via 10.0.0.8 proto bird
        ip route add 10.8.0.0/16 proto bird nexthop via 10.0.0.2 dev left nexthop via 10.0.1.2 dev right
        ip route add 10.7.0.0/16 via 10.0.0.9 proto static
        ip -6 route add fd09::/48 via fd00::9 proto bird
        ip -6 route add fd08::/48 proto bird nexthop via fd00::2 dev left nexthop via fd01::2 dev right
    """
    expected = {
        ("10.9.0.0/16", (("left", "10.0.0.9"),)), ("0.0.0.0/0", (("left", "10.0.0.8"),)),
        ("10.8.0.0/16", (("left", "10.0.0.2"), ("right", "10.0.1.2"))),
        ("fd09::/48", (("left", "fd00::9"),)), ("fd08::/48", (("left", "fd00::2"), ("right", "fd01::2"))),
    }  # fmt: skip
    script = (
        "import sys; from barewire.kernel import learned\n"
        "for one in learned.read([(4, 12), (6, 12)]): print(one.dst, *(f'{d},{v}' for d, v in one.hops))"
    )
    with LocalTestbed().open() as nodes:
        nodes.apply(DesiredState({"x": ()}))
        node = nodes.node("x")
        done = node.wait(node.spawn(Command("x", ("sh", "-ec", lines))), 20)
        assert done.status == 0, done.stderr
        done = node.wait(node.spawn(Command("x", (sys.executable, "-P", "-c", script))), 30)
        assert done.status == 0, done.stderr
    found = {
        (words[0], tuple(tuple(word.split(",")) for word in words[1:]))
        for words in map(str.split, done.stdout.splitlines())
    }
    assert found == expected
