"""The machine as a run records it: for readers, and for a resume to check that it is the same.

It is the machine of the labs, so the testbed is asked. Versions of programs are read on this machine, whose root directory labs
and VMs use (an emulated CPU would take seconds to start each program), and on the nodes where they are machines of their own.
"""

from __future__ import annotations

import platform
from typing import cast

from barewire import __version__
from barewire.kernel import programs
from barewire.kernel.machine import Machine, describe
from barewire.lab.lab import Lab
from barewire.lab.machine_record import machine_record
from barewire.model.network import WIRE_DEV
from barewire.records.environment import EnvironmentRecord, HostRecord, LimitsRecord, NodeMachineRecord, VmRecord
from barewire.testbeds.testbed import LabNode, Testbed

_SYSCTLS = (
    "net.ipv4.ip_forward",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_wmem",
)
"""Those that each namespace has of its own; `kernel.machine` has the others."""


def record(lab: Lab, testbed: Testbed) -> EnvironmentRecord:
    """The `environment` of `run.json`; sysctls of namespaces and offloads as they are on the first node of `lab`, and what each
    node's own machine is, if it has one."""
    node = lab.topology.nodes[0].name
    machine = testbed.machine()
    described: EnvironmentRecord = {
        "testbed": testbed.name,
        **cast("EnvironmentRecord", machine_record(machine)),
        "sysctls": _sysctls(machine, lab.nodes.node(node), node),
        "lab_sysctls": lab.nodes.node(node).inherited(node),
        "offloads": {f"{node}/{WIRE_DEV}": lab.nodes.node(node).offloads(node, WIRE_DEV)},
        "congestion_control": lab.congestion,
        "versions": {"barewire": __version__, "python": platform.python_version(), **programs.versions()},
        "privilege": "root" if lab.nodes.privilege == "root" else "user namespace",
    }
    if machine.vm:
        described["vm"] = cast("VmRecord", dict(machine.vm))
        described["host"] = _host()
    machines = testbed.machines()
    if machines:
        names = [one.name for one in lab.topology.nodes]
        described["nodes"] = {
            name: _node(machine, lab.nodes.node(name), name) for name, machine in zip(names, machines, strict=True)
        }
        described["versions"] = {"barewire": __version__, **described["nodes"][names[0]]["versions"]}
    return described


def _node(machine: Machine, node: LabNode, name: str) -> NodeMachineRecord:
    own = machine.node
    return {
        "host": own["host"],
        **machine_record(machine),
        "versions": own["versions"],
        "offloads": node.offloads(name, WIRE_DEV),
        "card": own["card"],
    }


def _host() -> HostRecord:
    """The machine that a VM runs on: by the wall clock it decides, counted instructions hardly know it."""
    here = describe()
    return {
        "kernel": here.kernel,
        "machine": here.architecture,
        "cpu": {"model": here.cpu_model, "online": here.cpus_online},
        "memory_bytes": here.memory_bytes,
        "governor": here.governor,
        "virtualization": here.virtualization,
        "limits": cast("LimitsRecord", {key: here.limits[key] for key in ("cpu_quota", "cpuset")}),
    }


def _sysctls(machine: Machine, node: LabNode, namespace: str) -> dict[str, str]:
    own = {key: " ".join(node.sysctl(namespace, key).split()) for key in _SYSCTLS}
    return {**machine.sysctls, **own}
