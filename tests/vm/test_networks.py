"""Every network, and parts that no preset has, on kernels of Debian's: built and proved in one VM each."""

from __future__ import annotations

import pytest

from barewire.lab.lab import built
from barewire.model.addresses import AddressPlan
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.places.vm.place import VmPlace

TOPOLOGY = Topology.of(2, 1, addresses=AddressPlan((4, 6)))
NAMES = [spec.name for spec in catalogue.presets()] + ["ptp+nat", "ptp+vxlan:vni=42:port=4789"]


def test_the_guest_is_the_kernel_that_was_asked_for_with_one_cpu(place: VmPlace) -> None:
    found = place.machine()
    assert (found.release, found.cpus) == (place.image.release, (0,))
    assert found.vm["clock"] == "counted"


@pytest.mark.parametrize("name", NAMES)
def test_each_network_is_built_and_proved_for_both_families(place: VmPlace, name: str) -> None:
    with built(catalogue.network(catalogue.parse(name)), TOPOLOGY, place) as lab:
        proofs = lab.prove()
    assert len(proofs) == 2
    assert all(claim.holds for proof in proofs for claim in proof.claims)
