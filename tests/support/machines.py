"""Machines for the testbed `ssh`: namespaces with a real sshd each, joined by a veth pair that stands for their network cards.

A machine has network, mount and process namespaces and its own /run, /var/lib and /sys; its root directory is this machine's.
The user's ssh is given a configuration whose ProxyCommand starts the machine's sshd for each connection (`sshd -i`), and nothing
listens.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/bin:/bin")
NAMES = ("barewire-a", "barewire-b", "barewire-c", "barewire-d")
CARD = "eth1"
_ADDRESS_SECONDS = 20.0
"""For IPv6 to find that nobody else has an address: one second on a machine that is not busy."""

needs_sshd = pytest.mark.skipif(
    SSHD is None or os.geteuid() != 0 or shutil.which("ssh") is None,
    reason="takes root and sshd (Debian: apt-get install openssh-server)",
)

_SET_UP = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir -p /run/sshd
mount -t sysfs sysfs /sys
ip link set lo up
sysctl -qw net.ipv6.conf.default.accept_dad=0
echo ready
exec sleep infinity
"""


@dataclass(frozen=True)
class TestMachine:
    """A machine: its name as ssh knows it, and a process in its namespaces."""

    name: str
    pid: int

    def run(self, *command: str) -> str:
        """What a command on the machine prints."""
        done = subprocess.run(self.argv(*command), capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def argv(self, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-r", *command]

    def card(self, name: str = CARD) -> dict[str, object]:
        """What the card is like, without what changes by itself, and when no address is tentative any more."""
        deadline = time.monotonic() + _ADDRESS_SECONDS
        while self.run("ip", "-6", "address", "show", "dev", name, "tentative"):
            assert time.monotonic() < deadline, "an address stays tentative"
            time.sleep(0.05)
        (link,) = json.loads(self.run("ip", "-j", "-d", "address", "show", "dev", name))
        keys = ("ifname", "mtu", "flags", "operstate", "address", "addr_info")
        found = {key: link[key] for key in keys}
        for one in found["addr_info"]:
            one.pop("valid_life_time"), one.pop("preferred_life_time")
        found["addr_info"] = sorted(found["addr_info"], key=str)
        found["routes"] = [
            self.run("ip", version, "route", "show", "dev", name, "table", "all") for version in ("-4", "-6")
        ]
        found["steering"] = self.run("sh", "-c", f"grep -s . /sys/class/net/{name}/queues/*x-*/[rx]ps_*; true")
        found["offloads"] = self.run("ethtool", "-k", name) if shutil.which("ethtool") else ""
        return found

    def processes(self) -> set[str]:
        """Command lines of what runs there, the machine's first process left out."""
        found = set()
        for folder in Path(f"/proc/{self.pid}/root/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] and folder.name != "1":
                found.add(f"{folder.name} {b' '.join(words).decode(errors='replace')[:150]}")
        return found

    def of(self, word: str) -> list[int]:
        """Processes of the machine whose command line has `word`, as this machine numbers them, the oldest first."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                inside = (folder / "ns/pid").readlink() == Path(f"/proc/{self.pid}/ns/pid").readlink()
                if inside and word in (folder / "cmdline").read_text():
                    found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[19])
            except OSError:
                continue
        return sorted(found, key=lambda pid: found[pid])


@dataclass(frozen=True)
class Machines:
    """Machines, two as a rule, and the ssh command that reaches them."""

    a: TestMachine
    b: TestMachine
    ssh: str
    folder: Path
    others: tuple[TestMachine, ...] = ()

    @property
    def both(self) -> tuple[TestMachine, TestMachine]:
        return self.a, self.b

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(f"{one.name}%{CARD}" for one in (*self.both, *self.others))


@contextmanager
def two_machines(folder: Path, count: int = 2) -> Iterator[Machines]:
    """Machines, each with a card `eth1` that has addresses and routes: two joined by a wire, more by a switch."""
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    server = folder / "sshd_config"
    server.write_text(
        f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nPidFile none\nPrintMotd no\n"
    )
    holders: list[subprocess.Popen[str]] = []
    try:
        machines = [_start(name, holders) for name in NAMES[:count]]
        _join(machines, holders)
        known = "".join(f"{one.name} {(folder / 'host.pub').read_text()}" for one in machines)
        (folder / "known").write_text(known)
        client = folder / "ssh_config"
        client.write_text("".join(_client(one, folder, server) for one in machines))
        a, b, *others = machines
        yield Machines(a, b, f"ssh -F {shlex.quote(str(client))}", folder, tuple(others))
    finally:
        for holder in holders:
            if holder.poll() is None:
                holder.send_signal(signal.SIGKILL)
            holder.wait()
            if holder.stdout is not None:
                holder.stdout.close()


def _start(name: str, holders: list[subprocess.Popen[str]]) -> TestMachine:
    holder = subprocess.Popen(
        [
            "setpriv", "--pdeathsig", "KILL",
            "unshare", "-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-c", _SET_UP,
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    holders.append(holder)
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
    return TestMachine(name, int(children[0]))


def _join(machines: list[TestMachine], holders: list[subprocess.Popen[str]]) -> None:
    """Give each machine its card: the ends of one pair, or each end of a pair whose other end is a port of a switch."""
    if len(machines) == 2:
        _pair(machines[0], CARD, machines[1])
    else:
        switch = _start("switch", holders)
        switch.run("ip", "link", "add", "switch", "type", "bridge")
        switch.run("ip", "link", "set", "switch", "up")
        for number, one in enumerate(machines):
            _pair(switch, f"port{number}", one)
            switch.run("ip", "link", "set", f"port{number}", "mtu", "1500", "up", "master", "switch")
    for number, one in enumerate(machines, start=1):
        one.run("ip", "link", "set", CARD, "mtu", "1450", "up")
        one.run("ip", "address", "add", f"192.0.2.{number}/24", "dev", CARD)
        one.run("ip", "-6", "address", "add", f"2001:db8::{number}/64", "dev", CARD, "nodad")
        one.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.9", "dev", CARD, "metric", "7")
        one.run("ip", "-6", "route", "add", "2001:db8:5::/48", "via", "2001:db8::9", "dev", CARD)
        one.run("sh", "-c", f"echo 64 > /sys/class/net/{CARD}/queues/rx-0/rps_flow_cnt")


def _pair(first: TestMachine, name: str, second: TestMachine) -> None:
    """A veth pair: `name` on the first machine, the card of the second."""
    first.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{CARD}b")
    # Moved by a process that sees both machines.
    move = ["ip", "link", "set", f"{CARD}b", "netns", str(second.pid), "name", CARD]
    subprocess.run(["nsenter", "-t", str(first.pid), "-n", *move], check=True)


def _client(machine: TestMachine, folder: Path, server: Path) -> str:
    start = shlex.join(machine.argv(str(SSHD), "-i", "-f", str(server), "-E", f"{folder}/{machine.name}.log"))
    return (
        f"Host {machine.name}\n  User root\n  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {folder}/known\n  GlobalKnownHostsFile /dev/null\n  ProxyCommand {start}\n"
    )
