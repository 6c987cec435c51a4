"""The module br_netfilter in a guest: loaded for labs that set its sysctls, and removed with them.

It can have packets that a bridge carries pass iptables. Its hook is in the path through every bridge of a kernel, whether or not
it is used, so labs that do without it must not have it; and on a machine of others nothing is loaded here: there a lab that wants
it needs it to be there. A guest is ours, and has one lab after the other.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from barewire.kernel import programs
from barewire.model.objects import DesiredState
from barewire.model.settings import Sysctl

BRIDGE_FILTER = "br_netfilter"

_KEYS, _FOLDER = "net.bridge.", Path("/proc/sys/net/bridge")
_owned: list[bool] = []


def own_kernel() -> None:
    """State that the kernel is ours, for this process and its children."""
    _owned.append(True)


def load_for(desired: DesiredState) -> None:
    """Load it where the kernel is ours and lacks what `desired` sets. Before namespaces are made, which have defined values of
    its sysctls then (`inherited`). Where that fails, setting them says so."""
    if _owned and not _FOLDER.is_dir() and any(_wants(desired, name) for name in desired.objects):
        _modprobe(BRIDGE_FILTER)


def unload() -> None:
    """Remove it where the kernel is ours and has it as a module."""
    if _owned and _FOLDER.is_dir():
        _modprobe("-r", BRIDGE_FILTER)


def _wants(desired: DesiredState, name: str) -> bool:
    return any(isinstance(thing, Sysctl) and thing.key.startswith(_KEYS) for thing in desired.objects[name])


def _modprobe(*arguments: str) -> None:
    if path := programs.located("modprobe"):
        subprocess.run([path, *arguments], capture_output=True, check=False)
