"""Real systems in labs: built where their programs are, described, and compared with the preset of their name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import Lab, built, require
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.networks.etcd import ETCD_DEV
from barewire.testbeds.testbed import Command, Testbed
from tests.support import kernel_state

RECORDED = Path(__file__).parents[1] / "kernel" / "real"
SYSTEMS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(RECORDED.glob("*.json"))
}
"""The recorded descriptions, by name."""

ENDS = {"node": "n1", "pod": "n1-p1"}
FLANNEL = {
    "vxlan": "10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 1 [10.128.1.2 > 10.128.2.2]",
    "host-gw": "10.128.1.2 > 10.128.2.2",
    "ipip": "10.10.0.2 > 10.10.0.3, ipip [10.128.1.2 > 10.128.2.2]",
    "wireguard": "encrypted packets: wireguard UDP 51820",
}
CALICO = {
    "bgp": "10.128.1.2 > 10.128.2.2",
    "ipip": "10.10.0.2 > 10.10.0.3, ipip [10.128.1.2 > 10.128.2.2]",
    "wireguard": "encrypted packets: wireguard UDP 51820",
    "vxlan": "10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 4096 [10.128.1.2 > 10.128.2.2]",
}
"""What each of their ways puts on the wire."""

_PODS_LINKS = ("veth", "cali", "romana-")
_LAB_ROUTE = "default via 10.10.0.1"


def description(lab: Lab, namespace: str) -> dict[str, Any]:
    """What the kernel holds in a namespace of a lab; the node's end of its pod's link is called `pod1`."""

    def run(*arguments: str) -> str:
        node = lab.nodes.node(namespace)
        done = node.wait(node.spawn(Command(namespace, arguments)), 20)
        assert done.status == 0, (arguments, done.stderr)
        return done.stdout

    links = [link["ifname"] for link in json.loads(run("ip", "-j", "link"))]
    return kernel_state.described(run, {name: "pod1" for name in links if name.startswith(_PODS_LINKS)})


def unexplained(recorded: dict[str, Any], lab: Lab) -> tuple[list[str], list[str]]:
    """Where a recorded system differs from its preset in a lab, and where it is explained to differ: they should be the same."""
    ours = {key: description(lab, name) for key, name in ENDS.items()}
    for key in ours:
        if "counting" not in recorded[key]:
            del ours[key]["counting"]  # Some were recorded before this was read.
    return sorted(kernel_state.differences({key: recorded[key] for key in ours}, ours)), sorted(recorded["explained"])


def describe_proved(name: str, wire: str, testbed: Testbed) -> dict[str, Any]:
    """What the ends hold in a lab of two nodes with a real system, which is proved and sends `wire`; the test is skipped where
    its programs are not, or the kernel lacks something."""
    network = catalogue.network(catalogue.parse(name))
    try:
        require(network, testbed, (4,))
    except PrerequisiteError as error:
        pytest.skip(f"{error.what}: {error.said}")
    with built(network, Topology.uniform(2, 1), testbed) as lab:
        proof = lab.prove()[0]
        seen = {claim.claim: claim.seen for claim in proof.claims}
        assert proof.observed
        assert all(claim.holds for claim in proof.claims)
        assert seen["the request at n1/eth0 (out)"] == wire
        return {key: description(lab, name) for key, name in ENDS.items()}


def differences(real: dict[str, Any], preset: str, testbed: Testbed) -> list[str]:
    """Where a real system, as described, differs from a preset; the link to etcd is the lab's own."""
    with built(catalogue.network(catalogue.parse(preset)), Topology.uniform(2, 1), testbed) as lab:
        ours = {key: description(lab, name) for key, name in ENDS.items()}
    return sorted(line for line in kernel_state.differences(real, ours) if ETCD_DEV not in line)


def explained(pattern: str) -> list[str]:
    """The explained differences of the one recorded description that fits `pattern`, but for the node's default route, which both
    labs have alike."""
    [recorded] = RECORDED.glob(pattern)
    return sorted(line for line in json.loads(recorded.read_text())["explained"] if _LAB_ROUTE not in line)
