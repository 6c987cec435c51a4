"""The address plan gives everyone an address of their own, in both families, and says when it is full."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barewire.errors import PlanError
from barewire.model.addresses import AddressPlan, FamilyPlan

PLAN = AddressPlan((4, 6))
FAMILIES = st.sampled_from(PLAN.each())
SMALL = FamilyPlan(IPv4Network("10.0.0.0/24"), IPv4Network("10.1.0.0/22"), 24)


def nodes(plan: FamilyPlan) -> st.SearchStrategy[int]:
    return st.integers(1, plan.capacity)


@given(FAMILIES, st.data())
def test_two_nodes_never_share_an_address_or_a_pod_subnet(plan: FamilyPlan, data: st.DataObject) -> None:
    one, other = data.draw(nodes(plan)), data.draw(nodes(plan))
    assert (plan.node(one) == plan.node(other)) == (one == other)
    assert plan.subnet(one).overlaps(plan.subnet(other)) == (one == other)


@given(FAMILIES, st.data(), st.integers(1, 200), st.integers(1, 200))
def test_pods_and_their_gateway_have_own_addresses_in_the_subnet(
    plan: FamilyPlan, data: st.DataObject, one: int, other: int
) -> None:
    node = data.draw(nodes(plan))
    subnet = plan.subnet(node)
    pods = {plan.pod(node, one).ip, plan.pod(node, other).ip}
    assert len(pods) == len({one, other})
    for address in {*pods, plan.gateway(node).ip}:
        assert address in subnet
        assert address not in (subnet.network_address, subnet.broadcast_address)
    assert plan.gateway(node).ip not in pods


@given(FAMILIES, st.data())
def test_wire_and_pods_are_apart_and_the_router_is_no_node(plan: FamilyPlan, data: st.DataObject) -> None:
    node = data.draw(nodes(plan))
    assert plan.node(node).ip in plan.nodes
    assert plan.node(node).ip != plan.router().ip
    assert not plan.nodes.overlaps(plan.subnet(node))


@given(FAMILIES)
def test_the_last_node_fits_and_the_next_one_is_refused(plan: FamilyPlan) -> None:
    assert plan.subnet(plan.capacity)
    with pytest.raises(PlanError, match=f"holds {plan.capacity} pod subnets"):
        plan.subnet(plan.capacity + 1)


def test_there_is_no_node_0_and_no_pod_0() -> None:
    for plan in PLAN.each():
        with pytest.raises(PlanError, match="node 0 does not fit"):
            plan.subnet(0)
        with pytest.raises(PlanError, match="pod 0 does not fit"):
            plan.pod(1, 0)


def test_a_full_subnet_refuses_the_next_pod() -> None:
    assert str(SMALL.pod(1, 253)) == "10.1.1.254/24"
    with pytest.raises(PlanError, match=r"pod 254 does not fit into node 1's subnet 10\.1\.1\.0/24"):
        SMALL.pod(1, 254)


def test_the_first_family_named_is_the_one_that_loads_use() -> None:
    assert [type(plan.pods) for plan in AddressPlan((6, 4)).each()] == [IPv6Network, IPv4Network]
