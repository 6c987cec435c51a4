"""Presets held to recorded real systems, on Debian's 6.12: those of links that this machine's kernel may lack.

The others are compared on this machine's kernel (tests/kernel/test_real_systems.py).
"""

from __future__ import annotations

import pytest

from barewire.lab.lab import built, require
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support.real import SYSTEMS, unexplained

OFTEN_LACKING = {"link:ipip", "link:ipvlan", "link:wireguard"}


def needs(name: str) -> frozenset[str]:
    return catalogue.network(catalogue.parse(SYSTEMS[name]["network"])).needs((4,))


@pytest.mark.parametrize("name", [name for name in SYSTEMS if needs(name) & OFTEN_LACKING])
def test_a_preset_differs_from_the_real_system_as_explained(name: str, vm: VmTestbed) -> None:
    network = catalogue.network(catalogue.parse(SYSTEMS[name]["network"]))
    require(network, vm, (4,))
    with built(network, Topology.uniform(2, 1), vm) as lab:
        found, explained = unexplained(SYSTEMS[name], lab)
    assert found == explained
