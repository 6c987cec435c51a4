"""The objects of a study in a cluster, and the Role that makes them."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv6Network
from typing import Any

import pytest
import yaml

from barewire.testbeds.kubernetes import access, carried, manifests, ways
from barewire.testbeds.kubernetes.manifests import StudyObjects
from barewire.testbeds.kubernetes.ways import PodRequest

STUDY = StudyObjects("barewire-1", "example.com/any:1", 1800, "x86_64", uid="0-1-2")
FILES = ["barewire-agent", "barewire-load"]


def documents() -> list[dict[str, Any]]:
    """Everything but the owner."""
    pods = [manifests.pod(STUDY, one, FILES) for one in ways.pods([ways.find(name) for name in ways.DEFAULT], "a", "b")]
    services = [manifests.service(STUDY, "server", [20000, 20001], kind, 4) for kind in ("ClusterIP", "NodePort")]
    programs = manifests.programs(STUDY, dict.fromkeys(FILES, b"\x7fELF"))
    found: list[Any] = [*pods, *services, *programs, *manifests.policies(STUDY, "policies-3", 3, 4)]
    return [one.to_dict() for one in found]


def test_everything_belongs_to_the_owner() -> None:
    for one in documents():
        [reference] = one["metadata"]["ownerReferences"]
        assert reference == {"apiVersion": "batch/v1", "kind": "Job", "name": "barewire-1", "uid": "0-1-2"}
        assert one["metadata"]["labels"]["barewire/study"] == "barewire-1"


def test_no_object_has_the_name_of_another() -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in documents()]
    assert len(set(names)) == len(names)


def test_the_owner_ends_with_its_only_pod_and_is_deleted() -> None:
    spec = manifests.owner(STUDY).to_dict()["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"], spec["activeDeadlineSeconds"]) == (0, 5, 1800)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_every_pod_has_a_deadline_and_no_credentials() -> None:
    for one in (each["spec"] for each in documents() if each["kind"] == "Pod"):
        assert (one["activeDeadlineSeconds"], one["restartPolicy"]) == (1800, "Never")
        assert (one["automountServiceAccountToken"], one["enableServiceLinks"]) == (False, False)


def test_only_pods_that_take_programs_have_room_for_them() -> None:
    wanted = PodRequest("client", "a")
    for carries in (False, True):
        spec = manifests.pod(dataclasses.replace(STUDY, carries=carries), wanted, FILES).to_dict()["spec"]
        rooms = [
            one["name"] for one in spec["volumes"] if one.get("emptyDir") == {"medium": "Memory", "sizeLimit": "64Mi"}
        ]
        mounted = {
            one["name"]: one["mountPath"] for one in spec["containers"][0]["volumeMounts"] if not one.get("readOnly")
        }
        assert mounted == dict.fromkeys(rooms, carried.FOLDER)
        assert bool(rooms) is carries


def test_pods_are_what_restricted_pod_security_admits() -> None:
    spec = manifests.pod(STUDY, PodRequest("client", "a"), FILES).to_dict()["spec"]
    [container] = spec["containers"]
    security = container["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["runAsNonRoot"] and security["runAsUser"] > 0 and not security["allowPrivilegeEscalation"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "hostNetwork" not in spec


def test_servers_on_the_host_reserve_their_ports() -> None:
    study = dataclasses.replace(STUDY, host_ports=(20000, 20010))
    ports = {
        one.role: manifests.pod(study, one, FILES).to_dict()["spec"]["containers"][0].get("ports")
        for one in ways.pods([ways.find("host"), ways.find("pod")], "a", "b")
    }
    declared = [{"containerPort": port, "hostPort": port, "protocol": "TCP"} for port in study.host_ports]
    assert ports == {"host-client": None, "host-server": declared, "client": None, "server": None}


@pytest.mark.parametrize("as_root", [False, True])
def test_a_reader_of_cni_files_mounts_one_folder_read_only(as_root: bool) -> None:
    one = manifests.cni_reader(STUDY, "a", "/etc/cni/net.d", as_root=as_root).to_dict()
    spec, [container] = one["spec"], one["spec"]["containers"]
    hosts = {each["name"]: each["hostPath"] for each in spec["volumes"] if "hostPath" in each}
    assert list(hosts.values()) == [{"path": "/etc/cni/net.d", "type": "Directory"}], "it must not be made by the mount"
    [mount] = [each for each in container["volumeMounts"] if each["name"] in hosts]
    assert mount["readOnly"] is True
    assert (spec["activeDeadlineSeconds"], spec.get("hostNetwork")) == (120, None)
    security = container["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"]} and not security["allowPrivilegeEscalation"]
    assert (security["runAsUser"] == 0, security["runAsNonRoot"]) == (as_root, not as_root)
    assert one["metadata"]["ownerReferences"][0]["name"] == "barewire-1"


def test_only_pods_of_the_baseline_are_on_the_host() -> None:
    on_host = {one["metadata"]["name"]: one["spec"].get("hostNetwork") for one in documents() if one["kind"] == "Pod"}
    assert {name for name, value in on_host.items() if value} == {"barewire-1-host-client", "barewire-1-host-server"}


def test_pods_are_placed_by_the_scheduler_on_their_node() -> None:
    spec = manifests.pod(STUDY, PodRequest("near", "node-7"), FILES).to_dict()["spec"]
    [term] = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchFields"] == [{"key": "metadata.name", "operator": "In", "values": ["node-7"]}]
    assert "nodeName" not in spec


def test_programs_are_the_only_thing_run_of_any_image() -> None:
    [container] = manifests.pod(STUDY, PodRequest("client", "a"), FILES).to_dict()["spec"]["containers"]
    assert container["command"] == ["/barewire/barewire-agent", "hold", "180"]
    assert container["volumeMounts"] == [{"mountPath": "/barewire", "name": "programs", "readOnly": True}]


def test_policies_select_one_pod_and_one_of_them_admits() -> None:
    found = [one.to_dict()["spec"] for one in manifests.policies(STUDY, "policies-300", 300, 4)]
    assert len(found) == 301
    selector = {"matchLabels": {"barewire/study": "barewire-1", "barewire/role": "policies-300"}}
    assert all(one["podSelector"] == selector for one in found)
    assert found[0]["ingress"] == [{}]
    sources = {one["ingress"][0]["from"][0]["ipBlock"]["cidr"] for one in found[1:]}
    assert len(sources) == 300 and all(source.startswith("198.18.") for source in sources)


def test_policies_of_ipv6_name_addresses_of_ipv6() -> None:
    _, *found = [one.to_dict()["spec"] for one in manifests.policies(STUDY, "policies-9-ipv6", 9, 6)]
    blocks = {one["ingress"][0]["from"][0]["ipBlock"]["cidr"] for one in found}
    assert len(blocks) == 9 and all(IPv6Network(block).subnet_of(IPv6Network("2001:2::/48")) for block in blocks)


def test_a_service_has_all_ports_of_both_protocols() -> None:
    spec = manifests.service(STUDY, "server", [20000, 20100], "NodePort", 6).to_dict()["spec"]
    assert [(one["port"], one["protocol"]) for one in spec["ports"]] == [
        (20000, "TCP"), (20000, "UDP"), (20100, "TCP"), (20100, "UDP"),
    ]  # fmt: skip
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv6"], "SingleStack")


def test_the_role_grants_all_that_is_needed_in_the_namespace() -> None:
    role = yaml.safe_load(access.role("work"))
    assert role["metadata"] == {"name": "barewire", "namespace": "work"}
    granted = {(rule["apiGroups"][0], rule["resources"][0]): set(rule["verbs"]) for rule in role["rules"]}
    assert granted["", "pods/exec"] == {"create", "get"}
    assert all(right.resource not in ("nodes", "daemonsets") for right in access.RIGHTS if right.in_namespace)
    for one in documents():
        group = "networking.k8s.io" if one["kind"] == "NetworkPolicy" else ""
        plural = {"NetworkPolicy": "networkpolicies"}.get(one["kind"], f"{one['kind'].lower()}s")
        assert "create" in granted[group, plural]
