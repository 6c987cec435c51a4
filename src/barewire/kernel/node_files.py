"""Mount namespaces of nodes: each with its own /run, /sys and folders of state in /var/lib, as if it were a machine.

Programs that build networks keep state in files: a CNI IPAM plugin its leases in /var/lib/cni, a daemon its subnet in /run. Two
nodes of a lab must not share these, and the machine must not get them. Everything lives on the lab's tmpfs and goes with it;
/run/netns and /run/barewire stay the lab's. Limit: what a program writes anywhere else, it writes on the machine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from barewire.errors import KernelError
from barewire.kernel import syscalls

_STORE = Path("/run/barewire/nodes")
_SHARED = (Path("/run/netns"), Path("/run/barewire"))
_STATES = (Path("/var/lib/cni"), Path("/var/lib/calico"))
"""Of CNI plugins, and of Calico's agent and plugin. They are in one folder."""

_TREE = syscalls.MS_BIND | syscalls.MS_REC


@dataclass(frozen=True, slots=True)
class _Mounts:
    """A mount namespace, and the root directory in it: in a guest that is not the namespace's own, which setns would give."""

    namespace: int
    root: int

    @classmethod
    def of_caller(cls) -> Self:
        return cls(
            os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC),
            os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC),
        )

    def enter(self) -> None:
        syscalls.setns(self.namespace, syscalls.CLONE_NEWNS)
        os.fchdir(self.root)
        os.chroot(".")


class NodeFiles:
    """The mount namespaces of one lab, by node; each is made when it is first entered."""

    def __init__(self) -> None:
        self._home = _Mounts.of_caller()
        self._nodes: dict[str, _Mounts] = {}

    @contextlib.contextmanager
    def enter(self, node: str) -> Iterator[None]:
        """Be in the mount namespace of `node` for the body of the `with`; the caller has one thread, and is in the node's network
        namespace, whose links /sys then shows."""
        try:
            if node not in self._nodes:
                self._nodes[node] = self._made(node)
            self._nodes[node].enter()
        except OSError as error:
            raise KernelError("cannot make the files of a node", where=node, said=str(error)) from error
        try:
            yield
        finally:
            self._home.enter()

    def _made(self, node: str) -> _Mounts:
        store = _STORE / node
        run = store / "run"
        for folder in (*(store / state.name for state in _STATES), *(run / shared.name for shared in _SHARED)):
            folder.mkdir(parents=True, exist_ok=True)
        syscalls.unshare(syscalls.CLONE_NEWNS)
        try:
            for shared in _SHARED:
                if shared.is_dir():
                    syscalls.mount(str(shared), str(run / shared.name), flags=_TREE)
            _replace_states(store)
            syscalls.mount(str(run), "/run", flags=_TREE)
            with contextlib.suppress(OSError):  # as in `kernel.enter`
                syscalls.mount("sysfs", "/sys", "sysfs")
            return _Mounts.of_caller()
        finally:
            self._home.enter()


def _replace_states(store: Path) -> None:
    """Put the folders in `store` in the place of those of the machine. A machine that lacks one must not get it, so there the
    folder above is replaced by a copy, which has all that it has."""
    parent = _STATES[0].parent
    if all(state.is_dir() for state in _STATES):
        for state in _STATES:
            syscalls.mount(str(store / state.name), str(state), flags=syscalls.MS_BIND)
        return
    copy = store / "lib"
    copy.mkdir()
    for entry in parent.iterdir():
        mine = copy / entry.name
        if entry.is_symlink():
            mine.symlink_to(entry.readlink())
        elif entry.is_dir():
            mine.mkdir()
            syscalls.mount(str(entry), str(mine), flags=_TREE)
        elif entry.is_file():
            mine.touch()
            syscalls.mount(str(entry), str(mine), flags=syscalls.MS_BIND)
    for state in _STATES:
        (copy / state.name).mkdir(exist_ok=True)
        syscalls.mount(str(store / state.name), str(copy / state.name), flags=syscalls.MS_BIND)
    syscalls.mount(str(copy), str(parent), flags=_TREE)
