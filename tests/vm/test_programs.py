"""Networks that programs build, on Debian's 6.12: plugins of links that this machine's kernel may lack, and a user's script."""

from __future__ import annotations

from pathlib import Path

import pytest

from barewire.lab.lab import built, require
from barewire.lab.proof import Proof
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.cni import HOST_LOCAL, configuration, need

EXAMPLES = Path(__file__).parents[2] / "examples"
BRIDGE = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": HOST_LOCAL}
RANGE = {"subnet": "${CLUSTER_SUBNET}", "rangeStart": "${NODE_RANGE_START}", "rangeEnd": "${NODE_RANGE_END}"}


def observed(name: str, vm: VmTestbed) -> Proof:
    network = catalogue.network(catalogue.parse(name))
    require(network, vm, (4,))
    with built(network, Topology.uniform(2, 1), vm) as lab:
        return lab.prove()[0]


def seen(proof: Proof) -> dict[str, str]:
    assert proof.observed
    return {claim.claim: claim.seen for claim in proof.claims}


def test_ipvlan_of_the_reference_plugins(tmp_path: Path, vm: VmTestbed) -> None:
    need("ipvlan", "host-local")
    ipvlan = {"type": "ipvlan", "master": "eth0", "mode": "l2", "ipam": {"type": "host-local", "ranges": [[RANGE]]}}
    proof = observed(f"cni:{configuration(tmp_path, ipvlan)}", vm)
    assert seen(proof)["kinds of links between wire and pods"] == "ipvlan"
    assert seen(proof)["the request at n1/eth0 (out)"] == "10.128.1.2 > 10.128.2.2"
    assert all(claim.holds for claim in proof.claims)


def test_a_bandwidth_limit_of_the_reference_plugins(tmp_path: Path, vm: VmTestbed) -> None:
    need("bridge", "host-local", "bandwidth")
    limit = {
        "type": "bandwidth",
        "egressRate": 10**9,
        "egressBurst": 10**7,
        "ingressRate": 10**9,
        "ingressBurst": 10**7,
    }
    proof = observed(f"cni:{configuration(tmp_path, BRIDGE, limit)}+routes", vm)
    assert "ifb" in {hop.kind for hop in (*proof.forward, *proof.reverse)}


@pytest.mark.parametrize(
    ("transport", "wire"),
    [("gre", "10.10.0.2 > 10.10.0.3, gre"), ("wireguard", "encrypted packets: wireguard UDP 51820")],
)
def test_a_chain_over_a_tunnel(tmp_path: Path, vm: VmTestbed, transport: str, wire: str) -> None:
    need("bridge", "host-local")
    proof = observed(f"cni:{configuration(tmp_path, {**BRIDGE, 'mtu': '${POD_MTU}'})}+{transport}", vm)
    assert seen(proof)["the request at n1/eth0 (out)"].startswith(wire)
    assert all(claim.holds for claim in proof.claims)


def test_a_user_s_script(vm: VmTestbed) -> None:
    proof = observed(f"exec:{EXAMPLES}/vxlan.sh", vm)
    assert "vxlan UDP 4789 VNI 7" in seen(proof)["the request at n1/eth0 (out)"]
