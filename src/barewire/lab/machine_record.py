"""What a run records of any machine: the one that labs are on, a node's own, a peer."""

from __future__ import annotations

from typing import cast

from barewire.kernel.machine import Machine
from barewire.records.environment import LimitsRecord, NodeMachineRecord


def machine_record(machine: Machine) -> NodeMachineRecord:
    """The keys that all of them have but for versions of programs; `sysctls` are those that a machine has once."""
    return {
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
        "clocksource": machine.clocksource,
        "governor": machine.governor,
        "virtualization": machine.virtualization,
    }
