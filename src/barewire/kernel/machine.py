"""Facts of the machine that this code runs on, as plain data.

A study may run on another machine than its labs: they may be in a VM with its own kernel. So no layer above reads /proc, /sys or
`platform` to learn about the machine under measurement; it asks the testbed, which runs `describe` where its labs are. Settings
of a namespace are read through the lab instead.

Read anew at each call, except for what only a reboot can change: a study over tunings changes some of it between two runs. Limit:
versions of programs are not included, because all testbeds so far use the programs of one root directory.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from barewire.errors import KernelError
from barewire.kernel import processors
from barewire.kernel.cgroup import cpu_quota
from barewire.kernel.processors import Processors
from barewire.kernel.tuning.setting import Tree

SYSCTLS = (
    "net.core.busy_poll",
    "net.core.busy_read",
    "net.core.default_qdisc",
    "net.core.dev_weight",
    "net.core.devconf_inherit_init_net",
    "net.core.netdev_budget",
    "net.core.netdev_budget_usecs",
    "net.core.netdev_max_backlog",
    "net.core.rmem_default",
    "net.core.rmem_max",
    "net.core.rps_sock_flow_entries",
    "net.core.somaxconn",
    "net.core.wmem_default",
    "net.core.wmem_max",
    "net.ipv4.neigh.default.gc_thresh3",
    "net.ipv6.neigh.default.gc_thresh3",
)
"""Those that move results and that the machine has once: most are not shown inside a namespace."""

_HERE = Tree()
_CONGESTION = ("cubic", "reno")
_ALLOWED = "/proc/sys/net/ipv4/tcp_allowed_congestion_control"


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts of a machine. Strings are empty if the kernel does not report the value; `environment` of docs/formats.md explains
    most."""

    cpus: tuple[int, ...]
    """CPUs that a process may run on here, ascending."""

    congestion_control: str
    """What every TCP connection of a lab uses."""

    has_ipv6: bool
    release: str
    """Of the kernel, like `6.12.9-amd64`."""

    kernel: str
    architecture: str
    distribution: str
    cpu_model: str
    cpus_online: str
    mitigations: Mapping[str, str]
    memory_bytes: int
    sysctls: Mapping[str, str]
    limits: Mapping[str, float | int | str | None]
    """`cpu_quota` (CPUs, of the control group; None without one), `cpuset` (CPUs that a process may use, as the kernel lists
    them), `conntrack_max` (entries of the connection-tracking table; None where there is none yet)."""

    clocksource: str
    governor: str
    virtualization: str
    processors: Processors = field(default_factory=Processors)
    """What its CPUs share, and how often each was interrupted until now."""

    vm: Mapping[str, str | int] = field(default_factory=dict)
    """What a place that started this machine itself knows of it: `environment.vm` of a run. Empty for any other machine."""

    node: Mapping[str, Any] = field(default_factory=dict)
    """What a testbed knows of a node's own machine: `host`, `versions` and `card` of `environment.nodes`. Empty where nodes share
    a machine."""


def describe() -> Machine:
    """Describe this machine. KernelError if the kernel does not report its TCP congestion controls."""
    return Machine(
        cpus=tuple(sorted(os.sched_getaffinity(0))),
        congestion_control=congestion_control(),
        has_ipv6=has_ipv6(),
        release=platform.release(),
        kernel=f"{platform.system()} {platform.release()} {platform.version()}",
        architecture=platform.machine(),
        distribution=_distribution(),
        cpu_model=_cpu_model(),
        cpus_online=_HERE.text("/sys/devices/system/cpu/online"),
        mitigations=_mitigations(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        sysctls=_sysctls(),
        limits=limits(),
        clocksource=_HERE.text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        governor=_HERE.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        virtualization=_virtualization(),
        processors=processors.read(),
    )


def congestion_control() -> str:
    """The TCP congestion control that every namespace may use: cubic, or as a fallback reno, if the kernel does not allow cubic
    there.

    Other namespaces than the machine's own may only use the allowed ones, and the default differs between distributions, so labs
    always set it.
    """
    try:
        allowed = Path(_ALLOWED).read_text().split()
    except OSError as error:
        raise KernelError(f"cannot read {_ALLOWED}", said=error.strerror or str(error)) from error
    return next((name for name in _CONGESTION if name in allowed), "reno")


def has_ipv6() -> bool:
    """Whether this kernel supports IPv6; it may be built or booted without."""
    return Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").exists()


def _sysctls() -> dict[str, str]:
    paths = {key: Path("/proc/sys", *key.split(".")) for key in SYSCTLS}
    return {key: " ".join(path.read_text().split()) for key, path in paths.items() if path.exists()}


def limits() -> dict[str, float | int | str | None]:
    """What this process and the tables of its kernel are limited to: `Machine.limits`."""
    allowed = next(
        (
            line.split()[1]
            for line in _HERE.text("/proc/self/status").splitlines()
            if line.startswith("Cpus_allowed_list:")
        ),
        "",
    )
    return {"cpu_quota": cpu_quota(_HERE), "cpuset": allowed, "conntrack_max": conntrack_max()}


def conntrack_max() -> int | None:
    """Entries of the machine's connection-tracking table; None where there is none yet."""
    table = _HERE.text("/proc/sys/net/netfilter/nf_conntrack_max")
    return int(table) if table else None


@cache
def _cpu_model() -> str:
    for line in _HERE.text("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "cpu model"):
            return value.strip()
    return platform.processor() or "unknown"


def _mitigations() -> dict[str, str]:
    folder = Path("/sys/devices/system/cpu/vulnerabilities")
    return {path.name: path.read_text().strip() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


@cache
def _virtualization() -> str:
    if " hypervisor" not in _HERE.text("/proc/cpuinfo"):
        return "none"
    return _HERE.text("/sys/class/dmi/id/sys_vendor") or _HERE.text("/sys/hypervisor/type") or "a virtual machine"


@cache
def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
