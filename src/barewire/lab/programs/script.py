"""Run the user's own program that builds the network of a lab: `PROGRAM up`, and at the end `PROGRAM down`.

It runs inside the lab, where `ip -n n1 ...` and `ip netns exec n1 ...` reach every node and pod. The nodes and their underlay are
there, and an empty namespace for each pod. Programs that it leaves running end with the lab.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_interface
from typing import Any

from barewire.errors import LoadError, ProgramError
from barewire.model.leases import NodeView
from barewire.model.network import WIRE_DEV, Pod, Topology
from barewire.model.objects import IPAddress
from barewire.networks.network import Network
from barewire.networks.program.exec import ScriptAttach
from barewire.testbeds.testbed import Command, Finished, LabNodes

SCRIPT_SECONDS = 300.0
NETNS = "/run/netns"
_SHOWN = 2000


class ScriptRun:
    """A user's program at work in one lab; see `attached.ProgramRun`."""

    def __init__(self, network: Network, attach: ScriptAttach, topology: Topology, nodes: LabNodes) -> None:
        self._attach, self._topology, self._nodes = attach, topology, nodes
        self._views = [network.view(topology, node) for node in topology.nodes]
        self._begun = False

    def up(self) -> Mapping[Pod, tuple[IPAddress, ...]]:
        self._begun = True
        done = self._call("up")
        try:
            return self._addresses(done.stdout)
        except ValueError as error:
            raise ProgramError(
                f"{self._attach.file} up did not print the pods' addresses",
                said=f"{error}; it printed {' '.join(done.stdout.split())[:_SHOWN] or 'nothing'}",
                remedy='Print {"pods": {"n1-p1": ["10.128.1.2"], ...}} on standard output, and everything else on standard error',
            ) from error  # fmt: skip

    def down(self) -> None:
        if self._begun:
            self._begun = False
            self._call("down")

    def _call(self, word: str) -> Finished:
        node = self._nodes.node(self._views[0].name)
        folder = node.write_file("exec/lab.json", (json.dumps(_lab(self._views), indent=2) + "\n").encode())
        node.write_file("exec/nodes", _nodes(self._views))
        node.write_file("exec/pods", _pods(self._views))
        where = folder.rpartition("/")[0]
        process = node.spawn(
            Command(
                self._views[0].name,
                (self._attach.path, word),
                environment=(
                    ("BAREWIRE_LAB", where),
                    ("BAREWIRE_NODES", " ".join(view.name for view in self._views)),
                    ("BAREWIRE_PODS", " ".join(pod.pod.name for view in self._views for pod in view.pods)),
                    ("BAREWIRE_NETNS", NETNS),
                    ("BAREWIRE_DEV", WIRE_DEV),
                    ("BAREWIRE_MTU", str(self._views[0].wire_mtu)),
                ),
            )
        )
        try:
            done = node.wait(process, SCRIPT_SECONDS)
        except LoadError as error:
            raise ProgramError(
                f"{self._attach.file} {word} did not end within {SCRIPT_SECONDS:g} s", said=error.said,
                remedy="Start what must go on running in the background",
            ) from error  # fmt: skip
        if done.status:
            how = f"signal {-done.status}" if done.status < 0 else f"status {done.status}"
            printed = " ".join(done.stderr.split())[-_SHOWN:]
            raise ProgramError(
                f"{self._attach.file} {word} failed", said=f"it ended with {how}" + (f"; {printed}" if printed else ""),
                remedy="Put set -x into a shell script to see what it does",
            )  # fmt: skip
        return done

    def _addresses(self, text: str) -> dict[Pod, tuple[IPAddress, ...]]:
        """ValueError with what is wrong about the program's answer."""
        try:
            found = json.loads(text)
        except ValueError as error:
            raise ValueError(f"not JSON ({error})") from error
        pods = found.get("pods") if isinstance(found, dict) else None
        if not isinstance(pods, dict):
            raise ValueError("there is no object pods in it")
        known = {pod.name: pod for pod in self._topology.pods}
        for name in pods:
            if name not in known:
                raise ValueError(f"there is no pod {name}")
        return {pod: tuple(_address(item) for item in _listed(pods.get(name))) for name, pod in known.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(text: Any) -> IPAddress:
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not an address")
    return ip_interface(text).ip


def _lab(views: list[NodeView]) -> dict[str, Any]:
    """What a program must know, in JSON."""
    return {
        "dev": WIRE_DEV,
        "mtu": views[0].wire_mtu,
        "families": [family.version for family in views[0].lease.families],
        "cluster_subnets": [str(family.pods) for family in views[0].lease.families],
        "nodes": [
            {
                "name": view.name,
                "netns": f"{NETNS}/{view.name}",
                "addresses": [str(family.address) for family in view.lease.families],
                "subnets": [str(family.subnet) for family in view.lease.families],
                "gateways": [str(family.gateway) for family in view.lease.families],
                "pods": [
                    {
                        "name": pod.pod.name,
                        "netns": f"{NETNS}/{pod.pod.name}",
                        "addresses": [str(address) for address in pod.addresses],
                    }
                    for pod in view.pods
                ],
            }
            for view in views
        ],
    }


def _nodes(views: list[NodeView]) -> bytes:
    """A line for each node and IP version: name, address, pod subnet, first address of that subnet."""
    lines = [
        f"{view.name} {family.address} {family.subnet} {family.gateway}\n"
        for view in views
        for family in view.lease.families
    ]
    return "".join(lines).encode()


def _pods(views: list[NodeView]) -> bytes:
    """A line for each pod and IP version: node, pod, and an address of its node's subnet that it may take."""
    lines = [
        f"{view.name} {pod.pod.name} {address}\n" for view in views for pod in view.pods for address in pod.addresses
    ]
    return "".join(lines).encode()
