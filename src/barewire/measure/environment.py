"""The machine as a run records it, so that a reader knows what was measured and a resume knows whether it may go on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from barewire import __version__
from barewire.kernel import programs
from barewire.lab.lab import Lab
from barewire.model.network import WIRE_DEV
from barewire.places.place import Sandbox

_SYSCTLS = (
    "net.core.busy_poll",
    "net.core.busy_read",
    "net.core.default_qdisc",
    "net.core.dev_weight",
    "net.core.netdev_budget",
    "net.core.netdev_max_backlog",
    "net.core.rmem_max",
    "net.core.rps_sock_flow_entries",
    "net.core.somaxconn",
    "net.core.wmem_max",
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


def record(lab: Lab) -> dict[str, Any]:
    """The `environment` of `run.json`; sysctls and offloads as they are on the first node of `lab`."""
    node = lab.topology.nodes[0].name
    return {
        "kernel": f"{platform.system()} {platform.release()} {platform.version()}",
        "machine": platform.machine(),
        "distribution": _distribution(),
        "cpu": {
            "model": _cpu_model(),
            "online": _text("/sys/devices/system/cpu/online"),
            "mitigations": _mitigations(),
        },
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "sysctls": _sysctls(lab.sandbox, node),
        "offloads": {f"{node}/{WIRE_DEV}": lab.sandbox.offloads(node, WIRE_DEV)},
        "congestion_control": lab.congestion,
        "clocksource": _text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "governor": _text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "virtualization": _virtualization(),
        "versions": {"barewire": __version__, "python": platform.python_version(), **programs.versions()},
        "privilege": lab.sandbox.privilege,
    }


def _sysctls(sandbox: Sandbox, namespace: str) -> dict[str, str]:
    found = {}
    for key in _SYSCTLS:
        # Some are the machine's own and are not shown inside a namespace; those are read here, or left out.
        path = Path("/proc/sys", *key.split("."))
        if key.startswith("net.ipv4."):
            found[key] = " ".join(sandbox.sysctl(namespace, key).split())
        elif path.exists():
            found[key] = " ".join(path.read_text().split())
    return found


def _cpu_model() -> str:
    for line in _text("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "cpu model"):
            return value.strip()
    return platform.processor() or "unknown"


def _mitigations() -> dict[str, str]:
    folder = Path("/sys/devices/system/cpu/vulnerabilities")
    return {path.name: path.read_text().strip() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


def _virtualization() -> str:
    if " hypervisor" not in _text("/proc/cpuinfo"):
        return "none"
    return _text("/sys/class/dmi/id/sys_vendor") or _text("/sys/hypervisor/type") or "a virtual machine"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
