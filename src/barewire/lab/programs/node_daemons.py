"""The daemon of a real system, one on each node of a lab: started, waited for, ended; and etcd, which they share.

A daemon is waited for by a shell script on its node, which ends when the daemon does: a daemon that fails is reported with its
log at once, not after the timeout.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from barewire.errors import BarewireError, LoadError, ProgramError
from barewire.networks import etcd
from barewire.testbeds.testbed import Command, LabNodes

READY_SECONDS = 60.0

_DAEMON = """
echo $$ >"$1"; shift
exec "$@"
"""
_AWAIT = """
started=$1 python=$2 send=$3; shift 3
until [ -s "$started" ]; do sleep 0.01; done
read -r pid <"$started"
waits() { if [ -d "/proc/$pid" ] && ! [ -e "/proc/$pid/exe" ]; then exit 1; fi; sleep 0.05; }
await_routes() { for subnet; do until [ "$(ip -4 route show "$subnet")" ]; do waits; done; done; }
await_ways() { dev=$1; shift; for one; do until ip -4 route get "$one" | grep -q " dev $dev "; do waits; done; done; }
await_peers() { until "$python" -I -c "$send" "$@"; do waits; done; }
"""
"""`started` has the process of this start: one before it may have left files. A process that has ended, and has not been waited
for, has a folder in /proc and no program. A WireGuard interface refuses packets for which it knows no peer."""
_SEND = """
import socket, sys
for address in sys.argv[1:]:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", (address, 9))
"""

_SHOWN = 1500


class NodeDaemons:
    """The daemon `program` on nodes of a lab."""

    def __init__(self, nodes: LabNodes, program: str) -> None:
        self._nodes, self._program = nodes, program
        self._running: dict[str, int] = {}
        self._starts: dict[str, int] = {}

    def start(self, name: str, *options: str, environment: tuple[tuple[str, str], ...] = ()) -> None:
        """Start it on the node `name`."""
        self._starts[name] = self._starts.get(name, 0) + 1
        node = self._nodes.node(name)
        argv = ("sh", "-c", _DAEMON, "sh", self._started(name), node.program(self._program), *options)
        self._running[name] = node.spawn(Command(name, argv, environment=environment, on_node=True))

    def await_ready(self, name: str, script: str, *arguments: str, what: str) -> None:
        """Wait until `script` ends; ProgramError with the daemon's log when it ends first, or `what` is not there in time.

        The script has `waits` to call in its loops, `$started`, a file as old as this start, and `await_routes SUBNET...`,
        `await_ways DEV ADDRESS...`, and of WireGuard `await_peers ADDRESS...`."""
        node = self._nodes.node(name)
        argv = ("sh", "-c", _AWAIT + script, "sh", self._started(name), sys.executable, _SEND, *arguments)
        failed = f"{self._program} ended before it was ready"
        try:
            if node.wait(node.spawn(Command(name, argv, on_node=True)), READY_SECONDS).status == 0:
                return
        except LoadError:
            failed = f"{self._program} was not ready after {READY_SECONDS:g} s ({what})"
        said = ""
        with suppress(BarewireError):
            done = node.stop(self._running.pop(name))
            said = " ".join((done.stdout + done.stderr).split())[-_SHOWN:]
        raise ProgramError(failed, where=name, said=f"its log: {said or 'empty'}")

    def stop(self) -> None:
        """End all of them (SIGTERM); what they made stays."""
        for name, process in self._running.items():
            self._nodes.node(name).stop(process)
        self._running.clear()

    def _started(self, name: str) -> str:
        return f"/run/{self._program}.{self._starts[name]}.pid"


class EtcdServer:
    """etcd in its namespace of a lab, for `network`."""

    def __init__(self, nodes: LabNodes, network: str) -> None:
        self._nodes, self._network = nodes, network
        self._process: int | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        node = self._nodes.node(etcd.ETCD)
        argv = ("etcd", "--data-dir", "/run/barewire/etcd", "--listen-client-urls", etcd.url())
        # etcd 3.4 refuses what it does not know in variables of its name.
        command = Command(etcd.ETCD, (*argv, "--advertise-client-urls", etcd.url()), listens=etcd.ETCD_PORT)
        self._process = node.spawn(command)
        node.wait_listening(self._process, READY_SECONDS)

    def put(self, key: str, value: str) -> None:
        """Write one key."""
        endpoint = f"{etcd.address()}:{etcd.ETCD_PORT}"
        run_command(self._nodes, self._network, etcd.ETCD, "etcdctl", "--endpoints", endpoint, "put", key, value)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._nodes.node(etcd.ETCD).stop(self._process)
            self._process = None


def run_command(nodes: LabNodes, network: str, namespace: str, *argv: str, on_node: bool = False) -> str:
    """Run a program to its end; its output, or ProgramError with what it printed when it fails."""
    node = nodes.node(namespace)
    command = Command(namespace, argv, environment=(("ETCDCTL_API", "3"),), on_node=on_node)
    done = node.wait(node.spawn(command), READY_SECONDS)
    if done.status:
        said = " ".join((done.stdout + done.stderr).split())
        raise ProgramError(f"{argv[0]} failed for {network}", where=namespace, said=f"{' '.join(argv)}: {said}")
    return done.stdout
