"""The programs that barewire runs, their paths, and the packages that contain them.

nginx and nft live in /usr/sbin, which is not on an ordinary user's path on Debian, so the system's folders are always looked
into, after the user's own. All that is missing is named at once, with the exact line to type. Packages are named as Debian
and Ubuntu do; elsewhere the programs are named and the installing is left to the reader.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from barewire.errors import PrerequisiteError

PACKAGES: Mapping[str, str] = {
    "nginx": "nginx",
    "iperf3": "iperf3",
    "nft": "nftables",
    "tc": "iproute2",
    "iptables-nft-restore": "iptables",
    "ip6tables-nft-restore": "iptables",
}
"""Debian's and Ubuntu's package for each program."""

IN_LABS = ("barewire-load", "barewire-serve")
"""Of the programs that are built with this package those that run on nodes."""

FOR_KERNELS: Mapping[str, str] = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-system-aarch64": "qemu-system-arm",
    "busybox": "busybox-static",
    "modprobe": "kmod",
    "depmod": "kmod",
    "file": "file",
}
"""Likewise what only studies on a kernel of their own run."""

FOR_NETWORKS: Mapping[str, str] = {
    "bird": "bird2",
    "birdc": "bird2",
    "etcd": "etcd-server",
    "etcdctl": "etcd-client",
    "ovsdb-tool": "openvswitch-common",
    "ovsdb-server": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-ofctl": "openvswitch-common",
}
"""Likewise what only some networks run."""

_REFERENCE_PLUGINS = frozenset((
    "bandwidth", "bridge", "dhcp", "firewall", "host-device", "host-local", "ipvlan", "loopback", "macvlan", "portmap", "ptp",
    "sbr", "static", "tuning", "vlan", "vrf",
))  # fmt: skip
"""CNI plugins that Debian has (containernetworking-plugins)."""

BUILT: Mapping[str, tuple[str, str]] = {
    "barewire-load": ("the load generator", "BAREWIRE_LOAD"),
    "barewire-serve": ("the server", "BAREWIRE_SERVE"),
    "barewire-agent": ("the agent of pods", "BAREWIRE_AGENT"),
}
"""The programs that are built with this package: what each is, and the variable that names another build of it."""

_ALL = {**PACKAGES, **FOR_KERNELS, **FOR_NETWORKS}
_VERSION_OPTION = {"nginx": "-v", "iperf3": "--version", "nft": "--version", "tc": "-V", "iptables-nft-restore": "-V",
                   "ip6tables-nft-restore": "-V"}  # fmt: skip
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_SECONDS = 10
"""No program takes that long to say its version; one that does is broken."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program on this machine; `version` is the text that it prints, like `1.26.3`."""

    name: str
    path: str
    version: str


@cache
def find(name: str) -> Program | None:
    """Find a program; None if it is not installed. PrerequisiteError if it is installed but cannot run."""
    path = located(name)
    return None if path is None else Program(name, path, _version(name, path))


def located(name: str) -> str | None:
    """The path of a program, on the user's path or in the system's folders."""
    return shutil.which(name, path=search_path())


def search_path() -> str:
    """The user's own path, and after it the system's folders."""
    return os.pathsep.join([os.environ.get("PATH") or os.defpath, *_SYSTEM_FOLDERS])


def require_path(name: str, purpose: str) -> str:
    """The path of one program; see `require_paths`."""
    return require_paths([name], purpose)[name]


