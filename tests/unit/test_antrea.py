"""Antrea's flow tables as planned: whole, in order, for the pods and nodes of a lab. That they carry packets is shown in VMs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from barewire.kernel.difference import difference
from barewire.kernel.present import NOTHING, PresentLink
from barewire.model.daemons import Daemon
from barewire.model.network import Topology
from barewire.model.objects import DaemonLink, KernelObject, Link
from barewire.networks import antrea, catalogue

TOPOLOGY = Topology.uniform(3, 2)
NETWORK = catalogue.network(catalogue.parse("antrea"))
PLAN = NETWORK.desired_state(TOPOLOGY)


def flows(node: str) -> list[str]:
    daemons = [thing for thing in PLAN.objects[node] if isinstance(thing, Daemon)]
    text = dict(daemons[-1].files)["flows"]
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("node", ["n1", "n2", "n3"])
def test_a_flow_goes_to_a_later_table_only(node: str) -> None:
    for flow in flows(node):
        assert "{" not in flow
        table = int(flow.removeprefix("table=").partition(",")[0])
        for following in re.findall(r"(?:goto_table:|table=)(\d+)", flow.partition(" actions=")[2]):
            assert table < int(following) < len(antrea.TABLES)


def test_each_table_has_one_flow_for_what_none_matches() -> None:
    missed = [flow for flow in flows("n1") if ", priority=0 " in flow]
    assert len(missed) == len(antrea.TABLES)


def test_no_two_flows_match_the_same() -> None:
    matches = [flow.partition(" actions=")[0] for flow in flows("n2")]
    assert len(matches) == len(set(matches))


def test_a_node_tunnels_to_the_subnets_of_the_others_alone() -> None:
    tunnelled = {
        (found[1], found[2])
        for flow in flows("n2")
        if (found := re.search(r"nw_dst=([\d./]+) .*set_field:([\d.]+)->tun_dst", flow))
    }
    assert tunnelled == {("10.128.1.0/24", "10.10.0.2"), ("10.128.3.0/24", "10.10.0.4")}


def test_a_pod_sends_under_its_own_addresses_alone() -> None:
    guarded = {
        (found[1], found[2]) for flow in flows("n2") if (found := re.search(r'"(veth\d)",arp_spa=([\d.]+)', flow))
    }
    assert guarded == {("veth1", "10.128.2.2"), ("veth2", "10.128.2.3")}


def test_what_open_vswitch_makes_is_left_alone() -> None:
    link = next(thing for thing in PLAN.objects["n1"] if isinstance(thing, Link))
    wanted: list[KernelObject] = [link, DaemonLink("genev_sys_6081", "geneve")]
    port = PresentLink(link.name, "veth", link.mtu, link.mac, "ovs-system", {})
    present = replace(NOTHING, links={link.name: port})
    assert not difference(wanted, (), present)


def test_a_port_that_was_taken_out_of_its_bridge_is_put_back() -> None:
    link = Link("veth1", "veth", 1500, master="cni0")
    port = PresentLink("veth1", "veth", 1500, "", "ovs-system", {})
    bridge = PresentLink("cni0", "bridge", 1500, "", "", {})
    present = replace(NOTHING, links={"veth1": port, "cni0": bridge})
    found = difference([Link("cni0", "bridge", 1500), link], (), present)
    assert found.change == (link,)
