"""`iperf3 -s -1`: the server of one test of TCP throughput. It ends with that test."""

from __future__ import annotations

from barewire.model.objects import IPAddress
from barewire.testbeds.testbed import Command, ProgramNode

PROGRAM = "iperf3"
_START_SECONDS, _END_SECONDS = 10.0, 20.0


def start(node: ProgramNode, namespace: str, address: IPAddress, port: int, cpus: tuple[int, ...]) -> int:
    """Start it in `namespace` and wait until it listens; the process's number."""
    argv = (PROGRAM, "-s", "-1", "-B", str(address), "-p", str(port))
    process = node.spawn(Command(namespace, argv, cpus, listens=port))
    node.wait_listening(process, _START_SECONDS)
    return process


def stop(node: ProgramNode, process: int) -> None:
    """Wait for the end of its test."""
    node.wait(process, _END_SECONDS)
