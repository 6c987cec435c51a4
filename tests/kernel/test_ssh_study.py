"""Commands on two machines that are reached by ssh: a study, the doctor, and a wire that is a macvlan child."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.lab.far_doctor import examine_machines
from barewire.lab.lab import built
from barewire.model.network import Topology, Wire
from barewire.networks import catalogue
from barewire.study.execution.run import RunDirectory
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.units import Bytes
from tests.support.command import HURRIED, barewire
from tests.support.machines import CARD, Machines, needs_sshd, two_machines

pytestmark = [pytest.mark.kernel, needs_sshd]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        yield found


def test_a_study_measures_between_two_machines(machines: Machines, tmp_path: Path) -> None:
    done = barewire(
        "study", "--testbed", "ssh", "--machines", ",".join(machines.texts), "--networks", "ptp", "--workloads", "tcp-rr",
        "--server", "serve", "--blocks", "1", "--seconds", "0.1", "--warmup", "0.05", "--force", "--out", str(tmp_path / "run"),
    )  # fmt: skip
    assert done.code == 3, done.err  # one block has no interval
    run = RunDirectory.open(tmp_path / "run")
    assert [one["host"] for one in run.record.environment["nodes"].values()] == [machines.a.name, machines.b.name]
    assert "Measured between barewire-a by eth1" in done.out
    trials = run.trials()
    assert {trial.network for trial in trials if trial.valid} == {"host", "ptp"}
    assert all(load.machine.cpu["server"]["idle"] >= 0 for trial in trials for load in trial.loads)


def test_the_doctor_proves_the_wire_of_two_machines(machines: Machines) -> None:
    done = barewire(
        "doctor", "--json", "--testbed", "ssh", "--machines", ",".join(machines.texts), seconds=300, first=HURRIED
    )
    checks = {one["subject"]: one for one in json.loads(done.out)["checks"]}
    assert checks["wire"]["state"] == "good", done.out
    assert checks[f"{machines.a.name}: {CARD}"]["said"].startswith("veth")
    assert checks["flannel/vxlan"]["state"] == "good"


@pytest.mark.parametrize("name", ["calico/bgp:bird", "flannel-2016/vxlan", "romana", "kube-router"])
def test_networks_with_settings_of_their_links_are_proved(machines: Machines, name: str) -> None:
    network = catalogue.network(catalogue.parse(name))
    with (
        SshTestbed(parse_targets(machines.texts)) as testbed,
        built(network, Topology.uniform(2, 1), testbed) as lab,
    ):
        lab.prove()


def test_a_macvlan_child_is_a_wire_too(machines: Machines) -> None:
    before = [one.card() for one in machines.both]
    host = catalogue.network(catalogue.parse("host"))
    with (
        SshTestbed(parse_targets([f"{text}:macvlan" for text in machines.texts])) as shared,
        built(host, Topology.uniform(2, 1, wire=Wire(mtu=Bytes(1400))), shared) as lab,
    ):
        lab.prove()
        assert [one.card() for one in machines.both] == before
    assert [one.card() for one in machines.both] == before


def test_the_doctor_knows_what_a_macvlan_child_cannot_carry(machines: Machines) -> None:
    """Over cards whose MTU is below the usual one, too."""
    with SshTestbed(parse_targets([f"{text}:macvlan" for text in machines.texts])) as testbed:
        checks = {one.subject: one for one in examine_machines(testbed)}
    assert checks["wire"].state == "good", checks["wire"]
    assert (checks["macvlan"].state, checks["docker"].state) == ("poor", "good")
    assert "children of the wire" in checks["macvlan"].said and "spare card" in checks["macvlan"].remedy
