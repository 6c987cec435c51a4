"""The real Calico in a lab, where etcd, Felix and Calico's CNI plugins are installed, beside the preset of its name."""

from __future__ import annotations

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import require
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support import real


@pytest.mark.parametrize("mode", sorted(real.CALICO))
def test_it_is_what_the_preset_of_its_name_is(mode: str) -> None:
    found = real.describe_proved(f"calico/real:mode={mode}", real.CALICO[mode], LocalTestbed())
    assert real.differences(found, f"calico/{mode}", LocalTestbed()) == real.explained(f"calico-*-{mode}.json")


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("calico/real:mode=bgp"))
    with pytest.raises(
        PrerequisiteError, match=r"calico/real:mode=bgp cannot be built here: .*(etcd|etcdctl|calico-felix)"
    ):
        require(network, LocalTestbed(), (4,))
