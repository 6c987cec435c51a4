"""Labs in the machines' own network namespaces: proved there, and gone without a trace, whatever ends."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barewire.errors import PrerequisiteError
from barewire.lab.far_doctor import examine_machines
from barewire.lab.lab import built
from barewire.model.network import Topology, Wire
from barewire.networks import catalogue
from barewire.study.execution.run import RunDirectory
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.units import Bytes
from tests.kernel.test_ssh_cards import SECONDS, VICTIMS, agent, guard
from tests.support.command import barewire
from tests.support.machines import CARD, Machines, TestMachine, needs_sshd, two_machines

pytestmark = [pytest.mark.kernel, needs_sshd]

NETWORK, TOPOLOGY = "bridge+vxlan", Topology.uniform(2, 1, wire=Wire(mtu=Bytes(1450)))
HELD = f"""
import sys, time
from barewire.lab.lab import built
from barewire.networks import catalogue
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from tests.kernel.test_ssh_shared import TOPOLOGY

with SshTestbed(parse_targets(sys.argv[1:])) as testbed:
    with built(catalogue.network(catalogue.parse("{NETWORK}")), TOPOLOGY, testbed) as lab:
        print("held", flush=True)
        end = time.monotonic() + float(sys.stdin.readline())
        lab.nodes.links()
        while time.monotonic() < end:
            lab.nodes.links()
