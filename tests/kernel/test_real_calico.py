"""The real Calico in a lab, where etcd, Felix and Calico's CNI plugins are installed, beside the preset of its name."""

from __future__ import annotations

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import require
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support import real

MODES = {
    "bgp": "10.128.1.2 > 10.128.2.2",
    "ipip": "10.10.0.2 > 10.10.0.3, ipip [10.128.1.2 > 10.128.2.2]",
    "wireguard": "encrypted packets: wireguard UDP 51820",
    "vxlan": "10.10.0.2 > 10.10.0.3, vxlan UDP 4789 VNI 4096 [10.128.1.2 > 10.128.2.2]",
}


@pytest.mark.parametrize("mode", sorted(MODES))
def test_it_is_what_the_preset_of_its_name_is(mode: str) -> None:
    with real.opened(f"calico/real:mode={mode}") as lab:
        proof = lab.prove()[0]
        seen = {claim.claim: claim.seen for claim in proof.claims}
        assert proof.observed
        assert all(claim.holds for claim in proof.claims)
        assert seen["the request at n1/eth0 (out)"] == MODES[mode]
        assert real.differences(lab, f"calico/{mode}") == real.explained(f"calico-*-{mode}.json")


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("calico/real:mode=bgp"))
    with pytest.raises(
        PrerequisiteError, match=r"calico/real:mode=bgp cannot be built here: .*(etcd|etcdctl|calico-felix)"
    ):
        require(network, LocalTestbed(), (4,))
