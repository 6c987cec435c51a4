"""The testbed `ssh` on two machines with a real sshd each: the contract of every testbed, proofs, and the card given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.testbeds.testbed import LabNodes
from tests.support.contract import NAMESPACES, PROMISES
from tests.support.machines import Machines, needs_sshd, two_machines

pytestmark = [pytest.mark.kernel, needs_sshd]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        yield found


@pytest.fixture(scope="module")
def testbed(machines: Machines) -> Iterator[SshTestbed]:
    with SshTestbed(parse_targets(machines.texts)) as found:
        yield found


@pytest.fixture(scope="module")
def nodes(testbed: SshTestbed) -> Iterator[LabNodes]:
    with testbed.open() as found:
        found.apply(NAMESPACES)
        yield found


@pytest.mark.parametrize("promise", PROMISES)
def test_it_keeps(promise: str, nodes: LabNodes) -> None:
    PROMISES[promise](nodes)


@pytest.mark.parametrize("name", ["host", "flannel/vxlan"])
def test_a_network_is_proved_across_two_machines(name: str, testbed: SshTestbed) -> None:
    network = catalogue.network(catalogue.parse(name))
    with built(network, Topology.uniform(2, 1), testbed) as lab:
        (proof, *_) = lab.prove()
    assert [hop.namespace[:2] for hop in proof.forward] == sorted(hop.namespace[:2] for hop in proof.forward)
