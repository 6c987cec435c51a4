"""A machine that has everything, as a tree of ordinary files: for tests, and for trying profiles where there is no hardware.

Four CPUs on two NUMA nodes with governors and Intel's turbo switch, one network card with three interrupts, the scheduler's
and the network's sysctls. Files keep what is written to them; a real kernel refuses some values and clamps others.
"""

from __future__ import annotations

from pathlib import Path

from barewire.kernel.tuning.setting import Tree

CPUS = 4


def make(root: Path) -> Tree:
    """The tree below `root`, which is made."""
    tree = Tree(root)
    for path, text in _files().items():
        file = tree.at(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    return tree


def _files() -> dict[str, str]:
    files = {
        "/sys/devices/system/cpu/online": f"0-{CPUS - 1}",
        "/sys/devices/system/node/node0/cpulist": "0-1",
        "/sys/devices/system/node/node1/cpulist": "2-3",
        "/sys/devices/system/cpu/intel_pstate/no_turbo": "0",
        "/sys/kernel/mm/transparent_hugepage/enabled": "[madvise]",
        "/sys/kernel/debug/sched/migration_cost_ns": "500000",
        "/proc/sys/net/core/busy_poll": "0",
        "/proc/sys/net/core/busy_read": "0",
        "/proc/sys/net/core/rps_sock_flow_entries": "0",
        "/proc/sys/kernel/numa_balancing": "1",
        "/proc/sys/fs/file-max": "100000",
        "/sys/class/net/lo/address": "00:00:00:00:00:00",
        "/sys/class/net/eth0/device/vendor": "0x8086",
    }
    for cpu in range(CPUS):
        folder = f"/sys/devices/system/cpu/cpu{cpu}/cpufreq"
        files[f"{folder}/scaling_governor"] = "schedutil"
        files[f"{folder}/scaling_available_governors"] = "performance schedutil powersave"
    for irq in (40, 41, 42):
        files[f"/sys/class/net/eth0/device/msi_irqs/{irq}"] = "msix"
        files[f"/proc/irq/{irq}/smp_affinity_list"] = f"0-{CPUS - 1}"
    return files
