"""Turbo: whether CPUs may run above their base frequency while heat allows.

Off, repeated measurements agree better; on, they are faster. Intel's driver has a switch for "no turbo", the others one for
"boost", so on is 0 in the one file and 1 in the other.
"""

from __future__ import annotations

from barewire.kernel.tuning.setting import Setting, Tree

KEY = "boost"
TAKES = "true or false"

_INTEL, _OTHERS = "/sys/devices/system/cpu/intel_pstate/no_turbo", "/sys/devices/system/cpu/cpufreq/boost"


def settings(value: object, tree: Tree) -> list[Setting]:
    """The one switch of this machine's driver, or why there is none."""
    if not isinstance(value, bool):
        raise ValueError(value)
    if tree.path_of(_INTEL).exists():
        return [Setting(KEY, "no_turbo", _INTEL, "0" if value else "1")]
    if tree.path_of(_OTHERS).exists():
        return [Setting(KEY, "boost", _OTHERS, "1" if value else "0")]
    wanted = "on" if value else "off"
    return [Setting(KEY, "boost", "", wanted, "the kernel has no switch for the turbo of these CPUs")]
