"""The real flannel in a lab, where etcd, flanneld and flannel's CNI plugin are installed, beside the preset of its name."""

from __future__ import annotations

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import require
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support import real

BACKENDS = {
    "vxlan": "10.10.0.2 > 10.10.0.3, vxlan UDP 8472 VNI 1 [10.128.1.2 > 10.128.2.2]",
    "host-gw": "10.128.1.2 > 10.128.2.2",
    "ipip": "10.10.0.2 > 10.10.0.3, ipip [10.128.1.2 > 10.128.2.2]",
    "wireguard": "encrypted packets: wireguard UDP 51820",
}


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_it_is_what_the_preset_of_its_name_is(backend: str) -> None:
    with real.opened(f"flannel/real:backend={backend}") as lab:
        proof = lab.prove()[0]
        seen = {claim.claim: claim.seen for claim in proof.claims}
        assert proof.observed
        assert all(claim.holds for claim in proof.claims)
        assert seen["the request at n1/eth0 (out)"] == BACKENDS[backend]
        assert real.differences(lab, f"flannel/{backend}") == real.explained(f"flannel-*-{backend}.json")


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("flannel/real"))
    with pytest.raises(PrerequisiteError, match=r"flannel/real cannot be built here: .*(etcd|etcdctl|flanneld)"):
        require(network, LocalTestbed(), (4,))
