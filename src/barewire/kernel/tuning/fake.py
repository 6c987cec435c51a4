"""A machine that has everything, as a tree of ordinary files: for tests, and for trying profiles where there is no hardware.

Four CPUs on two NUMA nodes and two cores (0 and 2, 1 and 3) with governors, idle states and Intel's turbo switch, one network
card with three interrupts, the scheduler's and the network's sysctls. Files keep what is written to them; a real kernel
refuses some values and clamps others.
"""

from __future__ import annotations

from pathlib import Path

from barewire.kernel.tuning.setting import Tree

CPUS = 4

_INTERRUPTS = """\
           CPU0       CPU1       CPU2       CPU3
 40:     900000         10          0          0 PCI-MSI-0000:00:01.0   0-edge      eth0-rx-0
 41:          0       2000          0          0 PCI-MSI-0000:00:01.0   1-edge      eth0-rx-1
 42:          0          0       3000          0 PCI-MSI-0000:00:01.0   2-edge      eth0-tx-0
NMI:          5          5          5          5 Non-maskable interrupts
LOC:    1000000    2000000    9000000    9000000 Local timer interrupts
ERR:          0
MIS:          0"""


def make(root: Path) -> Tree:
    """The tree below `root`, which is made."""
    tree = Tree(root)
    for path, text in _files().items():
        file = tree.path_of(path)
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
        topology, idle = (f"/sys/devices/system/cpu/cpu{cpu}/{name}" for name in ("topology", "cpuidle"))
        files[f"{topology}/thread_siblings_list"] = f"{cpu % 2},{cpu % 2 + 2}"
        for number, (state, latency) in enumerate((("POLL", 0), ("C1", 2), ("C6", 133))):
            files[f"{idle}/state{number}/name"] = state
            files[f"{idle}/state{number}/latency"] = str(latency)
            files[f"{idle}/state{number}/disable"] = "1" if state == "C6" else "0"
    for irq in (40, 41, 42):
        files[f"/sys/class/net/eth0/device/msi_irqs/{irq}"] = "msix"
        files[f"/proc/irq/{irq}/smp_affinity_list"] = f"0-{CPUS - 1}"
    files["/sys/module/intel_idle/parameters/max_cstate"] = "9"
    files["/proc/interrupts"] = _INTERRUPTS
    return files
