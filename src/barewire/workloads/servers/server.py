"""The servers of a trial: `nginx` or `serve`, by the plan's `server`.

    running = server.start("nginx", node, namespace, address, cpus, [http(20000, [100]), udp(20002, 64, 64)])
    ...
    counted = running.stop()

nginx only serves HTTP without request bodies, on one port; barewire-serve provides every other service, whichever server is
chosen. The two then share the CPUs, and an idle one costs nothing. iperf3 serves its own client alone. A further server is a
small class here and its module beside `nginx.py` and `serve.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from barewire.errors import BarewireError, PlanError
from barewire.kernel import programs
from barewire.model.objects import IPAddress
from barewire.testbeds.testbed import ProgramNode
from barewire.workloads.servers import iperf3, nginx, serve
from barewire.workloads.servers.counts import ServeCounts
from barewire.workloads.servers.service import Service


class Server(Protocol):
    """A program that serves."""

    def require(self) -> None:
        """PrerequisiteError when it is not installed."""
        ...

    def serves(self, service: Service) -> bool: ...

    def start(
        self, node: ProgramNode, namespace: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]
    ) -> int:
        """Start it and wait until it serves; the process's number."""
        ...

    def stop(self, node: ProgramNode, process: int) -> ServeCounts | None:
        """Stop it and return its counters, if it has any."""
        ...


class _Nginx:
    def require(self) -> None:
        programs.require(["nginx"])

    def serves(self, service: Service) -> bool:
        # A request with a body makes nginx close the connection, unless an application behind it reads the body.
        return service.kind == "http" and not service.takes_bodies

    def start(
        self, node: ProgramNode, namespace: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]
    ) -> int:
        [only] = services
        return nginx.start(node, namespace, address, only.port, cpus, only.sizes)

    def stop(self, node: ProgramNode, process: int) -> None:
        node.stop(process)


class _Serve:
    def require(self) -> None:
        serve.program()

    def serves(self, service: Service) -> bool:
        return service.kind != "iperf3"

    def start(
        self, node: ProgramNode, namespace: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]
    ) -> int:
        return serve.start(node, namespace, address, cpus, services)

    def stop(self, node: ProgramNode, process: int) -> ServeCounts:
        return serve.stop(node, process)


class _Iperf3:
    def require(self) -> None:
        programs.require([iperf3.PROGRAM])

    def serves(self, service: Service) -> bool:
        return service.kind == "iperf3"

    def start(
        self, node: ProgramNode, namespace: str, address: IPAddress, cpus: tuple[int, ...], services: Sequence[Service]
    ) -> int:
        [only] = services
        return iperf3.start(node, namespace, address, only.port, cpus)

    def stop(self, node: ProgramNode, process: int) -> None:
        iperf3.stop(node, process)


SERVERS: Mapping[str, Server] = {"nginx": _Nginx(), "serve": _Serve()}
"""By the name that a plan's `server` has."""

_ALL = SERVERS["serve"]
_IPERF3: Server = _Iperf3()


@dataclass(frozen=True, slots=True)
class Running:
    """What was started: each server with its process."""

    node: ProgramNode
    started: tuple[tuple[Server, int], ...]

    def stop(self) -> ServeCounts:
        """End it; what barewire-serve counted, which is nothing where nginx served alone.

        LoadError if a server had already ended: what was measured against it is invalid.
        """
        counted = [server.stop(self.node, process) for server, process in self.started]
        return next(filter(None, counted), ServeCounts())


def find(name: str) -> Server:
    """The server of that name; PlanError when there is none."""
    if name not in SERVERS:
        raise PlanError(f"there is no server {name!r}", remedy=f"Choose one of {', '.join(SERVERS)}")
    return SERVERS[name]


def require(name: str) -> None:
    """PrerequisiteError when the server, or barewire-serve for what it does not speak, is not installed."""
    find(name).require()
    _ALL.require()


def start(
    name: str,
    node: ProgramNode,
    namespace: str,
    address: IPAddress,
    cpus: tuple[int, ...],
    services: Sequence[Service],
) -> Running:
    """Serve `services` on `address` in `namespace`, pinned to `cpus`; returns when all of them are served.

    If one server cannot be started, those before it are ended."""
    started: list[tuple[Server, int]] = []
    left = list(services)
    for one in dict.fromkeys((find(name), _ALL, _IPERF3)):
        some = [service for service in left if one.serves(service)]
        left = [service for service in left if service not in some]
        if some:
            try:
                started.append((one, one.start(node, namespace, address, cpus, some)))
            except BarewireError:
                for _, process in started:
                    with contextlib.suppress(BarewireError):  # why the other one did not start counts
                        node.stop(process)
                raise
    return Running(node, tuple(started))
