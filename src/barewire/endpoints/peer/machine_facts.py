"""A machine as a run records it beside the client's own: what of it moves results, and what runs on it."""

from __future__ import annotations

import platform
from typing import cast

from barewire import __version__
from barewire.endpoints.machine import OWN, SharedMachine
from barewire.kernel import programs
from barewire.kernel.machine import Machine
from barewire.records.environment import EnvironmentRecord, LimitsRecord, PeerRecord

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
    return {
        "testbed": "peer",
        "kernel": machine.kernel,
        "machine": machine.architecture,
        "distribution": machine.distribution,
        "cpu": {
            "model": machine.cpu_model,
            "online": machine.cpus_online,
            "mitigations": dict(machine.mitigations),
        },
        "memory_bytes": machine.memory_bytes,
        "sysctls": {**machine.sysctls, **own},
        "limits": cast("LimitsRecord", dict(machine.limits)),
        "congestion_control": machine.congestion_control,
        "clocksource": machine.clocksource,
        "governor": machine.governor,
        "virtualization": machine.virtualization,
        "versions": {"barewire": __version__, "python": platform.python_version(), **programs.versions()},
        "privilege": "root" if here.lab.privilege == "root" else "user namespace",
        "peer": peer,
    }


def describe_peer(machine: Machine, privilege: str) -> PeerRecord:
    """`environment.peer` of `run.json`."""
    return {
        "name": platform.node(),
        "kernel": machine.kernel,
        "machine": machine.architecture,
        "distribution": machine.distribution,
        "cpu": {
            "model": machine.cpu_model,
            "online": machine.cpus_online,
            "mitigations": dict(machine.mitigations),
        },
        "memory_bytes": machine.memory_bytes,
        "sysctls": dict(machine.sysctls),
        "limits": cast("LimitsRecord", dict(machine.limits)),
        "congestion_control": machine.congestion_control,
        "clocksource": machine.clocksource,
        "governor": machine.governor,
        "virtualization": machine.virtualization,
        "versions": {"barewire": __version__, **programs.versions()},
        "privilege": "root" if privilege == "root" else "user namespace",
    }
