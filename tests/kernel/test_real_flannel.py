"""The real flannel in a lab, where etcd, flanneld and flannel's CNI plugin are installed, beside the preset of its name."""

from __future__ import annotations

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import require
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support import real


@pytest.mark.parametrize("backend", sorted(real.FLANNEL))
def test_it_is_what_the_preset_of_its_name_is(backend: str) -> None:
    found = real.describe_proved(f"flannel/real:backend={backend}", real.FLANNEL[backend], LocalTestbed())
    assert real.differences(found, f"flannel/{backend}", LocalTestbed()) == real.explained(f"flannel-*-{backend}.json")


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("flannel/real"))
    with pytest.raises(PrerequisiteError, match=r"flannel/real cannot be built here: .*(etcd|etcdctl|flanneld)"):
        require(network, LocalTestbed(), (4,))
