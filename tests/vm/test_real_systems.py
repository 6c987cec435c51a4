"""Presets held to real systems, on Debian's 6.12: those of links that this machine's kernel may lack.

Recorded ones always, and the real ones where their programs are. The others are compared on this machine's kernel
(tests/kernel/test_real_systems.py, test_real_flannel.py, test_real_calico.py).
"""

from __future__ import annotations

import pytest

from barewire.lab.lab import built, require
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.vm.testbed import VmTestbed
from tests.support import real
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


@pytest.mark.parametrize("way", ["ipip", "wireguard"])
def test_flannel_itself_is_what_its_preset_is(way: str, vm: VmTestbed) -> None:
    found = real.describe_proved(f"flannel/real:backend={way}", real.FLANNEL[way], vm)
    assert real.differences(found, f"flannel/{way}", vm) == real.explained(f"flannel-*-{way}.json")


@pytest.mark.parametrize("way", ["ipip", "wireguard"])
def test_calico_itself_is_what_its_preset_is(way: str, vm: VmTestbed) -> None:
    found = real.describe_proved(f"calico/real:mode={way}", real.CALICO[way], vm)
    assert real.differences(found, f"calico/{way}", vm) == real.explained(f"calico-*-{way}.json")
