"""A tuning on two machines: in force on both and on their cards, recorded by node, and put back whatever ends."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from barewire.kernel.tuning.hold import Hold
from barewire.kernel.tuning.setting import Tree
from barewire.lab.lab import built
from barewire.model.network import Topology
from barewire.networks import catalogue
from barewire.testbeds.ssh.line import VARIABLE
from barewire.testbeds.ssh.target import parse_targets
from barewire.testbeds.ssh.testbed import SshTestbed
from barewire.tuning import find
from barewire.tuning.applied import apply_again, tune
from tests.kernel.test_ssh_cards import agent
from tests.support.machines import Machines, TestMachine, needs_sshd, two_machines

BURST = Path("/proc/sys/kernel/printk_ratelimit_burst")
"""Of this kernel, which both machines have: nobody feels it, and no other test changes it."""

PROFILE = """
[machine.sysctls]
"kernel.printk_ratelimit_burst" = 17
[lab]
rps = "all"
rfs = 128
[lab.sysctls]
"net.ipv4.tcp_fin_timeout" = 10
"""

SETTINGS = {"sysctls": {"kernel.printk_ratelimit_burst": 17}}

pytestmark = [pytest.mark.kernel, needs_sshd]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with two_machines(tmp_path_factory.mktemp("machines")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, found.ssh)
        yield found


@pytest.fixture(autouse=True)
def as_before(machines: Machines) -> Iterator[None]:
    """The values of the kernel and of the cards, which no test may leave changed."""
    before, cards = BURST.read_text(), [one.card() for one in machines.both]
    yield
    after = BURST.read_text()
    BURST.write_text(before)
    assert after == before
    assert [one.card() for one in machines.both] == cards
    assert [one.run("ls", "/var/lib") for one in machines.both] == ["", ""], "the ledger's folder goes, too"


def guards(machine: TestMachine) -> list[int]:
    return machine.of("barewire.kernel.tuning.guard")


def kill(*pids: int) -> None:
    """End processes at once, stopped first so that none sees another's end, and wait until they are gone."""
    ends = [os.pidfd_open(pid) for pid in pids]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, number)
    await_end(ends)


def await_end(ends: list[int]) -> None:
    for end in ends:
        assert select.select([end], [], [], 20.0)[0], "a process is left"
        os.close(end)


def test_a_tuning_holds_on_both_machines_and_their_cards(machines: Machines, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(PROFILE)
    with SshTestbed(parse_targets(machines.texts)) as testbed:
        tuned = tune(find(str(file)), Hold(Tree()), testbed)
        machine = [(one.node, one.setting, one.set, one.after) for one in tuned.record().machine]
        assert machine == [(node, "kernel.printk_ratelimit_burst", True, "17") for node in ("n1", "n2")]
        assert not tuned.unset
        BURST.write_text("18")  # as a driver that places the card's interrupts anew when it is set up
        topology = replace(Topology.uniform(2, 1), tuning=tuned.labs)
        with built(catalogue.network(catalogue.parse("ptp")), topology, testbed) as lab:
            lab.prove()
            assert lab.nodes.node("n2").sysctl("n2", "net.ipv4.tcp_fin_timeout") == "10"
            assert lab.nodes.apply(lab.desired).unchanged, "what is set is found set"
        assert BURST.read_text() == "17\n"
        assert all(one.met for one in apply_again(tuned, Hold(Tree()), testbed))


def test_settings_return_after_a_kill_and_are_set_anew(machines: Machines) -> None:
    before = BURST.read_text()
    with SshTestbed(parse_targets(machines.texts)) as testbed:
        testbed.tune(SETTINGS, "mine")
        ends = [os.pidfd_open(pid) for pid in guards(machines.a)]
        assert ends
        kill(agent(machines.a))
        await_end(ends)
        assert BURST.read_text() == before
        testbed.restart()
        testbed.log_in()
        assert BURST.read_text() == "17\n"


def test_settings_return_with_the_next_study_after_two_kills(machines: Machines) -> None:
    before = BURST.read_text()
    with SshTestbed(parse_targets(machines.texts)) as testbed:
        testbed.tune(SETTINGS, "mine")
        kill(agent(machines.a), *guards(machines.a))
        assert BURST.read_text() == "17\n"
    with SshTestbed(parse_targets(machines.texts)) as testbed:
        testbed.start()
        assert BURST.read_text() == before
