"""One setting of a machine: a file of the kernel's, what a profile wants in it, and what is in it now.

The tree that holds these files is `/`, or another one: the host's as a container sees it, or the fake one that the tests
use (`fake.py`). Comparing is by meaning where the kernel has two spellings (`0-1` and `0,1`, tabs and spaces); what is put
back later is the kernel's own spelling, as it was read.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """The kernel's files below `root`."""

    root: Path = Path("/")
    interrupts: tuple[str, ...] = ()
    """Numbers of interrupts of cards that are in another namespace, where /sys does not show them."""

    def path_of(self, path: str) -> Path:
        """The path of `/proc/...` or `/sys/...` below the root."""
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str:
        """Read a file, stripped of white space; OSError. Bytes that are not UTF-8 (a mount's name) are replaced."""
        return self.path_of(path).read_text(errors="replace").strip()

    def text(self, path: str) -> str:
        """The same, empty for a file that cannot be read."""
        try:
            return self.read(path)
        except OSError:
            return ""

    def write(self, path: str, value: str) -> None:
        """Write a file that is there; OSError."""
        descriptor = os.open(self.path_of(path), os.O_WRONLY | os.O_TRUNC)
        try:
            os.write(descriptor, f"{value}\n".encode())
        finally:
            os.close(descriptor)

    def glob(self, pattern: str) -> list[str]:
        """Paths like `pattern`, as the kernel names them, CPU 10 after CPU 9."""
        found = (f"/{path.relative_to(self.root)}" for path in self.root.glob(pattern.lstrip("/")))
        return sorted(found, key=lambda path: [int(word) if word.isdecimal() else word for word in _split(path)])

    def online(self) -> tuple[int, ...]:
        """The CPUs that are on."""
        return cpus(self.text("/sys/devices/system/cpu/online")) or (0,)

    def first_of_nodes(self) -> tuple[int, ...]:
        """The first CPU of each NUMA node."""
        lists = (cpus(self.text(path)) for path in self.glob("/sys/devices/system/node/node[0-9]*/cpulist"))
        return tuple(found[0] for found in lists if found) or self.online()[:1]


@dataclass(frozen=True, slots=True)
class Setting:
    """`wanted` in the file `path`. `kind` is the profile's key; `reason` says why it cannot be set here, when the kind
    knows already. A `lists` file holds CPUs, a `chosen` one names all choices and brackets the one taken."""

    kind: str
    name: str
    path: str
    wanted: str
    reason: str = ""
    lists: bool = False
    chosen: bool = False

    @property
    def typed(self) -> str:
        """The equivalent shell command for root."""
        if not self.path:
            return ""
        if self.path.startswith("/proc/sys/"):
            key = self.path.removeprefix("/proc/sys/").replace("/", ".")
            return f"sysctl -w {key}={shlex.quote(self.wanted)}"
        return f"echo {self.wanted} > {self.path}"


@dataclass(frozen=True, slots=True)
class Found:
    """A setting as it is: `now` in the kernel's spelling, and why it cannot be changed (empty when it can)."""

    setting: Setting
    now: str
    reason: str

    @property
    def met(self) -> bool:
        """Whether it is as wanted."""
        return bool(self.now) and same(self.setting, self.now, self.setting.wanted)


def examine(setting: Setting, tree: Tree) -> Found:
    """What the setting is now, and whether it can be changed here."""
    if not setting.path:
        return Found(setting, "", setting.reason)
    try:
        now = read(setting, tree)
    except FileNotFoundError:
        return Found(setting, "", setting.reason or "this kernel does not have it")
    except OSError as error:
        return Found(setting, "", f"it cannot be read: {error.strerror}")
    return Found(setting, now, setting.reason or _hindrance(tree.path_of(setting.path)))


def read(setting: Setting, tree: Tree) -> str:
    """The value in the file, in the kernel's spelling; OSError."""
    text = tree.read(setting.path)
    if setting.chosen and (taken := re.search(r"\[([^\]]+)\]", text)):
        return taken[1]
    return text


def same(setting: Setting, one: str, other: str) -> bool:
    """Whether two values mean the same."""
    return set(cpus(one)) == set(cpus(other)) if setting.lists else one.split() == other.split()


def cpus(text: str) -> tuple[int, ...]:
    """`0,2-3` to CPUs; nothing for what is not such a list."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()):
            return ()
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def listed(numbers: tuple[int, ...]) -> str:
    """CPUs as the kernel takes them."""
    return ",".join(map(str, numbers))


def _hindrance(file: Path) -> str:
    if os.access(file, os.W_OK):
        return ""
    if os.geteuid() != 0:
        return "it takes root"
    if file.stat().st_mode & 0o222 and os.statvfs(file).f_flag & os.ST_RDONLY:
        return f"{file} is on a file system that is mounted read-only, as in most containers"
    return "the kernel lets nobody write it"


def _split(path: str) -> list[str]:
    return re.split(r"(\d+)", path)
