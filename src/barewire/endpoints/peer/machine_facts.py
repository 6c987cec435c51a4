"""A machine as a run records it beside the client's own: what of it moves results, and what runs on it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import cast

from barewire import __version__
from barewire.endpoints.machine import OWN, SharedMachine
from barewire.kernel import programs
from barewire.kernel.machine import Machine
from barewire.lab.machine_record import machine_record
from barewire.records.environment import EnvironmentRecord, PeerRecord

_OF_NETWORKS = (
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_wmem",
)
"""Sysctls that each network namespace has of its own."""


def describe_here(machine: Machine, here: SharedMachine, peer: PeerRecord) -> EnvironmentRecord:
    """`environment` of `run.json` for a study with a peer: this machine, and the peer beside it."""
    own = {key: " ".join(here.node.sysctl(OWN, key).split()) for key in _OF_NETWORKS}
    facts = _facts(machine, own, {"python": platform.python_version()}, here.lab.privilege)
    return cast("EnvironmentRecord", {"testbed": "peer", **facts, "peer": peer})


def describe_peer(machine: Machine, privilege: str) -> PeerRecord:
    """`environment.peer` of `run.json`."""
    return {"name": platform.node(), **_facts(machine, {}, {}, privilege)}


def _facts(machine: Machine, sysctls: Mapping[str, str], versions: Mapping[str, str], privilege: str) -> PeerRecord:
    """What both machines are recorded by; `sysctls` and `versions` are in addition to the machine's."""
    return {
        **cast("PeerRecord", machine_record(machine)),
        "sysctls": {**machine.sysctls, **sysctls},
        "congestion_control": machine.congestion_control,
        "versions": {"barewire": __version__, **versions, **programs.versions()},
        "privilege": "root" if privilege == "root" else "user namespace",
    }