def require_paths(names: Sequence[str], purpose: str) -> dict[str, str]:
    """The paths of programs. PrerequisiteError that names every missing one, its purpose and the command that installs all."""
    found = {name: located(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        are = "which is" if len(missing) == 1 else "which are"
        raise PrerequisiteError(f"{purpose} takes {_listed(missing)}, {are} not installed", remedy=_remedy(missing))
    return {name: path for name, path in found.items() if path is not None}


def require(names: Sequence[str]) -> dict[str, Program]:
    """All of `names`; PrerequisiteError that lists every missing one and the line that installs them."""
    found = {name: find(name) for name in names}
    missing = [name for name, program in found.items() if program is None]
    if missing:
        raise PrerequisiteError(
            f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not installed", remedy=_remedy(missing)
        )
    return {name: program for name, program in found.items() if program is not None}


def built(name: str) -> str:
    """The path of one of `BUILT`; PrerequisiteError without it."""
    return built_path(name, *BUILT[name])


def built_path(name: str, what: str, variable: str) -> str:
    """The path in the environment variable `variable`, or the file `name` that was built with this package."""
    named = os.environ.get(variable)
    path = Path(named) if named else Path(__file__).parents[1] / "libexec" / name
    if not os.access(path, os.X_OK):
        raise PrerequisiteError(
            f"{what} {path} is missing",
            remedy=f"Install barewire with its C parts (scripts/setup, or pip install .), or name it in {variable}",
        )
    return str(path)


def built_static(name: str, architecture: str) -> str:
    """The path of one of `BUILT` for another machine of `architecture` (as `uname -m` prints it), without shared libraries.

    This installation has them for its own architecture, and for others that it was built with a compiler for, as wheels are.
    `$BAREWIRE_STATIC` names a folder with a folder for each architecture. PrerequisiteError if there is none."""
    folder, libexec = os.environ.get("BAREWIRE_STATIC"), Path(__file__).parents[1] / "libexec"
    own = architecture == os.uname().machine
    path = libexec / (f"{name}-static" if own else f"{name}-static-{architecture}")
    if folder:
        path = Path(folder) / architecture / name
    elif not own and not path.exists():
        raise PrerequisiteError(
            f"there is no {name} for {architecture}", said=f"this barewire was built for {os.uname().machine}",
            remedy=f"Build barewire where {architecture}-linux-gnu-gcc is installed, or on such a machine, and name a folder "
            f"that holds {architecture}/{name} (its libexec/{name}-static) in BAREWIRE_STATIC",
        )  # fmt: skip
    if not os.access(path, os.X_OK):
        raise PrerequisiteError(
            f"{path}, which runs on other machines, is missing",
            remedy="Install barewire where the C library has libc.a (Debian: libc6-dev, Fedora: glibc-static)",
        )
    return str(path)


def resolve(name: str) -> str:
    """The path of a program for a command line: a path as it is, else where it is on this machine. A name that nothing is known
    of stays a name: starting it says why it cannot be started."""
    if "/" in name:
        return name
    if name in BUILT:
        return built(name)
    return require_path(name, "a lab") if name in _ALL else located(name) or name


def resolve_in(name: str, folders: str) -> str:
    """The path of a program in one of `folders`, joined by colons; PrerequisiteError if none has it."""
    path = shutil.which(name, path=folders)
    if path is None:
        there = "Install it there"
        if name in _REFERENCE_PLUGINS:
            there += " (Debian: apt-get install containernetworking-plugins)"
        raise PrerequisiteError(
            f"there is no program {name}", where=folders.replace(":", ", "),
            remedy=f"{there}, or name its folder in CNI_PATH",
        )  # fmt: skip
    return path


def install_line(names: Sequence[str]) -> str:
    """The command that installs the packages of `names`, with `sudo` for those who are not root."""
    packages = " ".join(sorted({_ALL[name] for name in names}))
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y --no-install-recommends {packages}"


def versions() -> dict[str, str]:
    """The version of each program that is installed."""
    return {name: program.version for name in PACKAGES if (program := find(name)) is not None}


def _version(name: str, path: str) -> str:
    command = [path, _VERSION_OPTION[name]]
    try:
        said = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PrerequisiteError(
            f"cannot run {' '.join(command)}", said=str(error), remedy=f"Install {name} again: `{install_line([name])}`"
        ) from error
    match = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return match[0] if match else "unknown"


def _remedy(missing: Sequence[str]) -> str:
    if shutil.which("apt-get") is None:
        return f"Install {_listed(missing)} with this system's own means"
    return f"Type `{install_line(missing)}`"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
