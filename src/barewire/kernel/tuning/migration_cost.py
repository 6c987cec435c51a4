"""The scheduler's estimate of how long a task's cache stays warm: a larger value means fewer migrations between CPUs.

A sysctl until Linux 5.12, in debugfs since. barewire mounts no debugfs for it: that would be a change of its own to undo.
"""

from __future__ import annotations

from barewire.kernel.tuning.setting import Setting, Tree

KEY = "migration_cost_ns"
TAKES = "nanoseconds, a whole number"

_SYSCTL, _DEBUGFS = "/proc/sys/kernel/sched_migration_cost_ns", "/sys/kernel/debug/sched/migration_cost_ns"


def settings(value: object, tree: Tree) -> list[Setting]:
    """The one file of this kernel."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    for path in (_SYSCTL, _DEBUGFS):
        if tree.path_of(path).exists():
            return [Setting(KEY, "migration_cost_ns", path, str(value))]
    reason = f"{_DEBUGFS} is not there; where the kernel has debugfs: mount -t debugfs none /sys/kernel/debug"
    return [Setting(KEY, "migration_cost_ns", "", str(value), reason)]
