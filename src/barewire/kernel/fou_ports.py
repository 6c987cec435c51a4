"""Ports at which a namespace unpacks what comes by UDP (Foo over UDP), by `ip fou`; the caller has entered the namespace.

The kernel loads modules of link kinds when one is asked for, but `fou` has no alias by which it could, so it is loaded here,
where this process may.
"""

from __future__ import annotations

import json
import subprocess

from barewire.errors import KernelError
from barewire.kernel import programs
from barewire.kernel.generic_netlink import require_family
from barewire.model.commands import command
from barewire.model.objects import FouPort


def write(wanted: FouPort, namespace: str) -> None:
    """`ip fou add`; KernelError where the kernel refuses it."""
    _load()
    done = _ip(["fou", "add", *wanted.words])
    if done.returncode != 0:
        raise KernelError(f"cannot do `{command(wanted)}`", where=namespace, said=" ".join(done.stderr.split()))


def read(namespace: str) -> frozenset[FouPort]:
    """Those for IPv4 in IPv4, or GUE, that there are; KernelError where they cannot be read."""
    try:
        require_family("fou")
    except KernelError:
        return frozenset()
    done = _ip(["-json", "fou", "show"])
    if done.returncode != 0:
        raise KernelError("cannot read ports of fou", where=namespace, said=" ".join(done.stderr.split()))
    found = json.loads(done.stdout or "[]")
    ports = (FouPort(one["port"], gue="ipproto" not in one) for one in found if one.get("ipproto", 4) == 4)
    return frozenset(ports)


def _load() -> None:
    try:
        require_family("fou")
    except KernelError:
        if modprobe := programs.located("modprobe"):
            subprocess.run([modprobe, "fou"], capture_output=True, check=False)


def _ip(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    path = programs.require_path("ip", "this network")
    return subprocess.run([path, *arguments], capture_output=True, text=True, errors="replace", check=False)
