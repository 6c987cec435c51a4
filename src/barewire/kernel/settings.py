"""Settings outside netlink: sysctls, qdiscs and offloads, and which tables of rules are there.

The caller has entered the namespace.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from barewire.errors import KernelError, PrerequisiteError
from barewire.kernel import nft_chains, programs, pyroute
from barewire.kernel.rule_tables import MARK
from barewire.model.commands import command
from barewire.model.settings import Offloads, Qdisc, Sysctl

# ethtool's legacy switches, as `ethtool -K` names them and pyroute2's ioctl names them.
_OFFLOADS = ("tx-checksum-ip-generic", "tx-scatter-gather", "tx-tcp-segmentation", "tx-tcp6-segmentation",
             "tx-tcp-ecn-segmentation", "tx-generic-segmentation", "rx-gro")  # fmt: skip


def sysctl_path(key: str) -> Path:
    """`net.ipv4.conf.eth0.forwarding` to its file; a dot in a link's name is written as a slash, as `sysctl` takes it."""
    return Path(_sysctl_file(key))


def _sysctl_file(key: str) -> str:
    """The same as text: a lab writes thousands, and a Path takes as long as the kernel."""
    return "/proc/sys/" + (
        "/".join(part.replace("/", ".") for part in key.split(".")) if "/" in key else key.replace(".", "/")
    )


def read_sysctl(key: str) -> str:
    """The value in the caller's namespace; KernelError when the kernel has no such key."""
    try:
        with open(_sysctl_file(key), "rb", buffering=0) as file:  # noqa: PTH123
            return file.read().decode().strip()
    except OSError as error:
        raise KernelError(f"cannot read sysctl {key}", said=error.strerror or str(error)) from error


def write_sysctl(wanted: Sysctl, namespace: str) -> None:
    """`sysctl -w KEY=VALUE`, then read it back, because the kernel silently clamps some values. Opened once: the kernel looks for
    such a file among those of that name in all namespaces, one after the other."""
    try:
        with open(_sysctl_file(wanted.key), "r+b", buffering=0) as file:  # noqa: PTH123
            file.write(wanted.value.encode())
            file.seek(0)
            present = file.read().decode().strip()
    except OSError as error:
        raise KernelError(
            f"cannot do `{command(wanted)}`", where=namespace, said=error.strerror or str(error)
        ) from error
    if present.split() != wanted.value.split():
        raise KernelError(f"cannot do `{command(wanted)}`", where=namespace, said=f"the kernel kept {present}")


def delete_table(family: str, name: str, namespace: str) -> None:
    """`nft delete table FAMILY NAME`."""
    run_nft(["delete", "table", family, name], namespace)


def read_tables(namespace: str) -> dict[tuple[str, str], str]:
    """(family, name) to mark, of the tables that carry one."""
    found = nft_chains.chains(namespace)
    return {(family, table): name for family, table, name in found if name.startswith(MARK)}


def run_nft(arguments: list[str], namespace: str, script: str = "") -> str:
    """Run `nft` in the caller's namespace and return its standard output. KernelError if it fails."""
    return _run("nft", arguments, namespace, script)


def write_qdisc(qdisc: Qdisc, namespace: str) -> None:
    """`tc qdisc replace`; a kernel without the qdisc is distinguished from wrong options."""
    where = ["root"] if qdisc.parent == "root" else ["parent", qdisc.parent]
    words = ["qdisc", "replace", "dev", qdisc.dev, *where, "handle", qdisc.handle, qdisc.kind, *qdisc.options.split()]
    try:
        _run("tc", words, namespace)
    except KernelError as error:
        if "qdisc kind is unknown" in error.said or "No such file or directory" in error.said:
            raise PrerequisiteError(
                f"this kernel has no qdisc {qdisc.kind}",
                where=namespace,
                said=error.said,
                remedy=f"Load it (modprobe sch_{qdisc.kind}), use a kernel that has it, or leave it out of wire or topology",
            ) from error
        raise


def write_offloads(offloads: Offloads, namespace: str) -> None:
    """`ethtool -K DEV ...`; switches that the device fixes are left as they are."""
    try:
        with pyroute.Ethtool() as ethtool:
            features = ethtool.get_features(offloads.dev)
            wanted = [name for name in _OFFLOADS if name in features.features and features.features[name].available]
            for name in wanted:
                features.features[name].enable = offloads.enabled
            ethtool.set_features(offloads.dev, features)
    except (OSError, pyroute.NotSupportedError) as error:
        raise KernelError(f"cannot do `{command(offloads)}`", where=namespace, said=str(error)) from error


def read_offloads(dev: str) -> dict[str, bool]:
    """Read the current state of the switches of `write_offloads`."""
    with pyroute.Ethtool() as ethtool:
        features = ethtool.get_features(dev).features
        return {name: bool(features[name].enable) for name in _OFFLOADS if name in features}


def _run(name: str, arguments: list[str], namespace: str, text: str = "") -> str:
    # By its path alone: to ask its version takes longer than it may in a guest whose time jumps while it waits.
    path = programs.require_path(name, "this network")
    done = subprocess.run([path, *arguments], input=text, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())
        raise KernelError(f"cannot do `{name} {' '.join(arguments)}`", where=namespace, said=said)
    return done.stdout
