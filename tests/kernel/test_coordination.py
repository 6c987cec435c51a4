"""What happens in labs when a node joins, leaves and dies and a cable is pulled, on a real kernel with real BIRD."""

from __future__ import annotations

from dataclasses import replace

import pytest

from barewire.kernel import programs
from barewire.lab import coordination, known_neighbours
from barewire.lab.coordination import Coordination
from barewire.lab.datagram_flow import DatagramFlow
from barewire.lab.lab import built, desired_state
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.model.objects import DesiredState, LearnedRoute
from barewire.model.racks import Racks
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed

pytestmark = pytest.mark.kernel


def measured(name: str) -> Coordination:
    return coordination.measure(catalogue.network(catalogue.parse(name)), coordination.switched(2), LocalTestbed(), 30)


@pytest.mark.skipif(not programs.located("birdc"), reason="BIRD is not installed (apt-get install bird2)")
def test_daemons_follow_every_event_and_lose_only_with_the_cable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_neighbours, "MOST_LEARNED", 4)  # between the sessions of 2 and 3 nodes
    found = measured("ptp+bgp:delay=0:hold=3")
    join, leave, cable, death = found.events
    assert [one.name for one in found.events] == ["join", "leave", "cable", "death"]
    assert found.daemons == 2 and found.memory_bytes > 100_000 and found.cpu_ns > 0
    # The node, its pod and their link are 18. Planned neighbours of the lab, of all nodes at once here, do not count.
    assert (join.requests, leave.requests) == (18 + 2, 4)
    assert all(one.converged_ns for one in (join, leave, cable, death)) and not join.lost + leave.lost
    # At least what was sent while the cable was away.
    assert cable.lost >= coordination.PULLED_SECONDS * 1000 * 0.5 and cable.last_lost_ns > 0


def test_without_daemons_nobody_notices_a_death() -> None:
    found = measured("ptp")
    death = found.events[-1]
    assert (death.name, death.converged_ns, death.note) == ("death", None, "no daemon watches the node")
    assert found.daemons == 0 and found.events[2].lost


@pytest.mark.skipif(not programs.located("birdc"), reason="BIRD is not installed (apt-get install bird2)")
def test_a_node_beyond_a_power_of_two_joins_without_loss() -> None:
    network, racks = catalogue.network(catalogue.parse("ptp+bgp:router:aggregate:delay=0")), Racks.uniform(2, 2)
    addresses = AddressPlan((4, 6))
    topology = coordination.with_room(Topology.uniform(0, 1, racks=racks, addresses=addresses))
    larger = Topology.uniform(0, 1, racks=racks.with_node(), addresses=addresses)
    machine = LocalTestbed().machine()
    with built(network, topology, LocalTestbed()) as lab:
        lab.prove()
        flow = DatagramFlow(lab, *topology.ends)
        wanted = desired_state(network, larger, machine.congestion_control, ipv6=machine.has_ipv6)
        lab.nodes.apply(wanted)
        found = lab.nodes.await_daemons(60)
        delivery = flow.stop()
        # Each node learns the nodes of its own rack and the other rack's aggregate, in both families.
        assert {name: len(lab_routes(wanted, name)) for name in ("n1", "n3", "n5")} == {"n1": 4, "n3": 6, "n5": 6}
        assert found.routes and replace(lab, topology=larger, desired=wanted).prove(every=True)
    assert len(delivery.sent) > 10 and not delivery.lost


@pytest.mark.skipif(not programs.located("birdc"), reason="BIRD is not installed (apt-get install bird2)")
def test_racks_without_room_are_renumbered_as_they_run() -> None:
    network, racks = catalogue.network(catalogue.parse("ptp+bgp:router:aggregate:delay=0")), Racks.uniform(2, 2, 2)
    addresses, machine = AddressPlan((4, 6)), LocalTestbed().machine()
    larger = Topology.uniform(0, 1, racks=racks.with_node(), addresses=addresses)
    with built(network, Topology.uniform(0, 1, racks=racks, addresses=addresses), LocalTestbed()) as lab:
        lab.converge()
        wanted = desired_state(network, larger, machine.congestion_control, ipv6=machine.has_ipv6)
        assert lab_routes(wanted, "n1") != lab_routes(lab.desired, "n1")
        lab.nodes.apply(wanted)
        lab.nodes.await_daemons(60)
        assert len(replace(lab, topology=larger, desired=wanted).prove(every=True)) == 5 * 4 * 2


def lab_routes(desired: DesiredState, name: str) -> list[LearnedRoute]:
    """What a namespace learns."""
    return [thing for thing in desired.objects[name] if isinstance(thing, LearnedRoute)]
