"""The network card of a machine comes back as it was, whatever ends: the study, the connection, a process on either side."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from barewire.errors import PrerequisiteError
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from tests.support.machines import CARD, Machines, TestMachine, needs_sshd, two_machines

pytestmark = [pytest.mark.kernel, needs_sshd]

SECONDS = 20.0
HELD = """
import sys, time
from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed

with SshTestbed(parse_targets(sys.argv[1:])) as testbed:
    with built(catalogue.network(catalogue.parse("host")), Topology.uniform(2, 1), testbed) as lab:
        print("held", flush=True)
        end = time.monotonic() + float(sys.stdin.readline())
        lab.nodes.links()
        while time.monotonic() < end:
            lab.nodes.links()
"""
"""A study that has a lab on both machines, until a line comes; then it goes on for as many seconds as that says."""


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        yield found


@pytest.fixture
def before(machines: Machines) -> list[dict[str, object]]:
    return [one.card() for one in machines.both]


@pytest.fixture
def held(machines: Machines, before: list[dict[str, object]]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-P", "-c", HELD, *machines.texts]
    study = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with study:
        assert study.stdout is not None
        assert study.stdout.readline() == "held\n", study.stderr and study.stderr.read()
        yield study
        study.kill()


def agent(machine: TestMachine) -> int:
    return machine.of("barewire.testbeds.ssh.agent")[0]


def broom(machine: TestMachine) -> int:
    """In a session of its own, as the guard is, which is started later, and the holder of the lab, which has a child."""
    return next(pid for pid in machine.of("barewire.testbeds.ssh.agent") if os.getsid(pid) == pid and not children(pid))


def guard(machine: TestMachine) -> int:
    found = [pid for pid in machine.of("barewire.testbeds.ssh.agent") if os.getsid(pid) == pid and not children(pid)]
    return next(pid for pid in found if pid != broom(machine) and pid in children(agent(machine)))


def holder(machine: TestMachine) -> int:
    return next(pid for pid in children(agent(machine)) if children(pid))


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


VICTIMS: Mapping[str, Callable[[subprocess.Popen[str], Machines], int]] = {
    "study": lambda study, _: study.pid,
    "ssh": lambda study, _: children(study.pid)[0],
    "sshd": lambda _, machines: machines.a.of("sshd")[-1],
    "agent": lambda _, machines: agent(machines.a),
    "guard": lambda _, machines: guard(machines.a),
    "broom": lambda _, machines: broom(machines.a),
    "holder": lambda _, machines: holder(machines.a),
    "init": lambda _, machines: children(holder(machines.a))[0],
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_card_comes_back_after_a_kill_of(
    victim: str, held: subprocess.Popen[str], before: list[dict[str, object]], machines: Machines
) -> None:
    ends = [os.pidfd_open(pid) for machine in machines.both for pid in machine.of("barewire.testbeds.ssh")]
    os.kill(VICTIMS[victim](held, machines), signal.SIGKILL)
    if victim != "study":
        # What was killed is noticed by one of the next requests, not always by the first.
        _, said = held.communicate("0\n" if victim == "broom" else f"{SECONDS}\n", timeout=60)
        assert held.returncode == (0 if victim == "broom" else 1), said
        assert ("MeasurementError" in said) is (victim != "broom")
    for end in ends:  # agents, guards, and the processes of labs
        assert select.select([end], [], [], SECONDS)[0], "a process is left"
        os.close(end)
    assert [one.card() for one in machines.both] == before
    assert [one.processes() for one in machines.both] == [set(), set()]
    assert machines.a.run("ls", "/run/barewire/cards") == ""


def test_a_card_comes_back_when_agent_and_guard_die_at_once(
    held: subprocess.Popen[str], machines: Machines, before: list[dict[str, object]]
) -> None:
    """A physical card would be given back by the kernel; the next study configures it from what the last one wrote down."""
    victims = [guard(machines.a), agent(machines.a)]
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    lost = os.open(f"/proc/{children(holder(machines.a))[0]}/root/run/netns/n1", os.O_RDONLY)
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    held.communicate("0\n", timeout=60)
    # What the kernel does with a card when its namespace ends, and does not for a veth pair.
    machines.a.run("true")
    move = [
        "nsenter",
        f"--net=/proc/{os.getpid()}/fd/{lost}",
        "ip",
        "link",
        "set",
        "eth0",
        "netns",
        str(machines.a.pid),
    ]
    subprocess.run([*move, "name", "eth0"], check=True)
    os.close(lost)
    with SshTestbed(parse_targets(machines.texts)) as testbed:
        testbed.start()
    assert [one.card() for one in machines.both] == before


def test_two_studies_cannot_have_one_card(held: subprocess.Popen[str], machines: Machines) -> None:
    with (
        pytest.raises(PrerequisiteError, match=rf"{CARD} belongs to another study \(in barewire-a\).*process \d+"),
        SshTestbed(parse_targets(machines.texts)) as testbed,
    ):
        testbed.start()
