"""The CPU frequency governor, of every CPU that has one.

Virtual machines and containers mostly have none: the host chooses the frequency, and a guest can neither see nor change it.
"""

from __future__ import annotations

from barewire.kernel.tuning.setting import Setting, Tree

KEY = "governor"
TAKES = 'the name of a governor, like "performance"'

_FILES = "/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor"


def settings(value: object, tree: Tree) -> list[Setting]:
    """One setting a CPU; a single one that says why not where no CPU has a governor."""
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    files = tree.glob(_FILES)
    if not files:
        return [Setting(KEY, "governor", "", value, "the kernel does not choose the frequency of these CPUs")]
    return [_setting(path, value, tree) for path in files]


def _setting(path: str, value: str, tree: Tree) -> Setting:
    there = tree.text(path.replace("scaling_governor", "scaling_available_governors")).split()
    reason = f"there are {', '.join(there)}" if there and value not in there else ""
    return Setting(KEY, f"governor {path.split('/')[5]}", path, value, reason)