"""

State = list[dict[str, object]]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Machines that forward, with an `eth0` that is not the card, and rules."""
    with two_machines(tmp_path_factory.mktemp("machines")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        prepare(found)
        yield found


def prepare(machines: Machines) -> None:
    """Have the machines forward, with an `eth0` that is not the card, and rules of their own."""
    for number, one in enumerate(machines.both, start=1):
        one.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        one.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0p")
        one.run("ip", "address", "add", f"203.0.113.{number}/24", "dev", "eth0")
        one.run("ip", "link", "set", "eth0", "up")
        one.run("nft", "add table ip own { chain in { type filter hook input priority 0; policy accept; }; }")


@pytest.fixture
def before(machines: Machines) -> State:
    return states(machines)


@pytest.fixture
def held(machines: Machines, before: State) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-c", HELD, *texts(machines)]
    study = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    with study:
        assert study.stdout is not None
        assert study.stdout.readline() == "held\n", study.stderr and study.stderr.read()
        assert all("cni0" in str(one["links"]) and "vxlan.1" in str(one["links"]) for one in states(machines))
        yield study
        study.kill()


def texts(machines: Machines) -> list[str]:
    return [f"{text}:shared" for text in machines.texts]


def states(machines: Machines) -> State:
    """All that the machines' own namespaces hold."""
    return [state_of(one) for one in machines.both]


def state_of(machine: TestMachine) -> dict[str, object]:
    links = json.loads(machine.run("ip", "-j", "-d", "address", "show"))
    found: dict[str, object] = {
        "links": {
            one["ifname"]: (
                one["mtu"], one["flags"], one["address"], one.get("altnames", []),
                sorted((each["local"], each["prefixlen"]) for each in one["addr_info"]),
            )
            for one in links
        },
        "neighbours of labs": re.findall(r"^(?:10\.10\.|fd00:10:).*", machine.run("ip", "neighbour", "show"), re.MULTILINE),
        "rules": machine.run("nft", "list", "ruleset"),
        "sysctls": machine.run("sh", "-c", "grep -s . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/*; true"),
    }  # fmt: skip
    for version in ("-4", "-6"):
        routes = machine.run("ip", version, "route", "show", "table", "all").splitlines()
        found[f"routes {version}"] = (sorted(routes), machine.run("ip", version, "rule"))
    return found


def test_a_lab_in_the_machines_own_namespace_is_proved(machines: Machines, before: State) -> None:
    with SshTestbed(parse_targets(texts(machines))) as testbed:
        for name in ("host", NETWORK, "ptp", "macvlan"):
            with built(catalogue.network(catalogue.parse(name)), TOPOLOGY, testbed) as lab:
                first = lab.prove()[0]
                assert {hop.dev for hop in first.forward if hop.namespace in ("n1", "n2")} <= {
                    "eth0", "cni0", "vxlan.1", "veth1",
                }  # fmt: skip
                found = testbed.start()[0].ask("card_drops")
                assert all(count == 0 for count in found.values())
            assert states(machines) == before, name
    assert [one.processes() for one in machines.both] == [set(), set()]


@pytest.mark.parametrize("victim", ["agent", "guard and agent"])
def test_nothing_of_a_lab_is_left_after_a_kill_of(
    victim: str, held: subprocess.Popen[str], before: State, machines: Machines
) -> None:
    ends = [os.pidfd_open(pid) for machine in machines.both for pid in machine.of("barewire.testbeds.ssh")]
    both = victim == "guard and agent"
    victims = [guard(machines.a), agent(machines.a)] if both else [VICTIMS[victim](held, machines)]
    for pid in victims if both else ():
        os.kill(pid, signal.SIGSTOP)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    if victim != "study":
        _, said = held.communicate("0\n" if victim == "broom" else f"{SECONDS}\n", timeout=60)
        assert ("MeasurementError" in said) is (victim != "broom"), said
    for end in ends:
        assert select.select([end], [], [], SECONDS)[0], "a process is left"
        os.close(end)
    if both:
        assert "cni0" in str(states(machines)[0]["links"]), "somebody else has taken it away"
        with SshTestbed(parse_targets(machines.texts)) as testbed:
            testbed.start()
    assert states(machines) == before
    assert [one.processes() for one in machines.both] == [set(), set()]
    assert machines.a.run("ls", "/run/barewire/cards") == ""


def test_a_study_in_own_namespaces_says_what_it_leaves_out(machines: Machines, before: State, tmp_path: Path) -> None:
    done = barewire(
        "study", "--testbed", "ssh", "--machines", ",".join(texts(machines)), "--networks", "ptp,docker,flannel/vxlan",
        "--wire", "mtu=1450", "--workloads", "tcp-rr", "--server", "serve", "--blocks", "1", "--seconds", "0.1",
        "--warmup", "0.05", "--force", "--out", str(tmp_path / "run"),
    )  # fmt: skip
    assert done.code == 3, done.err  # one block has no interval
    run = RunDirectory.open(tmp_path / "run")
    reasons = {one.name: one.reason or "" for one in run.record.networks}
    assert reasons["host"] == reasons["ptp"] == ""
    assert all("rules that its other traffic passes through" in reasons[one] for one in ("docker", "flannel/vxlan"))
    assert {trial.network for trial in run.trials() if trial.valid} == {"host", "ptp"}
    assert "in its own network namespace" in " ".join(done.out.split())
    assert states(machines) == before


def test_the_doctor_knows_what_own_namespaces_cannot_get(machines: Machines, before: State) -> None:
    machines.b.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    try:
        with SshTestbed(parse_targets(texts(machines))) as testbed:
            checks = {one.subject: one for one in examine_machines(testbed)}
    finally:
        machines.b.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    assert checks["wire"].state == checks["host"].state == "good", checks["wire"]
    assert checks["docker"].state == "poor" and "must not get rules" in checks["docker"].said
    assert checks["flannel/aws-vpc"].state == "poor" and "a router on the wire" in checks["flannel/aws-vpc"].said
    assert f"net.ipv4.ip_forward = 1, and {machines.b.name} has 0" in checks["ptp"].said
    assert states(machines) == before


def test_a_lab_knows_nothing_of_the_neighbours_of_others(machines: Machines, before: State) -> None:
    """The machines have met the addresses before, at other cards: those of macvlan children."""
    for one, of_other in zip(machines.both, ("10.10.0.3", "10.10.0.2"), strict=True):
        one.run("ip", "neighbour", "add", of_other, "lladdr", "02:00:00:00:00:01", "dev", CARD, "nud", "reachable")
    host = catalogue.network(catalogue.parse("host"))
    with SshTestbed(parse_targets(texts(machines))) as testbed, built(host, TOPOLOGY, testbed) as lab:
        lab.prove()
    assert states(machines) == before


def test_what_the_machine_needs_is_not_touched(machines: Machines, before: State) -> None:
    """Each refusal names what is in the way, and leaves everything as it was."""
    with SshTestbed(parse_targets(texts(machines))) as testbed:
        for setup, undo, said in (
            (
                "sysctl -qw net.ipv4.ip_forward=0",
                "sysctl -qw net.ipv4.ip_forward=1",
                "takes net.ipv4.ip_forward = 1.*sysctl -w",
            ),
            (
                "ip address add 10.128.7.1/14 dev eth0",
                "ip address del 10.128.7.1/14 dev eth0",
                r"10\.128\..*is on eth0",
            ),
            ("ip link add cni0 type bridge", "ip link del cni0", "there is a link cni0 already"),
            (f"ip link set {CARD} mtu 1400", f"ip link set {CARD} mtu 1450", r"have 1400 B.*--wire mtu=1400"),
        ):
            machines.a.run(*setup.split())
            changed = states(machines)
            with (
                pytest.raises(PrerequisiteError, match=said),
                built(catalogue.network(catalogue.parse(NETWORK)), TOPOLOGY, testbed),
            ):
                pass
            assert states(machines) == changed
            machines.a.run(*undo.split())


def test_a_namespace_has_the_labs_of_one_study(held: subprocess.Popen[str], machines: Machines) -> None:
    other = [text.replace(CARD, "eth0") for text in texts(machines)]
    with (
        pytest.raises(PrerequisiteError, match=f"another study has its labs.*by its card {CARD}"),
        SshTestbed(parse_targets(other)) as testbed,
    ):
        testbed.start()
    assert "cni0" in str(states(machines)[0]["links"]), "it has taken away the other study's lab"
