"""Three machines on a switch: each is a node, and the generator is tested between the first two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from barewire.lab.far_doctor import examine_machines
from barewire.lab.lab import built
from barewire.lab.pinning import Pinning
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.workloads.generator import selftest
from tests.support.machines import Machines, needs_sshd, two_machines

pytestmark = [pytest.mark.kernel, needs_sshd]

SHORT = selftest.QUICK.times(0.01)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines"), 3) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        yield found


@pytest.fixture(scope="module")
def testbed(machines: Machines) -> Iterator[SshTestbed]:
    with SshTestbed(parse_targets(machines.texts)) as found:
        yield found


def test_a_network_of_three_machines_is_proved(testbed: SshTestbed) -> None:
    network = catalogue.network(catalogue.parse("flannel/vxlan"))
    with built(network, Topology.uniform(3, 1), testbed) as lab:
        (proof, *_) = lab.prove()
        names = list(lab.desired.objects)
        counters = lab.nodes.counters()
    assert all(claim.holds for claim in proof.claims)
    assert [hop.namespace[:2] for hop in proof.forward] == sorted(hop.namespace[:2] for hop in proof.forward)
    assert {"n1", "n2", "n3", "n3-p1"} <= set(names)
    cards = {namespace for namespace, counter in counters.kernel_drops if counter == "network card rx_missed_errors"}
    assert cards == {"n1", "n2", "n3"}


def test_the_generator_is_tested_between_two_machines(testbed: SshTestbed) -> None:
    found = selftest.run(testbed, Pinning((0,), (0,), "sleep", elsewhere=True), SHORT)
    assert {(one.path, one.protocol) for one in found.bias} == {("wire", name) for name in selftest.PROTOCOLS}
    assert all(one.latency_ns["count"] > 0 for one in found.bias)
    assert found.resolution_ns > 0
    assert found.record().pinning == {"server": (0,), "client": (0,)}


def test_the_doctor_names_each_of_three_machines(testbed: SshTestbed, machines: Machines) -> None:
    checks = {check.subject: check.state for check in examine_machines(testbed)}
    hosts = [text.partition("%")[0] for text in machines.texts]
    assert {checks[host] for host in hosts} == {checks[f"{host}: eth1"] for host in hosts} == {"good"}
    assert checks["wire"] == "good"
