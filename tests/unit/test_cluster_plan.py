"""Plans of a cluster: every option is honoured or refused."""

from __future__ import annotations

import pytest

from barewire.errors import PlanError
from barewire.study.design.plan_file import load_plan, plan_of

CLUSTER = {"testbed": "kubernetes", "seed": 1}


def test_a_cluster_has_its_own_candidates_and_workloads() -> None:
    plan = load_plan(None, CLUSTER)
    assert plan.networks == ("host", "pod", "pod/same-node", "service", "node-port")
    assert (plan.server, plan.in_vm, plan.in_cluster) == ("serve", False, True)
    assert "tcp-stream" in plan.workloads and not plan.switches_offloads


def test_the_baseline_is_always_first() -> None:
    assert load_plan(None, {**CLUSTER, "networks": "service,pod"}).networks == ("host", "service", "pod")


def test_each_number_of_policies_is_a_candidate() -> None:
    plan = load_plan(None, {**CLUSTER, "networks": "host", "policies": "0,10,1000"})
    assert plan.networks == ("host", "pod", "pod/policies-10", "pod/policies-1000")
    assert plan.policies == (0, 10, 1000)


def test_both_ip_versions_double_every_way() -> None:
    plan = load_plan(None, {**CLUSTER, "networks": "pod", "policies": "10", "family": 46})
    assert plan.networks == (
        "host", "host/ipv6", "pod", "pod/ipv6", "pod/policies-10", "pod/policies-10/ipv6"
    )  # fmt: skip
    assert plan_of(plan.record(), "run.json") == plan


def test_a_way_over_ipv6_can_be_named_alone() -> None:
    assert load_plan(None, {**CLUSTER, "networks": "pod/ipv6"}).networks == ("host", "pod/ipv6")


def test_pairs_of_nodes_are_groups_of_blocks() -> None:
    assert load_plan(None, {**CLUSTER, "pairs": 3}).restarts == 3


def test_nodes_are_names_in_a_cluster_and_a_number_in_labs() -> None:
    assert load_plan(None, {**CLUSTER, "nodes": "a,b"}).node_names == ("a", "b")
    assert load_plan(None, {"nodes": "3", "seed": 1}).node_count == 3


def test_a_plan_of_a_cluster_survives_its_record() -> None:
    plan = load_plan(None, {**CLUSTER, "policies": "10", "pairs": 2, "nodes": "a,b,c"})
    assert plan_of(plan.record(), "run.json") == plan


@pytest.mark.parametrize("text", ["etc/cni", "/", "/etc", "/etc/../etc/cni", "/etc/cni/", "/etc/cni:user", "root"])
def test_a_folder_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="is no folder of CNI configurations"):
        load_plan(None, {**CLUSTER, "cni_config": text})


@pytest.mark.parametrize(
    "more",
    [
        {"kernel": "6.12"}, {"tune": "study-2016"}, {"clock": "counted"}, {"pods": 2}, {"topology": "racks=2,nodes=2"},
        {"wire": "rate=1gbit"}, {"nodes": "3"}, {"nodes": "a"}, {"server": "nginx"}, {"server_cpus": "0"},
        {"client_cpus": "1"}, {"networks": "flannel/vxlan"}, {"policies": "-1"},
        {"policies": "many"}, {"networks": "host,pod/ipv6", "family": 6}, {"pairs": 0}, {"pairs": 9},
        {"restarts": 3, "pairs": 2}, {"image": ""},
    ],
)  # fmt: skip
def test_what_a_cluster_cannot_honour_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(PlanError, match=f"--{next(iter(more)).replace('_', '-')}"):
        load_plan(None, {**CLUSTER, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"context": "c"},
        {"namespace": "n"},
        {"pairs": 2},
        {"policies": "1"},
        {"image": "i"},
        {"nodes": "a,b"},
        {"family": 46},
    ],
)
def test_what_only_a_cluster_has_is_refused_for_labs(more: dict[str, object]) -> None:
    with pytest.raises(PlanError, match=f"--{next(iter(more))}"):
        load_plan(None, {"seed": 1, **more})
