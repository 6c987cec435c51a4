"""The real kube-router in a lab, where etcd, kube-apiserver and kube-router are installed, beside the preset of its name."""

from __future__ import annotations

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.lab import require
from barewire.networks import catalogue
from barewire.testbeds.local import LocalTestbed
from tests.support import real


def test_it_is_what_the_preset_of_its_name_is() -> None:
    found = real.describe_proved("kube-router/real", "10.128.1.2 > 10.128.2.2", LocalTestbed())
    assert real.differences(found, "kube-router", LocalTestbed()) == real.explained("kube-router-*.json")


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    network = catalogue.network(catalogue.parse("kube-router/real"))
    with pytest.raises(
        PrerequisiteError, match=r"kube-router/real cannot be built here: .*(etcd|etcdctl|kube-apiserver|kube-router)"
    ):
        require(network, LocalTestbed(), (4,))
